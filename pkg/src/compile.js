import { ConfigError } from "./errors.js";
import { aborted } from "./transport.js";

/**
 * Compiles the module from its bytes, its URL or a `Response`; one that is compiled stays as it is.
 *
 * @param {WebAssembly.Module | BufferSource | URL | string | Response | Promise} source
 */
export async function compile(source, signal) {
  try {
    const given = await (signal ? Promise.race([aborted(signal), source]) : source);
    if (given instanceof WebAssembly.Module) return given;
    const byAddress = given instanceof URL || typeof given === "string";
    const found = byAddress ? await fetch(given, { signal }) : given;
    if (typeof Response !== "function" || !(found instanceof Response)) {
      return await WebAssembly.compile(found);
    }
    if (!found.ok) throw new Error(`status ${found.status} for ${found.url}`);
    const type = found.headers.get("content-type");
    // A server that does not know the type of wasm costs time, not the wallet.
    if (type !== "application/wasm") return await WebAssembly.compile(await found.arrayBuffer());
    return await WebAssembly.compileStreaming(found);
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError("bad-module", `no wasm module: ${cause?.message ?? cause}`, { cause });
  }
}

/** Returns the compiled module of `source`, which there has to be. */
export async function required(source, signal) {
  if (source === undefined) throw new ConfigError("no-module", "module is missing");
  return compile(source, signal);
}
