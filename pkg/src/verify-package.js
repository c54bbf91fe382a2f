import { bounded } from "./bounded.js";
import { kindOf } from "./bytes.js";
import { ConfigError, reasonOf } from "./errors.js";
import { frozen } from "./frozen.js";
import { known } from "./options.js";
import { has, reading } from "./reading.js";

/**
 * Compares a module with the one that the setup of `client` lists: the option `module`, which is what `compile` takes but for
 * a compiled one, or else what is `shipped`. Resolves to what was found, and what it shows and does not show.
 */
export async function verifyPackage(client, given, shipped) {
  const { module: source = shipped, timeoutMs = TIMEOUT_MS } = reading(() => known(given, ["module", "timeoutMs"]));
  if (source === undefined) throw new ConfigError("no-module", "module is missing");
  if (!reading(() => has(client, ["status"]))) throw new ConfigError("bad-option", "client is not a LightClient");
  const { setup } = await client.status();
  if (!setup) throw new ConfigError("no-setup", "no setup is verified that could list the module");
  const { bytes, address } = await bytesOf(source, timeoutMs);
  const sha256 = await digestOf(bytes);
  const release = setup.releases.find(({ name }) => name === NAME) ?? null;
  const matches = release?.sha256 === sha256 && release.length === bytes.length;
  const what = address ? `what ${address} answers just now` : "the module that was given";
  const shows = wordsOf({ matches, release, what, version: setup.version }) + (setup.expiresMs > Date.now() ? "" : EXPIRED);
  return frozen({ matches, sha256, length: bytes.length, release, setupVersion: setup.version, shows, doesNotShow: DOES_NOT_SHOW });
}

function wordsOf({ matches, release, what, version }) {
  if (matches) return `By its SHA-256, ${what} is ${NAME} as version ${version} of the setup lists it.`;
  if (release === null) return `Version ${version} of the setup lists no ${NAME}, so that ${what} was compared with nothing.`;
  return `By its SHA-256, ${what} is not ${NAME} as version ${version} of the setup lists it: another release, or a changed one.`;
}

async function bytesOf(source, timeoutMs) {
  const late = () => new Error(`no answer in ${timeoutMs} ms`);
  let address;
  const load = async (signal) => {
    const given = await (typeof source === "function" ? source() : source);
    if (kindOf(given) === "WebAssembly.Module") throw new Error("what is compiled has no bytes");
    const url = typeof given === "string" ? given : given?.href;
    if (url === undefined && kindOf(given) !== "Response") return copied(given);
    const found = url === undefined ? given : await fetch(url, { signal });
    address = url ?? found.url;
    if (!found.ok) throw new Error(`status ${found.status}`);
    return new Uint8Array(await found.arrayBuffer());
  };
  try {
    return { bytes: await bounded(load, { timeoutMs, late }), address };
  } catch (cause) {
    const at = address ? ` at ${address}` : "";
    throw new ConfigError("bad-module", `no bytes of a wasm module${at}: ${reasonOf(cause)}`, { cause });
  }
}

function copied(given) {
  if (kindOf(given) === "ArrayBuffer") return new Uint8Array(given.slice(0));
  if (!ArrayBuffer.isView(given)) throw new Error("it is neither bytes, an address nor a Response");
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength).slice();
}

async function digestOf(bytes) {
  // Pages that came over plain HTTP have none.
  const { subtle } = globalThis.crypto ?? {};
  if (!subtle) throw new ConfigError("no-crypto", "SHA-256 needs a secure context: HTTPS, or this machine itself");
  const digest = new Uint8Array(await subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const NAME = "rpp_wasm_bg.wasm";
const TIMEOUT_MS = 10_000;
const EXPIRED = " That version of the setup has expired: what it lists may have been replaced since.";
const DOES_NOT_SHOW =
  "It does not show that these bytes are the ones that run, or that this script is the released one: a script that is " +
  "another could say anything, and this sentence as well. Nor does it look at the package's JavaScript. Whoever needs that " +
  "compares the files with the setup on another machine.";
