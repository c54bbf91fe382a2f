// The part of the page that comes after its first head: what was checked, who signed the setup, the way there, the verdicts,
// how to cheat, the wallet, and the pages beside the head.
import { isSame, placeOf } from "./place.js";
import { offer, openKept } from "./purse.js";
import { showChecked } from "./view/checked.js";
import { showCloser } from "./view/closer.js";
import { byId } from "./view/dom.js";
import { showFault } from "./view/fault.js";
import { showLog } from "./view/log.js";
import { showRoute } from "./view/route.js";
import { showSigned } from "./view/signed.js";
import { showTamper } from "./view/tamper.js";
import { showTrust } from "./view/trust.js";

let page;
let hasHead = false;
let turning = Promise.resolve();

/** Prepares it for the `page`, which the wallet uses as well; `tamper` and `forget` are what its buttons do. */
export function begin({ tamper, forget, ...more }) {
  ({ page } = more);
  byId("tamper").addEventListener("click", () => {
    if (byId("tamper").getAttribute("aria-disabled") !== "true") tamper();
  });
  byId("forget").addEventListener("click", forget);
  showTrust(page.asked);
  offer(page);
}

/** Shows what is known. */
export function show(state, nowMs) {
  showFault(state, nowMs);
  showChecked(state);
  showSigned(state, nowMs);
  showRoute(state, page.asked);
  showLog(state);
  showTamper(state);
  showCloser(state, page.asked);
  if (!state.head || hasHead) return;
  hasHead = true;
  // A browser that has a key shows the wallet by itself, once there is a head: that comes first.
  openKept(page);
  if (Object.keys(placeOf(location)).length > 0) turn();
}

/** Turns to the page that the address names; returns whether it is one of the same client. */
export function turn() {
  if (!isSame(page.asked, location)) return false;
  const place = placeOf(location);
  turning = turning.then(async () => (await import("./pages.js")).open(page, place)).catch(failed);
  return true;
}

function failed({ message }) {
  byId("page").hidden = false;
  byId("page").textContent = `This page could not be loaded: ${message}. Reload it to try again.`;
}
