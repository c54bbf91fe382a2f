import assert from "node:assert/strict";
import { test } from "node:test";

import { once } from "../src/once.js";
import * as rpp from "../slim.js";
import { CHECKPOINT, EMPTY, head, startFake, stateAt, summary } from "./client.js";
import { settled } from "./clock.js";
import { bytesOf } from "./fake-module.js";

test("asks for head, block and stored state while the module still compiles", async (t) => {
  const order = [];
  const store = new rpp.MemoryStore();
  store.load = async () => void order.push("state");
  let compiled;
  const module = new Promise((resolve) => (compiled = resolve));
  const host = () => (order.push("head"), head(1));
  const starting = startFake(t, host, { store, module });
  await settled();
  assert.deepEqual(order, ["state", "head"]);
  compiled(EMPTY);
  const { clock, events, requests, blocks } = await starting;
  await clock.advance(0);
  assert.deepEqual(summary(events), ["verified head 1"]);
  assert.deepEqual(order, ["state", "head"], "each is asked for once");
  assert.deepEqual(blocks.map(({ url }) => url), ["http://host.test/v1/blocks/0"]);
  await clock.advance(60_000);
  assert.equal(requests.length, 2, "and the next head is a new question");
});

test("drops what the session did not ask for, when the start is over", async (t) => {
  const { clock, blocks } = await startFake(t, () => head(1));
  assert.equal(blocks[0].signal.aborted, false);
  await clock.advance(0);
  assert.equal(blocks[0].signal.aborted, true);
});

test("does not ask for the checkpoint's block where a state is stored", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4, bytes: bytesOf(stateAt(4)) });
  const { clock, events, blocks } = await startFake(t, () => head(5), { store });
  await clock.advance(0);
  assert.deepEqual(summary(events), ["verified stored 4", "verified head 5"]);
  assert.equal(blocks.length, 0);
});

test("starts though the question sent ahead has failed", async (t) => {
  const lost = () => Promise.reject(new TypeError("fetch failed"));
  const { clock, events } = await startFake(t, (count) => (count === 1 ? lost() : head(3)));
  await clock.advance(0);
  assert.deepEqual(summary(events), ["verified head 3"]);
});

test("hangs up on what was sent ahead where the client cannot start", async () => {
  const signals = [];
  const fetch = (_, { signal }) => (signals.push(signal), new Promise(() => {}));
  const start = (more) =>
    rpp.LightClient.start({ url: "http://host.test", checkpoint: CHECKPOINT, fetch, ...more });
  await assert.rejects(start({ module: Uint8Array.of(1) }), { code: "bad-module" });
  const controller = new AbortController();
  const never = new Promise(() => {});
  const starting = start({ module: never, signal: controller.signal });
  await settled();
  controller.abort();
  await assert.rejects(starting, { name: "AbortError" });
  assert.ok(signals.length > 0 && signals.every(({ aborted }) => aborted));
});
