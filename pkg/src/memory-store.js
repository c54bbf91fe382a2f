import { isBytes } from "./bytes.js";
import { StateError } from "./errors.js";

/** Keeps state for as long as the object lives. */
export class MemoryStore {
  #states = new Map();

  async load(key) {
    return this.#states.get(key);
  }

  async save(key, state) {
    if (isNewer(state, this.#states.get(key))) this.#states.set(key, state);
  }

  async discard(key, state) {
    if (isSame(state, this.#states.get(key))) this.#states.delete(key);
  }
}

/** Tells whether `state` may take the place of `kept`: a store never moves back. */
export function isNewer(state, kept) {
  return kept === undefined || state.height >= kept.height;
}

/** Tells whether the two states are equal. */
export function isSame(state, kept) {
  return (
    kept !== undefined &&
    kept.height === state.height &&
    kept.bytes.length === state.bytes.length &&
    kept.bytes.every((byte, index) => byte === state.bytes[index])
  );
}

/** Returns what a store has returned, each part read once; throws where that is no state. */
export function stateOf(kept) {
  if (kept === undefined) return undefined;
  const { height, bytes } = kept ?? {};
  const state = { height, bytes };
  if (!isState(state)) throw new StateError("storage-failed", "the store returned no state");
  // Throws where the buffer has been handed to another thread.
  new Uint8Array(bytes.buffer);
  return state;
}

/** Tells whether `state` is one. */
export function isState(state) {
  return Number.isInteger(state?.height) && isBytes(state.bytes);
}
