// What this page takes on somebody's word.
import { duration } from "../words.js";
import { byId, put } from "./dom.js";

/** Says where the checkpoint came from. */
export function showTrust({ checkpoint, from, maxHeadAgeMs }) {
  put("trust-from", FROM[from]);
  put("trust-checkpoint", checkpoint);
  byId("trust-checkpoint").title = checkpoint;
  put("trust-age", `this page calls a head out of date after ${duration(maxHeadAgeMs)}.`);
}

const FROM = {
  link: "It came with the link that opened this page: from whoever gave it to you.",
  host: "It is the genesis that the host itself showed, trusted by your click. A host that lied then is believed now.",
};
