// Writes generated/: the module, and wasm-bindgen's glue turned into a function.
//
// The glue keeps its one instance in module scope, so a crashed instance could never be replaced.
// Inside a function each call has an instance of its own. Every edit has to find its place exactly
// once, so that another release of wasm-bindgen stops the build and not a wallet.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const built = process.env.RPP_WASM ?? here("../target/wasm");

if (!existsSync(`${built}/rpp_wasm.js`)) {
  throw new Error(`${built} has no module: run cargo xtask wasm --build-only`);
}
mkdirSync(here("generated"), { recursive: true });
copyFileSync(`${built}/rpp_wasm_bg.wasm`, here("generated/rpp_wasm_bg.wasm"));
writeFileSync(here("generated/glue.js"), factory(readFileSync(`${built}/rpp_wasm.js`, "utf8")));
for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
  copyFileSync(here(`../${license}`), here(license));
}

function factory(glue) {
  const classes = [...glue.matchAll(/^export class (\w+)/gm)].map(([, name]) => name);
  if (!classes.includes("ConsensusVerifier")) throw new Error("the glue exports no verifier");
  let body = glue.replaceAll(/^export class /gm, "class ").replaceAll(/ *\/\*[^]*?\*\/\n/g, "");
  for (const name of classes) {
    // Objects are freed by their owner: a finalizer would call into an instance that crashed.
    body = once(body, new RegExp(`^const ${name}Finalization = [^]*?;\n`, "m"));
    body = body.replaceAll(new RegExp(`^ *${name}Finalization\\.(un)?register\\(.*\\);\n`, "gm"), "");
  }
  body = body.replaceAll(/^if \(Symbol\.dispose\) .*\n/gm, "");
  body = once(body, /^if \(!\('encodeInto' in cachedTextEncoder\)\) \{[^]*?^}\n/m);
  body = once(body, /^let wasmModule, wasmInstance, wasm;\n[^]*^export \{ initSync, __wbg_init as default \};\n/m);
  if (/Finalization/.test(body)) throw new Error("the glue has a finalizer");
  if (/\bexport\b|\bimport\b/.test(body)) throw new Error("the glue imports or exports more");
  return `// Made by build.mjs from wasm-bindgen's glue.
export function instantiate(module) {
${body}
const wasm = new WebAssembly.Instance(module, __wbg_get_imports()).exports;
wasm.__wbindgen_start();
return { ${classes.join(", ")} };
}
`;
}

function once(text, pattern) {
  const parts = text.split(pattern);
  if (parts.length !== 2) throw new Error(`${pattern} is in the glue ${parts.length - 1} times`);
  return parts.join("");
}
