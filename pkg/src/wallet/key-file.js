import { isBytes } from "../bytes.js";

/** The most bytes that a key file may have: PROTOCOL, section 27. */
export const MAX_BYTES = 4_210_688;

/** Tells whether two key files, either of which may be missing, are the same, byte for byte. */
export function isSameFile(one, other) {
  if (one === undefined || other === undefined) return one === other;
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}

/** Returns what a store has given as the key file; throws where it is none. */
export function keyFileOf(given) {
  if (given === undefined) return undefined;
  if (!isBytes(given)) throw new TypeError("the store returned something else than a Uint8Array");
  if (given.length > MAX_BYTES) throw new RangeError(`${given.length} bytes in the store, at most ${MAX_BYTES} allowed`);
  // Throws where the buffer has been handed to another thread.
  return new Uint8Array(given);
}
