/** Freezes an object of the module's, and all that is in it but bytes, which cannot be. Anything else it returns as it is. */
export function frozen(value) {
  if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
