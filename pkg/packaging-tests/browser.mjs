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
    const first = await newHead(page, 0);
    const session = await page.context().newCDPSession(page);
    const { targetInfos } = await session.send("Target.getTargets");
    const { targetId } = targetInfos.find(({ type }) => type === "service_worker");
    await session.send("Target.closeTarget", { targetId });
    const starts = await page.evaluate(startsOf);
    const second = await newHead(page, first);
    const again = await page.evaluate(startsOf);
    if (again <= starts) throw new Error(`the worker was not stopped: ${starts} starts, then ${again}`);
    return `head ${first}, stopped, head ${second}`;
  });
}

async function newHead(page, above) {
  const found = await page.waitForFunction(
    async (least) => {
      const { head, error } = await chrome.storage.local.get();
      if (error) document.title = error.message;
      const isFresh = head && Date.now() <= head.staleAtMs && !("freshness" in head);
      return isFresh && head.statement.height > least && head.statement.height;
    },
    above,
    { timeout: LIMIT_MS, polling: 100 },
  );
  return found.jsonValue();
}

const startsOf = async () => (await chrome.storage.local.get("starts")).starts;

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
