// The switch that makes the network lie once, and what became of it.
import { count } from "../words.js";
import { byId, onChange, pick, put } from "./dom.js";

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
  }
  pick("tamper-state", step);
  const { height, at, length, error, verdict } = tamper;
  put("flipped-byte", count(at));
  put("flipped-length", count(length));
  put("flipped-height", count(height));
  put("flipped-code", error?.code);
  put("flipped-message", error?.message);
  put("recovered-height", count(verdict?.statement.height));
});

const STEPS = ["armed", "flipped", "refused", "recovered"];
