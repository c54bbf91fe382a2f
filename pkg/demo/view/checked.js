// What the newest proof shows, and how well.
import { count, millis, share, size } from "../words.js";
import { byId, onChange, pick, put } from "./dom.js";

/** Shows what was checked of the newest head. */
export function showChecked({ head, status }) {
  showVerdict(head);
  const spent = newest(status?.spent, head?.spent);
  if (spent === undefined) return;
  put("spent", size(spent.bytes));
  byId("spent").dataset.bytes = spent.bytes;
  put("spent-note", `downloaded in ${count(spent.requests)} answers`);
}

const showVerdict = onChange((head) => {
  const { signedPower, totalPower, height } = head.statement;
  pick("kind", head.step);
  put("proven-height", height);
  put("power", share(signedPower, totalPower));
  byId("power-fill").style.inlineSize = `${(100 * signedPower) / totalPower}%`;
  const said = `${count(signedPower)} of ${count(totalPower)} signed, more than two thirds needed`;
  byId("power-bar").setAttribute("aria-label", said);
  byId("power-bar").title = said;
  put("verify-ms", millis(head.verifyMs));
  put("proof-bytes", size(head.proofBytes));
  put("stark-bits", head.starkBits);
  put("hash-bits", head.hashBits);
});

function newest(one, other) {
  if (!one || !other) return one ?? other;
  return one.requests > other.requests ? one : other;
}
