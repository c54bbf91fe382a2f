import assert from "node:assert/strict";
import { test } from "node:test";

import * as rpp from "../slim.js";
import { CHECKPOINT, head, startFake, stateAt, summary } from "./client.js";
import { settled } from "./clock.js";
import { bytesOf } from "./fake-module.js";

test("replaces an instance that crashed, and goes on from what is stored", async (t) => {
  const answers = { 2: () => new Response("trap") };
  const { clock, events, made } = await startFake(t, (count) =>
    (answers[count] ?? (() => head(count)))(),
  );
  await clock.advance(62_000);
  assert.deepEqual(summary(events), [
    "verified head 1",
    "crashed crash",
    "verified stored 1",
    "verified head 3",
  ]);
  assert.ok(events[1].error instanceof rpp.VerifierCrashError);
  assert.equal(made.length, 2);
  assert.equal(made[0].freed, undefined, "a crashed instance is not called again");
});

test("says so where stored state is of no use, and starts from the checkpoint", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4_294_967_295, bytes: bytesOf("?") });
  const { clock, events } = await startFake(t, () => head(5), { store });
  await clock.advance(0);
  assert.deepEqual(summary(events), ["stored-state-refused truncated", "verified head 5"]);
  assert.ok(events[0].error instanceof rpp.StateError);
  assert.equal((await store.load(CHECKPOINT)).height, 5, "a false height blocks nothing");
});

test("does not read stored state again that crashed the verifier", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4, bytes: bytesOf("trap") });
  const { clock, events } = await startFake(t, () => head(5), { store });
  await clock.advance(1_000);
  assert.deepEqual(summary(events), [
    "crashed crash",
    "stored-state-refused stored-state-crash",
    "verified head 5",
  ]);
});

test("goes on where storage is full, and says so", async (t) => {
  const store = new rpp.MemoryStore();
  store.save = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  const { clock, events } = await startFake(t, (count) => head(count), { store });
  await clock.advance(60_000);
  const each = [
    "verified head 1",
    "unsaved storage-full",
    "verified head 2",
    "unsaved storage-full",
  ];
  assert.deepEqual(summary(events), each);
  assert.equal(events[0].verdict.saved, false);
});

test("says once that what it tries again is still not stored", async (t) => {
  const store = new rpp.MemoryStore();
  const { save } = store;
  store.save = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  const { clock, events, made } = await startFake(t, () => head(1), { store });
  await clock.advance(0);
  const again = async () => {
    made[0].unsaved = true;
    await clock.advance(60_000);
  };
  await again();
  const lines = ["verified head 1", "unsaved storage-full"];
  assert.deepEqual(summary(events), lines);
  store.save = save;
  await again();
  assert.equal((await kept(store))[0], 1);
  store.save = () => Promise.reject(new Error("no disk"));
  await again();
  assert.deepEqual(summary(events), [...lines, "unsaved storage-failed"]);
});

test("goes on after a crash from where it was, though storage is full", async (t) => {
  const store = new rpp.MemoryStore();
  store.save = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  const host = (count) => (count === 2 ? new Response("trap") : head(count));
  const { clock, events } = await startFake(t, host, { store });
  await clock.advance(61_000);
  const types = ["verified head 1", "unsaved storage-full", "crashed crash", "verified stored 1"];
  assert.deepEqual(summary(events).slice(0, 4), types);
  assert.equal(events[3].verdict.saved, false);
});

test("goes on where storage hangs or cannot be read", async (t) => {
  const store = {
    load: () => Promise.reject(new Error("no disk")),
    save: () => new Promise(() => {}),
  };
  const { clock, events } = await startFake(t, (count) => head(count), { store });
  await clock.advance(10_000);
  assert.deepEqual(summary(events), [
    "stored-state-refused storage-failed",
    "verified head 1",
    "unsaved storage-timeout",
  ]);
});

test("shares a store between clients without moving it back", async (t) => {
  const store = new rpp.MemoryStore();
  const ahead = await startFake(t, () => head(9), { store });
  const behind = await startFake(t, () => head(5), { store });
  await ahead.clock.advance(0);
  await behind.clock.advance(0);
  assert.equal((await store.load(CHECKPOINT)).height, 9);
});

test("leaves stored state as it is when it is closed while reading it", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4, bytes: bytesOf("?") });
  const { load } = store;
  let read;
  store.load = (key) => new Promise((resolve) => (read = () => resolve(load.call(store, key))));
  const { client, events } = await startFake(t, () => head(1), { store });
  await settled();
  const closing = client.close();
  read();
  await closing;
  await settled();
  assert.equal((await load.call(store, CHECKPOINT)).height, 4);
  assert.deepEqual(summary(events), ["ended"]);
});

