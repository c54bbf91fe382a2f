// The part of the page that comes after its first head: what was checked, who signed the setup, the way there, the verdicts,
// how to cheat, and the wallet.
import { offer, openKept } from "./purse.js";
import { showChecked } from "./view/checked.js";
import { byId } from "./view/dom.js";
import { showFault } from "./view/fault.js";
import { showLog } from "./view/log.js";
import { showRoute } from "./view/route.js";
import { showSigned } from "./view/signed.js";
import { showTamper } from "./view/tamper.js";
import { showTrust } from "./view/trust.js";

let page;
let hasHead = false;

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
  // A browser that has a key shows the wallet by itself, once there is a head: that comes first.
  if (state.head && !hasHead) openKept(page);
  hasHead ||= state.head !== undefined;
}
