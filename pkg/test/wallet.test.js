// A wallet without a chain: its key, its file, its store, and what ends it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { VerifiedAccount, verifiedAccount } from "../src/verified-account.js";
import * as rpp from "../wallet.js";
import { trapping } from "./trap.js";
import { figuresBinary } from "./shown.js";
import { CHAIN_ID, created, funded, pageWallet, PASSPHRASE, PAYMENT, slimWallet, TestStore, wasm, workerOf } from "./wallet.js";

const skip = figuresBinary() ? false : "there is no figures: build it, or set RPP_FIGURES";
const refused = (promise, code, name = "WalletError") => assert.rejects(promise, { name, code });

test("makes a key in a worker, tells how far it is, and opens it again", async (t) => {
  const store = new rpp.MemorySignerStore();
  const wallet = await pageWallet(t, store);
  assert.equal(await wallet.isStored(), false);
  await refused(wallet.status(), "wallet-closed");
  const told = [];
  const key = await created(wallet, { treeHeight: 8, onProgress: (done) => told.push(done) });
  assert.match(key.keyId, /^[0-9a-f]{64}$/);
  assert.equal(key.words.split(" ").length, 24);
  assert.ok(told.length > 20 && told.length < 40, `told ${told.length} times`);
  assert.deepEqual(told, told.toSorted((a, b) => a - b));
  assert.equal(told.at(-1), 1);
  const status = await wallet.status();
  const { chainId, keyId, account, standing, pending, last, persisted } = status;
  assert.deepEqual([chainId, keyId, standing], [CHAIN_ID, key.keyId, "whole"]);
  assert.deepEqual([account, pending, last, persisted], [null, null, null, null]);
  assert.equal(status.leaves.kind, "enough");
  assert.ok(Object.isFrozen(status) && Object.isFrozen(status.leaves));
  assert.equal(await wallet.isStored(), true);
  const other = await pageWallet(t, store);
  const before = await store.load();
  await refused(other.open("wrong"), "key-file-passphrase");
  assert.deepEqual(await store.load(), before);
  await other.open(PASSPHRASE);
  assert.equal((await other.status()).keyId, key.keyId);
});

test("takes a key once, and never in the place of another", async (t) => {
  const store = new rpp.MemorySignerStore();
  const wallet = await slimWallet(t, store);
  const key = await created(wallet);
  await refused(wallet.create(key, PASSPHRASE), "wallet-key-gone");
  const before = await store.load();
  await refused(created(wallet), "signer-exists");
  assert.deepEqual(await store.load(), before);
  const kept = await Promise.all([1, 2, 3, 4, 5].map(() => wallet.generate({ chainId: CHAIN_ID, treeHeight: 4 })));
  await refused(wallet.create(kept[0], PASSPHRASE), "wallet-key-gone");
  await refused(wallet.create(kept[4], PASSPHRASE), "signer-exists");
});

test("signs one operation, which every handle finds, the same bytes each time", async (t) => {
  const store = new rpp.MemorySignerStore();
  const [one, two] = [await slimWallet(t, store), await pageWallet(t, store)];
  await created(one);
  await two.open(PASSPHRASE);
  const outgoing = await one.register();
  assert.equal(outgoing.operation.kind, "register");
  assert.equal(outgoing.operation.keyId, (await one.status()).keyId);
  assert.ok(outgoing.bytes.length > 1_000);
  await refused(two.register(), "signer-pending");
  const found = await two.pending();
  assert.deepEqual(found, outgoing);
  // It is for an account: given up and made again, it might give the key two.
  await refused(one.abandon(outgoing.hash), "signer-registration-pending");
});

test("signs one of two operations that begin at once, and gives up what its owner names", { skip }, async (t) => {
  const store = new rpp.MemorySignerStore();
  const [one, two] = [await slimWallet(t, store), await pageWallet(t, store)];
  await created(one);
  await two.open(PASSPHRASE);
  const seen = await funded(one);
  let last = null;
  for (let round = 0; round < 3; round += 1) {
    const both = await Promise.allSettled([one.transfer(seen, PAYMENT), two.transfer(seen, PAYMENT)]);
    assert.deepEqual(both.map(({ status }) => status).toSorted(), ["fulfilled", "rejected"]);
    const { reason } = both.find(({ status }) => status === "rejected");
    const { value } = both.find(({ status }) => status === "fulfilled");
    assert.deepEqual([reason.code, reason.operation], ["signer-pending", value.hash]);
    assert.equal(value.operation.nonce, round, "a leaf that was given up signs nothing else");
    assert.deepEqual(await one.pending(), value);
    assert.deepEqual(await two.pending(), value);
    assert.equal((await two.status()).last, last);
    await refused(two.abandon("00".repeat(32)), "signer-pending");
    await (round % 2 ? one : two).abandon(value.hash);
    last = value.hash;
    assert.equal((await one.status()).nextNonce, round + 1);
  }
  assert.deepEqual([await one.pending(), (await one.status()).last], [undefined, last]);
});