test("blames a store that returns something else than a state", async (t) => {
  for (const kept of [5, "state", {}, { height: 1, bytes: "text" }, null]) {
    const store = new rpp.MemoryStore();
    store.load = async () => kept;
    const { client, clock, events } = await startFake(t, () => head(1), { store });
    await clock.advance(0);
    const each = ["stored-state-refused storage-failed", "verified head 1"];
    assert.deepEqual(summary(events), each);
    await client.close();
  }
});

test("blames a store whose bytes are gone, cannot be read or are too many, and goes on", async (t) => {
  const gone = new Uint8Array(10);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const reads = [];
  const states = [
    ["storage-failed", { height: 1, bytes: gone }],
    ["storage-failed", { height: 1, get bytes() { throw 1; } }],
    ["truncated", { height: 1, bytes: new Uint8Array(2 ** 29) }],
    ["truncated", { get height() { return reads.push(1) === 1 ? 1 : NaN; }, bytes: new Uint8Array(3) }],
  ];
  for (const [code, kept] of states) {
    const store = new rpp.MemoryStore();
    const meant = [];
    store.load = async () => kept;
    store.save = async (key, state, instead) => meant.push(instead?.bytes.length) > 0;
    const { client, clock, events, made } = await startFake(t, () => head(1), { store });
    await clock.advance(0);
    assert.deepEqual(summary(events), [`stored-state-refused ${code}`, "verified head 1"]);
    assert.ok(events[0].error instanceof rpp.StateError);
    assert.equal(made.length, 1, "nothing crashed");
    assert.deepEqual(meant, [code === "storage-failed" ? undefined : kept.bytes.length]);
    assert.ok(made[0].mostBytes <= 2 ** 23, "and no more is copied than a state can have");
    await client.close();
  }
});

test("gives whatever a store throws a code and words", async (t) => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  for (const thrown of [undefined, null, "full", Symbol("full"), Object.create(null), proxy]) {
    const store = new rpp.MemoryStore();
    store.load = store.save = async () => {
      throw thrown;
    };
    const { client, clock, events } = await startFake(t, () => head(1), { store });
    await clock.advance(0);
    const each = ["stored-state-refused storage-failed", "verified head 1", "unsaved storage-failed"];
    assert.deepEqual(summary(events), each);
    assert.equal(rpp.errorFromPlain(rpp.errorToPlain(thrown)).code, "internal");
    await client.close();
  }
});

test("does not step back after a crash where storage can no longer be read", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 100, bytes: bytesOf(stateAt(100)) });
  const host = (count) => {
    store.load = () => Promise.reject(new Error("gone"));
    return count === 1 ? new Response("trap") : head(101);
  };
  const { clock, events } = await startFake(t, host, { store });
  await clock.advance(2_000);
  assert.deepEqual(summary(events), [
    "verified stored 100",
    "crashed crash",
    "stored-state-refused storage-failed",
    "verified stored 100",
    "verified head 101",
  ]);
});

test("drops a stored state whose label is too high, and stores heads again", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 4_294_967_295, bytes: bytesOf(stateAt(3)) });
  const { clock, events } = await startFake(t, () => head(11), { store });
  await clock.advance(0);
  assert.deepEqual(summary(events), ["verified stored 3", "verified head 11"]);
  assert.equal((await store.load(CHECKPOINT)).height, 11);
});

test("keeps a lower head where the session has gone back, and leaves what another client has kept", async (t) => {
  const store = new rpp.MemoryStore();
  const heights = [5, 2];
  const { clock } = await startFake(t, () => head(heights.shift() ?? 1), { store });
  await clock.advance(0);
  assert.equal((await store.load(CHECKPOINT)).height, 5);
  await clock.advance(60_000);
  assert.equal((await store.load(CHECKPOINT)).height, 2);
  await store.save(CHECKPOINT, { height: 9, bytes: bytesOf(stateAt(9)) });
  await clock.advance(60_000);
  assert.equal((await store.load(CHECKPOINT)).height, 9);
});

/** A state as a store has it, of a client that has seen so much of a setup. */
const seenAt = (height, seen) => {
  const text = JSON.stringify({ ...JSON.parse(stateAt(height)), seen });
  return { height, seen, bytes: bytesOf(text) };
};
const headOf = (height, seen) => new Response(JSON.stringify({ ...JSON.parse(stateAt(height)), seen }));
const kept = async (store) => {
  const { height, seen } = await store.load(CHECKPOINT);
  return [height, seen];
};

