/** Freezes an object of the module's, and all that is in it. */
export function frozen(object) {
  for (const value of Object.values(object)) {
    if (value !== null && typeof value === "object") frozen(value);
  }
  return Object.freeze(object);
}
