// Chromium, as it is installed.
import { chromium } from "playwright-core";

import { LIMIT_MS } from "./limits.mjs";

const executablePath = process.env.CHROME ?? "/usr/bin/chromium";
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts Chromium; every page has a fresh profile. */
export async function openBrowser() {
  const browser = await chromium.launch({ executablePath, args });
  const inPage = async (url, work) => {
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      const said = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(String(error)));
      await page.goto(url);
      return await work(page).catch((error) => {
        throw new Error([error.message, ...said].join("\n"));
      });
    } finally {
      await context.close();
    }
  };
  return {
    close: () => browser.close(),
    /** Returns what the page at `url` reports. */
    report: (url) =>
      inPage(url, async (page) => {
        const report = await page.waitForFunction(() => globalThis.report, null, {
          timeout: LIMIT_MS,
        });
        return report.jsonValue();
      }),
    /** Returns what the page at `url` reports that has little storage. */
    reportFull: (url) =>
      inPage(`${url}/empty.html`, async (page) => {
        const session = await page.context().newCDPSession(page);
        const quota = { origin: new URL(url).origin, quotaSize: 1_000_000 };
        await session.send("Storage.overrideQuotaForOrigin", quota);
        await page.goto(`${url}/?full`);
        const report = await page.waitForFunction(() => globalThis.report, null, {
          timeout: LIMIT_MS,
        });
        return report.jsonValue();
      }),
    worker: (url) => inPage(`${url}/empty.html`, (page) => page.evaluate(askWorker)),
    serviceWorker: (url) => inPage(`${url}/empty.html`, (page) => page.evaluate(askServiceWorker)),
  };
}

/** Loads an unpacked extension, and asks its service worker to verify. */
export function openExtension(folder, profile) {
  return inExtension(folder, profile, (_, worker) => worker.evaluate(() => globalThis.check()));
}

/**
 * Loads an extension that follows a chain by alarms, stops its service worker as the browser does when it is idle, and
 * waits for a later head in its storage.
 */
export function openSleeper(folder, profile) {
  return inExtension(folder, profile, async (context, worker) => {
    const page = await context.newPage();
    await page.goto(worker.url().replace("background.js", "popup.html"));
    const kept = () => page.evaluate(() => chrome.storage.local.get());
    const first = await headAbove(0, kept);
    const { starts } = await kept();
    const session = await page.context().newCDPSession(page);
    await session.send("ServiceWorker.enable");
    await session.send("ServiceWorker.stopAllWorkers");
    while ((await kept()).starts === starts) await pause();
    const second = await headAbove(first, kept);
    return `head ${first}, stopped, head ${second}`;
  });
}

/** Waits for a later head, which a popup would show as fresh. */
async function headAbove(least, kept) {
  for (;;) {
    const { head, error } = await kept();
    if (error) throw new Error(`${error.name} ${error.code} ${error.message}`);
    if (head?.statement.height > least && Date.now() <= head.staleAtMs) return head.statement.height;
    await pause();
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

async function inExtension(folder, profile, work) {
  const load = [`--disable-extensions-except=${folder}`, `--load-extension=${folder}`];
  const options = { executablePath, args: [...args, ...load], channel: "chromium" };
  const context = await chromium.launchPersistentContext(profile, options);
  try {
    const [running] = context.serviceWorkers();
    const worker = running ?? (await context.waitForEvent("serviceworker", { timeout: LIMIT_MS }));
    return await work(context, worker);
  } finally {
    await context.close();
  }
}

function askWorker() {
  return new Promise((resolve) => {
    const worker = new Worker("/own-worker.js", { type: "module" });
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => resolve(`the worker failed: ${message}`);
  });
}

async function askServiceWorker() {
  await navigator.serviceWorker.register("/service-worker.js", { type: "module" });
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((resolve) => {
    navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
    navigator.serviceWorker.startMessages();
    active.postMessage("verify");
  });
}
