import { assemble } from "./client.js";

/**
 * Catches up with the host's head once, keeps it and ends, where nothing runs for long. Resolves to the verdict
 * on the head, `undefined` at the checkpoint; throws what a client that stays would retry.
 *
 * Takes what `startWith` takes, but for the class.
 */
export async function once(options, clock, make) {
  const { client, follower, events } = await assemble(options, undefined, clock, make);
  try {
    await Promise.race([follower.rested, untilFault(events.events())]);
    options.signal?.throwIfAborted();
    return events.newest;
  } finally {
    await client.close();
  }
}

async function untilFault(events) {
  for await (const { type, error } of events) if (FAULTS.has(type)) throw error;
}

const FAULTS = new Set(["refused", "unreachable", "crashed"]);
