// The page's side of the worker, with a real thread behind it, and with one that fails.
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { test } from "node:test";
import { Worker as NodeWorker } from "node:worker_threads";

import * as rpp from "../index.js";
import { CHECKPOINT } from "./client.js";
import { settled } from "./clock.js";
import { fixture } from "./fixture.js";

const block = fixture();
const chainId = block.statement.chain_id;
const module = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));

/** Returns a thread of Node with the face of a `Worker`. */
function thread(t) {
  const worker = new NodeWorker(new URL("worker-shim.js", import.meta.url));
  t.after(() => worker.terminate());
  worker.addEventListener = (type, listener) =>
    worker.on(type, (value) => listener(type === "message" ? { data: value } : value));
  return worker;
}

/** A worker that answers from `answers`, or not at all. */
class FakeWorker extends EventTarget {
  messages = [];
  terminated = false;

  constructor(answers = {}) {
    super();
    this.answers = answers;
  }

  postMessage(message) {
    this.messages.push(message);
    const { call, id } = message;
    if (call in this.answers) this.say({ id, ...this.answers[call] });
  }

  say(data) {
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data })));
  }

  fail(message) {
    this.dispatchEvent(Object.assign(new Event("error"), { message }));
  }

  terminate() {
    this.terminated = true;
  }
}

test("verifies in a worker, and its errors arrive as what they were", async (t) => {
  const verifier = await rpp.Verifier.load({ chainId, module, worker: () => thread(t) });
  await verifier.warmup();
  const { statement } = await verifier.verify(block);
  assert.equal(statement.headerHash, block.statement.header_hash);
  const short = block.proof.subarray(1);
  await assert.rejects(verifier.verify({ ...block, proof: short }), (error) => {
    assert.ok(error instanceof rpp.VerifyError && error instanceof rpp.RppError);
    return error.code === "bad-magic" && error.name === "VerifyError";
  });
  await assert.rejects(verifier.verify({ ...block, proof: 1 }), rpp.ConfigError);
  await verifier.close();
  await verifier.close();
  await assert.rejects(verifier.verify(block), { name: "ConfigError", code: "closed" });
});

test("runs a client in a worker over a store of the page's", async (t) => {
  const asked = [];
  const store = new rpp.MemoryStore();
  const kept = {
    load: (key) => (asked.push(key), store.load(key)),
    save: (key, state, instead) => store.save(key, state, instead),
  };
  const client = await rpp.LightClient.start({
    url: "http://127.0.0.1:1",
    checkpoint: CHECKPOINT,
    module,
    store: kept,
    worker: () => thread(t),
  });
  const { value } = await client.events().next();
  assert.equal(value.type, "unreachable");
  assert.ok(value.error instanceof rpp.TransportError);
  assert.deepEqual(asked, [CHECKPOINT]);
  assert.equal((await client.status()).timestampMs, 1_700_000_000_000);
  await client.wake();
  const pending = client.heads().next();
  await client.close();
  assert.equal((await pending).done, true);
});

test("refuses options before there is a worker, and in it", async (t) => {
  const none = () => assert.fail("no worker is made");
  const start = (more) =>
    rpp.LightClient.start({ url: "http://h", checkpoint: CHECKPOINT, worker: none, ...more });
  await assert.rejects(start({ checkpoint: "latest" }), { code: "bad-checkpoint" });
  await assert.rejects(start({ fetch }), { name: "ConfigError", code: "bad-option" });
  const silent = new FakeWorker();
  const broken = { module: Uint8Array.of(1), worker: () => silent };
  await assert.rejects(start(broken), { name: "ConfigError", code: "bad-module" });
  assert.equal(silent.terminated, true);
  await assert.rejects(rpp.Verifier.load({ chainId, ...broken }), { code: "bad-module" });
  await assert.rejects(start({ signal: AbortSignal.abort() }), { name: "AbortError" });
  const strong = { module, floor: { starkBits: 500 }, worker: () => thread(t) };
  await assert.rejects(start(strong), rpp.FloorError);
});

