import { systemClock } from "./clock.js";

/**
 * Settles as `work` does, unless time or `signal` end it first.
 *
 * `work` gets a signal that aborts then, and when it is done; it need not heed it. After `timeoutMs` the
 * reason is what `late` returns. It gets a function, too, that gives it as much time again, or as it says.
 */
export async function bounded(work, { timeoutMs, late, signal, clock = systemClock, controller }) {
  controller ??= new AbortController();
  const end = () => controller.abort(signal.reason);
  let timer;
  const expect = (ms = timeoutMs) => {
    clock.clearTimeout(timer);
    timer = clock.setTimeout(() => controller.abort(late()), ms);
  };
  expect();
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    return await Promise.race([aborted(controller.signal), (async () => work(controller.signal, expect))()]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    controller.abort();
  }
}

function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
