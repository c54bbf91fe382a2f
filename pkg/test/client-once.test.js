import assert from "node:assert/strict";
import { test } from "node:test";

import { once } from "../src/once.js";
import { clientOptions } from "../src/options.js";
import * as rpp from "../slim.js";
import { CHECKPOINT, EMPTY, head } from "./client.js";
import { settled, TestClock } from "./clock.js";
import { fakeModule } from "./fake-module.js";

test("does one step, and nothing of it stays", async (t) => {
  const store = new rpp.MemoryStore();
  const first = await stepFake(t, () => head(5), store);
  assert.equal(first.verdict.statement.height, 5);
  assert.equal(first.verdict.step, "head");
  assert.equal((await store.load(CHECKPOINT)).height, 5);
  assert.deepEqual(first.made.map(({ freed }) => freed), [true]);
  assert.equal(first.timers, 0);
  const same = await stepFake(t, () => head(5), store);
  assert.equal(same.verdict.step, "stored");
  const none = await stepFake(t, () => head(0), new rpp.MemoryStore());
  assert.equal(none.verdict, undefined, "the checkpoint is no verdict");
});

test("throws from one step what would be retried, and nothing of it stays", async (t) => {
  const hosts = {
    unreachable: () => Promise.reject(new TypeError("fetch failed")),
    "provider-busy": () => new Response("{}", { status: 503 }),
    opening: () => new Response("bad"),
    crash: () => new Response("trap"),
  };
  for (const [code, host] of Object.entries(hosts)) {
    const { error, timers } = await stepFake(t, host, new rpp.MemoryStore());
    assert.equal(error?.code, code);
    assert.ok(error instanceof rpp.RppError);
    assert.equal(timers, 0, code);
  }
});

test("ends a step when its signal aborts", async (t) => {
  const controller = new AbortController();
  const stepping = stepFake(t, () => new Promise(() => {}), new rpp.MemoryStore(), controller.signal);
  await settled();
  controller.abort();
  assert.equal((await stepping).error.name, "AbortError");
});

/** Does one step with a fake module. */
async function stepFake(t, host, store, signal) {
  const clock = new TestClock();
  const { make, made } = fakeModule();
  const fetch = async (url) => (url.includes("/v1/blocks/") ? new Promise(() => {}) : host());
  const given = { url: "http://host.test", checkpoint: CHECKPOINT, module: EMPTY, fetch, store, signal };
  const ended = { made };
  await once(clientOptions(given), clock, make).then(
    (verdict) => Object.assign(ended, { verdict }),
    (error) => Object.assign(ended, { error }),
  );
  return { ...ended, timers: clock.pending };
}
