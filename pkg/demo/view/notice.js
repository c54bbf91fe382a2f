// One sentence on where this wallet stands, and some on what that means.
import { condition } from "../model.js";
import { pick } from "./dom.js";

/** Shows the sentences: those of index.html. */
export function showNotice(state) {
  const is = condition(state);
  pick("notice", is);
  pick("notice-more", is === "proven" && state.head.step === "stored" ? "stored" : is);
}
