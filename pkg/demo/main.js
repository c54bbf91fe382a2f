// Starts the light client, and shows what it says.
import { LightClient, parseCheckpoint } from "../index.js";

import { read, write } from "./address.js";
import { condition, initial, isStale, next } from "./model.js";
import { announce } from "./view/announce.js";
import { showChecked } from "./view/checked.js";
import { byId, put } from "./view/dom.js";
import { showHead } from "./view/head.js";
import { showLog } from "./view/log.js";
import { showNotice } from "./view/notice.js";
import { showRoute } from "./view/route.js";
import { showSetup } from "./view/setup.js";
import { showTamper } from "./view/tamper.js";
import { showTrust } from "./view/trust.js";

let asked;
let state;
let worker;

/** Opens the page; the client starts before the whole document is there. */
export function openPage() {
  asked = read(location);
  // The document names it as a preload. Whoever has no checkpoint yet wants it on the next page.
  const module = fetch(new URL("./generated/rpp_wasm_bg.wasm", import.meta.url));
  module.catch(() => {});
  addEventListener("hashchange", () => location.reload());
  whenParsed(() => {
    put("host", asked.host);
    document.querySelector(".skip").addEventListener("click", skip);
  });
  begin(module);
}

function begin(module) {
  let checkpoint;
  try {
    checkpoint = asked.checkpoint && parseCheckpoint(asked.checkpoint);
  } catch (error) {
    return whenParsed(() => showSetup(asked, goTo, error));
  }
  if (!checkpoint) return whenParsed(() => showSetup(asked, goTo));
  state = initial(checkpoint);
  const { host: url, everyMs, maxHeadAgeMs } = asked;
  const options = { url, checkpoint, maxHeadAgeMs, follow: { everyMs }, module, worker: newWorker };
  const starting = LightClient.start(options);
  starting.catch(() => {});
  whenParsed(() => {
    byId("wallet").hidden = false;
    byId("tamper").addEventListener("click", tamper);
    byId("forget").addEventListener("click", () => goTo({ ...asked, checkpoint: "" }));
    showTrust(asked);
    follow(starting);
  });
}

async function follow(starting) {
  const ticking = setInterval(() => show(), TICK_MS);
  let client;
  try {
    client = await starting;
  } catch (error) {
    clearInterval(ticking);
    return showSetup(asked, goTo, error);
  }
  const ask = async () => {
    const status = await client.status().catch(() => undefined);
    if (status) take({ type: "status", status });
  };
  setInterval(ask, STATUS_MS);
  for await (const event of client.events()) {
    take(event);
    if (event.type === "verified") ask();
  }
}

/** The package's worker, in this same script, with a switch for one lie; where it crashes the client makes another. */
function newWorker() {
  worker = new Worker(import.meta.url, { type: "module" });
  worker.addEventListener("message", ({ data }) => {
    if (data?.demo === "flipped") take({ ...data, type: "flipped" });
  });
  return worker;
}

function tamper() {
  if (byId("tamper").getAttribute("aria-disabled") === "true") return;
  worker?.postMessage({ demo: "tamper" });
  take({ type: "armed" });
}

function take(event) {
  state = next(state, event, Date.now());
  show();
}

function show() {
  const now = Date.now();
  document.body.dataset.condition = condition(state);
  document.body.dataset.stale = isStale(state.head);
  showNotice(state, now);
  showHead(state, now);
  showChecked(state);
  showRoute(state);
  showLog(state);
  showTamper(state);
  announce(now);
}

/** Moves on to what the page is about, and leaves the checkpoint in the address. */
function skip(event) {
  event.preventDefault();
  byId("main").focus();
}

/** A page has one client for its life: another checkpoint is another page. */
function goTo(place) {
  const fragment = write(place, location);
  if (fragment === location.hash) location.reload();
  else location.hash = fragment;
}

/** Calls `work` when the whole document is there: this script may be faster. */
function whenParsed(work) {
  if (document.readyState !== "loading") return work();
  document.addEventListener("DOMContentLoaded", work, { once: true });
}

const TICK_MS = 500;
const STATUS_MS = 1_000;
