import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { LightClient as SlimClient, Verifier as SlimVerifier } from "./slim.js";
import { ConfigError } from "./src/errors.js";
import { verifyPackage as verifyWith } from "./src/verify-package.js";

export { FileStore } from "./src/file-store.js";
export * from "./src/public.js";

/** Follows a chain, with the package's own module. */
export class LightClient extends SlimClient {
  static start(given) {
    return super.start(given, { module: shipped });
  }

  static once(given) {
    return super.once(given, { module: shipped });
  }
}

/** Verifies single proofs of one chain, with the package's own module. */
export class Verifier extends SlimVerifier {
  static load(given) {
    return super.load(given, { module: shipped });
  }
}

/** Compares the package's module, as it is on the disk, with the one that the setup of `client` lists. */
export const verifyPackage = (client, given) => verifyWith(client, given, bytes);

let compiling;

function shipped() {
  compiling ??= compile().catch((cause) => {
    compiling = undefined;
    const message = `the package's own module cannot be read, ${ADVICE}: ${cause.message}`;
    throw new ConfigError("bad-module", message, { cause });
  });
  return compiling;
}

async function compile() {
  return WebAssembly.compile(await bytes());
}

const bytes = () => emitted().catch(installed);

// As text: some bundlers bring a `URL` that Node's file system does not know.
async function emitted() {
  return readFile(fileURLToPath(new URL("./generated/rpp_wasm_bg.wasm", import.meta.url).href));
}

// Next.js makes an address of its site of the above. This one bundlers leave as it is, so that it leads to the installed package.
async function installed() {
  return readFile(fileURLToPath(new URL("./generated/rpp_wasm_bg.wasm", HERE).href));
}

const HERE = import.meta.url;
const ADVICE = "so keep @rpp/light-client out of the server's bundle, or pass `module`";
