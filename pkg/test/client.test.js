import assert from "node:assert/strict";
import { test } from "node:test";

import { fromModule } from "../src/errors.js";
import { Events } from "../src/events.js";
import { once } from "../src/once.js";
import * as rpp from "../slim.js";
import { CHECKPOINT, EMPTY, EPOCH_MS, head, startFake, stateAt, summary } from "./client.js";
import { settled } from "./clock.js";
import { bytesOf, refusal } from "./fake-module.js";

test("follows heads, each a typed verdict", async (t) => {
  const { client, clock, events } = await startFake(t, (count) => head(count));
  await clock.advance(60_000);
  assert.deepEqual(summary(events), ["verified head 1", "verified head 2"]);
  const [{ verdict }] = events;
  assert.equal(verdict.statement.chainId, 7);
  assert.equal(verdict.spent.bytes, 12345678901234567890n);
  assert.equal(verdict.timestampMs, EPOCH_MS + 1_000);
  assert.equal(verdict.staleAtMs, EPOCH_MS + 301_000);
  assert.equal(verdict.saved, true);
  assert.equal(typeof verdict.verifyMs, "number");
  assert.ok(Object.isFrozen(verdict) && Object.isFrozen(verdict.statement));
  assert.equal((await client.status()).height, 2);
});

test("hands each head to all iterators, and the newest to a later one", async (t) => {
  const { client, clock } = await startFake(t, (count) => head(count));
  const one = client.heads();
  await clock.advance(0);
  const two = client.heads();
  const height = async (iterator) => (await iterator.next()).value.statement.height;
  assert.equal(await height(one), 1);
  assert.equal(await height(two), 1);
  await clock.advance(60_000);
  assert.equal(await height(one), 2);
  assert.equal(await height(two), 2);
});

test("throws a refusal from heads, and goes on when called again", async (t) => {
  const { client, clock } = await startFake(t, (count) =>
    count === 1 ? new Response("bad") : head(count),
  );
  const heads = client.heads();
  const refused = assert.rejects(heads.next(), (error) => {
    assert.ok(error instanceof rpp.VerifyError && error instanceof rpp.RppError);
    assert.equal(error.name, "VerifyError");
    return error.code === "opening";
  });
  await clock.advance(0);
  await refused;
  assert.deepEqual(await heads.next(), { done: true, value: undefined });
  const again = client.heads().next();
  await clock.advance(250);
  assert.equal((await again).value.statement.height, 2);
});

test("retries what passes with growing waits, and tells of it", async (t) => {
  const lost = () => Promise.reject(new TypeError("fetch failed"));
  const hosts = [
    // The question sent ahead, and the one in its place.
    lost,
    lost,
    () => new Response("{}", { status: 503, headers: { "retry-after": "2" } }),
    () => new Response("{}", { status: 500 }),
    () => head(4),
  ];
  const { client, clock, events } = await startFake(t, (count) => hosts[count - 1]());
  const first = client.heads().next();
  await clock.advance(10_000);
  assert.deepEqual(summary(events), [
    "unreachable unreachable",
    "unreachable provider-busy",
    "unreachable provider-busy",
    "verified head 4",
  ]);
  assert.deepEqual(
    events.slice(0, 3).map((event) => event.retryInMs),
    [250, 2_000, 1_000],
  );
  assert.equal((await first).value.statement.height, 4);
});

test("asks again past every cache after a refusal, until a head is verified", async (t) => {
  const { clock, requests } = await startFake(t, (count) =>
    count === 1 ? new Response("bad") : head(2),
  );
  await clock.advance(70_000);
  assert.deepEqual(
    requests.map(({ cache }) => cache),
    ["no-cache", "reload", "no-cache"],
  );
});

test("hands no answer to an instance that the answer before it crashed", async (t) => {
  const open = [];
  const host = () => new Promise((resolve) => open.push(resolve));
  const { clock, events, made } = await startFake(t, host, { questions: 3 });
  await clock.advance(0);
  assert.equal(open.length, 3);
  for (const answer of open) answer(new Response("trap"));
  await clock.advance(0);
  assert.deepEqual(summary(events), ["crashed crash"]);
  assert.equal(made[0].calledDead, 0);
});

test("ends the other questions of a round when an answer is refused", async (t) => {
  const open = [];
  const host = (count, url, { signal }) =>
    new Promise((resolve) => open.push({ resolve, signal }));
  const { clock, events } = await startFake(t, host, { questions: 3 });
  await clock.advance(0);
  open[1].resolve(new Response("bad"));
  await clock.advance(0);
  assert.deepEqual(summary(events), ["refused opening"]);
  assert.ok(open[0].signal.aborted && open[2].signal.aborted);
});

