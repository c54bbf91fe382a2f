/** Tells whether `value` is a `Uint8Array`, be it of another realm: an iframe's, or a test runner's. */
export function isBytes(value) {
  return ArrayBuffer.isView(value) && value[Symbol.toStringTag] === "Uint8Array";
}

/** Returns what `value` is an instance of, by the name that all realms share. */
export function kindOf(value) {
  return Object.prototype.toString.call(value).slice("[object ".length, -1);
}
