// The README's extension, with an alarm each second: Chromium allows that where an extension is not packed.
import {
  errorToPlain,
  IndexedDbStore,
  LightClient,
  verdictToPlain,
} from "./package/slim.js";

const module = chrome.runtime.getURL("package/generated/rpp_wasm_bg.wasm");
const store = new IndexedDbStore();
const config = fetch(chrome.runtime.getURL("config.json")).then((answer) => answer.json());
const PERIOD_MINUTES = 1 / 60;

async function step() {
  try {
    const { url, checkpoint } = await config;
    const verdict = await LightClient.once({ url, checkpoint, module, store });
    await chrome.storage.local.set({ head: verdict && verdictToPlain(verdict), error: null });
  } catch (error) {
    await chrome.storage.local.set({ error: errorToPlain(error) });
  }
}

async function count() {
  const { starts = 0 } = await chrome.storage.local.get("starts");
  await chrome.storage.local.set({ starts: starts + 1 });
}

count();
chrome.runtime.onInstalled.addListener(() => {
  chrome.alarms.create("head", { periodInMinutes: PERIOD_MINUTES });
  step();
});
chrome.runtime.onStartup.addListener(step);
chrome.alarms.onAlarm.addListener(step);
