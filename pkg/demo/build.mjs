// Writes the demo as a static site to the folder it is given: the page, its script with the package in it, and the
// module. Beside each file is its compressed form, for servers that send it as it is.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { build } from "esbuild";

import { compressedBytes, publishedBytes } from "./javascript.mjs";

const [site] = process.argv.slice(2);
if (site === undefined) throw new Error("usage: node build.mjs FOLDER");
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const SMALLEST = 1024;

rmSync(site, { recursive: true, force: true });
mkdirSync(join(site, "generated"), { recursive: true });
for (const name of ["index.html", "icon.svg", "style.css"]) cpSync(here(name), join(site, name));
const MODULE = "generated/rpp_wasm_bg.wasm";
cpSync(here(`../${MODULE}`), join(site, MODULE));
// One file: what it imported would be another round trip. It stands at the root, where the package's address of the
// module leads to.
await build({
  entryPoints: [here("app.js")],
  outdir: site,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
});

for (const path of files(site)) {
  const bytes = readFileSync(path);
  if (bytes.length < SMALLEST) continue;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}

print("page", compressedBytes(join(site, "app.js")));
print("package", publishedBytes());

function print(of, bytes) {
  console.error(`javascript_bytes_gzip ${of.padEnd(7)} ${`${bytes}`.padStart(6)} (${(bytes / 1024).toFixed(1)} KiB)`);
}

function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
