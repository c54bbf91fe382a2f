// Writes generated/: the modules, and wasm-bindgen's glue of each turned into a function.
//
// The glue keeps its one instance in module scope, so a crashed instance could never be replaced.
// Inside a function each call has an instance of its own. Every edit has to find its place exactly
// once, so that another release of wasm-bindgen stops the build and not a wallet.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = process.env.RPP_WASM ?? here("../target/wasm");

// What is called a few times for each proof needs no caches, and every page loads it.
const SIMPLER = {
  getUint8ArrayMemory0: "const getUint8ArrayMemory0 = () => new Uint8Array(wasm.memory.buffer);",
  // A decoder of its own each time: Safari's fail after 2 GiB.
  decodeText: "const decodeText = (bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);",
  passArray8ToWasm0: `function passArray8ToWasm0(bytes) {
    const ptr = wasm.__wbindgen_malloc(bytes.length, 1) >>> 0;
    getUint8ArrayMemory0().set(bytes, ptr);
    WASM_VECTOR_LEN = bytes.length;
    return ptr;
}`,
  passStringToWasm0: "const passStringToWasm0 = (text) => passArray8ToWasm0(cachedTextEncoder.encode(text));",
};

// What is a string there is a passphrase or words, of which no bytes stay behind.
const ERASING = {
  ...SIMPLER,
  passStringToWasm0: `function passStringToWasm0(text) {
    const bytes = cachedTextEncoder.encode(text);
    const ptr = passArray8ToWasm0(bytes);
    bytes.fill(0);
    return ptr;
}`,
};

// `classes` are what a module has to export; those of `left` no page needs, and only tests load them; `catches` is how often its glue may catch what an import throws.
const CLASSES = ["ConsensusVerifier", "LedgerVerifier", "Question", "Session", "SetupVerifier"];
const MODULES = [
  { name: "rpp_wasm", glue: "glue.js", classes: CLASSES, left: ["SetupVerifier"], catches: 0, simpler: SIMPLER },
  { name: "rpp_wasm", glue: "setup-glue.js", classes: CLASSES, catches: 0, simpler: SIMPLER },
  { name: "rpp_wallet", glue: "wallet-glue.js", classes: ["NewKey", "Wallet"], catches: 1, simpler: ERASING },
];

const missing = MODULES.find(({ name }) => !existsSync(`${built}/${name}.js`));
if (missing) {
  // npm runs this where the folder of a clone is installed: it cannot be used without its modules.
  const what = `${built} has no module ${missing.name}`;
  console.error(`@rpp/light-client: ${what}. In the repository run: cargo xtask wasm --build-only`);
  process.exit(1);
}
mkdirSync(here("generated"), { recursive: true });
for (const { name, glue: file, ...expected } of MODULES) {
  const glue = readFileSync(`${built}/${name}.js`, "utf8");
  // What the module imports ends in a hash. Numbers of the same length do not weigh on each page.
  const hashes = [...new Set(glue.match(/_[0-9a-f]{16}(?=:)/g))].filter((hash) => !/^_0/.test(hash));
  const numbered = (text) =>
    hashes.reduce((named, hash, i) => named.replaceAll(hash, `_${String(i).padStart(16, "f")}`), text);
  const module = readFileSync(`${built}/${name}_bg.wasm`, "latin1");
  writeFileSync(here(`generated/${name}_bg.wasm`), numbered(module), "latin1");
  writeFileSync(here(`generated/${file}`), factory(numbered(glue), expected));
}
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  copyFileSync(here(`../${license}`), here(license));
}

function factory(whole, { classes, left = [], catches, simpler }) {
  const glue = left.reduce((kept, name) => once(kept, new RegExp(`^export class ${name} \\{\n[^]*?^}\n`, "m")), whole);
  const exported = [...whole.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  for (const name of classes) if (!exported.includes(name)) throw new Error(`the glue exports no ${name}`);
  let body = glue.replaceAll(/^export class /gm, "class ").replaceAll(/ *\/\*[^]*?\*\/\n/g, "");
  for (const name of exported) {
    // Objects are freed by their owner: a finalizer would call into an instance that crashed.
    body = once(body, new RegExp(`^const ${name}Finalization = [^]*?;\n`, "m"));
    body = body.replaceAll(new RegExp(`^ *${name}Finalization\\.(un)?register\\(.*\\);\n`, "gm"), "");
  }
  body = body.replaceAll(/^if \(Symbol\.dispose\) .*\n/gm, "");
  body = body.replaceAll(/^ {4}\w+\(.*\) \{\n[^]*?^ {4}\}\n/gm, unconverted);
  // A byte takes one byte, and what is simpler below allocates by itself.
  body = body.replaceAll(/ [*/] 1\b(?=[,;)\s])/g, "").replaceAll(/, wasm\.__wbindgen_(?:m|re)alloc\b/g, "");
  body = once(body, /^if \(!\('encodeInto' in cachedTextEncoder\)\) \{[^]*?^}\n/m);
  body = once(body, /^let wasmModule, wasmInstance, wasm;\n[^]*^export \{ initSync, __wbg_init as default \};\n/m);
  for (const [name, text] of Object.entries(simpler)) {
    body = once(body, new RegExp(`^function ${name}\\([^]*?^}\n`, "m"), `${text}\n`);
  }
  for (const name of ["Uint8ArrayMemory0", "TextDecoder"]) {
    body = once(body, new RegExp(`^let cached${name} = .*;\n(cached.*\n)?`, "m"));
  }
  // Where a call cannot pass what it was given, the instance is out of memory, and is dropped.
  body = body.replaceAll(/^ +try \{\n([^]*?) +} catch \(e\) \{\n(?: +if \(ptr.*\n)+ +throw e;\n +}\n/gm, "$1");
  // So each of these is set once, where it was only declared before.
  body = body.replaceAll(/^ +let (?:(?:ptr|len)\d+(?:, )?)+;\n/gm, "").replaceAll(/^ +(?=(?:ptr|len)\d+ = )/gm, "        const ");
  const handled = body.match(/^function handleError\(f, args\) \{$/gm) ?? [];
  if (handled.length !== catches) throw new Error("the glue handles more, or less");
  if ((body.match(/\bcatch\b/g) ?? []).length !== catches) throw new Error("the glue catches more");
  if (/\bfinally\b/.test(body)) throw new Error("the glue ends something");
  body = once(body, /^const MAX_SAFARI_DECODE_BYTES = .*\nlet numBytesDecoded = 0;\n/m);
  if (/Finalization/.test(body)) throw new Error("the glue has a finalizer");
  if (/\bexport\b|\bimport\b/.test(body)) throw new Error("the glue imports or exports more");
  return `// Made by build.mjs from wasm-bindgen's glue.
export function instantiate(module) {
${body}
const wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
wasm.__wbindgen_start();
return { ${exported.filter((name) => !left.includes(name)).join(", ")} };
}
`;
}

/** Returns the method without conversions to a number: the engine converts what it hands to the module. */
function unconverted(method) {
  for (const [line, value, argument] of method.matchAll(/^ +const (val\d+) = \+(\w+);\n/gm)) {
    method = method.replace(line, "").replaceAll(new RegExp(`\\b${value}\\b`, "g"), argument);
  }
  return method;
}

function once(text, pattern, replacement = "") {
  const found = text.match(new RegExp(pattern, `${pattern.flags}g`)) ?? [];
  if (found.length !== 1) throw new Error(`${pattern} is in the glue ${found.length} times`);
  return text.replace(pattern, () => replacement);
}
