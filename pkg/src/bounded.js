import { systemClock } from "./clock.js";

/**
 * Settles as `work` does, unless time or `signal` end it first.
 *
 * `work` gets a signal that aborts then, and when it is done; it need not heed it. After `timeoutMs` the
 * reason is what `late` returns.
 */
export async function bounded(work, { timeoutMs, late, signal, clock = systemClock, controller }) {
  controller ??= new AbortController();
  const end = () => controller.abort(signal.reason);
  const timer = clock.setTimeout(() => controller.abort(late()), timeoutMs);
  signal?.addEventListener("abort", end);
  if (signal?.aborted) end();
  try {
    return await Promise.race([aborted(controller.signal), (async () => work(controller.signal))()]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener("abort", end);
    controller.abort();
  }
}

/** Rejects with the reason of `signal` when that aborts. */
export function aborted(signal) {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
}
