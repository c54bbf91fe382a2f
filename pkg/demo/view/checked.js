// What the newest proof shows, and how well.
import { kindOf } from "../model.js";
import { count, millis, size } from "../words.js";
import { byId, onChange, pick, put } from "./dom.js";

/** Shows what was checked of the newest head. */
export function showChecked({ head, spent, spentBefore }) {
  showVerdict(head);
  const bytes = spentBefore.bytes + spent.bytes;
  if (bytes === 0n) return;
  put("spent", size(bytes));
  byId("spent").dataset.bytes = bytes;
  put("spent-note", `downloaded in ${count(spentBefore.requests + spent.requests)} answers`);
}

const showVerdict = onChange((head) => {
  const { signedPower, totalPower } = head.statement;
  pick("kind", kindOf(head));
  byId("power-fill").style.inlineSize = `${(100 * signedPower) / totalPower}%`;
  const said = `${count(signedPower)} of ${count(totalPower)} signed, more than two thirds needed`;
  byId("power-bar").setAttribute("aria-label", said);
  byId("power-bar").title = said;
  put("verify-ms", millis(head.verifyMs));
  put("proof-bytes", size(head.proofBytes));
  put("stark-bits", head.starkBits);
  put("hash-bits", head.hashBits);
});
