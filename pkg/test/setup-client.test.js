// Clients that start from a root pin.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { clientOptions } from "../src/options.js";
import * as rpp from "../node.js";
import { CHECKPOINT } from "./client.js";
import { MODULE, setupCase, setupHost, setupSteps, startPinned } from "./setup-host.js";

const OFFLINE = "/v1/blocks/8";
const ONLINE = "/v1/blocks/16";
const SETUP = {
  version: 1,
  root: "1:537433cc6e45624df72de4f8bebe7faf2a5ba51a4a7d23c9ef54225fb97dd981",
  expiresMs: 1_800_604_800_000,
};
const text = (bytes) => new TextDecoder().decode(bytes);

/** Returns a case that is accepted, as options of `startPinned`. */
function accepted(name) {
  const { root, nowMs, body } = setupCase(name);
  return { root, nowMs, served: () => body };
}

test("starts from each form of a pin, and shows the setup that it has led to", async (t) => {
  const file = accepted("accept-pinned-file");
  const pins = {
    "a root file in bytes": [file, "/v1/setup?root=2"],
    "a root file as text": [{ ...file, root: text(file.root) }, "/v1/setup?root=2"],
    "a fingerprint": [accepted("accept-pinned-fingerprint"), "/v1/setup?root=1"],
    keys: [accepted("accept-pinned-keys"), "/v1/setup?root=1"],
    "keys of a later root": [accepted("accept-pinned-keys-of-a-later-root"), "/v1/setup?root=2"],
  };
  for (const [what, [options, path]] of Object.entries(pins)) {
    const { client, asked } = await startPinned(t, options);
    assert.equal(asked.filter((one) => one === path).length, 1, `${what}: ${asked}`);
    assert.ok(asked.includes(OFFLINE), `${what}: the chain begins at the offline checkpoint`);
    const { setup, height, checkpoint } = await client.status();
    assert.equal(setup.version, 1, what);
    assert.equal(height, 8, what);
    assert.match(checkpoint, /^8:4b180518/, what);
    t.mock.restoreAll();
    await client.close();
  }
});

test("says in the status who has signed what, and until when", async (t) => {
  const { client } = await startPinned(t, accepted("accept-pinned-fingerprint"));
  const status = await client.status();
  const { files, releases, ...setup } = status.setup;
  assert.deepEqual(setup, SETUP);
  assert.deepEqual(
    files.map(({ type, version, threshold }) => [type, version, threshold]),
    [["root", 1, 2], ["circuits", 1, 2], ["checkpoint", 1, 1]],
  );
  assert.deepEqual(files[1].signers, ["6464646464646464", "6565656565656565"]);
  assert.deepEqual(files[2].signers, ["6666666666666666"]);
  assert.ok(files.every(({ issuedMs, expiresMs }) => issuedMs === 1_800_000_000_000 && expiresMs > issuedMs));
  assert.deepEqual(releases.map(({ name, length }) => [name, length]), [["rpp_wasm_bg.wasm", 8]]);
  assert.ok(Object.isFrozen(status.setup) && Object.isFrozen(files[0].signers));
  const plain = JSON.parse(JSON.stringify(status));
  const revived = rpp.statusFromPlain(plain);
  assert.deepEqual(revived.setup, status.setup);
  assert.ok(!Object.isFrozen(plain.setup), "what the caller has stays the caller's");
});

test("starts at the online checkpoint where the offline one is waived", async (t) => {
  const { asked } = await startPinned(t, { ...accepted("accept-pinned-keys"), waiveOfflineCheckpoint: true });
  assert.ok(asked.includes(ONLINE) && !asked.includes(OFFLINE), String(asked));
});

test("refuses a setup that is not what the pinned keys have signed", async (t) => {
  const lies = [
    "reject-signed-by-a-stranger",
    "reject-too-few-keys",
    "reject-content-changed",
    "reject-circuit-missing",
    "reject-root-by-new-keys",
    "reject-chain-exchanged",
  ];
  for (const name of lies) {
    const { root, nowMs, body, expect } = setupCase(name);
    const { client, events, asked } = await startPinned(t, { root, nowMs, served: () => body });
    const [{ type, error }] = events;
    assert.deepEqual([type, error.name, error.code], ["refused", "SetupError", expect], name);
    assert.ok(error instanceof rpp.SetupError && error instanceof rpp.RppError);
    assert.ok(!asked.some((path) => path.startsWith("/v1/blocks")), `${name}: ${asked}`);
    assert.equal((await client.status()).setup, null, name);
    t.mock.restoreAll();
    await client.close();
  }
});

