// The picture of the way: checkpoint, epoch ends, head, and the proof of each step.
import { parseCheckpoint } from "../../src/checkpoint.js";
import { count, millis, short, size } from "../words.js";
import { byId, make, onChange } from "./dom.js";

/** Draws the way to the head; it begins where the address says, or else where the setup does. */
export function showRoute({ route, status }, { root, checkpoint = status?.checkpoint }) {
  draw(route, checkpoint, root !== undefined);
}

const draw = onChange((route, checkpoint, isSigned) => {
  const { shown, left } = abridged(route);
  const nodes = checkpoint ? [anchor(parseCheckpoint(checkpoint), isSigned)] : [];
  if (left.length > 0) nodes.push(gap(left));
  shown.forEach((step, i) => {
    nodes.push(step.step === "span" ? span(step) : stop(step, i === shown.length - 1));
  });
  if (route.length === 0) nodes.push(unknown());
  byId("route").replaceChildren(...nodes);
}, 2);

/** The newest steps are drawn one by one; of those before, how many they are. */
function abridged(route) {
  const from = Math.max(0, route.length - MAX_STOPS);
  // A gap of one would take as much room as what it leaves out.
  const cut = from === 1 ? 0 : from;
  return { shown: route.slice(cut), left: route.slice(0, cut) };
}

function anchor({ height, hash }, isSigned) {
  const note = isSigned ? "Signed in the setup" : "You trust this one";
  return node("anchor", "Checkpoint", height, hash, note, undefined);
}

function gap(left) {
  const bytes = left.reduce((sum, { proofBytes }) => sum + proofBytes, 0);
  const epochs = left.reduce((sum, step) => sum + epochsOf(step), 0);
  const label = make("p", { class: "stop-name" }, `${count(epochs)} epochs`);
  const stored = left.some(({ step }) => step === "stored");
  const said = stored ? "each end proven, the first on an earlier visit" : "each end proven";
  const note = make("p", { class: "stop-note" }, said);
  const step = arrow(`${left.length} proofs`, size(bytes));
  return make("li", { class: "gap" }, step, make("div", { class: "stop" }, label, note));
}

/** Epochs whose ends were proven together: nothing is shown of their blocks, of which only the next head vouches. */
function span({ firstEpoch, lastEpoch, proofBytes }) {
  const label = make("p", { class: "stop-name" }, `Epochs ${count(firstEpoch)} to ${count(lastEpoch)}`);
  const note = make("p", { class: "stop-note" }, "every end signed, shown by one proof");
  return make("li", { class: "gap span" }, arrow("1 proof", size(proofBytes)), make("div", { class: "stop" }, label, note));
}

const epochsOf = ({ step, firstEpoch, lastEpoch }) => (step === "span" ? lastEpoch - firstEpoch + 1 : 1);

function stop(verdict, isLast) {
  const { statement, step, proofBytes, verifyMs, epoch, endsEpoch: ends } = verdict;
  const { height, headerHash } = statement;
  // On the way there, the newest block that is proven is not yet the head.
  const passed = ends ? `End of epoch ${epoch}` : "Head of an earlier visit";
  const name = isLast && step !== "hop" ? "Head" : passed;
  const note = ends ? `Names the validators of epoch ${epoch + 1}` : `In epoch ${epoch}`;
  const proof = step === "stored" ? arrow("earlier visit", "kept here") : arrow(size(proofBytes), millis(verifyMs));
  const kind = [isLast ? "last" : "hop", step === "stored" ? "stored" : ""].join(" ").trim();
  return node(kind, name, height, headerHash, note, proof);
}

function unknown() {
  const name = make("p", { class: "stop-name" }, "Head");
  const height = make("p", { class: "stop-height" }, "?");
  const note = make("p", { class: "stop-note" }, "Not proven yet");
  return make("li", { class: "unknown" }, arrow("proof", "on its way"), make("div", { class: "stop" }, name, height, note));
}

function node(kind, name, height, hash, note, proof) {
  const box = make(
    "div",
    { class: "stop" },
    make("p", { class: "stop-name" }, name),
    make("p", { class: "stop-height" }, count(height)),
    make("p", { class: "stop-hash", title: hash }, make("code", {}, short(hash))),
    make("p", { class: "stop-note" }, note),
  );
  return make("li", { class: kind }, ...(proof ? [proof] : []), box);
}

function arrow(first, second) {
  return make("p", { class: "arrow" }, make("span", {}, first), make("span", {}, second));
}

const MAX_STOPS = 4;
