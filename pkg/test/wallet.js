// Wallets in a thread of their own and in the test's, and what they are shown.
import { readFileSync } from "node:fs";
import { Worker as NodeWorker } from "node:worker_threads";

import { verifiedAccount } from "../src/verified-account.js";
import * as slim from "../wallet-slim.js";
import * as page from "../wallet.js";
import { HEIGHT, INDEX, shown } from "./shown.js";

export const wasm = readFileSync(new URL("../generated/rpp_wallet_bg.wasm", import.meta.url));
export const CHAIN_ID = 7;
export const PASSPHRASE = "correct horse";

/** Returns a wallet in the test's own thread. */
export async function slimWallet(t, store, module = wasm) {
  const wallet = await slim.Wallet.load({ module, store });
  t.after(() => wallet.close());
  return wallet;
}

/** Returns a wallet in a worker, as a page has it. */
export async function pageWallet(t, store, worker = () => workerOf(t)) {
  const wallet = await page.Wallet.load({ module: wasm, store, worker });
  t.after(() => wallet.close());
  return wallet;
}

/** Returns a thread of Node with the face of a `Worker`. */
export function workerOf(t) {
  const worker = new NodeWorker(new URL("worker-shim.js", import.meta.url), { workerData: "../wallet-worker.js" });
  t.after(() => worker.terminate());
  worker.addEventListener = (type, listener) =>
    worker.on(type, (value) => listener(type === "message" ? { data: value } : value));
  return worker;
}

/** Returns a wallet whose key is new and open, the smallest that there is. */
export async function created(wallet, more) {
  const key = await wallet.generate({ chainId: CHAIN_ID, treeHeight: 5, ...more });
  await wallet.create(key, PASSPHRASE);
  return key;
}

/** Returns the account of a wallet's key as a client would have verified it, which the wallet has taken note of. */
export async function funded(wallet, nonce) {
  const { keyId } = await wallet.status();
  const seen = verifiedAccount({ index: INDEX, height: HEIGHT }, shown(keyId, nonce));
  await wallet.settle(seen);
  return seen;
}

export const PAYMENT = { to: 9, amount: 1n, fee: 1n };

/** A store of which a test says what happens; it holds `file`. */
export class TestStore extends slim.MemorySignerStore {
  swaps = 0;
  /** Called with the number of each swap that was done; what it throws, the swap throws. */
  after = () => {};

  async swap(before, after) {
    const isSaved = await super.swap(before, after);
    this.swaps += 1;
    await this.after(this.swaps);
    return isSaved;
  }
}

/** Returns what a host shows at an account number under its newest proven header, as a client would have verified it. */
export async function seenAt(url, index) {
  const get = async (path) => {
    const response = await fetch(url + path, { headers: { accept: "application/vnd.rpp.block" } });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return new Uint8Array(await response.arrayBuffer());
  };
  const { block } = await (await fetch(`${url}/v1/head`)).json();
  const header = (await get(`/v1/blocks/${block.height}`)).slice(PREFIX_BYTES, PREFIX_BYTES + HEADER_BYTES);
  const document = await get(`/v1/accounts/${index}?height=${block.height}`);
  return verifiedAccount({ index, height: block.height }, { header, document });
}

const [PREFIX_BYTES, HEADER_BYTES] = [8, 284];
