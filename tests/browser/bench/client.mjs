// What following a chain takes from the navigation on, with nothing cached.
import { join } from "node:path";

import { compressedBytes, publishedBytes } from "../../../pkg/demo/javascript.mjs";
import { open, reach, until } from "../browser.mjs";
import { required } from "../environment.mjs";
import { median, rounded } from "./figures.mjs";

/** Navigation to verdict, where the checkpoint is in the head's epoch: one proof. */
export async function firstHead(browser, devnet) {
  const head = await devnet.height();
  const checkpoint = await devnet.checkpointAt(head - 1);
  const times = [];
  for (let run = 0; run < PROFILES; run += 1) {
    times.push((await visit(browser, devnet.url, checkpoint, head)).ms);
  }
  return { first_verified_head_ms: rounded(median(times)) };
}

/** Bytes and time from the genesis over so many epochs. */
export async function catchUp(browser, devnet, epochs) {
  const head = await devnet.height();
  const { ms, spent } = await visit(browser, devnet.url, devnet.checkpoint, head);
  const name = `catch_up_${epochs}_epochs`;
  return { [`${name}_bytes`]: spent, [`${name}_ms`]: rounded(ms) };
}

/** The scripts that page and worker load, as they travel; and those of the package where nobody bundles it. */
export async function scripts(browser, relay, devnet) {
  const before = relay.paths.length;
  await visit(browser, relay.url, devnet.checkpoint, 1);
  const loaded = new Set(relay.paths.slice(before).filter((path) => path.endsWith(".js")));
  const sizes = [...loaded].map((path) => compressedBytes(join(required("RPP_SITE"), path)));
  return {
    javascript_bytes_gzip: sizes.reduce((sum, bytes) => sum + bytes, 0),
    package_javascript_bytes_gzip: publishedBytes(),
  };
}

async function visit(browser, origin, checkpoint, head) {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  const page = await open(context, origin, { checkpoint });
  await reach(page, head);
  const reached = new Map(await page.evaluate(() => [...globalThis.reached]));
  const spent = await spentAtRest(page);
  const ms = reached.get(head) ?? Math.max(...reached.values());
  await context.close();
  return { ms, spent };
}

/** Runs in the page: notes when each height is shown, in milliseconds since the navigation. */
function watch() {
  globalThis.reached = new Map();
  document.addEventListener("DOMContentLoaded", () => {
    const shown = document.getElementById("height");
    const note = () => {
      const height = Number(shown.textContent.replaceAll(",", ""));
      if (height && !globalThis.reached.has(height)) globalThis.reached.set(height, performance.now());
    };
    new MutationObserver(note).observe(shown, { childList: true, characterData: true, subtree: true });
  });
}

async function spentAtRest(page) {
  const bytes = () => page.evaluate(() => Number(document.getElementById("spent").dataset.bytes));
  return until("what was spent", bytes);
}

const PROFILES = 7;
