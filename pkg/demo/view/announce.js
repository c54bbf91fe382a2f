// What a screen reader says: each change of condition at once, new heads now and then.
import { byId, put } from "./dom.js";

let condition;
let announcedMs = -Infinity;

/** Repeats the notice where it is time to. */
export function announce(nowMs) {
  const changed = document.body.dataset.condition !== condition;
  if (!changed && nowMs - announcedMs < QUIET_MS) return;
  condition = document.body.dataset.condition;
  announcedMs = nowMs;
  put("announce", byId(changed ? "notices" : "notice").innerText);
}

const QUIET_MS = 20_000;