test("does the calls of one handle one after the other", async (t) => {
  const wallet = await slimWallet(t, new rpp.MemorySignerStore());
  await created(wallet);
  const [outgoing, pending, ended, none] = await Promise.all([
    wallet.register(),
    wallet.pending(),
    wallet.register().catch(({ code }) => code),
    wallet.status(),
  ]);
  assert.deepEqual(pending, outgoing);
  assert.equal(ended, "signer-pending");
  assert.equal(none.pending, outgoing.hash);
});

test("a worker that ends between any write and its answer loses nothing, and signs nothing twice", async (t) => {
  for (const last of [1, 2]) {
    const store = new TestStore();
    await created(await slimWallet(t, store));
    let worker;
    const wallet = await pageWallet(t, store, () => (worker = workerOf(t)));
    await wallet.open(PASSPHRASE);
    const before = store.swaps;
    const ended = new Promise((resolve) => {
      store.after = async (count) => {
        if (count !== before + last) return;
        await worker.terminate();
        resolve();
      };
    });
    // Nobody is told what became of it.
    wallet.register().catch(() => {});
    await ended;
    store.after = () => {};
    const [one, two] = [await slimWallet(t, store), await pageWallet(t, store)];
    await one.open(PASSPHRASE);
    await two.open(PASSPHRASE);
    const found = await one.pending();
    assert.equal(found.operation.leaf, 0);
    assert.deepEqual(await two.pending(), found);
    await refused(two.register(), "signer-pending");
  }
});

test("what a store has written before it failed is found", async (t) => {
  for (const last of [1, 2]) {
    const store = new TestStore();
    const wallet = await slimWallet(t, store);
    await created(wallet);
    const before = store.swaps;
    store.after = (count) => {
      if (count === before + last) throw new Error("gone");
    };
    const failed = await wallet.register().catch((error) => error);
    assert.equal(failed.code, "storage-failed");
    assert.match(failed.message, /cannot write the key file.*: gone/);
    const found = await wallet.pending();
    assert.equal(failed.operation, found.hash, "it is told what may be under way");
    assert.equal(found.operation.leaf, 0);
    await refused(wallet.register(), "signer-pending");
  }
});

test("a store that lies, throws or does not answer signs nothing", async (t) => {
  const store = new rpp.MemorySignerStore();
  await created(await slimWallet(t, store));
  const file = await store.load();
  const wallet = async (load, swap = async () => false) => {
    const { Wallet } = await import("../wallet-slim.js");
    const wallet = await Wallet.load({ module: wasm, store: { load, swap }, timeoutMs: 200 });
    t.after(() => wallet.close());
    await wallet.open(PASSPHRASE);
    return wallet;
  };
  const load = async () => file;
  await refused((await wallet(load, async () => false)).register(), "signer-contended");
  await refused((await wallet(load, async () => "yes")).register(), "storage-failed");
  await refused((await wallet(load, () => new Promise(() => {}))).register(), "storage-failed");
  const full = Object.assign(new Error("no room"), { name: "QuotaExceededError" });
  await refused((await wallet(load, () => Promise.reject(full))).register(), "storage-full");
  for (const given of [null, "file", {}, [1, 2], new Uint8Array(5_000_000)]) {
    await refused(wallet(async () => given), "storage-failed");
  }
  await refused(wallet(async () => undefined), "signer-no-key");
  await refused(wallet(async () => new Uint8Array()), "truncated");
  const damaged = Uint8Array.from(file);
  damaged[damaged.length - 1] ^= 1;
  await refused(wallet(async () => damaged), "key-file-damaged");
});

test("a crash drops the instance: the file is opened again", async (t) => {
  const store = new rpp.MemorySignerStore();
  const wallet = await slimWallet(t, store, trapping(wasm, "wallet_status"));
  await created(wallet);
  const outgoing = await wallet.register();
  await assert.rejects(wallet.status(), { name: "VerifierCrashError", code: "crash", message: /the wallet crashed/ });
  await refused(wallet.pending(), "wallet-closed");
  await wallet.open(PASSPHRASE);
  assert.deepEqual(await wallet.pending(), outgoing);
});

