// The switch that makes the network lie once, and what became of it.
import { count } from "../words.js";
import { byId, onChange, pick } from "./dom.js";

/** Shows how far the lie has come. */
export function showTamper({ tamper }) {
  draw(tamper);
}

const draw = onChange((tamper) => {
  const { step } = tamper;
  const reached = STEPS.indexOf(step);
  // Not `disabled`, which would take the focus from whoever has just pressed it.
  byId("tamper").setAttribute("aria-disabled", String(reached >= 0 && step !== "recovered"));
  byId("tamper-steps").hidden = reached < 0;
  for (const item of byId("tamper-steps").children) {
    const place = STEPS.indexOf(item.dataset.step);
    item.hidden = place > reached;
    item.dataset.done = String(place < reached || step === "recovered");
    const text = TEXTS[item.dataset.step];
    if (place > 0 && place <= reached) item.replaceChildren(...text(tamper));
  }
  pick("tamper-state", step);
});

const code = (text) => Object.assign(document.createElement("code"), { textContent: text });

const STEPS = ["armed", "flipped", "refused", "recovered"];
const TEXTS = {
  flipped: ({ height, at, length }) => [
    `Byte ${count(at)} of ${count(length)} in the proof of block ${count(height)} was changed`,
  ],
  refused: ({ error }) => ["Refused: ", code(error.code), ` (${error.message})`],
  recovered: ({ verdict }) => [
    `Recovered by itself: block ${count(verdict.statement.height)} came with an honest proof`,
  ],
};
