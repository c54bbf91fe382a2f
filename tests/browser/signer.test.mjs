// The wallet in Chromium: a key file in IndexedDB that two tabs share, and workers that are ended while they sign.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { shown } from "../../pkg/test/shown.js";
import { launch } from "./browser.mjs";
import { Relay } from "./relay.mjs";

let relay;
let browser;

before(async () => {
  relay = await new Relay().start();
  browser = await launch();
});

after(async () => {
  await browser.close();
  await relay.close();
});

/** Opens tabs of one profile, which is new. */
async function tabs(t, count) {
  const context = await browser.newContext();
  t.after(() => context.close());
  const opened = [];
  for (let tab = 0; tab < count; tab += 1) {
    const page = await context.newPage();
    await page.goto(`${relay.url}/icon.svg`);
    await page.evaluate(begin);
    opened.push(page);
  }
  return opened;
}

/** Runs in the page: `wallet()` starts a worker, and `call` says what became of a call. */
async function begin() {
  const { Wallet } = await import("/light-client/wallet.js");
  const { verifiedAccount } = await import("/light-client/src/verified-account.js");
  window.wallet = async () => {
    const script = "/light-client/wallet-worker.js";
    const worker = () => (window.worker = new Worker(script, { type: "module" }));
    window.held = await Wallet.load({ worker });
  };
  window.call = async (name, ...given) => {
    try {
      const value = await window.held[name](...given);
      if (value?.bytes === undefined) return { value };
      const { hash, bytes, operation } = value;
      // Nothing was registered before: the account's offset is 0.
      return { value: { hash, bytes: [...bytes], leaf: operation.leaf ?? operation.nonce } };
    } catch ({ name, code, message }) {
      return { name, code, message };
    }
  };
  window.show = ({ header, document }) => {
    const evidence = { header: Uint8Array.from(header), document: Uint8Array.from(document) };
    window.seen = verifiedAccount({ index: 5, height: 1 }, evidence);
    return window.call("settle", window.seen);
  };
  window.pay = () => window.call("transfer", window.seen, { to: 9, amount: 1n, fee: 1n });
  await window.wallet();
}

/** Shows tabs the account of the key, as a client would have verified it. */
async function fund(...pages) {
  const { value } = await call(pages[0], "status");
  const { header, document } = shown(value.keyId);
  for (const page of pages) {
    await page.evaluate((evidence) => window.show(evidence), { header: [...header], document: [...document] });
  }
}

const pay = (page) => page.evaluate(() => window.pay());

const call = (page, ...given) => page.evaluate((given) => window.call(...given), given);

/** Makes the smallest key in one tab, and opens it in the others. */
async function create(first, ...others) {
  const made = await call(first, "generate", { chainId: 7, treeHeight: 6 });
  assert.equal(made.value.words.split(" ").length, 24);
  assert.deepEqual(await call(first, "create", made.value, PASSPHRASE), { value: undefined });
  for (const page of others) {
    assert.equal((await call(page, "open", "wrong")).code, "key-file-passphrase");
    assert.deepEqual(await call(page, "open", PASSPHRASE), { value: undefined });
  }
}

test("two tabs share a key: one operation at a time, whichever begins", async (t) => {
  const [one, two] = await tabs(t, 2);
  assert.deepEqual(await call(one, "isStored"), { value: false });
  await create(one, two);
  assert.deepEqual(await call(two, "isStored"), { value: true });
  assert.equal((await call(two, "create", (await call(two, "generate", { chainId: 7, treeHeight: 4 })).value, "a")).code, "signer-exists");
  await fund(one, two);
  for (let leaf = 0; leaf < 4; leaf += 1) {
    const both = await Promise.all([pay(one), pay(two)]);
    const signed = both.find(({ value }) => value);
    const refused = both.find(({ value }) => !value);
    assert.equal(refused.code, "signer-pending");
    assert.equal(signed.value.leaf, leaf);
    assert.deepEqual(await call(one, "pending"), signed);
    assert.deepEqual(await call(two, "pending"), signed);
    await call(leaf % 2 ? one : two, "abandon", signed.value.hash);
  }
  // The file outlives both tabs.
  const last = await pay(one);
  for (const page of [one, two]) await page.reload();
  await one.evaluate(begin);
  assert.equal((await call(one, "pending")).code, "wallet-closed");
  await call(one, "open", PASSPHRASE);
  assert.deepEqual(await call(one, "pending"), last);
});

test("a tab that holds the lock of the key for ever keeps no other from signing", async (t) => {
  const [one, two] = await tabs(t, 2);
  await create(one);
  assert.equal(typeof (await call(one, "status")).value.persisted, "boolean");
  const held = await two.evaluate(
    () =>
      new Promise((resolve) => {
        navigator.locks.request("rpp-wallet rpp-wallet", () => {
          resolve("held");
          return new Promise(() => {});
        });
      }),
  );
  assert.equal(held, "held");
  await fund(one);
  const signed = await pay(one);
  assert.equal(signed.value.leaf, 0);
  // And one that takes it away ends nothing.
  const both = one.evaluate(async () => {
    const signing = window.call("abandon", (await window.call("pending")).value.hash);
    navigator.locks.request("rpp-wallet rpp-wallet", { steal: true }, () => {});
    return [await signing, await window.pay()];
  });
  const [abandoned, again] = await both;
  assert.deepEqual(abandoned, { value: undefined });
  assert.equal(again.value.leaf, 1);
});

