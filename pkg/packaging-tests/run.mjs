// Packs the package, installs it as a stranger would, and runs it wherever it says that it runs.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { LIMIT_MS, printSlowest, step } from "./limits.mjs";

// What a page and its worker may load together, questions about accounts included.
const BUDGET = 18.25 * 1024;
const here = fileURLToPath(new URL(".", import.meta.url));
const pkg = join(here, "..");
const fixture = process.env.RPP_FIXTURE ?? join(pkg, "../target/fixture");
const project = mkdtempSync(join(tmpdir(), "pkg-packaging-"));
const closing = [() => rmSync(project, { recursive: true, force: true })];

function fail(error) {
  console.error(error);
  done();
  process.exit(1);
}

function done() {
  printSlowest();
  for (const close of closing.splice(0).reverse()) close();
}

const run = (file, ...args) =>
  execFileSync(process.execPath, [file, ...args], {
    cwd: project,
    stdio: "inherit",
    timeout: LIMIT_MS,
  });

try {
  if (!existsSync(join(here, "node_modules"))) {
    const options = { cwd: here, timeout: LIMIT_MS };
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], options);
  }
  await main();
  done();
} catch (error) {
  fail(error);
}

async function main() {
  const { pack, install, installUnbuilt, checkContents, gzipped } = await import("./tarball.mjs");
  const { buildEsbuild, buildServer, buildVite, buildWebpack, buildWebpackServer, scripts } = await import("./bundles.mjs");
  const { policy, serve } = await import("./site.mjs");
  const { openBrowser, openExtension, openSleeper } = await import("./browser.mjs");
  const { startHost, stopHosts } = await import("../test/host.js");

  cpSync(join(here, "consumer"), project, { recursive: true });
  cpSync(fixture, join(project, "fixture"), { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "name": "consumer", "private": true }\n');
  let installed;
  await step("npm pack and install", () => {
    const { path, size, files } = pack(pkg, project);
    installed = install(path, project);
    checkContents(installed);
    return `${files} files, ${size} bytes`;
  });
  await step("npm install of a clone without its module", () => {
    assert.match(installUnbuilt(pkg, project), /run: cargo xtask wasm --build-only/);
  });
  await step("Node import", () => run("import.mjs"));
  await step("Node require", () => run("require.cjs"));
  await step("types", () => {
    // Node's types are the consumer's to install.
    cpSync(join(here, "node_modules/@types"), join(project, "node_modules/@types"), {
      recursive: true,
    });
    cpSync(join(here, "node_modules/undici-types"), join(project, "node_modules/undici-types"), {
      recursive: true,
    });
    const tsc = join(here, "node_modules/typescript/bin/tsc");
    for (const of of ["browser", "node"]) run(tsc, "--project", `tsconfig.${of}.json`);
  });

  const app = join(project, "app");
  const out = { vite: join(project, "out-vite"), webpack: join(project, "out-webpack") };
  await step("Vite build", () => buildVite(app, out.vite));
  await step("webpack 5 build", () => buildWebpack(app, out.webpack));
  cpSync(join(app, "index.html"), join(out.webpack, "index.html"));
  const recipes = join(project, "recipes");
  const made = { esbuild: join(project, "out-esbuild"), worker: join(project, "out-worker") };
  await step("esbuild build", () => buildEsbuild(recipes, made.esbuild, installed));
  await step("Vite build with ?worker", () => buildVite(join(recipes, "vite"), made.worker));
  const wallets = { vite: join(project, "out-wallet"), webpack: join(project, "out-wallet-webpack") };
  await step("Vite and webpack 5 builds of a wallet", async () => {
    await buildVite(join(project, "wallet"), wallets.vite);
    await buildWebpack(join(project, "wallet"), wallets.webpack);
    cpSync(join(project, "wallet/index.html"), join(wallets.webpack, "index.html"));
    wallets.plain = join(project, "out-wallet-plain");
    cpSync(join(project, "wallet"), wallets.plain, { recursive: true });
    const named = readFileSync(join(wallets.plain, "main.js"), "utf8").replace('"@rpp/light-client/wallet"', '"/package/wallet.js"');
    writeFileSync(join(wallets.plain, "main.js"), named);
  });
  await step("server bundles", async () => {
    const entry = join(recipes, "server.js");
    run(await buildServer(join(project, "import.mjs"), join(project, "server.mjs")));
    run(await buildWebpackServer(entry, join(project, "out-server")));
    run(await buildWebpackServer(entry, join(project, "out-next"), "relative"));
  });
  // Without a bundler the page names the package by its address.
  const plain = join(project, "out-plain");
  cpSync(app, plain, { recursive: true });
  for (const name of ["main.js", "repair.js", "failing.js", "slim-check.js"]) {
    const text = readFileSync(join(app, name), "utf8");
    const named = text.replace('"@rpp/light-client/slim"', '"/package/slim.js"');
    writeFileSync(join(plain, name), named.replace('"@rpp/light-client"', '"/package/index.js"'));
  }

  let host;
  await step("devnet", async () => {
    closing.push(stopHosts);
    host = await startHost(join(project, "devnet"));
  });
  if (!host) console.log("SKIP following a chain: there is no prover-host; set RPP_HOST");
  const browser = await openBrowser();
  closing.push(() => browser.close());
  const sites = {};
  cpSync(join(recipes, "trusted.html"), join(plain, "trusted.html"));
  cpSync(join(recipes, "trusted.js"), join(plain, "trusted.js"));
  cpSync(join(recipes, "verify.js"), join(plain, "verify.js"));
  for (const [name, root] of Object.entries({ ...out, ...made, plain })) {
    const routes = { "/": root, "/fixture/": join(project, "fixture"), "/package/": installed };
    sites[name] = await serve(routes, policy(host?.url));
    closing.push(sites[name].close);
  }

  for (const name of ["vite", "webpack", "plain"]) {
    await step(`Chromium, ${name}`, async () => {
      const report = await browser.report(`${sites[name].url}/?host=${host?.url ?? ""}`);
      checkReport(report, host);
      const ms = (value) => `${value.toFixed(1)} ms`;
      const { loadMs, firstMs, warmMs, firstHeadMs } = report;
      const head = firstHeadMs === undefined ? "" : `, first head ${ms(firstHeadMs)}`;
      return `load ${ms(loadMs)}, first verify ${ms(firstMs)}, warm ${ms(warmMs)}${head}`;
    });
  }
  for (const [name, path] of [["esbuild", "/"], ["worker", "/"], ["plain", "/trusted.html?trusted"]]) {
    await step(`Chromium, the README's recipe for ${path === "/" ? name : "Trusted Types"}`, async () => {
      assert.equal(await browser.report(sites[name].url + path), "verified");
    });
  }
  for (const [name, root] of Object.entries(wallets)) {
    await step(`Chromium, a wallet, ${name}`, async () => {
      const site = await serve({ "/": root, "/package/": installed }, policy());
      closing.push(site.close);
      assert.equal(await browser.report(site.url), "signed");
    });
  }
  await step("a page that may have no worker", async () => {
    const { url } = sites.plain;
    const own = `${url}/package/worker.js`;
    const there = "200, text/javascript, COEP null";
    const pages = {
      "?no-worker": [[own, there, "CSP"]],
      "?isolated": [[own, there, "COEP"]],
      "?script=/gone.js&script=/empty.html": [[`${url}/gone.js`, "404"], [`${url}/empty.html`, "200, text/html", "not JavaScript"]],
    };
    for (const [query, expected] of Object.entries(pages)) {
      const said = await browser.report(`${url}/failing.html${query}`);
      assert.equal(said.length, expected.length);
      for (const [i, parts] of expected.entries()) {
        assert.match(said[i], /^ConfigError no-worker /);
        for (const part of parts) assert.ok(said[i].includes(part), said[i]);
      }
    }
  });
  await step("a store that is full", async () => {
    const { full } = await browser.reportFull(sites.plain.url);
    assert.equal(full, "QuotaExceededError");
  });
  await step("a store whose connections break", async () => {
    const report = await browser.report(`${sites.plain.url}/repair.html`);
    assert.equal(report, "2/2 4/4 5/5");
  });
  await step("module worker", async () => {
    assert.equal(await browser.worker(sites.plain.url), "verified");
  });
  await step("module service worker", async () => {
    assert.equal(await browser.serviceWorker(sites.plain.url), "verified");
  });
  await step("MV3 extension", async () => {
    const extension = join(project, "extension");
    cpSync(installed, join(extension, "package"), { recursive: true });
    cpSync(join(project, "fixture"), join(extension, "fixture"), { recursive: true });
    const check = readFileSync(join(app, "slim-check.js"), "utf8");
    const named = check.replace('"@rpp/light-client/slim"', '"./package/slim.js"');
    writeFileSync(join(extension, "slim-check.js"), named);
    assert.equal(await openExtension(extension, join(project, "profile")), "verified");
  });
  await step("MV3 extension whose service worker is stopped", async () => {
    if (!host) return "SKIP: there is no prover-host";
    const extension = join(project, "sleeper");
    cpSync(installed, join(extension, "package"), { recursive: true });
    const checkpoint = await checkpointOf(host.url);
    writeFileSync(join(extension, "config.json"), JSON.stringify({ url: host.url, checkpoint }));
    return openSleeper(extension, join(project, "profile-sleeper"));
  });
  await step("sizes, gzip", () =>
    checkSizes(sites.plain.read, { installed, out, scripts, gzipped }),
  );
}

async function checkpointOf(url) {
  const chain = await (await fetch(`${url}/v1/chain`)).json();
  return [0, chain.genesis_hash, chain.genesis.timestamp_ms, chain.epoch_length].join(":");
}

function checkReport(report, host) {
  assert.equal(report.error, undefined);
  assert.equal(report.verified, true);
  assert.match(report.refused, /^[a-z-]+$/);
  assert.equal(report.store, "ok");
  assert.equal(report.crash, "VerifierCrashError", "minifiers rename classes, not errors");
  if (!host) return;
  assert.ok(
    report.heads.every((head) => /^(head|hop|stored) \d+ true$/.test(head)),
    report.heads,
  );
  assert.match(report.stored, /^stored \d+$/);
}

function checkSizes(read, { installed, out, scripts, gzipped }) {
  const sum = (files) => files.map(gzipped).reduce((a, b) => a + b, 0);
  const inPackage = (file) => file.startsWith(installed) && file.endsWith(".js");
  const sizes = {
    plain: sum([...new Set(read.filter(inPackage))]),
    vite: sum(scripts(out.vite)),
    webpack: sum(scripts(out.webpack)),
  };
  const [wasm, wallet] = ["rpp_wasm", "rpp_wallet"].map((name) => gzipped(join(installed, `generated/${name}_bg.wasm`)));
  const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
  // Bundles hold the app of this test as well.
  assert.ok(sizes.vite <= BUDGET, `${kib(sizes.vite)} of JavaScript, ${kib(BUDGET)} allowed`);
  const list = Object.entries(sizes).map(([name, bytes]) => `${name} ${kib(bytes)}`);
  return `${list.join(", ")}; wasm ${kib(wasm)}, of a wallet ${kib(wallet)}`;
}
