// Whatever a caller passes in, what comes out is an error of the package that blames the caller.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as page from "../index.js";
import * as rpp from "../node.js";
import { CHECKPOINT } from "./client.js";
import { fixture } from "./fixture.js";

const block = fixture();
const chainId = block.statement.chain_id;
const url = "http://127.0.0.1:1";
const thrown = new Error("a getter of the caller's");

/** Returns an object whose `name` throws when it is read. */
const throwing = (name, rest = {}) => Object.defineProperty({ ...rest }, name, { enumerable: true, get() { throw thrown; } });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const detached = (bytes) => {
  const copy = Uint8Array.from(bytes);
  structuredClone(copy.buffer, { transfer: [copy.buffer] });
  return copy;
};
const symbols = [Symbol("s"), { toString: () => { throw thrown; } }, Object.create(null), 5n, () => {}];

/** Fails where `work` does not throw, or reject with, a `ConfigError` with this code. */
async function blamed(work, code, note) {
  const error = await (async () => work())().then(() => assert.fail(`${note}: nothing is thrown`), (reason) => reason);
  assert.deepEqual([error.name, error.code], ["ConfigError", code], `${note}: ${error.stack}`);
  assert.ok(error instanceof rpp.ConfigError && error instanceof rpp.RppError, note);
  assert.notEqual(error.message, "", note);
}

test("options and arguments that throw when they are read", async () => {
  const given = { url, checkpoint: CHECKPOINT };
  for (const { LightClient, Verifier } of [rpp, page]) {
    await blamed(() => LightClient.start(revoked()), "bad-option", "start");
    await blamed(() => LightClient.start(throwing("signal", given)), "bad-option", "start, signal");
    await blamed(() => LightClient.start({ ...given, store: revoked() }), "bad-option", "start, store");
    await blamed(() => LightClient.start({ ...given, checkpoint: throwing("height") }), "bad-checkpoint", "start, checkpoint");
    await blamed(() => Verifier.load(revoked()), "bad-option", "load");
    await blamed(() => Verifier.load(throwing("chainId")), "bad-option", "load, chainId");
  }
  await blamed(() => rpp.LightClient.once(revoked()), "bad-option", "once");
});

test("a signal that is half a signal", async () => {
  const halves = [
    { aborted: false, addEventListener() {} },
    // What a browser says of the proxy that a reactive store makes of one.
    new Proxy(new AbortController().signal, { get() { throw new TypeError("Illegal invocation"); } }),
    revoked(),
  ];
  const client = await rpp.LightClient.start({ url, checkpoint: CHECKPOINT });
  for (const [index, signal] of halves.entries()) {
    await blamed(() => rpp.LightClient.start({ url, checkpoint: CHECKPOINT, signal }), "bad-option", `start ${index}`);
    await blamed(() => client.events({ signal }), "bad-option", `events ${index}`);
    await blamed(() => client.heads({ signal }), "bad-option", `heads ${index}`);
  }
  await client.close();
});

/** Runs `work` with a client and a verifier of each entry point; those of a page have a worker that answers all. */
async function each(work) {
  const module = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));
  const worker = () => new Answering();
  for (const [{ LightClient, Verifier }, more] of [[rpp, {}], [page, { module, worker }]]) {
    const client = await LightClient.start({ url, checkpoint: CHECKPOINT, ...more });
    const verifier = await Verifier.load({ chainId, ...more });
    await work(client, verifier);
    await client.close();
    await verifier.close();
  }
}

class Answering extends EventTarget {
  postMessage(message) {
    const { id } = structuredClone(message);
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data: { id } })));
  }

  terminate() {}
}

test("arguments of a client", async () => {
  await each(async (client) => {
    for (const options of [revoked(), throwing("signal"), { signal: 5 }, { signal: null }, { signal: Symbol("s") }]) {
      await blamed(() => client.events(options), "bad-option", "events");
      await blamed(() => client.heads(options), "bad-option", "heads");
    }
    for (const options of [undefined, null, {}, 5, "text"]) await client.events(options).return();
    for (const choice of [...symbols, undefined, null, "", "both", new String("head"), revoked()]) {
      await blamed(() => client.choose(choice), "bad-config", "choose");
    }
  });
});

test("arguments of a verifier", async () => {
  await each(async (_, verifier) => {
    const odd = [...symbols, undefined, null, 5, "text", revoked(), [1, 2], new DataView(new ArrayBuffer(4))];
    for (const other of [...odd, detached(block.proof), detached(block.proof).buffer]) {
      for (const name of ["header", "parent", "certificate", "proof"]) {
        await blamed(() => verifier.verify({ ...block, [name]: other }), "bad-bytes", name);
      }
    }
    for (const other of odd) await blamed(() => verifier.verify(other), "bad-bytes", "verify");
    await blamed(() => verifier.verify(throwing("proof", block)), "bad-bytes", "a getter");
    const long = verifier.verify({ ...block, proof: new Uint8Array(2 ** 20 + 1) });
    await assert.rejects(long, { name: "VerifyError", code: "too-long" });
  });
});