test("goes on from what another client of the store has stored that has seen more", async (t) => {
  const store = new rpp.MemoryStore();
  const heads = [headOf(5, "1"), headOf(6, "1"), headOf(4, "2")];
  const { clock, events, made } = await startFake(t, () => heads.shift() ?? headOf(4, "2"), { store });
  await clock.advance(0);
  // The other tab knows that block 5 is revoked, and is back at block 3.
  assert.equal(await store.save(CHECKPOINT, seenAt(3, "2")), true);
  await clock.advance(60_000);
  assert.deepEqual(summary(events), ["verified head 5", "overtaken", "verified stored 3", "verified head 4"]);
  assert.deepEqual(await kept(store), [4, "2"]);
  assert.equal(made.length, 2);
});

test("joins what it has seen itself to what another client was stopped by", async (t) => {
  const store = new rpp.MemoryStore();
  const heads = [headOf(5, "3"), headOf(6, "3")];
  const { clock, events } = await startFake(t, () => heads.shift() ?? headOf(6, "3"), { store });
  await clock.advance(0);
  // Written by a tab that had loaded what was there before.
  store.save(CHECKPOINT, { ...seenAt(2, "1"), height: STOPPED }, await store.load(CHECKPOINT));
  await clock.advance(60_000);
  assert.deepEqual(summary(events).slice(0, 3), ["verified head 5", "overtaken", "verified stored 2"]);
  assert.equal((await kept(store))[1], "3");
});

test("never has less in the store than before, at any moment", async (t) => {
  const store = new rpp.MemoryStore();
  const { save } = store;
  const moments = [];
  store.save = async (...given) => {
    const takes = await save.apply(store, given);
    moments.push(await kept(store));
    return takes;
  };
  // The host's second answer revokes the head, and leads back.
  const heads = [headOf(9, "1"), headOf(2, "2"), headOf(3, "2")];
  const { clock } = await startFake(t, () => heads.shift() ?? headOf(3, "2"), { store });
  await clock.advance(120_000);
  assert.deepEqual(moments, [[9, "1"], [2, "2"], [3, "2"]]);
});

test("goes on after a crash from what it had seen and could not store", async (t) => {
  const store = new rpp.MemoryStore();
  const { save } = store;
  const answers = [headOf(5, "1"), headOf(4, "2"), new Response("trap")];
  store.save = async (key, state, instead) => {
    if (state.seen === "2") throw new DOMException("full", "QuotaExceededError");
    return save.call(store, key, state, instead);
  };
  const { clock, events, made } = await startFake(t, () => answers.shift() ?? headOf(4, "2"), { store });
  await clock.advance(130_000);
  assert.deepEqual(summary(events).slice(0, 5), [
    "verified head 5",
    "verified head 4",
    "unsaved storage-full",
    "crashed crash",
    "verified stored 4",
  ]);
  assert.equal(made[0].isWritten, false, "the session is told");
  assert.deepEqual(await kept(store), [5, "1"]);
});

test("does not read again what crashed the verifier when it was joined", async (t) => {
  const store = new rpp.MemoryStore();
  store.save = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  const answers = [head(5), new Response("trap")];
  const { clock, events } = await startFake(t, () => answers.shift() ?? head(7), { store });
  await clock.advance(0);
  store.load = async () => ({ height: 1, seen: "", bytes: bytesOf("trap") });
  await clock.advance(70_000);
  assert.deepEqual(summary(events).slice(2, 8), [
    "crashed crash",
    "verified stored 5",
    "crashed crash",
    "verified stored 5",
    "verified head 7",
    "unsaved storage-full",
  ]);
});

test("keeps what has stopped it, with what another client has seen meanwhile", async (t) => {
  const store = new rpp.MemoryStore();
  const { clock, made } = await startFake(t, () => headOf(5, "1"), { store });
  await clock.advance(0);
  await store.save(CHECKPOINT, seenAt(7, "2"));
  made[0].stopped = true;
  made[0].unsaved = true;
  await clock.advance(60_000);
  assert.deepEqual(await kept(store), [4_294_967_295, "2"]);
  assert.equal(made.length, 1);
});

test("stays stopped, and replaces nothing that it can take nothing of", async (t) => {
  const store = new rpp.MemoryStore();
  const { clock, events, made } = await startFake(t, () => headOf(5, "1"), { store });
  await clock.advance(0);
  await store.save(CHECKPOINT, { height: 7, seen: "2", bytes: bytesOf("?") });
  made[0].stopped = true;
  made[0].unsaved = true;
  await clock.advance(60_000);
  const lines = ["verified head 5", "stored-state-refused truncated", "unsaved storage-failed"];
  assert.deepEqual(summary(events), lines);
  assert.deepEqual(await kept(store), [7, "2"]);
  assert.equal(made.length, 1);
});

