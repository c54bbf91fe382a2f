// Prints what a key of 1,024 signatures and each signature cost in Node, with the key file in memory, as JSON.
import { readFileSync } from "node:fs";

import { verifiedAccount } from "../../pkg/src/verified-account.js";
import { shown } from "../../pkg/test/shown.js";
import { MemorySignerStore, Wallet } from "../../pkg/wallet-slim.js";

const module = readFileSync(new URL("../../pkg/generated/rpp_wallet_bg.wasm", import.meta.url));
const wallet = await Wallet.load({ module, store: new MemorySignerStore() });
const start = performance.now();
const key = await wallet.generate({ chainId: 7, treeHeight: 10 });
const made = performance.now() - start;
await wallet.create(key, "passphrase");
const seen = verifiedAccount({ index: 5, height: 1 }, shown(key.keyId));
await wallet.settle(seen);
const all = [];
// What is signed is given up, so that the next can be.
for (let call = 0; call < 100; call += 1) {
  const start = performance.now();
  const { hash } = await wallet.transfer(seen, { to: 9, amount: 1n, fee: 1n });
  all.push(performance.now() - start);
  await wallet.abandon(hash);
}
const sorted = all.toSorted((a, b) => a - b);
const rounded = (ms) => Math.round(ms * 1000) / 1000;
const rank = (percent) => rounded(sorted[Math.ceil((sorted.length * percent) / 100) - 1]);
console.log(
  JSON.stringify({ key_generation_node_ms: rounded(made), sign_node_ms_p50: rank(50), sign_node_ms_p95: rank(95) }),
);
