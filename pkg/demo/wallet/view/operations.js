// The list of operations, newest first; those that are proven are one line.
import { read } from "../../address.js";
import { beside } from "../../place.js";
import { byId, make, onChange } from "../../view/dom.js";
import { clock } from "../../words.js";
import { say } from "./problem.js";
import { deed, remark, standingOf, stepsOf } from "./steps.js";

/** Shows the list. */
export function showOperations({ entries }) {
  draw(entries);
}

const draw = onChange((entries) => {
  if (entries.length === 0) return;
  const focused = document.activeElement?.closest("#operations details")?.dataset.hash;
  const open = new Set([...document.querySelectorAll("#operations [open]")].map(({ dataset }) => dataset.hash));
  byId("operations").replaceChildren(...entries.map((entry) => line(entry, open.has(entry.hash))));
  document.querySelector(`#operations [data-hash="${focused}"] summary`)?.focus();
});

function line(entry, isOpen) {
  const { hash, kind, atMs, step, advice, ended } = entry;
  const summary = make(
    "summary",
    {},
    make("time", { datetime: new Date(atMs).toISOString() }, clock(atMs)),
    make("span", { class: "word" }, standingOf(entry)),
    make("span", { class: "log-text" }, deed(entry)),
  );
  const more = [make("ol", { class: "steps" }, ...stepsOf(entry))];
  const note = remark(entry);
  if (note) more.push(make("p", { class: "hint" }, note));
  if (advice) {
    const fault = make("p", { class: "problem" });
    say(fault, advice);
    more.push(fault);
  }
  if (kind !== "received") more.push(make("p", { class: "hint" }, "Hash ", make("code", { class: "hash" }, hash)));
  if (entry.body && entry.headerHash) {
    const href = beside(read(location), { operation: hash });
    more.push(make("p", {}, make("a", { href }, "What shows that it was in its block")));
  }
  const attributes = { "data-hash": hash, ...(isOpen ? { open: "" } : {}) };
  return make("li", { "data-state": ended ?? step }, make("details", attributes, summary, ...more));
}
