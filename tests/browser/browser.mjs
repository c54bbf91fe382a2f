// Chromium, and what tests read from the page.
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { chromium } from "playwright-core";

import { required } from "./environment.mjs";

/** Starts Chromium without a window and without requests of its own. */
export function launch() {
  return chromium.launch({ executablePath: required("CHROME"), args: FLAGS, chromiumSandbox: false });
}

/** Opens the demo in `context`; whatever the page logs as an error fails the test at `quiet()`. */
export async function open(context, origin, { root, checkpoint, host, keyHeight, query = "" } = {}) {
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    const asked = /\/v1\//.test(message.location().url);
    if (message.type() !== "error" || (asked && EXPECTED.test(message.text()))) return;
    errors.push(`${message.text()} ${message.location().url}`);
  });
  const fragment = new URLSearchParams();
  if (root) fragment.set("root", root);
  if (checkpoint) fragment.set("checkpoint", checkpoint);
  if (host) fragment.set("host", host);
  if (keyHeight) await page.addInitScript((height) => localStorage.setItem("rpp-key-height", height), keyHeight);
  await page.goto(`${origin}/${query}#${fragment}`);
  return Object.assign(page, { quiet: () => errors });
}

/** Returns the height that the page shows as proven, 0 for none. */
export async function height(page) {
  return Number((await text(page, "height")).replaceAll(",", "")) || 0;
}

/** Waits until the page shows a proven height of at least `least`, and returns it. */
export async function reach(page, least) {
  await until(`block ${least}`, async () => {
    if (page.quiet().length > 0) throw new Error(page.quiet().join("\n"));
    return (await height(page)) >= least;
  });
  return height(page);
}

/** Waits until the page says that it is in this condition. */
export function condition(page, name) {
  return page.locator(`body[data-condition="${name}"]`).waitFor({ state: "attached", timeout: DEADLINE_MS });
}

/** Returns the text of the element with this id. */
export const text = (page, id) => page.locator(`#${id}`).textContent();

/** Asks until `holds` resolves to something true, and returns that. */
export async function until(what, holds, deadlineMs = DEADLINE_MS) {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const found = await holds();
    if (found) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Keeps a picture of the whole page for people to look at. */
export async function shoot(page, name) {
  const folder = required("RPP_SCREENSHOTS");
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, animations: "disabled" });
}

/** A guard against hangs, which a slow machine does not meet. */
export const DEADLINE_MS = 600_000;

const FLAGS = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
// The browser's own report of a request to the host that failed, which some tests want to fail.
const EXPECTED = /^Failed to load resource/;
