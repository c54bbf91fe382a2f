import { bounded } from "./bounded.js";
import { kindOf } from "./bytes.js";
import { ConfigError, reasonOf } from "./errors.js";

/**
 * Compiles the module from its bytes, its URL or a `Response`, which may be yet to come; one that is compiled
 * stays as it is. A function is asked for one of these.
 *
 * `limits` are `timeoutMs`, `signal` and `clock`, as for `bounded`.
 */
export async function compile(source, limits) {
  const late = () => new Error(`no answer in ${limits.timeoutMs} ms`);
  let address;
  const load = async (signal) => {
    const given = await (typeof source === "function" ? source() : source);
    if (kindOf(given) === "WebAssembly.Module") return given;
    // By its shape: the `URL` of a bundler or another realm is not the one of this file.
    const url = typeof given === "string" ? given : given?.href;
    if (typeof url !== "string" && !isResponse(given)) return WebAssembly.compile(given);
    address = url ?? given.url;
    return fromResponse(isResponse(given) ? given : await fetch(url, { signal }));
  };
  try {
    return await bounded(load, { ...limits, late });
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    const at = address ? ` at ${address}` : "";
    throw new ConfigError("bad-module", `no wasm module${at}: ${reasonOf(cause)}`, { cause });
  }
}

async function fromResponse(found) {
  if (!found.ok) throw new Error(`status ${found.status}`);
  const type = found.headers.get("content-type");
  if (type === "application/wasm") return WebAssembly.compileStreaming(found);
  // A server that does not know the type of wasm costs time, not the wallet.
  const bytes = await found.arrayBuffer();
  return WebAssembly.compile(bytes).catch((cause) => {
    throw new Error(`it is ${type}: ${cause.message}`);
  });
}

const isResponse = (given) => kindOf(given) === "Response";

/** Returns the compiled module of `source`, which there has to be. */
export async function required(source, limits) {
  if (source === undefined) throw new ConfigError("no-module", "module is missing");
  return compile(source, limits);
}