test("loses a question whose answer crashes the instance, and goes on in another at once", async (t) => {
  const host = (count, url) => (url.includes("/accounts/1") ? new Response("trap") : head(8));
  const { client, clock, events, made } = await startFake(t, host, {}, rpp.LightClient);
  await settled();
  assert.deepEqual(summary(events), ["verified head 8"]);
  await assert.rejects(client.account(1), { name: "VerifierCrashError" });
  await settled();
  assert.deepEqual(summary(events), ["verified head 8", "crashed crash"]);
  await assert.rejects(client.account(2), { name: "VerifierCrashError" });
  await clock.advance(1_000);
  assert.equal(made.length, 2);
  assert.equal(made[0].calledDead, 0, "nothing is called in it any more");
  assert.equal((await client.status()).height, 8);
});

test("waits longer after each crash in a row", async (t) => {
  const { clock, events } = await startFake(t, () => new Response("trap"));
  await clock.advance(7_500);
  assert.ok(events.every(({ type }) => type === "crashed"));
  assert.equal(events.length, 4, "at 0, 1, 3 and 7 s");
});

test("throws a crash from heads", async (t) => {
  const { client, clock } = await startFake(t, () => new Response("trap"));
  const crashed = assert.rejects(client.heads().next(), { name: "VerifierCrashError" });
  await clock.advance(0);
  await crashed;
});

test("begins a late first iterator with what is newest", async () => {
  const hub = new Events();
  const verified = (height) => hub.publish({ type: "verified", verdict: { height } });
  const refused = () => hub.publish({ type: "refused", error: new rpp.VerifyError("opening", "") });
  refused();
  verified(1);
  verified(2);
  assert.equal((await hub.heads().next()).value.height, 2);
  refused();
  assert.equal((await hub.events().next()).value.type, "verified", "later ones get the verdict");
  const other = new Events();
  other.publish({ type: "verified", verdict: { height: 1 } });
  other.publish({ type: "refused", error: new rpp.VerifyError("opening", "") });
  await assert.rejects(other.heads().next(), rpp.VerifyError);
});

test("says once that a frozen host's head has become stale", async (t) => {
  const { clock, events } = await startFake(t, () => head(1), { maxHeadAgeMs: 90_000 });
  await clock.advance(90_999);
  assert.deepEqual(summary(events), ["verified head 1"]);
  await clock.advance(2);
  assert.deepEqual(summary(events), ["verified head 1", "stale"]);
  assert.equal(events[1].status.freshness, "stale");
  await clock.advance(500_000);
  assert.equal(events.length, 2);
});

test("says that a host is stale which never gets past the checkpoint, or hangs", async (t) => {
  const frozen = await startFake(t, () => head(0));
  await frozen.clock.advance(300_001);
  assert.deepEqual(summary(frozen.events), ["stale"]);
  const hanging = await startFake(t, () => new Promise(() => {}));
  await hanging.clock.advance(300_001);
  assert.ok(summary(hanging.events).includes("stale"));
  assert.equal(summary(hanging.events)[0], "unreachable timeout");
});

test("ends iterators and requests when it is closed", async (t) => {
  const { client, events, made, requests } = await startFake(t, () => new Promise(() => {}));
  const pending = client.heads().next();
  await settled();
  await client.close();
  await settled();
  assert.deepEqual(await pending, { done: true, value: undefined });
  assert.deepEqual(summary(events), ["ended"]);
  assert.equal(requests[0].signal.aborted, true);
  assert.equal(made[0].freed, true);
  assert.equal((await client.events().next()).done, true);
  await assert.rejects(client.status(), { name: "ConfigError", code: "closed" });
});

test("closes when the signal of start aborts", async (t) => {
  const controller = new AbortController();
  const { events } = await startFake(t, () => head(1), { signal: controller.signal });
  await settled();
  controller.abort();
  await settled();
  assert.deepEqual(summary(events), ["verified head 1", "ended"]);
  const start = rpp.LightClient.start({
    url: "http://host.test",
    checkpoint: CHECKPOINT,
    signal: controller.signal,
    module: new Uint8Array(),
  });
  await assert.rejects(start, { name: "AbortError" });
});

test("aborts one iterator by its signal and leaves the others", async (t) => {
  const { client, clock } = await startFake(t, (count) => head(count));
  const controller = new AbortController();
  await clock.advance(0);
  const one = client.heads({ signal: controller.signal });
  const two = client.heads();
  await one.next();
  await two.next();
  const pending = assert.rejects(one.next(), { name: "AbortError" });
  controller.abort();
  await pending;
  await clock.advance(60_000);
  assert.equal((await two.next()).value.statement.height, 2);
  await assert.rejects(client.heads({ signal: controller.signal }).next(), { name: "AbortError" });
});

