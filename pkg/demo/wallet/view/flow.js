// What is done step by step: making a key, its words, and reviewing what is to be signed.
import { byId, make, onChange, put } from "../../view/dom.js";
import { count, short } from "../../words.js";
import { units } from "../amount.js";
import { mayStillBeTaken } from "../operations.js";
import { deed } from "./steps.js";

/** Shows the step. */
export function showFlow({ flow, seen, entries }) {
  const { step, done = 0, key, places, payment, receiver, fee } = flow ?? {};
  if (step === "making") {
    byId("making-progress").value = 100 * done;
    put("making-part", `${Math.floor(100 * done)} %`);
  }
  if (step === "restore") byId("restore-progress").value = 100 * done;
  // The words are in the document only while they are read.
  drawWords(step === "words" ? key.words : "");
  drawFields(step === "confirm" ? places : undefined);
  if (step === "rekey-review") {
    put("rekey-key", short(key.keyId));
    byId("rekey-key").title = key.keyId;
    put("rekey-review-fee", units(fee));
  }
  if (step === "review") showReview(payment, receiver, seen, entries);
  if (step === undefined) byId("remove-sure").checked = false;
}

const drawWords = onChange((words) => {
  const items = words === "" ? [] : words.split(" ").map((word) => make("li", {}, make("code", {}, word)));
  byId("words").replaceChildren(...items);
});

const drawFields = onChange((places = []) => {
  const fields = places.map((place, i) => {
    const id = `confirm-${i}`;
    const input = make("input", { id, autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: "" });
    return make("p", { class: "field" }, make("label", { for: id }, `Word ${place + 1}`), input);
  });
  byId("confirm-fields").replaceChildren(...fields);
});

function showReview({ to, amount, fee }, receiver, seen, entries) {
  put("review-to", to);
  const isOwn = to === seen.index;
  put("review-receiver", isOwn ? "This is your own account." : `It exists: block ${count(receiver.height)} shows it.`);
  put("review-amount", units(amount));
  put("review-fee", units(fee));
  put("review-total", units(isOwn ? fee : amount + fee));
  put("review-left", units(seen.account.balance - (isOwn ? fee : amount + fee)));
  const earlier = entries.find((entry) => mayStillBeTaken(entry, seen.account.nonce));
  byId("review-twice").hidden = !earlier;
  if (earlier) put("review-twice", `Something that you gave up may still be taken, as well as this: ${deed(earlier)}.`);
}
