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
  const [word, text] = KINDS[kind];
  return make(
    "li",
    { "data-kind": kind },
    make("time", { datetime: new Date(nowMs).toISOString() }, clock(nowMs)),
    make("span", { class: "word" }, word),
    make("span", { class: "log-text" }, ...text(entry)),
  );
}

const proven = ({ verdict: { statement, proofBytes, verifyMs } }) => [
  make("strong", {}, `Block ${count(statement.height)}`),
  ` ${size(proofBytes)}, ${millis(verifyMs)}`,
];
const failed = ({ error: { code, message } }) => [make("code", {}, code), `: ${message}`];

const KINDS = {
  head: ["proven", proven],
  hop: ["epoch", proven],
  stored: ["restored", proven],
  refused: ["refused", failed],
  away: ["away", failed],
  late: ["waiting", failed],
  crashed: ["crashed", failed],
  stopped: ["stopped", failed],
  stale: ["stale", ({ height }) => [`Block ${count(height ?? 0)} is out of date`]],
  "stored-state-refused": ["storage", failed],
  unsaved: ["unsaved", failed],
};
