// How far an operation has come, as the steps of a list.
import { make } from "../../view/dom.js";
import { count, short } from "../../words.js";
import { units } from "../amount.js";
import { STEPS } from "../operations.js";

/** Returns what an operation does, in words. */
export function deed({ kind, to, amount, fee, index, newKeyId }) {
  switch (kind) {
    case "transfer":
      return `Pay ${units(amount)} to account ${to}, fee ${units(fee)}`;
    case "register":
      return `Register account ${index}`;
    case "rekey":
      return `Give account ${index} the key ${short(newKeyId)}, fee ${units(fee)}`;
    case "received":
      return `Received ${units(amount)}`;
    default:
      return `A gift of the faucet to account ${to}`;
  }
}

/** Returns the list's items: what is done, and what comes next. */
export function stepsOf(entry) {
  if (entry.kind === "received") {
    const text = `The proven balance after block ${count(entry.height)} is that much above the one before`;
    return [make("li", { "data-done": "true" }, text)];
  }
  const reached = STEPS.indexOf(entry.step);
  const own = entry.kind === "gift" ? STEPS.slice(1) : STEPS;
  return own.map((step) => {
    const place = STEPS.indexOf(step);
    const text = place <= reached ? DONE[step](entry) : OPEN[step];
    return make("li", { "data-step": step, "data-done": String(place <= reached) }, text);
  });
}

/** Returns one word for where an operation stands. */
export function standingOf({ step, ended, skipped, advice }) {
  if (ended) return ENDED[ended];
  if (skipped !== undefined) return "in a block";
  if (advice?.kind === "lie" && step !== "included") return "answer refused";
  return WORDS[step];
}

/** Returns the title of an operation that is shown alone. */
export function titleOf({ step, ended, skipped }) {
  if (ended) return TITLES[ended] ?? "Ended";
  if (step === "proven") return "Done, and proven";
  return step === "included" || skipped !== undefined ? "In a block" : "Under way";
}

/** Returns a sentence on an operation that is not simply on its way, or an empty text. */
export function remark({ ended, skipped, said, code, saidHeight, height, step }) {
  if (ended) return REMARKS[ended];
  if (skipped !== undefined) {
    return `What block ${count(height)} did was not checked by this page: it has checked every block from ${count(skipped)} on.`;
  }
  if (step === "included") return "The proof of what its block did comes next.";
  if (said === "ahead") return `Block ${count(saidHeight)} has it, the host says. That block is being verified.`;
  if (said === "pending") return "It waits for a block, the host says.";
  if (said === "dropped") return `The host dropped it by the rule ${code}, it says. Send it again: it cannot be taken twice.`;
  if (said === "unknown") return "The host does not have it, it says. Send it again: it cannot be taken twice.";
  return step === "signed" ? "Whether the host has it is not known yet." : "";
}

const DONE = {
  signed: () => "Signed, and kept in this browser",
  handed: () => "Handed in, the host says",
  included: ({ height, position }) =>
    `In block ${count(height)}, at place ${count(position + 1)}: shown by that block’s verified header`,
  proven: ({ height }) => `What block ${count(height)} did is proven: its state proof was verified here`,
};
const OPEN = {
  signed: "Signed",
  handed: "Handed in",
  included: "In a verified block",
  proven: "Proven with all that its block did",
};
const WORDS = { signed: "signed", handed: "handed in", included: "in a block", proven: "proven" };
const ENDED = { "given-up": "given up", taken: "number taken", passed: "taken or passed over", shown: "taken", given: "given, it says" };
const TITLES = { passed: "Taken, or passed over", shown: "Taken", "given-up": "Given up", taken: "Number taken" };
const REMARKS = {
  "given-up": "Given up, and not void yet: whoever has it can hand it in until a later operation of this account is in a block.",
  taken: "Somebody else has this number. Another one is drawn.",
  passed:
    "The account has gone on past it: this was taken, or another in its place, and the host shows no block that has it. Do not pay again before you have compared the balance.",
  shown:
    "The account in a proven block shows that just this was taken, though the host does not show its block. Do not do it again; open the page with another host to see it.",
  given: "The host says that this was the gift. What was received, if anything, stands beside it: the balance proves it.",
};
