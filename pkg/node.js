import { readFile } from "node:fs/promises";

import { LightClient as SlimClient, Verifier as SlimVerifier } from "./slim.js";

export { FileStore } from "./src/file-store.js";
export * from "./src/public.js";

/** Follows a chain, with the package's own module. */
export class LightClient extends SlimClient {
  static start(given) {
    return super.start({ ...given, module: given?.module ?? shipped() });
  }
}

/** Verifies single proofs of one chain, with the package's own module. */
export class Verifier extends SlimVerifier {
  static load(given) {
    return super.load({ ...given, module: given?.module ?? shipped() });
  }
}

let compiling;

function shipped() {
  compiling ??= compile().catch((error) => {
    compiling = undefined;
    throw error;
  });
  return compiling;
}

async function compile() {
  const file = new URL("./generated/rpp_wasm_bg.wasm", import.meta.url);
  return WebAssembly.compile(await readFile(file));
}
