// Two headers that the same validators have signed, through the module itself.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { ConfigError, ConflictError, FileStore, LightClient, MemoryStore } from "@rpp/light-client";

import { cases } from "./corpus.js";

const all = new Map(cases().map(({ name, ...rest }) => [name, rest]));
const fork = all.get("reject-conflicting-headers");
const honest = all.get("accept-stored");
const URL = "https://provider.example";
const HIGHEST = 2 ** 32 - 1;

const bytesOf = (base64) => new Uint8Array(Buffer.from(base64, "base64"));

/** Answers as the provider of a case does; one without a case never answers. */
const provider = (given) => async (url, { headers }) => {
  if (given === undefined) return new Promise(() => {});
  const body = given.answers[url.slice(URL.length)];
  if (body === undefined) return new Response("", { status: 404 });
  return new Response(bytesOf(body), { headers: { "content-type": headers.accept } });
};

async function start(t, store, given, more = {}) {
  const { checkpoint } = fork;
  t.mock.method(Date, "now", () => Number(fork.now_ms));
  const follow = { everyMs: 250 };
  const client = await LightClient.start({ url: URL, checkpoint, follow, fetch: provider(given), store, ...more });
  t.after(() => client.close());
  return client;
}

async function stored(store) {
  await store.save(fork.checkpoint, { height: 3, bytes: bytesOf(fork.state) });
  return store;
}

/** Returns the events up to one of this type. */
async function until(events, type) {
  const seen = [];
  for (;;) {
    const { done, value } = await events.next();
    assert.ok(!done, `${type} after ${seen.map((event) => event.type)}`);
    seen.push(value);
    if (value.type === type) return seen;
  }
}

async function file(t) {
  const folder = await mkdtemp(join(tmpdir(), "rpp-conflict-"));
  t.after(() => rm(folder, { recursive: true }));
  return new FileStore(join(folder, "state"));
}

test("stops, keeps the evidence before it says so, and stays stopped until its owner has chosen", async (t) => {
  const store = await stored(await file(t));
  const first = await start(t, store, fork);
  const events = first.events();
  const seen = await until(events, "stopped");
  assert.deepEqual(seen.map(({ type }) => type), ["verified", "stopped"]);
  const { error } = seen[1];
  assert.ok(error instanceof ConflictError);
  assert.equal(error.code, "conflicting-headers");
  assert.equal((await store.load(fork.checkpoint)).height, HIGHEST);
  const evidence = Buffer.from(await first.evidence());
  assert.equal(evidence.toString("latin1", 0, 4), "RPPE");
  assert.equal((await first.status()).stopped, true);
  await assert.rejects(first.account(0), { name: "ConflictError", code: "conflicting-headers" });
  await assert.rejects(first.heads().next(), { code: "conflicting-headers" });
  assert.equal((await first.events().next()).value.type, "verified", "a later iterator is told where it stands");
  await first.close();

  // Nobody is asked, and what another tab has verified does not take its place.
  await store.save(fork.checkpoint, { height: 4, bytes: bytesOf(fork.state) });
  const second = await start(t, store, undefined);
  const again = second.events();
  assert.deepEqual((await until(again, "stopped")).map(({ type }) => type), ["stopped"]);
  assert.deepEqual(Buffer.from(await second.evidence()), evidence);
  const head = (await second.status()).headerHash;
  await assert.rejects(second.choose("both"), { code: "bad-config" });
  await second.choose("conflicting");
  const [chosen, { verdict }] = await until(again, "verified");
  assert.deepEqual([chosen.type, chosen.choice], ["chosen", "conflicting"]);
  assert.equal(verdict.step, "stored");
  assert.equal(verdict.statement.height, 3);
  assert.notEqual(verdict.statement.headerHash, head);
  assert.equal(verdict.saved, true);
  assert.equal((await second.status()).stopped, false);
  await second.close();

  const third = await start(t, store, fork);
  const [{ verdict: kept }] = await until(third.events(), "verified");
  assert.equal(kept.statement.headerHash, verdict.statement.headerHash);
  assert.deepEqual(Buffer.from(await third.evidence()), evidence);
});

test("asks nobody anything while it is stopped, from the first moment of a start", async (t) => {
  for (const store of [await stored(new MemoryStore()), await stored(await file(t))]) {
    const asked = [];
    const answers = provider(fork);
    const fetch = (url, options) => {
      asked.push({ path: url.slice(URL.length), signal: options.signal });
      if (!url.endsWith("/events")) return answers(url, options);
      const body = new ReadableStream({ start: (control) => control.enqueue(Buffer.from(":\n")) });
      return Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
    };
    const more = { fetch, follow: { everyBlock: true }, hints: true };
    const first = await start(t, store, fork, more);
    await until(first.events(), "stopped");
    assert.ok(asked.every(({ path, signal }) => path !== "/v1/head/events" || signal.aborted));
    await first.close();

    asked.length = 0;
    const second = await start(t, store, fork, more);
    await until(second.events(), "stopped");
    await second.wake();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await assert.rejects(LightClient.once({ url: URL, checkpoint: fork.checkpoint, fetch, store }), ConflictError);
    assert.deepEqual(asked, []);
    await second.choose("head");
    await until(second.events(), "refused");
    assert.ok(asked.some(({ path }) => path === "/v1/head"), "and goes on asking when its owner has chosen");
    await second.close();
  }
});

test("goes on from its own head, and is not stopped by the same header again", async (t) => {
  const client = await start(t, await stored(new MemoryStore()), fork);
  const events = client.events();
  await until(events, "stopped");
  await client.choose("head");
  const after = await until(events, "refused");
  assert.equal(after.at(-1).error.code, "other-head");
  assert.ok(after.every(({ type }) => type !== "stopped"));
});

test("starts again from its checkpoint, whenever its owner says so", async (t) => {
  for (const given of [fork, all.get("reject-head-behind")]) {
    const store = await stored(new MemoryStore());
    const first = await start(t, store, given);
    await until(first.events(), given === fork ? "stopped" : "unreachable");
    await first.choose("checkpoint");
    await first.close();
    const second = await start(t, store, all.get("accept-skip"));
    const [{ verdict }] = await until(second.events(), "verified");
    assert.equal(verdict.step, "head");
    assert.equal((await second.evidence()) !== undefined, given === fork);
  }
});

test("has nothing to choose where there is no conflict", async (t) => {
  const client = await start(t, await stored(new MemoryStore()), honest);
  await until(client.events(), "verified");
  const refused = client.choose("conflicting");
  await assert.rejects(refused, (error) => error instanceof ConfigError && error.code === "not-stopped");
  assert.equal(await client.evidence(), undefined);
  await client.close();
  await assert.rejects(client.choose("checkpoint"), { code: "closed" });
});

test("a single step says that the client is stopped", async (t) => {
  t.mock.method(Date, "now", () => Number(fork.now_ms));
  const store = await stored(new MemoryStore());
  const { checkpoint } = fork;
  const options = { url: URL, checkpoint, fetch: provider(fork), store };
  for (let run = 0; run < 2; run += 1) {
    await assert.rejects(LightClient.once(options), { code: "conflicting-headers" });
  }
});