test("says so where another client has stored something between reading and writing a choice", async (t) => {
  const store = new rpp.MemoryStore();
  const { client, clock } = await startFake(t, () => headOf(5, "1"), { store });
  await clock.advance(0);
  const { save } = store;
  store.save = async (...given) => {
    store.save = save;
    await save.call(store, CHECKPOINT, seenAt(9, "1"));
    return save.apply(store, given);
  };
  const chosen = client.choose("checkpoint");
  await assert.rejects(chosen, { code: "storage-failed", message: /choose again/ });
  assert.deepEqual(await kept(store), [9, "1"]);
  await client.choose("checkpoint");
  assert.deepEqual(await kept(store), [0, "1"]);
});

test("does not start over again and again where a store refuses what it was told to replace", async (t) => {
  const store = new rpp.MemoryStore();
  const heads = [headOf(5, "1"), headOf(6, "1")];
  const { clock, events, made } = await startFake(t, () => heads.shift() ?? headOf(7, "1"), { store });
  await clock.advance(0);
  store.load = async () => ({ height: 1, seen: "9", bytes: bytesOf("?") });
  store.save = async () => false;
  await clock.advance(120_000);
  const lines = summary(events);
  assert.ok(lines.includes("unsaved storage-failed"), `${lines}`);
  assert.equal(lines.filter((line) => line === "overtaken").length, 1);
  assert.equal(made.length, 2);
});

test("does not move back what another client has stored that is further on", async (t) => {
  const store = new rpp.MemoryStore();
  const heads = [head(5), head(6), head(7), head(8)];
  const { clock } = await startFake(t, () => heads.shift() ?? head(8), { store });
  await clock.advance(0);
  await store.save(CHECKPOINT, seenAt(90, ""));
  await clock.advance(300_000);
  assert.deepEqual(await kept(store), [90, ""]);
});

const STOPPED = 4_294_967_295;

test("chooses nothing for a client that was stopped, of which its owner has not heard here", async (t) => {
  const store = new rpp.MemoryStore();
  const { client, clock, events } = await startFake(t, () => headOf(5, "1"), { store });
  await clock.advance(0);
  await store.save(CHECKPOINT, { ...seenAt(7, "1"), height: STOPPED });
  await assert.rejects(client.choose("checkpoint"), { code: "storage-failed", message: /another client was stopped/ });
  assert.deepEqual(await kept(store), [STOPPED, "1"]);
  await clock.advance(0);
  // It goes on from that: here, the state that stands for it is a head.
  assert.deepEqual(summary(events).slice(0, 3), ["verified head 5", "overtaken", "verified stored 7"]);
  await client.choose("checkpoint");
  assert.deepEqual(await kept(store), [0, "1"]);
});

test("does not undo a choice that was made elsewhere, while what it has read is held", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: STOPPED, seen: "1", bytes: bytesOf("upgrade-required") });
  const { clock, events, made } = await startFake(t, () => new Response("bad"), { store });
  await clock.advance(0);
  await store.save(CHECKPOINT, seenAt(100, "1"), await store.load(CHECKPOINT));
  // It has seen the next setup.
  made[0].unsaved = true;
  await clock.advance(60_000);
  const lines = ["stored-state-refused upgrade-required", "overtaken", "verified stored 100"];
  assert.deepEqual(summary(events).filter((line) => !line.includes("opening")).slice(0, 3), lines);
  assert.deepEqual(await kept(store), [100, "1"]);
});

test("does not put a lower state in the place of one by another version of the circuit", async (t) => {
  const store = new rpp.MemoryStore();
  await store.save(CHECKPOINT, { height: 200, seen: "1", bytes: bytesOf("state-unknown-key") });
  const heads = [headOf(5, "1"), headOf(201, "1")];
  const { clock, events } = await startFake(t, () => heads.shift() ?? headOf(201, "1"), { store });
  await clock.advance(0);
  assert.deepEqual(summary(events), ["stored-state-refused state-unknown-key", "verified head 5"]);
  assert.deepEqual(await kept(store), [200, "1"]);
  await clock.advance(60_000);
  assert.deepEqual(await kept(store), [201, "1"]);
});

test("says so where a store takes nothing, and has nothing", async (t) => {
  const store = { load: async () => undefined, save: async () => false };
  const { clock, events } = await startFake(t, () => head(5), { store });
  await clock.advance(0);
  assert.deepEqual(summary(events), ["verified head 5", "unsaved storage-failed"]);
});

test("tells the next session after a crash that nothing is stored", async (t) => {
  const store = new rpp.MemoryStore();
  store.save = () => Promise.reject(new DOMException("full", "QuotaExceededError"));
  const answers = [head(5), new Response("trap")];
  const { clock, made } = await startFake(t, () => answers.shift() ?? new Response("bad"), { store });
  await clock.advance(70_000);
  assert.equal(made.length, 2);
  assert.equal(made[1].isWritten, false);
});
