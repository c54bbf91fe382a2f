import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder =
  process.env.RPP_FIXTURE ?? fileURLToPath(new URL("../../target/fixture", import.meta.url));

/** Returns a proven block, where `cargo xtask wasm` left it. */
export function fixture() {
  if (!existsSync(folder)) throw new Error(`${folder} is missing: run cargo xtask wasm`);
  const read = (name) => readFileSync(`${folder}/${name}`);
  return {
    statement: JSON.parse(read("statement.json")),
    header: read("header.bin"),
    parent: read("parent.bin"),
    certificate: read("certificate.bin"),
    proof: read("proof.bin"),
  };
}
