// The tarball: what is in it, and what is not.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { LIMIT_MS } from "./limits.mjs";

/** Packs the package in `folder` into `out`, checks the list of files, and returns its path. */
export function pack(folder, out) {
  const args = ["pack", "--json", "--pack-destination", out];
  const manifest = readFileSync(join(folder, "package.json"), "utf8");
  const [{ filename, files, size }] = JSON.parse(npm(args, folder));
  assert.equal(readFileSync(join(folder, "package.json"), "utf8"), manifest, "as it was");
  const names = files.map(({ path }) => path).sort();
  assert.deepEqual(names, FILES);
  return { path: join(out, filename), size, files: names.length };
}

/** Installs a tarball into a new project, as its only package. */
export function install(tarball, project) {
  npm(["install", "--no-audit", "--no-fund", "--offline", tarball], project);
  const installed = join(project, "node_modules/@rpp/light-client");
  const { dependencies, scripts } = JSON.parse(readFileSync(join(installed, "package.json")));
  assert.deepEqual([dependencies, scripts], [undefined, undefined], "npm warns of scripts");
  return installed;
}

/** Installs the folder of a clone in which no module has been built; returns what npm says of it. */
export function installUnbuilt(folder, project) {
  const clone = join(project, "unbuilt/pkg");
  const isPart = (path) => !/generated|node_modules|packaging-tests/.test(path.slice(folder.length));
  cpSync(folder, clone, { recursive: true, filter: isPart });
  const user = join(project, "unbuilt/user");
  mkdirSync(user);
  writeFileSync(join(user, "package.json"), '{ "name": "user", "private": true }\n');
  try {
    npm(["install", "--no-audit", "--no-fund", "--offline", clone], user);
    return "npm installed it";
  } catch ({ stderr }) {
    return stderr;
  }
}

/** Fails where a file names a place of the machine that built it, or evaluates text. */
export function checkContents(installed) {
  for (const name of FILES) {
    const text = readFileSync(join(installed, name), "latin1").replaceAll(STANDARD_LIBRARY, "");
    const [place] = /\/(?:home|root|work|Users|tmp)\/[\w.-]+/.exec(text) ?? [];
    assert.equal(place, undefined, `${name} names ${place}`);
    if (!/\.c?js$/.test(name)) continue;
    assert.doesNotMatch(text, /\beval\(|new Function\(|blob:|^await /m, name);
    // Service workers may not import while they run; node.cjs is for Node only.
    // A wallet has a method of that name.
    if (name !== "node.cjs") assert.doesNotMatch(text, /(?<!^ {2}async )\bimport\(/m, name);
  }
  const index = readFileSync(join(installed, "index.js"), "utf8");
  const worker = 'new Worker(new URL("./worker.js", import.meta.url), { type: "module" })';
  assert.ok(index.includes(worker), "bundlers look for the bare literal");
  const wallet = readFileSync(join(installed, "wallet.js"), "utf8");
  assert.ok(wallet.includes(worker.replace("worker.js", "wallet-worker.js")), "for a wallet as well");
}

/** Returns the size of a file under gzip, as a server sends it. */
export function gzipped(path) {
  return gzipSync(readFileSync(path), { level: 9 }).length;
}

/** Runs npm in `cwd`, with nothing of this machine's settings in what it writes. */
function npm(args, cwd) {
  const options = { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MS };
  return execFileSync("npm", args, options);
}

// Where an installed toolchain keeps the sources that its panics name: the wasm build remaps the
// workspace and the registry, and not yet this.
const STANDARD_LIBRARY = /\/[\w./-]+\/toolchains\/[\w.-]+\/lib\/rustlib\/src\/rust\//g;
const FILES = [
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
  "generated/glue.js",
  "generated/rpp_wallet_bg.wasm",
  "generated/rpp_wasm_bg.wasm",
  "generated/wallet-glue.js",
  "index.d.ts",
  "index.js",
  "node.cjs",
  "node.d.cts",
  "node.d.ts",
  "node.js",
  "package.json",
  "slim.d.ts",
  "slim.js",
  "src/age-watch.js",
  "src/ask.js",
  "src/bounded.js",
  "src/bytes.js",
  "src/checkpoint.js",
  "src/client.js",
  "src/clock.js",
  "src/compile.js",
  "src/database.js",
  "src/dated.js",
  "src/errors.js",
  "src/events.js",
  "src/file-store.js",
  "src/follower.js",
  "src/frozen.js",
  "src/guarded.js",
  "src/head-start.js",
  "src/hints.js",
  "src/indexeddb-store.js",
  "src/inputs.js",
  "src/keeper.js",
  "src/ledger.js",
  "src/memory-store.js",
  "src/once.js",
  "src/options.js",
  "src/peer.js",
  "src/public.js",
  "src/reading.js",
  "src/script.js",
  "src/serve.js",
  "src/thread.js",
  "src/transport.js",
  "src/verified-account.js",
  "src/verifier.js",
  "src/verify-package.js",
  "src/wallet/arguments.js",
  "src/wallet/engine.js",
  "src/wallet/indexeddb-signer-store.js",
  "src/wallet/key-file.js",
  "src/wallet/local-port.js",
  "src/wallet/lock.js",
  "src/wallet/memory-signer-store.js",
  "src/wallet/persistence.js",
  "src/wallet/public.js",
  "src/wallet/serve.js",
  "src/wallet/thread-port.js",
  "src/wallet/wallet.js",
  "types/errors.d.ts",
  "types/ledger.d.ts",
  "types/proofs.d.ts",
  "types/setup.d.ts",
  "wallet-slim.d.ts",
  "wallet-slim.js",
  "wallet-worker.d.ts",
  "wallet-worker.js",
  "wallet.d.ts",
  "wallet.js",
  "worker.d.ts",
  "worker.js",
];
