// Starts the light client, and shows what it says.
import { LightClient } from "../index.js";

import { read, write } from "./address.js";
import { condition, initial, isStale, next } from "./model.js";
import { announce } from "./view/announce.js";
import { byId, put } from "./view/dom.js";
import { showHead } from "./view/head.js";
import { showNotice } from "./view/notice.js";

let asked;
let state;
let worker;
let running;
let later;
const listeners = new Set();

/** Opens the page; the client starts before the whole document is there. */
export function openPage() {
  asked = read(location);
  // The document names it as a preload. Whoever has nothing to start from yet wants it on the next page.
  const module = fetch(new URL("./generated/rpp_wasm_bg.wasm", import.meta.url));
  module.catch(() => {});
  // Another page of the same client, or another client.
  addEventListener("hashchange", () => later?.turn() || location.reload());
  whenParsed(() => {
    put("host", asked.host);
    document.querySelector(".skip").addEventListener("click", skip);
  });
  begin(module);
}

function begin(module) {
  if (!asked.root && !asked.checkpoint) return setUp();
  state = initial();
  launch(start({ follow: { everyMs: asked.everyMs }, module }));
  whenParsed(() => {
    byId("wallet").hidden = false;
    follow();
  });
}

/** Asks what to start from: only who has neither root nor checkpoint needs the form. */
async function setUp(error) {
  const { showSetup } = await import("./setup.js");
  whenParsed(() => showSetup(asked, goTo, error));
}

function start(options) {
  const { host: url, root, checkpoint, maxHeadAgeMs } = asked;
  return LightClient.start({ url, root, checkpoint, maxHeadAgeMs, worker: newWorker, ...options });
}

function launch(starting) {
  running = starting;
  // Whoever needs the client learns of it.
  running.catch(() => {});
}

async function follow() {
  const ticking = setInterval(() => show(), TICK_MS);
  try {
    relay(await running);
  } catch (error) {
    clearInterval(ticking);
    return setUp(error);
  }
  setInterval(ask, STATUS_MS);
  later = await import("./later.js");
  const listen = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const page = { asked, head: () => state.head, listen, client: () => running, replace };
  later.begin({ page, tamper, forget: () => goTo({ host: asked.host }) });
  show();
}

async function ask() {
  try {
    take({ type: "status", status: await (await running).status() });
  } catch {
    // Events say what is wrong.
  }
}

async function relay(client) {
  for await (const event of client.events()) {
    const { type, verdict } = event;
    // A client that takes over begins with the head of the one before.
    if (verdict?.step === "stored" && verdict.statement.headerHash === state.head?.statement.headerHash) continue;
    take(event);
    if (type === "verified") ask();
  }
}

/** Goes on with another client, from what the one before has stored. */
async function replace(options) {
  const before = running;
  const next = async () => {
    await (await before.catch(() => {}))?.close();
    take({ type: "restarted" });
    return start(options);
  };
  launch(next());
  try {
    relay(await running);
  } catch (error) {
    take({ type: "crashed", error });
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
  worker?.postMessage({ demo: "tamper" });
  take({ type: "armed" });
}

function take(event) {
  state = next(state, event, Date.now());
  show();
  for (const listener of listeners) listener(event);
}

function show() {
  const now = Date.now();
  document.body.dataset.condition = condition(state);
  document.body.dataset.stale = isStale(state.head);
  document.body.dataset.proven = Boolean(state.head);
  showNotice(state);
  showHead(state, now);
  later?.show(state, now);
  announce(now);
}

/** Moves on to what the page is about, and leaves the address as it is. */
function skip(event) {
  event.preventDefault();
  byId("main").focus();
}

/** A page has one client for its life: another start is another page. */
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
