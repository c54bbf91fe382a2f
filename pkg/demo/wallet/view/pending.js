// The operation that is under way or was signed last, with what can be done about it.
import { byId, onChange, put } from "../../view/dom.js";
import { isOver } from "../operations.js";
import { say } from "./problem.js";
import { deed, remark, stepsOf, titleOf } from "./steps.js";

/** Shows it. */
export function showPending({ pending, watched, entries }) {
  const hash = pending?.hash ?? watched;
  const entry = entries.find((one) => one.hash === hash);
  if (!entry) return;
  draw(entry);
  const isPending = pending !== undefined;
  const isWaiting = isPending && (entry.step === "signed" || entry.step === "handed");
  const isStuck = isWaiting && (entry.step === "signed" || entry.advice !== undefined || STUCK.has(entry.said));
  const isRekey = entry.kind === "rekey";
  for (const id of ["send-again", "send-again-help"]) byId(id).hidden = !isWaiting;
  byId("send-again").classList.toggle("primary", isStuck);
  byId("rekey-again").hidden = !isStuck || !isRekey;
  // The wallet gives up payments only: nothing else can be done in place of the others.
  byId("abandon-begin").hidden = !isWaiting || entry.kind !== "transfer";
  byId("pending-done").hidden = isPending || !(isOver(entry) || entry.ended);
}

const draw = onChange((entry) => {
  const { advice } = entry;
  put("pending-title", titleOf(entry));
  put("pending-what", `${deed(entry)}.`);
  const steps = stepsOf(entry);
  byId("pending-steps").replaceChildren(...steps);
  byId("pending-fault").hidden = advice === undefined;
  if (advice) say(byId("pending-fault"), advice);
  put("pending-said", advice && !entry.ended ? "" : remark(entry));
  put("purse-said", steps.findLast(({ dataset }) => dataset.done === "true")?.textContent ?? "");
});

const STUCK = new Set(["dropped", "unknown"]);