test("waits for a newer setup where the one that is served has expired", async (t) => {
  const { root, nowMs, body, expect } = setupCase("reject-expired-checkpoint");
  const good = accepted("accept-pinned-file");
  let served = body;
  const { client, clock, events } = await startPinned(t, { root, nowMs, served: () => served });
  const [{ type, error }] = events;
  assert.deepEqual([type, error.name, error.code, error.transient], ["unreachable", "SetupError", expect, true]);
  assert.match(error.message, /expired/);
  served = good.served();
  clock.sleep(good.nowMs - nowMs);
  await clock.advance(60_000);
  assert.equal((await client.status()).setup.version, 1);
});

test("takes no online checkpoint that is older than trust may be", async (t) => {
  const { events } = await startPinned(t, { ...accepted("accept-pinned-file"), maxTrustAgeMs: 1_000 });
  const [{ type, error }] = events;
  assert.deepEqual([type, error.name, error.code], ["unreachable", "SetupError", "checkpoint-too-old"]);
});

test("knows no head and ages nothing where the host has no setup", async (t) => {
  const { client, clock, events, asked } = await startPinned(t, { ...accepted("accept-pinned-file"), served: () => {} });
  await clock.advance(600_000);
  assert.equal(events[0].error.code, "provider-refused");
  assert.deepEqual([...new Set(events.map(({ type }) => type))], ["unreachable"]);
  assert.ok(!asked.some((path) => path.startsWith("/v1/blocks")), String(asked));
  const { checkpoint, height, headerHash, setup } = await client.status();
  assert.deepEqual([checkpoint, height, headerHash, setup], [null, null, null, null]);
});

test("keeps the setup, and goes on with it where a host has none", async (t) => {
  const store = new rpp.MemoryStore();
  const given = { ...accepted("accept-pinned-fingerprint"), store };
  const { client } = await startPinned(t, given);
  await client.close();
  assert.equal((await store.load(given.root)).height, 8);
  t.mock.restoreAll();
  const { client: again, asked } = await startPinned(t, { ...given, served: () => {} });
  assert.equal((await again.status()).setup.version, 1);
  assert.ok(asked.includes(OFFLINE), String(asked));
});

test("keeps the state of a whole root file in a FileStore, and refuses that of another pin", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pkg-setup-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const store = new rpp.FileStore(join(folder, "state"));
  const given = { ...accepted("accept-pinned-file"), store };
  const { client, clock } = await startPinned(t, given);
  const { key } = clientOptions({ url: "http://h", root: given.root });
  assert.equal(key, clientOptions({ url: "http://h", root: text(given.root) }).key);
  let kept;
  // A disk takes its time, and the clock stands still.
  while ((kept = await store.load(key)) === undefined) await clock.advance(0);
  await client.close();
  const { bytes } = kept;
  t.mock.restoreAll();
  // The same bytes under another pin: the file is somebody's who can write to it.
  const other = new rpp.MemoryStore();
  const root = `1:${"0".repeat(64)}`;
  await other.save(root, { height: 8, bytes });
  const { events } = await startPinned(t, { ...given, root, store: other });
  assert.deepEqual([events[0].type, events[0].error.code], ["stored-state-refused", "setup-digest"]);
});

test("does one step from a pin, and throws why there is none", async (t) => {
  const { root, nowMs, body, expect } = setupCase("reject-signed-by-a-stranger");
  t.mock.method(Date, "now", () => nowMs);
  const { fetch } = setupHost(() => body);
  const step = rpp.LightClient.once({ url: "http://host.test", root, fetch, module: MODULE });
  await assert.rejects(step, { name: "SetupError", code: expect });
});

