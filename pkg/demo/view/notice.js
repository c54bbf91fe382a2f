// One sentence on where this wallet stands, and some on what that means.
import { condition } from "../model.js";
import { pick, put } from "./dom.js";

/** Shows the sentences: those of index.html, and between them what is wrong. */
export function showNotice(state, nowMs) {
  const { head, fault } = state;
  const is = condition(state);
  pick("notice", is);
  pick("notice-more", is === "proven" && head.step === "stored" ? "stored" : is);
  put("notice-detail", fault ? SAID[is].map((words) => words(fault, head, nowMs)).join(" ") : "");
}

const code = ({ error: { code, message } }) => `Code ${code}: ${message}.`;

const soFar = (_, head) => (head ? `The head stays at block ${head.statement.height}.` : "Nothing is proven yet.");

function retry({ retryAtMs }, _, nowMs) {
  const left = Math.ceil((retryAtMs - nowMs) / 1000);
  return left > 0 ? `Next try in ${left} s.` : "Trying again.";
}

const SAID = { refused: [code, soFar, retry], away: [soFar, retry], stopped: [code], crashed: [code, soFar] };
