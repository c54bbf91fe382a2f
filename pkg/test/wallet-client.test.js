// A wallet and a light client together, as the README has them: what the client verifies, the wallet signs by.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Worker as NodeWorker } from "node:worker_threads";

import * as page from "../index.js";
import * as node from "../node.js";
import { MemorySignerStore } from "../wallet.js";
import { hostBinary, startHost, stopHosts } from "./host.js";
import { pageWallet, PASSPHRASE } from "./wallet.js";

const skip = hostBinary() ? false : "there is no prover-host: build it, or set RPP_HOST";

test("registers, takes from the faucet and pays, by what light clients verify", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "pkg-wallet-"));
  t.after(() => {
    stopHosts();
    // It may still be ending.
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
  const host = await startHost(join(folder, "chain"));
  const chain = await (await fetch(`${host.url}/v1/chain`)).json();
  const checkpoint = [0, chain.genesis_hash, chain.genesis.timestamp_ms, chain.epoch_length].join(":");
  const follow = { everyMs: 250 };
  const module = readFileSync(new URL("../generated/rpp_wasm_bg.wasm", import.meta.url));
  const worker = () => {
    const worker = new NodeWorker(new URL("worker-shim.js", import.meta.url));
    t.after(() => worker.terminate());
    worker.addEventListener = (type, listener) =>
      worker.on(type, (value) => listener(type === "message" ? { data: value } : value));
    return worker;
  };
  // One in this thread, and one whose accounts come from a worker.
  const clients = [
    await node.LightClient.start({ url: host.url, checkpoint, follow, store: new node.MemoryStore() }),
    await page.LightClient.start({ url: host.url, checkpoint, follow, module, worker, store: new node.MemoryStore() }),
  ];
  t.after(() => Promise.all(clients.map((client) => client.close())));
  for (const client of clients) {
    for await (const _ of client.heads()) break;
  }
  const wallet = await pageWallet(t, new MemorySignerStore());
  const key = await wallet.generate({ chainId: chain.chain_id, treeHeight: 5 });
  await wallet.create(key, PASSPHRASE);
  await wallet.register();

  const steps = [];
  let asked = 0;
  for await (const _ of clients[0].heads()) {
    const client = clients[(asked += 1) % 2];
    const [{ account }, pending] = [await wallet.status(), await wallet.pending()];
    const index = account ?? pending?.operation.index;
    const seen = await client.account(index);
    if (pending) {
      assert.equal(await client.submit(pending.bytes), pending.hash);
      if ((await wallet.settle(seen)) === "spent") steps.push(pending.operation.kind);
    } else if (seen.account.balance === 0n) {
      const given = await fetch(`${host.url}/v1/faucet/${index}`, { method: "POST" });
      assert.equal(given.status, 202);
      while ((await client.account(index)).account.balance === 0n) await client.heads().next();
    } else if (steps.length < 3) {
      await wallet.transfer(seen, { to: index, amount: 1n, fee: 1n });
    } else {
      break;
    }
  }
  assert.deepEqual(steps, ["register", "transfer", "transfer"]);
  // What is copied is not what a client has verified.
  const index = (await wallet.status()).account;
  const seen = await clients[1].account(index);
  const payment = { to: index, amount: 1n, fee: 1n };
  for (const copy of [{ ...seen }, structuredClone(seen)]) {
    await assert.rejects(wallet.transfer(copy, payment), { name: "ConfigError", code: "unverified-account" });
  }
  assert.equal((await wallet.transfer(seen, payment)).operation.from, index);
});
