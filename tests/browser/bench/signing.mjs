// What a new key and a signature take in a page, with the key file in IndexedDB.
import { shown } from "../../../pkg/test/shown.js";
import { median, percentile, rounded } from "./figures.mjs";

/** Times the making of a key in the worker of a fresh profile, and each signature after it, to its bytes. */
export async function signing(browser, relay) {
  const runs = [];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(`${relay.url}/icon.svg`);
    await page.exposeFunction("shown", (keyId) => {
      const { header, document } = shown(keyId);
      return { header: [...header], document: [...document] };
    });
    runs.push(await page.evaluate(measure, CALLS));
    await context.close();
  }
  const signed = runs.flatMap(({ signed }) => signed);
  return {
    key_generation_chromium_ms: rounded(median(runs.map(({ made }) => made))),
    key_open_chromium_ms: rounded(median(runs.map(({ opened }) => opened))),
    sign_chromium_ms_p50: rounded(percentile(signed, 50)),
    sign_chromium_ms_p95: rounded(percentile(signed, 95)),
  };
}

/** Runs in the page. What is signed is given up, so that the next can be. */
async function measure(calls) {
  const { Wallet } = await import("/light-client/wallet.js");
  const { verifiedAccount } = await import("/light-client/src/verified-account.js");
  const worker = () => new Worker("/light-client/wallet-worker.js", { type: "module" });
  const timed = async (work) => {
    const start = performance.now();
    const value = await work();
    return [performance.now() - start, value];
  };
  const wallet = await Wallet.load({ worker });
  const [made, key] = await timed(() => wallet.generate({ chainId: 7, treeHeight: 10 }));
  await wallet.create(key, "passphrase");
  const [opened] = await timed(() => wallet.open("passphrase"));
  const { header, document } = await window.shown(key.keyId);
  const evidence = { header: Uint8Array.from(header), document: Uint8Array.from(document) };
  const seen = verifiedAccount({ index: 5, height: 1 }, evidence);
  await wallet.settle(seen);
  const payment = { to: 9, amount: 1n, fee: 1n };
  const signed = [];
  for (let call = 0; call < calls; call += 1) {
    const [ms, { hash }] = await timed(() => wallet.transfer(seen, payment));
    signed.push(ms);
    await wallet.abandon(hash);
  }
  await wallet.close();
  return { made, opened, signed };
}

const PROFILES = 5;
const CALLS = 60;
