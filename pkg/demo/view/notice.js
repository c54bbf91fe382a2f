// One sentence on where this wallet stands, and one on what that means.
import { condition, isStale } from "../model.js";
import { duration, share } from "../words.js";
import { pick, put } from "./dom.js";

/** Shows the sentences. */
export function showNotice(state, asked, nowMs) {
  const [title, detail] = SENTENCES[condition(state)](state, asked, nowMs);
  put("notice", title);
  put("notice-detail", detail);
  pick("notice-more", condition(state));
}

const SENTENCES = {
  starting: (_, { host }) => [
    "Nothing is proven yet.",
    `Asking ${host} for its newest block and the proofs that lead there.`,
  ],

  proven({ head }) {
    const { height, signedPower, totalPower } = head.statement;
    const stored = head.step === "stored";
    return [
      `Block ${height} is proven.`,
      stored
        ? "It was this browser's head before, and its proof was just verified again. Asking for newer ones."
        : `Validators with ${share(signedPower, totalPower)} of the voting power signed it. This browser checked that itself.`,
    ];
  },

  stale({ head }, { maxHeadAgeMs }, nowMs) {
    const age = duration(nowMs - head.timestampMs);
    return [
      `Block ${head.statement.height} is proven, but out of date.`,
      `It was made ${age} ago, and this wallet accepts at most ${duration(maxHeadAgeMs)}. Either the chain has stopped, or the host hides what is newer.`,
    ];
  },

  refused({ head, fault }, _, nowMs) {
    return [
      "An answer from the host was refused.",
      `${sentence(fault.error)} ${soFar(head)} ${retry(fault, nowMs)}`,
    ];
  },

  away({ head, fault }, _, nowMs) {
    const title = "Host unreachable, showing what is proven so far.";
    const old = isStale(head) ? " That is out of date." : "";
    return [title, `${soFar(head)}${old} ${retry(fault, nowMs)}`];
  },

  stopped: ({ fault }) => ["Stopped: the validators signed two chains.", sentence(fault.error)],

  crashed({ head, fault }) {
    return [
      "The verifier failed, and is being replaced.",
      `This says nothing about the host. ${sentence(fault.error)} ${soFar(head)}`,
    ];
  },
};

const sentence = ({ code, message }) => `Code ${code}: ${message}.`;

const soFar = (head) =>
  head ? `The head stays at block ${head.statement.height}.` : "Nothing is proven yet.";

function retry({ retryAtMs }, nowMs) {
  const left = Math.ceil((retryAtMs - nowMs) / 1000);
  return left > 0 ? `Next try in ${left} s.` : "Trying again.";
}
