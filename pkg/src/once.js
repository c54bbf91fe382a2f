import { startWith } from "./client.js";

/**
 * Catches up with the host's head once, keeps it and ends, where nothing runs for long. Resolves to the verdict
 * on the head, `undefined` at the checkpoint; throws what a client that stays would retry.
 *
 * Takes what `startWith` takes, but for the class.
 */
export async function once(options, clock, make) {
  let rested;
  const rests = new Promise((resolve) => (rested = resolve));
  const client = await startWith({ ...options, rested }, undefined, clock, make);
  // Its events end then, and so does the loop over them.
  rests.then(() => client.close());
  try {
    const verdict = await newest(client.events());
    options.signal?.throwIfAborted();
    return verdict;
  } finally {
    await client.close();
  }
}

/** Returns the last verdict of `events`, or throws the first fault. */
async function newest(events) {
  let newest;
  for await (const { type, error, verdict } of events) {
    // What a newer release has stored says nothing of the head.
    if (FAULTS.has(type) || error?.code === "upgrade-required") throw error;
    if (type === "overtaken" || type === "stored-state-refused") newest = undefined;
    newest = verdict ?? newest;
  }
  return newest;
}

const FAULTS = new Set(["refused", "unreachable", "crashed", "stopped"]);
