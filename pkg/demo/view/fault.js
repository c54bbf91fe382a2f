// What is wrong, in the sentences that the notice does not have ready.
import { put } from "./dom.js";

/** Shows them between those of index.html. */
export function showFault({ head, fault }, nowMs) {
  put("notice-detail", fault ? SAID[fault.kind].map((words) => words(fault, head, nowMs)).join(" ") : "");
}

const code = ({ error: { code, message } }) => `Code ${code}: ${message}.`;

const soFar = (_, head) => (head ? `The head stays at block ${head.statement.height}.` : "Nothing is proven yet.");

function retry({ retryAtMs }, _, nowMs) {
  const left = Math.ceil((retryAtMs - nowMs) / 1000);
  return left > 0 ? `Next try in ${left} s.` : "Trying again.";
}

const SAID = { refused: [code, soFar, retry], away: [soFar, retry], late: [code, soFar, retry], stopped: [code], crashed: [code, soFar] };