test("refuses pins and options that are none", async () => {
  const start = (more) => rpp.LightClient.start({ url: "http://host.test", fetch: () => new Promise(() => {}), module: MODULE, ...more });
  const { root } = accepted("accept-pinned-fingerprint");
  const refused = [
    [{}, "bad-checkpoint"],
    [{ checkpoint: CHECKPOINT, root }, "bad-option"],
    [{ root: 5 }, "bad-option"],
    [{ root: null }, "bad-option"],
    [{ root: ["1:ff"] }, "bad-option"],
    [{ root, waiveOfflineCheckpoint: 1 }, "bad-option"],
    [{ root, storeKey: ["a"] }, "bad-option"],
    [{ root, storeKey: 5 }, "bad-option"],
    [{ root, maxTrustAgeMs: -1 }, "bad-config"],
    [{ root, maxTrustAgeMs: "1" }, "bad-config"],
    [{ root: "" }, "bad-root-pin"],
    [{ root: "latest" }, "bad-root-pin"],
    [{ root: CHECKPOINT }, "bad-root-pin"],
    [{ root: root.toUpperCase().replace("1:", "01:") }, "bad-root-pin"],
    [{ root: new Uint8Array(4) }, "bad-root-pin"],
    [{ root: "{}" }, "setup-missing-field"],
    [{ root: new TextEncoder().encode('{"é":1}') }, "setup-text"],
    [{ root: setupCase("reject-pinned-file-truncated").root }, "setup-json-truncated"],
  ];
  for (const [more, code] of refused) {
    await assert.rejects(start(more), { name: "ConfigError", code }, JSON.stringify(more));
  }
});

test("goes on under a later pin with what it has seen, where the state has a name of its own", async (t) => {
  const { pin, steps } = setupSteps("reject-rollback-after-the-same-keys");
  const [newer, older] = steps;
  const given = { store: new rpp.MemoryStore(), storeKey: "chain-7" };
  const { client } = await startPinned(t, { ...given, root: pin, nowMs: newer.nowMs, served: () => newer.body });
  assert.equal((await client.status()).setup.version, 3);
  await client.close();
  t.mock.restoreAll();
  // The second root is the first file of the answer.
  const length = older.body.readUInt32LE(12);
  const later = Uint8Array.from(older.body.subarray(16, 16 + length));
  const { client: again, events } = await startPinned(t, { ...given, root: later, nowMs: older.nowMs, served: () => older.body });
  assert.notEqual((await again.status()).setup?.version, 1);
  assert.deepEqual([events[0].error.code, events[0].error.transient], ["setup-rollback", true]);
});

test("remembers what it has seen where the state itself is refused", async (t) => {
  const { pin, steps } = setupSteps("reject-rollback-of-circuits");
  const [newer, older] = steps;
  const given = { root: pin, store: new rpp.MemoryStore() };
  const first = await startPinned(t, { ...given, nowMs: newer.nowMs, served: () => newer.body, waiveOfflineCheckpoint: true });
  assert.equal((await first.client.status()).setup.version, 3);
  await first.client.close();
  t.mock.restoreAll();
  // The owner waives no more, and the host answers nothing.
  const second = await startPinned(t, { ...given, nowMs: older.nowMs, served: () => {} });
  assert.deepEqual([second.events[0].type, second.events[0].error.code], ["stored-state-refused", "state-waived"]);
  await second.client.close();
  t.mock.restoreAll();
  const third = await startPinned(t, { ...given, nowMs: older.nowMs, served: () => older.body });
  assert.equal(third.events[0].error.code, "setup-rollback");
});

test("goes on from what another tab has stored that has seen a newer setup, and forgets nothing itself", async (t) => {
  const { pin, steps } = setupSteps("reject-rollback-of-circuits");
  const [newer, older] = steps;
  const store = new rpp.MemoryStore();
  const first = await startPinned(t, { root: pin, store, nowMs: newer.nowMs, served: () => newer.body });
  assert.equal((await first.client.status()).setup.version, 3);
  await first.client.close();
  t.mock.restoreAll();
  const { key } = clientOptions({ url: "http://host.test", root: pin, module: MODULE });
  const before = await store.load(key);
  // This one has read the store before that was there, and its host serves an older setup.
  let reads = 0;
  const late = {
    load: async (name) => (reads++ ? store.load(name) : undefined),
    save: (...given) => store.save(...given),
  };
  const second = await startPinned(t, { root: pin, store: late, nowMs: older.nowMs, served: () => older.body });
  const types = second.events.map(({ type, error }) => error?.code ?? type);
  assert.equal(types[0], "overtaken", `${types}`);
  assert.ok(types.includes("setup-rollback"), `${types}`);
  assert.equal((await second.client.status()).setup.version, 3);
  assert.equal((await store.load(key)).seen, before.seen);
  assert.equal(before.seen, "000000010000000300000005");
});
