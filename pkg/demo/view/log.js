// The latest verdicts, newest first.
import { clock, count, millis, size } from "../words.js";
import { byId, make, onChange } from "./dom.js";

/** Shows the latest verdicts. */
export function showLog({ log }) {
  draw(log);
}

const drawn = new Map();
const draw = onChange((log) => {
  if (log.length === 0) return;
  const lines = log.map((entry) => {
    if (!drawn.has(entry.id)) drawn.set(entry.id, line(entry));
    return drawn.get(entry.id);
  });
  for (const id of drawn.keys()) if (!log.some((entry) => entry.id === id)) drawn.delete(id);
  byId("log").replaceChildren(...lines);
});

function line(entry) {
  const { kind, nowMs } = entry;
  const { mark, word, text } = KINDS[kind];
  return make(
    "li",
    { "data-kind": kind },
    make("time", { datetime: new Date(nowMs).toISOString() }, clock(nowMs)),
    make("span", { class: `mark-${mark}` }, word),
    make("span", { class: "log-text" }, ...text(entry)),
  );
}

const proven = ({ verdict: { statement, proofBytes, verifyMs } }) => [
  make("strong", {}, `Block ${count(statement.height)}`),
  ` ${size(proofBytes)}, ${millis(verifyMs)}`,
];
const failed = ({ error: { code, message } }) => [make("code", {}, code), `: ${message}`];

const KINDS = {
  head: { mark: "good", word: "proven", text: proven },
  hop: { mark: "good", word: "epoch", text: proven },
  stored: { mark: "good", word: "restored", text: proven },
  refused: { mark: "bad", word: "refused", text: failed },
  away: { mark: "warn", word: "away", text: failed },
  crashed: { mark: "bad", word: "crashed", text: failed },
  stopped: { mark: "bad", word: "stopped", text: failed },
  stale: { mark: "warn", word: "stale", text: ({ height }) => [`Block ${count(height ?? 0)} is out of date`] },
  "stored-state-refused": { mark: "bad", word: "storage", text: failed },
  unsaved: { mark: "warn", word: "unsaved", text: failed },
};
