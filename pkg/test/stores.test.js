import assert from "node:assert/strict";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { FileStore, MemoryStore } from "../node.js";

const state = (height, ...bytes) => ({ height, seen: "", bytes: Uint8Array.from(bytes) });

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "pkg-store-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const makers = {
  MemoryStore: () => new MemoryStore(),
  FileStore: (t) => new FileStore(join(folder(t), "deep", "state")),
};

for (const [name, make] of Object.entries(makers)) {
  test(`${name} keeps the newest state of a checkpoint`, async (t) => {
    const store = make(t);
    assert.equal(await store.load("a:1"), undefined);
    await store.save("a:1", state(5, 1, 10, 2));
    assert.deepEqual(await store.load("a:1"), state(5, 1, 10, 2));
    const another = await store.load("b:1").catch(({ code }) => code);
    assert.equal(another, name === "FileStore" ? "storage-foreign" : undefined);
    await store.save("a:1", state(4, 9));
    assert.deepEqual(await store.load("a:1"), state(5, 1, 10, 2));
    await store.save("a:1", state(5, 3));
    assert.deepEqual(await store.load("a:1"), state(5, 3));
  });

  test(`${name} replaces a later state only where that is the one that is meant`, async (t) => {
    const store = make(t);
    assert.equal(await store.save("a:1", state(5, 1)), true);
    assert.equal(await store.save("a:1", state(4, 3)), false);
    assert.equal(await store.save("a:1", state(4, 3), state(5, 2)), false);
    assert.deepEqual(await store.load("a:1"), state(5, 1));
    assert.equal(await store.save("a:1", state(4, 3), state(5, 1)), true);
    assert.deepEqual(await store.load("a:1"), state(4, 3));
  });

  test(`${name} keeps what was seen of a setup, whatever the heights, and what has stopped a client`, async (t) => {
    const store = make(t);
    const seen = (version, height) => ({ ...state(height, version), seen: `${version}`.padStart(24, "0") });
    const stopped = seen(1, 4_294_967_295);
    for (const [given, takes] of [
      [seen(1, 100), true],
      [seen(2, 0), true],
      [seen(1, 101), false],
      [state(102, 1), false],
      [seen(2, 7), true],
      [stopped, false],
      [{ ...stopped, seen: seen(2, 0).seen }, true],
      [seen(3, 9), false],
      [{ ...seen(2, 9), seen: "000000010000000000000009" }, false],
    ]) {
      const before = await store.load("a:1");
      assert.equal(await store.save("a:1", given), takes);
      assert.deepEqual(await store.load("a:1"), takes ? given : before);
    }
    assert.equal(await store.save("a:1", { ...stopped, seen: seen(3, 0).seen }), true);
  });

  test(`${name} keeps states under names of every kind`, async (t) => {
    for (const name of ["", "%20", "%", "a:1:b", "%0A", "x".repeat(1000)]) {
      const store = make(t);
      await store.save(name, state(1, 1));
      await store.save(name, state(2, 2));
      assert.deepEqual(await store.load(name), state(2, 2), name);
    }
  });

  test(`${name} keeps the highest of many saves at once`, async (t) => {
    const store = make(t);
    const heights = [3, 9, 1, 7, 2];
    await Promise.all(heights.map((height) => store.save("a:1", state(height, height))));
    assert.deepEqual(await store.load("a:1"), state(9, 9));
  });
}

test("FileStore leaves no temporary file, says what is not its own, and loses nothing of it", async (t) => {
  const path = folder(t);
  const file = join(path, "state");
  const store = new FileStore(file);
  await store.save("a:1", state(1, 1));
  assert.deepEqual(readdirSync(path), ["state"]);
  const others = ["\n", "rpp-state 2 1 a:1\nx", "rpp-state 1 x a:1\nx", "rpp-state 1 1: a:1\nx", "no newline", "x".repeat(2 ** 23 + 1)];
  for (const text of others) {
    writeFileSync(file, text);
    await assert.rejects(store.load("a:1"), { name: "StateError", code: "storage-foreign" }, text.slice(0, 20));
    await store.save("a:1", state(2, 2));
    assert.equal(readFileSync(file, "latin1"), "rpp-state 1 2 a:1\n\x02");
    assert.deepEqual(await store.load("a:1"), state(2, 2));
  }
  const aside = readdirSync(path).filter((name) => name.startsWith("rpp-foreign-"));
  const kept = aside.map((name) => readFileSync(join(path, name), "latin1"));
  assert.deepEqual(kept.sort(), others.sort());
  writeFileSync(file, "");
  assert.equal(await store.load("a:1"), undefined, "nothing is lost with an empty file");
  writeFileSync(file, "rpp-state 1 7 b:1\nx");
  await assert.rejects(store.load("a:1"), { code: "storage-foreign", message: /another checkpoint/ });
  await store.save("a:1", state(3, 3));
  assert.deepEqual(await store.load("a:1"), state(3, 3));
  assert.equal(readdirSync(path).length, others.length + 1, "a state of another checkpoint is of no more use");
});

test("FileStore keeps the highest of what several of one process save", async (t) => {
  const file = join(folder(t), "state");
  const stores = [new FileStore(file), new FileStore(file)];
  const heights = [3, 9, 1, 7, 2, 8];
  await Promise.all(heights.map((h, i) => stores[i % 2].save("a:1", state(h, h))));
  assert.deepEqual(await stores[0].load("a:1"), state(9, 9));
});

test("FileStore keeps the old state when it cannot write the new one", async (t) => {
  const path = folder(t);
  const store = new FileStore(join(path, "state"));
  await store.save("a:1", state(1, 1));
  // These cannot be written.
  await assert.rejects(store.save("a:1", { height: 2, bytes: "text" }));
  assert.deepEqual(await store.load("a:1"), state(1, 1));
  assert.deepEqual(readdirSync(path), ["state"]);
});

test("FileStore says so where there can be no file", async (t) => {
  const path = folder(t);
  const store = new FileStore(join(path, "state", "below-a-file"));
  writeFileSync(join(path, "state"), "");
  await assert.rejects(store.save("a:1", state(1, 1)));
  await assert.rejects(store.load("a:1"), { name: "StateError", code: "storage-failed" });
});

test("FileStore's file is its owner's alone", { skip: process.platform === "win32" }, async (t) => {
  const file = join(folder(t), "state");
  await new FileStore(file).save("a:1", state(1, 1));
  assert.equal(statSync(file).mode & 0o777, 0o600);
});
