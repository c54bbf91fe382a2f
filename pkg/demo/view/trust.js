// What this page takes on somebody's word.
import { duration } from "../words.js";
import { byId, pick, put } from "./dom.js";

/** Says where the checkpoint came from. */
export function showTrust({ checkpoint, from, maxHeadAgeMs }) {
  pick("trust-from", from);
  put("trust-checkpoint", checkpoint);
  byId("trust-checkpoint").title = checkpoint;
  put("most-age", duration(maxHeadAgeMs));
}
