// The corpus of vectors/v1/setup: what a host serves as a signed setup, and what a verifier says to it. Core, Python, Node
// and Chromium read the same files.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../vectors/v1/setup/", import.meta.url));

/** Returns every case, by name, with its pin and its answers; bytes are base64. */
export function setupCases() {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  return files.map((file) => {
    const { pin, steps, expect } = JSON.parse(readFileSync(`${FOLDER}${file}`, "utf8"));
    return { name: file.slice(0, -".json".length), pin: pinned(pin), steps: steps.map(answered), expect };
  });
}

function pinned({ file, fingerprint, keys }) {
  if (file !== undefined) return { file: read(file).toString("base64") };
  if (fingerprint !== undefined) return { text: fingerprint };
  const all = keys.keys.map(({ ed25519, hash }) => `${ed25519}.${hash}`);
  return { text: `${keys.chain_id}:${keys.version}:${keys.threshold}:${all.join(",")}` };
}

function answered({ now_ms: nowMs, roots, circuits, checkpoint, chain, splice, expect, heads }) {
  const listed = read(chain);
  const parts = [Buffer.from("RPPU"), words(1, roots.length), ...[...roots, circuits, checkpoint].map(read)];
  const body = spliced(Buffer.concat([...parts, words(listed.length), listed]), splice);
  return { nowMs: Number(nowMs), body: body.toString("base64"), expect, heads };
}

function read(name) {
  return readFileSync(`${FOLDER}files/${name}`);
}

function words(...numbers) {
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, i) => bytes.writeUInt32LE(number, 4 * i));
  return bytes;
}

function spliced(honest, splice) {
  if (splice === null) return honest;
  const { at, remove, insert, times } = splice;
  const inserted = Buffer.from(insert.repeat(times), "hex");
  return Buffer.concat([honest.subarray(0, at), inserted, honest.subarray(at + remove)]);
}

/**
 * Returns the verdict on each step, `accept` or a code, and those on the heights that the step asks about.
 *
 * Runs in Node and in a page, so it brings all that it needs; `glue` and `module` say where the package's are.
 */
export async function setupVerdicts({ glue, module, cases }) {
  const { instantiate } = await import(glue);
  const compiled = module instanceof Object ? module : await WebAssembly.compileStreaming(fetch(module));
  const { SetupVerifier } = instantiate(compiled);
  const codeOf = (work) => {
    try {
      work();
      return "accept";
    } catch (error) {
      return error.code ?? String(error);
    }
  };
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  return cases.map(({ pin, steps }) => {
    let verifier;
    const file = pin.file && bytesOf(pin.file);
    const pinned = codeOf(() => (verifier = new SetupVerifier(pin.text, file)));
    return steps.map(({ nowMs, body, heads }) => {
      const verdict = verifier ? codeOf(() => verifier.verify(bytesOf(body), nowMs)) : pinned;
      return { verdict, heads: heads.map(([height]) => codeOf(() => verifier.checkHead(height))) };
    });
  });
}

/** Returns what `setupVerdicts` should. */
export function expected({ steps }) {
  return steps.map(({ expect, heads }) => ({ verdict: expect, heads: heads.map(([, verdict]) => verdict) }));
}
