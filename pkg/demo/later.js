// The part of the page that comes after its first head: what was checked, the way there, the verdicts, and how to cheat.
import { showChecked } from "./view/checked.js";
import { byId } from "./view/dom.js";
import { showFault } from "./view/fault.js";
import { showLog } from "./view/log.js";
import { showRoute } from "./view/route.js";
import { showTamper } from "./view/tamper.js";
import { showTrust } from "./view/trust.js";

/** Prepares it; `tamper` and `forget` are what its buttons do. */
export function begin({ asked, tamper, forget }) {
  byId("tamper").addEventListener("click", () => {
    if (byId("tamper").getAttribute("aria-disabled") !== "true") tamper();
  });
  byId("forget").addEventListener("click", forget);
  showTrust(asked);
}

/** Shows what is known. */
export function show(state, nowMs) {
  showFault(state, nowMs);
  showChecked(state);
  showRoute(state);
  showLog(state);
  showTamper(state);
}
