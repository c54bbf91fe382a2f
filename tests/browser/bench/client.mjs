// What following a chain takes from the navigation on, with nothing cached.
import { join } from "node:path";

import { compressedBytes, publishedBytes } from "../../../pkg/demo/javascript.mjs";
import { open, reach, until } from "../browser.mjs";
import { required } from "../environment.mjs";
import { median, percentile, rounded } from "./figures.mjs";

/**
 * Navigation to verdict, where the checkpoint is in the head's epoch: one proof. Cold with nothing cached or
 * stored; warm on the next visit, where the stored head is verified again.
 */
export async function firstHead(browser, devnet) {
  const head = await devnet.height();
  const checkpoint = await devnet.checkpointAt(head - 1);
  const [cold, warm] = [[], []];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await profile(browser);
    for (const times of [cold, warm]) {
      times.push((await visit(context, devnet.url, checkpoint, head)).ms);
    }
    await context.close();
  }
  return {
    first_verified_head_ms: rounded(median(cold)),
    first_verified_head_ms_p95: rounded(percentile(cold, 95)),
    first_verified_head_warm_ms: rounded(median(warm)),
    first_verified_head_warm_ms_p95: rounded(percentile(warm, 95)),
  };
}

/** Bytes and time from the genesis over so many epochs. */
export async function catchUp(browser, devnet, epochs) {
  const head = await devnet.height();
  const context = await profile(browser);
  const { ms, spent } = await visit(context, devnet.url, devnet.checkpoint, head);
  await context.close();
  const name = `catch_up_${epochs}_epochs`;
  return { [`${name}_bytes`]: spent, [`${name}_ms`]: rounded(ms) };
}

/** The scripts that page and worker load, as they travel; and those of the package where nobody bundles it. */
export async function scripts(browser, relay, devnet) {
  const before = relay.paths.length;
  const context = await profile(browser);
  await visit(context, relay.url, devnet.checkpoint, 1);
  await context.close();
  const loaded = new Set(relay.paths.slice(before).filter((path) => path.endsWith(".js")));
  const sizes = [...loaded].map((path) => compressedBytes(join(required("RPP_SITE"), path)));
  return {
    javascript_bytes_gzip: sizes.reduce((sum, bytes) => sum + bytes, 0),
    package_javascript_bytes_gzip: publishedBytes(),
  };
}

async function profile(browser) {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  return context;
}

async function visit(context, origin, checkpoint, head) {
  const page = await open(context, origin, { checkpoint });
  await reach(page, head);
  const reached = new Map(await page.evaluate(() => [...globalThis.reached]));
  const spent = await spentAtRest(page);
  const ms = reached.get(head) ?? Math.max(...reached.values());
  await page.close();
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

const PROFILES = 11;