test("a worker that is ended at any moment signs nothing twice", async (t) => {
  const [one, two] = await tabs(t, 2);
  await create(one, two);
  await fund(one, two);
  const signed = new Map();
  const note = ({ value }) => {
    if (!value) return;
    const { leaf, hash, bytes } = value;
    const known = signed.get(leaf) ?? { hash, bytes };
    assert.deepEqual({ hash, bytes }, known, `leaf ${leaf}`);
    signed.set(leaf, known);
  };
  const end = (afterMs) =>
    one.evaluate(async (afterMs) => {
      const said = window.pay();
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      window.worker.terminate();
      // A worker that is ended answers nothing.
      return Promise.race([said, new Promise((resolve) => setTimeout(() => resolve({}), 10))]);
    }, afterMs);
  for (let round = 0; round < 6; round += 1) {
    note(await end(2 ** round / 2));
    const found = await call(two, "pending");
    note(found);
    assert.deepEqual(await call(two, "pending"), found);
    const again = await pay(two);
    if (found.value) assert.equal(again.code, "signer-pending");
    note(again);
    await call(two, "abandon", (found.value ?? again.value).hash);
    await one.evaluate(() => window.wallet());
    await call(one, "open", PASSPHRASE);
  }
  assert.ok(signed.size >= 6);
});

test("the store keeps one file, whatever becomes of its connections, and takes nothing else for one", async (t) => {
  const [page] = await tabs(t, 1);
  const seen = await page.evaluate(async () => {
    const { IndexedDbSignerStore } = await import("/light-client/wallet.js");
    const databases = [];
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...given) {
      const opening = open.apply(this, given);
      opening.addEventListener("success", () => databases.push(opening.result));
      return opening;
    };
    const [one, two] = [new IndexedDbSignerStore("one"), new IndexedDbSignerStore("one")];
    const bytes = (...given) => Uint8Array.from(given);
    const text = (file) => file && [...file].join();
    const seen = [];
    seen.push(text(await one.load()), await one.swap(bytes(1), bytes(2)), await one.swap(undefined, bytes(1)));
    seen.push(await two.swap(undefined, bytes(3)), text(await two.load()), await two.swap(bytes(1), bytes(1, 2)));
    seen.push(await one.swap(bytes(1), bytes(4)), text(await one.load()));
    // The browser closed them without a word.
    for (const database of databases) database.close();
    seen.push(await one.swap(bytes(1, 2), bytes(5)), text(await two.load()));
    // Something else of this origin wrote there.
    const database = databases.at(-1);
    await new Promise((resolve) => {
      const transaction = database.transaction("files", "readwrite");
      transaction.objectStore("files").put("not a file", "key");
      transaction.oncomplete = resolve;
    });
    seen.push(await one.load().catch(({ name }) => name), await one.swap(undefined, bytes(6)));
    return seen;
  });
  assert.deepEqual(seen, [undefined, false, true, false, "1", true, false, "1,2", true, "5", "TypeError", false]);
});

const PASSPHRASE = "correct horse";

test("a service worker shares the key of a tab", async (t) => {
  relay.scripts["/service-worker.js"] = SERVICE_WORKER;
  const [page] = await tabs(t, 1);
  await create(page);
  await fund(page);
  const { value } = await call(page, "status");
  const { header, document } = shown(value.keyId);
  await page.evaluate(async () => {
    const registered = await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
    await navigator.serviceWorker.ready;
    window.served = (name, ...given) =>
      new Promise((resolve) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = ({ data }) => resolve(data);
        registered.active.postMessage({ name, given }, [port2]);
      });
  });
  const served = (...given) => page.evaluate((given) => window.served(...given), given);
  assert.deepEqual(await served("open", PASSPHRASE), {});
  for (let nonce = 0; nonce < 4; nonce += 1) {
    // Both begin at once.
    const both = await page.evaluate(
      (evidence) => Promise.all([window.served("pay", evidence), window.pay()]),
      { header: [...header], document: [...document] },
    );
    const signed = both.find(({ value }) => value);
    const refused = both.find(({ value }) => !value);
    assert.equal(refused.code, "signer-pending");
    assert.equal(signed.value.leaf, nonce);
    assert.deepEqual(await served("pending"), signed);
    assert.deepEqual(await call(page, "pending"), signed);
    const ended = nonce % 2 ? await served("abandon", signed.value.hash) : await call(page, "abandon", signed.value.hash);
    assert.equal(ended.code, undefined, ended.message);
  }
});

/** Does what a page asks of the wallet, in its own thread. */
const SERVICE_WORKER = `
import { verifiedAccount } from "/light-client/src/verified-account.js";
import { Wallet } from "/light-client/wallet-slim.js";

const loading = Wallet.load({ module: "/light-client/generated/rpp_wallet_bg.wasm" });
const does = {
  async pay({ header, document }) {
    const evidence = { header: Uint8Array.from(header), document: Uint8Array.from(document) };
    const seen = verifiedAccount({ index: 5, height: 1 }, evidence);
    return (await loading).transfer(seen, { to: 9, amount: 1n, fee: 1n });
  },
};
addEventListener("message", async ({ data: { name, given }, ports: [port] }) => {
  try {
    const value = await (does[name] ? does[name](...given) : (await loading)[name](...given));
    const { hash, bytes, operation } = value ?? {};
    port.postMessage(hash ? { value: { hash, bytes: [...bytes], leaf: operation.nonce } } : {});
  } catch ({ name, code, message }) {
    port.postMessage({ name, code, message });
  }
});
`;
