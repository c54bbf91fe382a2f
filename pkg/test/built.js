// The programs that tests run, where they have been built: `cargo build --release`, with what xtask names.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Returns the path of a program, which a variable may name; `undefined` where there is none. */
export function built(name, variable) {
  const named = process.env[variable];
  const binary = named ?? fileURLToPath(new URL(`../../target/native/release/${name}`, import.meta.url));
  if (existsSync(binary)) return binary;
  // Whoever names one wants these tests to run.
  if (named) throw new Error(`${variable}: there is no ${named}`);
  return undefined;
}