test("says so where there can be no worker, and never runs in the page instead", async () => {
  const throwing = () => {
    throw new Error("refused by policy");
  };
  const load = (worker) => rpp.Verifier.load({ chainId, module, worker });
  await assert.rejects(load(throwing), { name: "ConfigError", code: "no-worker" });
  await assert.rejects(load(undefined), { name: "ConfigError", code: "no-worker" });
  const missing = new FakeWorker();
  const loading = load(() => missing);
  await new Promise((resolve) => setImmediate(resolve));
  missing.fail("");
  await assert.rejects(loading, { name: "ConfigError", code: "no-worker" });
  assert.equal(missing.terminated, true);
});

test("names the address of a worker that cannot be started, and what is there", async (t) => {
  const answers = {
    "/gone.js": [404, { "content-type": "text/html" }],
    "/page": [200, { "content-type": "text/html; charset=utf-8" }],
    "/worker.js": [200, { "content-type": "text/javascript", "cross-origin-embedder-policy": "require-corp" }],
  };
  const server = createServer(({ url }, response) => response.writeHead(...answers[url]).end("<!doctype html>"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const base = `http://127.0.0.1:${server.address().port}`;
  t.after(() => (server.closeAllConnections(), server.close()));
  const made = [];
  class Failing extends FakeWorker {
    constructor(script) {
      super();
      made.push(script);
      queueMicrotask(() => this.fail(""));
    }
  }
  globalThis.Worker = Failing;
  globalThis.location = { href: `${base}/app/` };
  t.after(() => (delete globalThis.Worker, delete globalThis.location));
  const said = async (worker) => {
    made.length = 0;
    const error = await rpp.Verifier.load({ chainId, module, worker }).catch((thrown) => thrown);
    assert.deepEqual([error.name, error.code], ["ConfigError", "no-worker"]);
    assert.equal(globalThis.Worker, Failing);
    return error.message;
  };
  for (const [path, what] of Object.entries({
    "/gone.js": "404, text/html, COEP null",
    "/page": "200, text/html; charset=utf-8, COEP null",
    "/worker.js": "200, text/javascript, COEP require-corp",
  })) {
    assert.ok((await said(() => new Worker(path))).includes(`${base}${path} answers ${what}`));
    assert.equal(made.length, 1, "one worker is made, and none to find out");
  }
  const own = new URL("../worker.js", import.meta.url).href;
  assert.ok((await said(undefined)).includes(own));
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  assert.match(await said(() => new Worker("/worker.js")), /\/worker\.js: (?!answers)./);
  const refusing = () => {
    throw new Error("refused by policy");
  };
  assert.match(await said(refusing), /here: refused by policy$/);
});

test("leaves a platform alone that cannot be looked at", async (t) => {
  const missing = new FakeWorker();
  const frozen = class {};
  Object.defineProperty(globalThis, "Worker", { value: frozen, writable: false, configurable: true });
  t.after(() => delete globalThis.Worker);
  const loading = rpp.Verifier.load({ chainId, module, worker: () => missing });
  await new Promise((resolve) => setImmediate(resolve));
  missing.fail("");
  await assert.rejects(loading, { name: "ConfigError", code: "no-worker" });
  assert.equal(globalThis.Worker, frozen);
});

test("gives up on a worker that never answers, and on a module that never comes", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const never = new Promise(() => {});
  const compiled = new WebAssembly.Module(module);
  const given = { url: "http://h", checkpoint: CHECKPOINT, timeoutMs: 2_000 };
  const starts = {
    "no-worker": (silent) => rpp.LightClient.start({ ...given, module: compiled, worker: () => silent }),
    "bad-module": (silent) => rpp.LightClient.start({ ...given, module: never, worker: () => silent }),
  };
  for (const [code, start] of Object.entries(starts)) {
    const silent = new FakeWorker();
    const refused = assert.rejects(start(silent), { name: "ConfigError", code });
    await settled();
    t.mock.timers.tick(2_000);
    await refused;
    assert.equal(silent.terminated, true);
  }
  const silent = new FakeWorker();
  const load = rpp.Verifier.load({ chainId, module: compiled, timeoutMs: 3_000, worker: () => silent });
  const refused = assert.rejects(load, { name: "ConfigError", code: "no-worker" });
  await settled();
  t.mock.timers.tick(3_000);
  await refused;
});

test("does not wait for ever for the status of a worker that hangs", async (t) => {
  const { client } = await startFakes(t);
  const asked = [client.status(), client.wake()].map((call) =>
    assert.rejects(call, { name: "VerifierCrashError", code: "worker-crash" }),
  );
  await settled();
  t.mock.timers.tick(10_000);
  await Promise.all(asked);
});

test("posts plain values of options that are Proxies, as of a reactive store", async () => {
  const worker = new FakeWorker({ start: {}, close: {} });
  const { postMessage } = worker;
  // A real worker clones.
  worker.postMessage = (message) => postMessage.call(worker, structuredClone(message));
  const client = await rpp.LightClient.start({
    url: "http://h",
    checkpoint: CHECKPOINT,
    follow: new Proxy({ everyMs: 1_000 }, {}),
    floor: new Proxy({ starkBits: 100 }, {}),
    module,
    worker: () => worker,
  });
  const { config } = worker.messages[0].argument;
  assert.deepEqual(config, [CHECKPOINT, 1_000, false, 300_000, 100, 123, 14 * 86_400_000, undefined, false]);
  await client.close();
});

test("gives verdict and status of a worker a freshness of the page's clock", async (t) => {
  const { client, workers } = await startFakes(t);
  const times = { timestampMs: Date.now(), staleAtMs: Date.now() + 60_000 };
  const fields = { step: "head", statement: { height: 1 }, ...times };
  const argument = { type: "verified", verdict: fields };
  workers[0].say({ call: "publish", id: 1, argument });
  const { value } = await client.heads().next();
  assert.equal(value.freshness, "fresh");
  workers[0].answers.status = { value: { height: 1, timestampMs: 1, staleAtMs: 2 } };
  assert.equal((await client.status()).freshness, "stale");
});

test("takes a worker that fails for a crash, and makes another for the next call", async () => {
  const workers = [];
  const answers = { load: {}, warmup: {}, close: {} };
  const worker = () => workers[workers.push(new FakeWorker(answers)) - 1];
  const verifier = await rpp.Verifier.load({ chainId, module, worker });
  const pending = verifier.verify(block);
  await new Promise((resolve) => setImmediate(resolve));
  workers[0].fail("out of memory");
  await assert.rejects(pending, { name: "VerifierCrashError", code: "worker-crash" });
  assert.equal(workers[0].terminated, true);
  await verifier.warmup();
  assert.deepEqual(
    workers[1].messages.map(({ call }) => call),
    ["load", "module", "warmup"],
  );
  await verifier.close();
});

test("starts the worker while the module compiles, and hands one module to each", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let arrived;
  const coming = new Promise((resolve) => (arrived = resolve));
  const workers = [];
  const worker = () => workers[workers.push(new FakeWorker({ start: {}, close: {} })) - 1];
  const options = { url: "http://h", checkpoint: CHECKPOINT, module: coming, worker };
  const starting = rpp.LightClient.start(options);
  await turn();
  assert.deepEqual(workers[0].messages.map(({ call }) => call), ["start"]);
  arrived(module);
  const client = await starting;
  workers[0].fail("gone");
  t.mock.timers.tick(1_000);
  await turn();
  const modules = workers.map(({ messages }) => {
    assert.deepEqual(messages.map(({ call }) => call), ["start", "module"]);
    return messages[1].argument;
  });
  assert.ok(modules[0] instanceof WebAssembly.Module);
  assert.equal(modules[1], modules[0], "it is compiled once");
  await client.close();
});

