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
for (const name of ["wallet", "pages"]) cpSync(here(`${name}/${name}.css`), join(site, `${name}.css`));
for (const name of ["rpp_wasm_bg.wasm", "rpp_wallet_bg.wasm"]) {
  cpSync(here(`../generated/${name}`), join(site, "generated", name));
}
// One file: what it imported would be another round trip. It stands at the root, where the package's address of the
// module leads to.
const common = {
  outdir: site,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
};
// What the first head does not take is loaded later. It has the page's own instance of what both use: a wallet signs by
// accounts that the page's client has verified, and these are of one class.
const SCRIPT = here("../src/script.js");
const LATER = {
  later: here("later.js"),
  setup: here("view/setup.js"),
  wallet: here("wallet/open.js"),
  pages: here("pages/open.js"),
  script: SCRIPT,
};
const SHARED = ["checkpoint", "clock", "transport", "verified-account"].map((name) => here(`../src/${name}.js`));
const shared = {
  name: "shared",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\// }, ({ path, resolveDir }) =>
      SHARED.includes(join(resolveDir, path)) ? { path: "./app.js", external: true } : undefined,
    );
  },
};
// The page follows: the classes of the glue that verify single proofs are not for it.
const following = {
  name: "following",
  setup({ onLoad }) {
    onLoad({ filter: /\/generated\/glue\.js$/ }, ({ path }) => {
      let contents = readFileSync(path, "utf8");
      for (const name of ["ConsensusVerifier", "LedgerVerifier"]) {
        for (const pattern of [`^class ${name} \\{\\n[^]*?^\\}\\n`, `\\b${name}, `]) {
          if (!new RegExp(pattern, "m").test(contents)) throw new Error(`the glue has no ${name}`);
          contents = contents.replace(new RegExp(pattern, "m"), "");
        }
      }
      return { contents };
    });
  },
};
// What only a worker that does not start takes is loaded then.
const lazy = {
  name: "lazy",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^\.\/script\.js$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace: "lazy" } : { path, external: true },
    );
    onLoad({ filter: /./, namespace: "lazy" }, () => {
      const contents = `export const seenOf = (make) => import("./script.js").then((it) => it.seenOf(make)).catch(() => "");`;
      return { contents };
    });
  },
};
const external = Object.keys(LATER).map((name) => `./${name}.js`);
await build({ ...common, entryPoints: [here("app.js")], external, plugins: [following, lazy] });
await build({ ...common, entryPoints: LATER, external, loader: { ".html": "text" }, plugins: [shared] });
await build({ ...common, entryPoints: [here("../wallet-worker.js")] });

for (const path of files(site)) {
  const bytes = readFileSync(path);
  if (bytes.length < SMALLEST) continue;
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}

const sizeOf = (...names) => names.reduce((sum, name) => sum + compressedBytes(join(site, `${name}.js`)), 0);
print("page", sizeOf("app"));
print("later", sizeOf("later"));
print("wallet", sizeOf("wallet", "wallet-worker"));
print("pages", sizeOf("pages"));
print("package", publishedBytes());

function print(of, bytes) {
  console.error(`javascript_bytes_gzip ${of.padEnd(7)} ${`${bytes}`.padStart(6)} (${(bytes / 1024).toFixed(1)} KiB)`);
}

function files(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
