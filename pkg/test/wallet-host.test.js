// A wallet on a real chain, whose accounts are those of its host: from its registration to its next key.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { MemorySignerStore } from "../wallet.js";
import { hostBinary, startHost, stopHosts } from "./host.js";
import { pageWallet, PASSPHRASE, seenAt, slimWallet, workerOf } from "./wallet.js";

const skip = hostBinary() ? false : "there is no prover-host: build it, or set RPP_HOST";

describe("a wallet on a devnet", { skip }, () => {
  let folder;
  let host;
  let chainId;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pkg-wallet-"));
    host = await startHost(join(folder, "chain"));
    ({ chain_id: chainId } = await (await fetch(`${host.url}/v1/chain`)).json());
  });

  after(() => {
    stopHosts();
    // It may still be ending.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  const submit = async ({ bytes, hash }) => {
    const headers = { "content-type": "application/vnd.rpp.operation", accept: "application/json" };
    const answer = await fetch(`${host.url}/v1/transactions`, { method: "POST", headers, body: bytes });
    const text = await answer.text();
    assert.equal(answer.status, 202, text);
    assert.ok(text.includes(hash));
  };

  /** Settles with each new head until what is under way is no more. */
  const settled = async (wallet, index) => {
    for (let tries = 0; tries < 600; tries += 1) {
      const found = await wallet.settle(await seenAt(host.url, index));
      const { pending } = await wallet.status();
      if (pending === null) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("not settled");
  };

  /** Registers an account of a new key, and has the faucet give it something. */
  const account = async (wallet) => {
    const key = await wallet.generate({ chainId, treeHeight: 6 });
    await wallet.create(key, PASSPHRASE);
    const outgoing = await wallet.register();
    const { index } = outgoing.operation;
    assert.equal(await wallet.settle(await seenAt(host.url, index)), "vacant");
    await submit(outgoing);
    assert.equal(await settled(wallet, index), "spent");
    const given = await fetch(`${host.url}/v1/faucet/${index}`, { method: "POST" });
    assert.equal(given.status, 202, await given.text());
    for (let tries = 0; tries < 600; tries += 1) {
      const { account } = await (await fetch(`${host.url}/v1/accounts/${index}`)).json();
      if (BigInt(account.balance) > 0n) return { index, ...key };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the faucet gave nothing");
  };

  const proven = async (index) => {
    // The newest proven header may be older than what the newest block shows.
    const { height } = await (await fetch(`${host.url}/v1/accounts/${index}`)).json();
    for (let tries = 0; tries < 600; tries += 1) {
      const seen = await seenAt(host.url, index);
      if (seen.height >= height) return seen;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("nothing is proven");
  };

  test("registers, pays, is killed before it hears of it, pays once, and changes its key", async (t) => {
    const store = new MemorySignerStore();
    const workers = [];
    const worker = () => {
      workers.push(workerOf(t));
      return workers.at(-1);
    };
    const wallet = await pageWallet(t, store, worker);
    const { index, keyId } = await account(wallet);
    assert.equal((await wallet.status()).account, index);

    const payment = { to: index, amount: 5n, fee: 1n };
    const seen = await proven(index);
    const outgoing = await wallet.transfer(seen, payment);
    const { kind, from, to, amount, fee, nonce } = outgoing.operation;
    assert.deepEqual([kind, from, to, amount, fee, nonce], ["transfer", index, index, 5n, 1n, 1]);
    await workers[0].terminate();
    const other = await pageWallet(t, store, worker);
    await other.open(PASSPHRASE);
    const found = await other.pending();
    assert.deepEqual(found, outgoing);
    await assert.rejects(other.transfer(seen, payment), { code: "signer-pending" });
    await submit(found);
    await submit(found);
    assert.equal(await settled(other, index), "spent");

    const all = 2n ** 64n - 1n;
    const rich = { ...payment, amount: all, fee: all };
    await assert.rejects(other.transfer(await proven(index), rich), { code: "signer-balance" });
    const next = await other.generate({ chainId, treeHeight: 5 });
    const change = await other.rekey(await proven(index), next, 2n);
    assert.deepEqual([change.operation.kind, change.operation.newKeyId], ["rekey", next.keyId]);
    await assert.rejects(other.abandon(change.hash), { code: "signer-rekey-pending" });
    const again = await other.rekeyAgain(await proven(index), 3n);
    assert.notEqual(again.hash, change.hash);
    await submit(again);
    assert.equal(await settled(other, index), "rekeyed");
    const { keyId: now, standing } = await other.status();
    assert.deepEqual([now, standing], [next.keyId, "whole"]);
    assert.notEqual(now, keyId);
  });

  test("a key from words pays nothing, and gives its account a new key", async (t) => {
    const { index, words } = await account(await slimWallet(t, new MemorySignerStore()));
    const wallet = await slimWallet(t, new MemorySignerStore());
    await wallet.restore(words, index, PASSPHRASE, { chainId, treeHeight: 6 });
    const seen = await proven(index);
    await wallet.settle(seen);
    await assert.rejects(wallet.transfer(seen, { to: index, amount: 1n, fee: 1n }), { code: "signer-restored" });
    const next = await wallet.generate({ chainId, treeHeight: 5 });
    const change = await wallet.rekey(await proven(index), next, 1n);
    assert.equal(change.operation.kind, "rekey");
    await submit(change);
    assert.equal(await settled(wallet, index), "rekeyed");
    const { keyId, standing } = await wallet.status();
    assert.deepEqual([keyId, standing], [next.keyId, "whole"]);
    assert.equal((await wallet.transfer(await proven(index), { to: index, amount: 1n, fee: 1n })).operation.kind, "transfer");
  });

  test("an account under another header's name is refused", async (t) => {
    const wallet = await slimWallet(t, new MemorySignerStore());
    const { index } = await account(wallet);
    const { verifiedAccount, evidenceOf } = await import("../src/verified-account.js");
    const { header, document } = evidenceOf(await proven(index));
    // The last bytes are of the account's path.
    const changed = Uint8Array.from(document);
    changed[changed.length - 4] ^= 1;
    const shown = (evidence) => wallet.settle(verifiedAccount({}, { header, document, ...evidence }));
    await assert.rejects(shown({ document: changed }), { name: "ClaimError" });
    const older = Uint8Array.from(header);
    older[12] ^= 1;
    await assert.rejects(shown({ header: older }), { name: "ClaimError" });
    assert.equal(await shown({}), "nothing");
  });
});
