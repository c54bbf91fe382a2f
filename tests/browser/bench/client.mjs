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
  return visits("first_verified_head", browser, devnet.url, { checkpoint }, head);
}

/** The same where the checkpoint is that of a setup, of which only the root is known. */
export async function firstHeadWithSetup(browser, devnet) {
  const head = await devnet.height();
  const checkpoint = await devnet.checkpointAt(head - 1);
  const change = ["--offline-checkpoint", checkpoint, "--checkpoint", checkpoint];
  devnet.rotate("recent", change, devnet.ownKey("circuits"), devnet.ownKey("checkpoint"));
  await until("the newer setup", async () => (await devnet.served()).offline_checkpoint === checkpoint);
  return visits("first_verified_head_with_setup", browser, devnet.url, { root: devnet.root }, head);
}

async function visits(name, browser, url, start, head) {
  const [cold, warm] = [[], []];
  for (let run = 0; run < PROFILES; run += 1) {
    const context = await profile(browser);
    for (const times of [cold, warm]) {
      times.push((await visit(context, url, start, head)).ms);
    }
    await context.close();
  }
  return {
    [`${name}_ms`]: rounded(median(cold)),
    [`${name}_ms_p95`]: rounded(percentile(cold, 95)),
    [`${name}_warm_ms`]: rounded(median(warm)),
    [`${name}_warm_ms_p95`]: rounded(percentile(warm, 95)),
  };
}

/** Bytes and time from the genesis over so many epochs. */
export async function catchUp(browser, devnet, epochs) {
  const head = await devnet.height();
  const context = await profile(browser);
  const { ms, spent } = await visit(context, devnet.url, fromGenesis(devnet), head);
  await context.close();
  const name = `catch_up_${epochs}_epochs`;
  return { [`${name}_bytes`]: spent, [`${name}_ms`]: rounded(ms) };
}

/** The scripts that page and worker load, as they travel; and those of the package where nobody bundles it. */
export async function scripts(browser, relay, devnet) {
  const before = relay.paths.length;
  const context = await profile(browser);
  await visit(context, relay.url, fromGenesis(devnet), 1);
  await context.close();
  const loaded = new Set(relay.paths.slice(before).filter((path) => path.endsWith(".js")));
  const sizes = [...loaded].map((path) => compressedBytes(join(required("RPP_SITE"), path)));
  return {
    javascript_bytes_gzip: sizes.reduce((sum, bytes) => sum + bytes, 0),
    package_javascript_bytes_gzip: publishedBytes(),
  };
}

const fromGenesis = ({ checkpoint }) => ({ checkpoint });

async function profile(browser) {
  const context = await browser.newContext();
  await context.addInitScript(watch);
  return context;
}

async function visit(context, origin, start, head) {
  const page = await open(context, origin, start);
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
