// What went wrong, its code, and what to do next.
import { make } from "../../view/dom.js";

/** Puts an advice into an element, which is drawn as its kind: a lie otherwise than trouble. */
export function say(place, { kind, title, code, message, next }, after = "") {
  const parts = [
    make("strong", {}, title, " "),
    make("span", {}, make("code", {}, code), ` ${message}. `),
    make("span", { class: "next" }, `${next}${after}`),
  ];
  // What is there already is not read out again.
  if (place.textContent === parts.map(({ textContent }) => textContent).join("")) return;
  place.dataset.kind = kind;
  place.replaceChildren(...parts);
}