test("a worker that fails is replaced, with no key open", async (t) => {
  const store = new rpp.MemorySignerStore();
  const workers = [];
  const worker = () => {
    workers.push(workerOf(t));
    return workers.at(-1);
  };
  const wallet = await pageWallet(t, store, worker);
  await created(wallet);
  const key = await wallet.generate({ chainId: CHAIN_ID, treeHeight: 4 });
  const outgoing = await wallet.register();
  workers[0].emit("error", new Error("out of memory"));
  await refused(wallet.pending(), "wallet-closed");
  assert.equal(workers.length, 2);
  await wallet.open(PASSPHRASE);
  assert.deepEqual(await wallet.pending(), outgoing);
  await refused(wallet.create(key, PASSPHRASE), "wallet-key-gone");
});

test("ends the making of a key when it is told to", async (t) => {
  const wallet = await pageWallet(t, new rpp.MemorySignerStore());
  const controller = new AbortController();
  const reason = new Error("enough");
  const making = wallet.generate({
    chainId: CHAIN_ID,
    treeHeight: 16,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await assert.rejects(making, reason);
  await assert.rejects(wallet.generate({ chainId: CHAIN_ID, signal: controller.signal }), reason);
  await created(wallet);
});

test("words make the same key, which only gives its account another", async (t) => {
  const [from, to] = [new rpp.MemorySignerStore(), new rpp.MemorySignerStore()];
  const { keyId, words } = await created(await slimWallet(t, from));
  const wallet = await slimWallet(t, to);
  const options = { chainId: CHAIN_ID, treeHeight: 5 };
  await refused(wallet.restore("one two", 9, PASSPHRASE, options), "words-count");
  await refused(wallet.restore(words.replace(/^\w+/, "notaword"), 9, PASSPHRASE, options), "words-unknown");
  assert.equal(await wallet.isStored(), false);
  const told = [];
  await wallet.restore(words.toUpperCase(), 9, PASSPHRASE, { ...options, onProgress: (done) => told.push(done) });
  assert.equal(told.at(-1), 1);
  const { standing, account, leaves, ...status } = await wallet.status();
  assert.deepEqual([status.keyId, standing, account, leaves.kind], [keyId, "restored", 9, "rekey-only"]);
  await refused(wallet.register(), "signer-restored");
});

test("a copy counts as restored, and has the passphrase of its time", async (t) => {
  const wallet = await slimWallet(t, new rpp.MemorySignerStore());
  const { keyId } = await created(wallet);
  const copy = await wallet.copy();
  await wallet.changePassphrase("another");
  const other = await slimWallet(t, new rpp.MemorySignerStore());
  await refused(other.import(copy, "another", 9), "key-file-passphrase");
  await refused(other.import(copy, PASSPHRASE), "signer-account-unnamed");
  await other.import(copy, PASSPHRASE, 9);
  const status = await other.status();
  assert.deepEqual([status.keyId, status.standing, status.account], [keyId, "restored", 9]);
  await refused(other.import(copy, PASSPHRASE, 9), "signer-exists");
  assert.equal((await wallet.status()).standing, "whole");
});

test("refuses what cannot be meant, before anything is signed", async (t) => {
  const store = new TestStore();
  const wallet = await slimWallet(t, store);
  const key = await created(wallet);
  const before = store.swaps;
  // Its evidence shows nothing: whatever gets as far as the signer is another refusal.
  const seen = verifiedAccount({}, { header: new Uint8Array(284), document: new Uint8Array(40) });
  const bad = (promise) => refused(promise, "bad-option", "ConfigError");
  const pay = (more) => wallet.transfer(seen, { to: 1, amount: 1n, fee: 1n, ...more });
  for (const to of [undefined, null, "1", 1.5, -1, 2 ** 32, 1n, NaN]) await bad(pay({ to }));
  for (const amount of [undefined, null, "1", 1, -1n, 2n ** 64n]) {
    await bad(pay({ amount }));
    await bad(pay({ fee: amount }));
    await bad(wallet.rekey(seen, key, amount));
    await bad(wallet.rekeyAgain(seen, amount));
  }
  await bad(wallet.transfer(seen, undefined));
  await bad(
    wallet.transfer(seen, {
      get to() {
        throw new Error("never");
      },
    }),
  );
  for (const chainId of [undefined, -1, 0.5, "7"]) await bad(wallet.generate({ chainId }));
  for (const treeHeight of [null, 3, 17, 5.5, "5"]) await bad(wallet.generate({ chainId: 7, treeHeight }));
  await bad(wallet.generate({ chainId: 7, onProgress: 1 }));
  await bad(wallet.generate({ chainId: 7, signal: {} }));
  await bad(wallet.generate());
  for (const passphrase of [undefined, null, 1, {}, "a".repeat(5_000)]) {
    await bad(wallet.open(passphrase));
    await bad(wallet.create(key, passphrase));
    await bad(wallet.changePassphrase(passphrase));
    await bad(wallet.restore("words", 1, passphrase, { chainId: 7 }));
  }
  for (const given of [undefined, null, {}, { keyId: "00" }, { keyId: 7 }]) await bad(wallet.create(given, "a"));
  for (const hash of [undefined, "", "0x", "A".repeat(64), `${"0".repeat(64)} `]) await bad(wallet.abandon(hash));
  for (const file of [undefined, "file", [1], new ArrayBuffer(8)]) await bad(wallet.import(file, "a"));
  await refused(wallet.import(new Uint8Array(5_000_000), "a"), "too-long");
  await bad(wallet.vouchForAccount(-1));
  const { Wallet } = await import("../wallet-slim.js");
  await refused(Wallet.load({}), "no-module", "ConfigError");
  await refused(Wallet.load({ module: wasm, stores: store }), "unknown-option", "ConfigError");
  await bad(Wallet.load({ module: wasm, store: { load() {} } }));
  await refused(Wallet.load({ module: wasm, timeoutMs: 0 }), "bad-timeout", "ConfigError");
  assert.equal(store.swaps, before);
});

test("takes no account that a light client has not verified", async (t) => {
  const wallet = await slimWallet(t, new rpp.MemorySignerStore());
  const key = await created(wallet);
  const real = verifiedAccount({ index: 1 }, { header: new Uint8Array(284), document: new Uint8Array(40) });
  const fakes = [undefined, null, 7, {}, { ...real }, Object.create(real), Object.create(VerifiedAccount.prototype)];
  for (const seen of fakes) {
    const calls = [
      wallet.settle(seen),
      wallet.transfer(seen, { to: 1, amount: 1n, fee: 0n }),
      wallet.rekey(seen, key, 1n),
      wallet.rekeyAgain(seen, 1n),
    ];
    for (const call of calls) await refused(call, "unverified-account", "ConfigError");
  }
  // What a client's bytes show is checked in the module again.
  await refused(wallet.settle(real), "wallet-genesis");
  const header = Uint8Array.from({ length: 284 }, (_, index) => (index === HEIGHT_AT ? 1 : 0));
  await refused(wallet.settle(verifiedAccount({}, { header, document: new Uint8Array(40) })), "bad-magic", "DecodeError");
  await refused(wallet.settle(verifiedAccount({}, { header: new Uint8Array(9), document: header })), "truncated", "DecodeError");
});

test("leaves no passphrase and no words in the memory of its module", async (t) => {
  const memories = [];
  const { Instance } = WebAssembly;
  t.mock.method(WebAssembly, "Instance", function (module, imports) {
    const instance = new Instance(module, imports);
    memories.push(instance.exports.memory);
    return instance;
  });
  const [passphrase, another] = ["a passphrase to look for", "another one to look for"];
  const wallet = await slimWallet(t, new rpp.MemorySignerStore());
  const key = await wallet.generate({ chainId: CHAIN_ID, treeHeight: 5 });
  await wallet.create(key, passphrase);
  await wallet.register();
  await wallet.changePassphrase(another);
  await refused(wallet.open(passphrase), "key-file-passphrase");
  const other = await slimWallet(t, new rpp.MemorySignerStore());
  await other.restore(key.words, 9, passphrase, { chainId: CHAIN_ID, treeHeight: 5 });
  assert.equal(memories.length, 2);
  for (const { buffer } of memories) {
    const memory = Buffer.from(buffer);
    for (const text of [passphrase, another, key.words.slice(0, 40), key.words.slice(-40)]) {
      assert.ok(!memory.includes(text), text);
    }
    // What it holds on purpose is found in this way.
    assert.ok(memory.includes("abandon"), "the list of words");
  }
});

test("is closed for good", async (t) => {
  for (const load of [slimWallet, pageWallet]) {
    const wallet = await load(t, new rpp.MemorySignerStore());
    await created(wallet);
    await wallet.close();
    await refused(wallet.status(), "closed", "ConfigError");
    await wallet.close();
  }
});

const HEIGHT_AT = 8;
