import { bounded } from "./bounded.js";
import { globalFetch, request } from "./transport.js";

/**
 * Calls `wake` when the host says that there is a new head, until `signal` aborts.
 *
 * A hint only ends a wait early; nothing in it is read. It is no `EventSource`, which keeps a line
 * of any length in memory and which service workers and Node 20 lack.
 */
export async function listen(base, { fetch = globalFetch, wake, signal, clock, timeoutMs }) {
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const talk = async (line, expect) => {
      const response = await fetch(`${base}/v1/head/events`, request(line, "no-store"));
      const type = response.headers.get("content-type") ?? "";
      if (response.status !== 200 || !type.startsWith("text/event-stream")) {
        response.body?.cancel().catch(() => {});
        return response.status >= 500;
      }
      waitMs = FIRST_WAIT_MS;
      // A network that went away says nothing: what does not come in time is hung up on.
      await hear(response.body.getReader(), line, () => expect(SILENCE_MS), wake, clock);
      return true;
    };
    // The host is polled all the same, and then its faults are reported.
    const again = await bounded(talk, { timeoutMs, late: () => {}, signal, clock }).catch(() => true);
    if (!again) return;
    await pause(waitMs, signal, clock);
    waitMs = Math.min(2 * waitMs, LAST_WAIT_MS);
  }
}

async function hear(reader, signal, expect, wake, clock) {
  const decoder = new TextDecoder();
  let heard = -Infinity;
  for (let length = 0; length < MOST_BYTES;) {
    expect();
    const { done, value } = await reader.read();
    if (done || signal.aborted) return;
    length += value.length;
    const uptime = clock.uptime();
    // Keep-alives are comments; a host that floods is heard once a second.
    if (uptime - heard < QUIET_MS || !decoder.decode(value).includes("data:")) continue;
    heard = uptime;
    wake();
  }
}

function pause(timeoutMs, signal, clock) {
  const never = () => new Promise(() => {});
  return bounded(never, { timeoutMs, late: () => {}, signal, clock }).catch(() => {});
}

const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 60_000;
const QUIET_MS = 1_000;
// The host sends a comment every 15 s.
const SILENCE_MS = 45_000;
const MOST_BYTES = 2 ** 20;
