import { isBytes } from "./bytes.js";
import { StateError } from "./errors.js";

/** Keeps state for as long as the object lives. */
export class MemoryStore {
  #states = new Map();

  async load(key) {
    return this.#states.get(key);
  }

  async save(key, state, instead) {
    const takes = mayReplace(state, this.#states.get(key), instead);
    if (takes) this.#states.set(key, state);
    return takes;
  }
}

/** Tells whether `state` may take the place of `kept`: a store never moves back, but for who knows what is there `instead`. */
export function mayReplace(state, kept, instead) {
  if (kept === undefined || isSame(kept, instead)) return true;
  return knows(state, kept) && (!knows(kept, state) || state.height >= kept.height);
}

/** Returns a number above 0 where `a` is the later of two states, below 0 where `b` is, and 0 where neither is. */
export function compare(a, b) {
  const [seen, others] = [a.seen ?? "", b.seen ?? ""];
  return isStopped(a.height) - isStopped(b.height) || (seen > others) - (seen < others) || a.height - b.height;
}

/**
 * Tells whether `a` knows all that may not be forgotten of what `b` knows, however far the heads are: what has stopped a client, and
 * of a setup each version that was seen.
 */
export function knows(a, b) {
  const own = versions(a);
  return isStopped(a.height) >= isStopped(b.height) && versions(b).every((version, i) => (own[i] ?? "") >= version);
}

const versions = ({ seen = "" }) => seen.match(/.{1,8}/g) ?? [];

/** The height under which the state of a stopped client is kept: no other tab is to write over what has stopped it. */
export const STOPPED = 2 ** 32 - 1;
const isStopped = (height) => Number(height === STOPPED);

/** Tells whether the two states are equal. */
export function isSame(state, kept) {
  return (
    kept !== undefined &&
    compare(state, kept) === 0 &&
    kept.bytes.length === state.bytes.length &&
    kept.bytes.every((byte, index) => byte === state.bytes[index])
  );
}

/** Returns what a store has returned, each part read once; throws where that is no state. */
export function stateOf(kept) {
  if (kept === undefined) return undefined;
  const { height, seen = "", bytes } = kept ?? {};
  const state = { height, seen, bytes };
  if (!isState(state)) throw new StateError("storage-failed", "the store returned no state");
  // Throws where the buffer has been handed to another thread.
  new Uint8Array(bytes.buffer);
  return state;
}

/** Tells whether `state` is one. */
export function isState(state) {
  return Number.isInteger(state?.height) && typeof (state.seen ?? "") === "string" && isBytes(state.bytes);
}
