// Writes the demo as a static site to the folder it is given: the page, and in light-client/ the
// package. Beside each file is its compressed form, for servers that send it as it is.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const [site] = process.argv.slice(2);
if (site === undefined) throw new Error("usage: node build.mjs FOLDER");
const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const SMALLEST = 1024;

rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });
const PAGE = ["icon.svg", "style.css", "main.js", "address.js", "model.js", "words.js", "worker.js", "view"];
for (const name of PAGE) cpSync(here(name), join(site, name), { recursive: true });
const PACKAGE = ["index.js", "slim.js", "worker.js", "src", "generated"];
for (const name of PACKAGE) {
  cpSync(here(`../${name}`), join(site, "light-client", name), { recursive: true });
}
// What only Node uses.
rmSync(join(site, "light-client/src/file-store.js"));

const page = readFileSync(here("index.html"), "utf8");
writeFileSync(join(site, "index.html"), page.replace("<!-- PRELOADS -->", preloads()));

for (const path of files(site)) {
  const bytes = readFileSync(path);
  if (bytes.length < SMALLEST) continue;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}

/** The page's modules, so that a browser asks for all of them at once. */
function preloads() {
  const links = [...reached("main.js")].map((name) => `<link rel="modulepreload" href="./${name}">`);
  return links.join("\n    ");
}

/** The names of the modules that `name` imports, its own first. */
function reached(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  const text = readFileSync(join(site, name), "utf8");
  for (const [, specifier] of text.matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm)) {
    reached(relative(site, join(site, name, "..", specifier)).split(sep).join("/"), found);
  }
  return found;
}

function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