test("starts a client's worker again after it failed", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const workers = [];
  const worker = () => workers[workers.push(new FakeWorker({ start: {}, close: {} })) - 1];
  const options = { url: "http://h", checkpoint: CHECKPOINT, module, worker };
  const client = await rpp.LightClient.start(options);
  const events = client.events();
  const crashed = events.next();
  workers[0].fail("gone");
  const { value } = await crashed;
  assert.equal(value.type, "crashed");
  assert.ok(value.error instanceof rpp.VerifierCrashError);
  assert.equal(workers.length, 1);
  t.mock.timers.tick(1_000);
  assert.equal(workers.length, 2);
  assert.equal(workers[1].messages[0].call, "start");
  const stale = { type: "stale", status: { height: 1 } };
  workers[1].say({ call: "publish", id: 1, argument: stale });
  assert.equal((await events.next()).value.status.height, 1);
  await client.close();
  t.mock.timers.tick(100_000);
  assert.equal(workers.length, 2);
});

/** A client whose workers are fakes; `verdict` is what one of them says that it verified. */
async function startFakes(t, more = {}) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const workers = [];
  const worker = () => workers[workers.push(new FakeWorker({ start: {}, close: {} })) - 1];
  const options = { url: "http://h", checkpoint: CHECKPOINT, module, worker, ...more };
  const client = await rpp.LightClient.start(options);
  t.after(() => client.close());
  return { client, workers };
}

