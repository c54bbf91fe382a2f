// A module service worker: no dynamic import, no top-level await, no worker.
import { verifyFixture } from "./slim-check.js";

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("message", (event) => {
  const module = new URL("/package/generated/rpp_wasm_bg.wasm", location.href);
  event.waitUntil(verifyFixture(module).then((result) => event.source.postMessage(result)));
});
