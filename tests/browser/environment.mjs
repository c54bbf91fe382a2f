// What `cargo xtask` tells these scripts.

/** Returns a variable that has to be set. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this with cargo xtask test`);
  return value;
}