const verdict = (step, height) => ({
  call: "publish",
  id: height,
  argument: { type: "verified", verdict: { step, statement: { height } } },
});

const turn = () => new Promise((resolve) => setImmediate(resolve));

test("ends a start that waits for its worker when the signal aborts", async () => {
  const controller = new AbortController();
  const silent = new FakeWorker();
  const options = { url: "http://h", checkpoint: CHECKPOINT, module, worker: () => silent };
  const starting = rpp.LightClient.start({ ...options, signal: controller.signal });
  await turn();
  controller.abort();
  await assert.rejects(starting, { name: "AbortError" });
  assert.equal(silent.terminated, true);
});

test("waits longer from crash to crash, though the stored head is verified in between", async (t) => {
  const { client, workers } = await startFakes(t);
  for (const waitMs of [1_000, 2_000, 4_000]) {
    const made = workers.length;
    workers.at(-1).say(verdict("stored", 1));
    await turn();
    workers.at(-1).fail("gone");
    await assert.rejects(client.status(), { name: "VerifierCrashError" });
    await assert.rejects(client.wake(), { name: "VerifierCrashError" });
    t.mock.timers.tick(waitMs - 1);
    assert.equal(workers.length, made);
    t.mock.timers.tick(1);
    assert.equal(workers.length, made + 1);
    await turn();
  }
});

test("does not step back where a new worker knows less than the one before", async (t) => {
  const { client, workers } = await startFakes(t);
  const heads = client.heads();
  workers[0].say(verdict("head", 100));
  assert.equal((await heads.next()).value.statement.height, 100);
  workers[0].fail("gone");
  t.mock.timers.tick(1_000);
  await turn();
  const later = client.heads();
  workers[1].say(verdict("hop", 5));
  workers[1].say(verdict("head", 101));
  for (const height of [100, 101]) {
    assert.equal((await later.next()).value.statement.height, height);
  }
});

test("carries the names of errors that are not the package's across the worker", () => {
  const full = rpp.errorFromPlain(rpp.errorToPlain(new DOMException("full", "QuotaExceededError")));
  assert.ok(full instanceof rpp.RppError);
  assert.equal(full.name, "QuotaExceededError");
  assert.deepEqual(rpp.errorToPlain(undefined), {
    name: "Error",
    code: "internal",
    message: "undefined",
  });
});
