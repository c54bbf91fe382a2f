// The module against the one that a verified setup lists.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as page from "../index.js";
import * as rpp from "../node.js";
import * as slim from "../slim.js";
import { setupCase, startPinned } from "./setup-host.js";

const SHIPPED = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Returns what stands for a client whose setup lists `bytes` as the released module. */
const listing = (bytes) => {
  const releases = bytes ? [{ name: "rpp_wasm_bg.wasm", length: bytes.length, sha256: sha256(bytes) }] : [];
  return { status: async () => ({ setup: { version: 4, releases } }) };
};

test("finds the package's own module where the setup lists it", async () => {
  const verdict = await rpp.verifyPackage(listing(SHIPPED));
  assert.equal(verdict.matches, true);
  assert.deepEqual([verdict.sha256, verdict.length], [sha256(SHIPPED), SHIPPED.length]);
  assert.equal(verdict.setupVersion, 4);
  assert.match(verdict.shows, /is rpp_wasm_bg\.wasm as version 4 of the setup lists it/);
  assert.match(verdict.doesNotShow, /could say anything/);
  assert.ok(Object.isFrozen(verdict));
});

test("says so where the module is another, or none is listed", async () => {
  const changed = Uint8Array.from(SHIPPED);
  changed[changed.length - 1] ^= 1;
  const other = await rpp.verifyPackage(listing(SHIPPED), { module: changed });
  assert.equal(other.matches, false);
  assert.match(other.shows, /is not rpp_wasm_bg\.wasm/);
  const none = await rpp.verifyPackage(listing());
  assert.deepEqual([none.matches, none.release], [false, null]);
  assert.match(none.shows, /lists no rpp_wasm_bg\.wasm/);
});

test("compares with what the vectors' setup lists", async (t) => {
  const { root, nowMs, body } = setupCase("accept-pinned-keys");
  const { client } = await startPinned(t, { root, nowMs, served: () => body });
  const verdict = await rpp.verifyPackage(client);
  assert.equal(verdict.matches, false);
  assert.equal(verdict.release.length, 8);
  assert.notEqual(verdict.release.sha256, verdict.sha256);
});

test("fetches the module again from its address", async (t) => {
  const asked = [];
  t.mock.method(globalThis, "fetch", async (url) => (asked.push(url), new Response(SHIPPED)));
  const at = "https://wallet.example/rpp.wasm";
  const verdict = await slim.verifyPackage(listing(SHIPPED), { module: at });
  assert.equal(verdict.matches, true);
  assert.match(verdict.shows, /what https:\/\/wallet\.example\/rpp\.wasm answers just now/);
  await page.verifyPackage(listing(SHIPPED));
  assert.deepEqual(asked, [at, new URL("../generated/rpp_wasm_bg.wasm", import.meta.url).href]);
});

test("throws where there is nothing to compare", async (t) => {
  const refused = async (working, code) => assert.rejects(working, { name: "ConfigError", code });
  await refused(rpp.verifyPackage({ status: async () => ({ setup: null }) }), "no-setup");
  await refused(slim.verifyPackage(listing(SHIPPED)), "no-module");
  await refused(rpp.verifyPackage(undefined), "bad-option");
  await refused(rpp.verifyPackage(listing(SHIPPED), { modul: SHIPPED }), "unknown-option");
  const compiled = await WebAssembly.compile(SHIPPED);
  for (const module of [compiled, 5, new Response("", { status: 404 })]) {
    await refused(rpp.verifyPackage(listing(SHIPPED), { module }), "bad-module");
  }
  const { crypto } = globalThis;
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  t.after(() => Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true }));
  await refused(rpp.verifyPackage(listing(SHIPPED)), "no-crypto");
});
