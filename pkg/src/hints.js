import { globalFetch, request } from "./transport.js";

/**
 * Calls `wake` when the host says that there is a new head, until `signal` aborts.
 *
 * A hint only ends a wait early; nothing in it is read. It is no `EventSource`, which keeps a line
 * of any length in memory and which service workers and Node 20 lack.
 */
export async function listen(base, { fetch = globalFetch, wake, signal, clock }) {
  for (let waitMs = FIRST_WAIT_MS; !signal.aborted; waitMs = Math.min(2 * waitMs, LAST_WAIT_MS)) {
    try {
      const response = await fetch(`${base}/v1/head/events`, request(signal, "no-store"));
      const type = response.headers.get("content-type") ?? "";
      if (response.status === 200 && type.startsWith("text/event-stream")) {
        waitMs = FIRST_WAIT_MS;
        await hear(response.body.getReader(), wake, clock);
      } else {
        await response.body?.cancel();
        if (response.status < 500) return;
      }
    } catch {
      // The host is polled all the same, and then its faults are reported.
    }
    await pause(waitMs, signal, clock);
  }
}

async function hear(reader, wake, clock) {
  const decoder = new TextDecoder();
  let heard = -Infinity;
  for (let length = 0; length < MOST_BYTES;) {
    const { done, value } = await reader.read();
    if (done) return;
    length += value.length;
    const uptime = clock.uptime();
    // Keep-alives are comments; a host that floods is heard once a second.
    if (uptime - heard < QUIET_MS || !decoder.decode(value).includes("data:")) continue;
    heard = uptime;
    wake();
  }
  await reader.cancel();
}

function pause(ms, signal, clock) {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clock.clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = clock.setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 60_000;
const QUIET_MS = 1_000;
const MOST_BYTES = 2 ** 20;