test("verifies the bytes as they were when it was called", async () => {
  const module = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));
  const sent = [];
  class Kept extends Answering {
    postMessage(message) {
      if (message.call === "verify") sent.push(message.argument);
      super.postMessage(message);
    }
  }
  const verifier = await page.Verifier.load({ chainId, module, worker: () => new Kept() });
  const proof = Uint8Array.from(block.proof);
  const verifying = verifier.verify({ ...block, proof });
  structuredClone(proof.buffer, { transfer: [proof.buffer] });
  await verifying;
  assert.deepEqual(sent[0].at(-1), Uint8Array.from(block.proof));
  await verifier.close();
});

test("arguments of what converts", async () => {
  const plain = { timestampMs: 1, staleAtMs: 2, spent: { bytes: "5", requests: 1 } };
  const cyclic = { ...plain };
  cyclic.self = cyclic;
  const odd = [...symbols, undefined, null, 5, revoked(), throwing("spent", plain)];
  const spents = [null, {}, { bytes: Symbol("s") }, { bytes: null }, throwing("bytes"), revoked()];
  for (const other of [...odd, ...spents.map((spent) => ({ ...plain, spent })), cyclic]) {
    await blamed(() => rpp.verdictFromPlain(other), "bad-plain", "verdictFromPlain");
    await blamed(() => rpp.statusFromPlain(other), "bad-plain", "statusFromPlain");
  }
  for (const other of [...odd, { spent: null }, { spent: throwing("bytes") }]) {
    await blamed(() => rpp.verdictToPlain(other), "bad-plain", "verdictToPlain");
  }
  for (const other of [...symbols, undefined, null, revoked(), throwing("height")]) {
    await blamed(() => rpp.formatCheckpoint(other), "bad-checkpoint", "formatCheckpoint");
    await blamed(() => rpp.parseCheckpoint(other), "bad-checkpoint", "parseCheckpoint");
  }
});

test("errors that cannot be read are errors all the same", () => {
  const odd = [revoked(), throwing("message"), throwing("code"), { name: Symbol("s"), message: Symbol("s") }, ...symbols];
  for (const other of odd) {
    const plain = rpp.errorToPlain(other);
    assert.deepEqual(Object.values(plain).map((text) => typeof text), ["string", "string", "string"]);
    assert.ok(rpp.errorFromPlain(other) instanceof rpp.RppError);
    assert.ok(rpp.errorFromPlain({ name: "VerifyError", code: other, message: other }) instanceof rpp.VerifyError);
  }
});

test("names of stores", async () => {
  for (const name of [...symbols, null, 5]) {
    await blamed(() => new rpp.IndexedDbStore(name), "bad-option", "IndexedDbStore");
    await blamed(() => new rpp.FileStore(name), "bad-option", "FileStore");
  }
  const script = `
    import { mkdtempSync, rmdirSync } from "node:fs";
    import { tmpdir } from "node:os";
    import { join } from "node:path";
    const { FileStore } = await import(process.argv[1]);
    const folder = mkdtempSync(join(tmpdir(), "pkg-gone-"));
    process.chdir(folder);
    rmdirSync(folder);
    try { new FileStore("state"); } catch ({ name, code }) { console.log(name, code); }
  `;
  const entry = new URL("../node.js", import.meta.url).href;
  const args = ["--input-type=module", "--eval", script, entry];
  assert.equal(execFileSync(process.execPath, args, { encoding: "utf8" }).trim(), "StateError storage-failed");
});

test("whatever a caller's function throws or returns", async () => {
  const module = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));
  const workers = [() => undefined, () => ({}), async () => new Answering(), () => revoked(), () => { throw revoked(); }];
  for (const [index, worker] of workers.entries()) {
    await blamed(() => page.Verifier.load({ chainId, module, worker }), "no-worker", `worker ${index}`);
    await blamed(() => page.LightClient.start({ url, checkpoint: CHECKPOINT, module, worker }), "no-worker", `worker ${index}`);
  }
  for (const odd of [() => { throw thrown; }, () => revoked(), async () => revoked(), revoked()]) {
    const wrong = typeof odd === "function" ? "bad-module" : "bad-option";
    await blamed(() => rpp.Verifier.load({ chainId, module: odd }), wrong, "module");
  }
  const fetch = () => { throw thrown; };
  await blamed(() => rpp.LightClient.start({ url, checkpoint: CHECKPOINT, fetch }), "bad-fetch", "fetch");
});