test("leaves a loop without waiting for the next head", async (t) => {
  const { client, clock } = await startFake(t, () => head(1));
  await clock.advance(0);
  for await (const verdict of client.heads()) {
    assert.equal(verdict.statement.height, 1);
    break;
  }
  const waiting = client.heads();
  await waiting.next();
  const pending = waiting.next();
  await waiting.return();
  assert.equal((await pending).done, true);
});

test("wakes at a hint, but not out of a back-off", async (t) => {
  let push;
  const hints = () => {
    const body = new ReadableStream({ start: (controller) => (push = controller) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  let height = 1;
  let bad = false;
  const host = (count, url) =>
    url.endsWith("/events") ? hints() : bad ? new Response("bad") : head(height);
  const options = { follow: { everyBlock: true }, hints: true };
  const { clock, events } = await startFake(t, host, options);
  await clock.advance(0);
  height = 2;
  push.enqueue(bytesOf(": keep-alive\n\n"));
  await clock.advance(10);
  assert.deepEqual(summary(events), ["verified head 1"]);
  push.enqueue(bytesOf("data: {}\n\n"));
  await clock.advance(10);
  assert.deepEqual(summary(events), ["verified head 1", "verified head 2"]);
  bad = true;
  await clock.advance(1_000);
  push.enqueue(bytesOf("data: {}\n\n"));
  await clock.advance(10);
  assert.equal(events.length, 3, "one refusal, and its wait is kept");
});

test("listens for no hints where it follows at an interval, or is not asked to", async (t) => {
  const interval = await startFake(t, () => head(1), { hints: true });
  const off = await startFake(t, () => head(1), { follow: { everyBlock: true } });
  await settled();
  assert.equal(interval.requests.length, 1);
  assert.equal(off.requests.length, 1);
});

test("replaces an event stream that fell silent, and one that never answers", async (t) => {
  const streams = [];
  const hints = (signal) => {
    if (streams.push(signal) === 1) return new Promise(() => {});
    const body = new ReadableStream({ start: (control) => void (control.enqueue(bytesOf(":\n"))) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const host = (_, url, { signal }) => (url.endsWith("/events") ? hints(signal) : head(1));
  const options = { follow: { everyBlock: true }, hints: true, maxHeadAgeMs: 1_000_000 };
  const { clock, client } = await startFake(t, host, options);
  await clock.advance(10_000);
  assert.deepEqual(streams.map(({ aborted }) => aborted), [true], "after timeoutMs");
  await clock.advance(1_000);
  assert.deepEqual(streams.map(({ aborted }) => aborted), [true, false]);
  await clock.advance(46_000);
  assert.deepEqual(streams.map(({ aborted }) => aborted), [true, true, false]);
  await client.close();
  assert.equal(streams[2].aborted, true);
});

test("gives the event stream up where a request waits in vain: it may hold the connection", async (t) => {
  const streams = [];
  let hangs = false;
  const hints = (signal) => {
    streams.push(signal);
    const body = new ReadableStream({ start: (control) => void (control.enqueue(bytesOf(":\n"))) });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };
  const host = (_, url, { signal }) => {
    if (url.endsWith("/events")) return hints(signal);
    return hangs ? new Promise(() => {}) : head(1);
  };
  const options = { follow: { everyBlock: true }, hints: true, maxHeadAgeMs: 10_000_000 };
  const { clock, events } = await startFake(t, host, options);
  await clock.advance(0);
  assert.deepEqual(streams.map(({ aborted }) => aborted), [false]);
  hangs = true;
  await clock.advance(11_100);
  hangs = false;
  await clock.advance(600_000);
  assert.deepEqual(summary(events), ["verified head 1", "unreachable timeout"]);
  assert.deepEqual(streams.map(({ aborted }) => aborted), [true], "and asks for no other");
});

test("blames a fetch that refuses its arguments, and asks no host in vain", async (t) => {
  const refusing = () => {
    throw new TypeError("cache: no-cache is not implemented");
  };
  const given = { url: "http://host.test", checkpoint: CHECKPOINT, module: EMPTY };
  await assert.rejects(rpp.LightClient.start({ ...given, fetch: refusing }), (error) => {
    assert.deepEqual([error.name, error.code], ["ConfigError", "bad-fetch"]);
    return error.message.includes("not implemented");
  });
  const real = globalThis.Request;
  t.after(() => (globalThis.Request = real));
  globalThis.Request = class {
    constructor() {
      throw new TypeError('Expected signal ("AbortSignal {}") to be an instance of AbortSignal.');
    }
  };
  await assert.rejects(rpp.LightClient.start(given), { name: "ConfigError", code: "bad-fetch" });
});

test("takes whatever a fetch rejects with for a host that is away", async (t) => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const thrown of [undefined, "away", Symbol("away"), Object.create(null), proxy]) {
    const { client, clock, events } = await startFake(t, () => Promise.reject(thrown));
    await clock.advance(0);
    assert.deepEqual(summary(events), ["unreachable unreachable"]);
    assert.ok(events[0].error instanceof rpp.TransportError);
    await client.close();
  }
});

test("blames a fetch whose answers are none", async (t) => {
  for (const answer of [undefined, {}, { status: 200, headers: new Headers(), body: {} }]) {
    const { client, clock, events } = await startFake(t, () => answer);
    await clock.advance(0);
    assert.deepEqual(summary(events), ["crashed bad-fetch"]);
    assert.ok(events[0].error instanceof rpp.ConfigError);
    await client.close();
  }
});

test("takes nothing for a hint but an event stream, and keeps no answer open", async (t) => {
  for (const [status, again] of [
    [204, false],
    [404, false],
    [503, true],
  ]) {
    let cancelled = 0;
    const answer = () => {
      if (status === 204) return new Response(null, { status });
      const body = new ReadableStream({ cancel: () => void (cancelled += 1) });
      return new Response(body, { status, headers: { "content-type": "text/event-stream" } });
    };
    const host = (_, url) => (url.endsWith("/events") ? answer() : head(1));
    const options = { follow: { everyBlock: true }, hints: true };
    const { clock, requests, client } = await startFake(t, host, options);
    await clock.advance(3_500);
    const asked = requests.filter(({ url }) => url.endsWith("/events")).length;
    assert.equal(asked > 1, again, `${status}`);
    assert.equal(cancelled, status === 204 ? 0 : asked);
    await client.close();
  }
});

test("tells a late iterator that the head has become stale", async (t) => {
  const { client, clock } = await startFake(t, () => head(1), { maxHeadAgeMs: 90_000 });
  await clock.advance(3_600_000);
  const late = client.events();
  assert.equal((await late.next()).value.type, "verified");
  assert.equal((await late.next()).value.type, "stale");
  assert.equal((await client.heads().next()).value.freshness, "stale");
});

test("notices that a head became stale while the machine slept", async (t) => {
  const { clock, events } = await startFake(t, () => head(1), { maxHeadAgeMs: 1_000_000 });
  await clock.advance(1_000);
  clock.sleep(3_600_000);
  await clock.advance(15_000);
  assert.deepEqual(summary(events), ["verified head 1", "stale"]);
});

test("does not forget a wake that comes in the middle of a request", async (t) => {
  let answer;
  const host = (count) => (count === 1 ? new Promise((resolve) => (answer = resolve)) : head(2));
  const { client, clock, events } = await startFake(t, host);
  await settled();
  await client.wake();
  answer(head(1));
  await clock.advance(10);
  assert.deepEqual(summary(events), ["verified head 1", "verified head 2"]);
  await clock.advance(59_000);
  assert.equal(events.length, 2, "and the next wait is a whole one");
});

test("reads another's newer state though an older one crashed the verifier", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4, bytes: bytesOf("trap") });
  const { clock, events } = await startFake(t, () => head(9), { store });
  await settled();
  await store.save(CHECKPOINT, { height: 8, bytes: bytesOf(stateAt(8)) });
  await clock.advance(1_000);
  const what = ["crashed crash", "verified stored 8", "verified head 9"];
  assert.deepEqual(summary(events), what);
});

test("asks past every cache after a crash, until a head is verified", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 1, bytes: bytesOf(stateAt(1)) });
  const host = (count) => (count < 3 ? new Response("trap") : head(2));
  const { clock, requests } = await startFake(t, host, { store });
  await clock.advance(70_000);
  const caches = requests.map(({ cache }) => cache);
  assert.deepEqual(caches.slice(0, 4), ["no-cache", "reload", "reload", "no-cache"]);
});

test("shows only printable text of what the host wrote, and not much of it", () => {
  const message = `unknown field \u001b[31m\u202e${"x".repeat(20_000)}`;
  const error = fromModule(refusal("decode", "bad-json", message));
  assert.match(error.message, /^unknown field \ufffd\[31m\ufffdx+…$/);
  assert.ok(error.message.length < 500);
});

test("keeps the newest events for an iterator that does not read", async (t) => {
  const { client, clock } = await startFake(t, (count) => head(count), {
    follow: { everyMs: 1_000 },
  });
  const slow = client.heads();
  await clock.advance(300_000);
  assert.equal((await slow.next()).value.statement.height, 46);
});
