// Chromium, as it is installed.
import { chromium } from "playwright-core";

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
          timeout: 30_000,
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
          timeout: 30_000,
        });
        return report.jsonValue();
      }),
    worker: (url) => inPage(`${url}/empty.html`, (page) => page.evaluate(askWorker)),
    serviceWorker: (url) => inPage(`${url}/empty.html`, (page) => page.evaluate(askServiceWorker)),
  };
}

/** Loads an unpacked extension, and asks its service worker to verify. */
export async function openExtension(folder, profile) {
  const load = [`--disable-extensions-except=${folder}`, `--load-extension=${folder}`];
  const options = { executablePath, args: [...args, ...load], channel: "chromium" };
  const context = await chromium.launchPersistentContext(profile, options);
  try {
    const [running] = context.serviceWorkers();
    const worker = running ?? (await context.waitForEvent("serviceworker", { timeout: 15_000 }));
    return await worker.evaluate(() => globalThis.check());
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
