// Loads the wasm module and the fixture, where `cargo xtask` left them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = (variable) => {
  const path = process.env[variable];
  if (path === undefined) throw new Error(`${variable} is not set: run cargo xtask wasm`);
  return path;
};

// Returns the glue around the one instance of this process.
export async function load() {
  const glue = await import(pathToFileURL(join(folder("RPP_WASM"), "rpp_wasm.js")).href);
  const bytes = readFileSync(join(folder("RPP_WASM"), "rpp_wasm_bg.wasm"));
  glue.initSync({ module: new WebAssembly.Module(bytes) });
  return glue;
}

export function fixture() {
  const read = (name) => readFileSync(join(folder("RPP_FIXTURE"), name));
  return {
    statement: JSON.parse(read("statement.json")),
    header: read("header.bin"),
    parent: read("parent.bin"),
    certificate: read("certificate.bin"),
    proof: read("proof.bin"),
  };
}
