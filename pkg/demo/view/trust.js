// What this page takes on somebody's word.
import { duration } from "../words.js";
import { byId, pick, put } from "./dom.js";

/** Says where root or checkpoint came from. */
export function showTrust({ root, checkpoint, from, maxHeadAgeMs }) {
  const start = root ?? checkpoint;
  pick("trust-what", root ? "root" : "checkpoint");
  pick("trust-from", root ? "root" : from);
  put("trust-start", start);
  byId("trust-start").title = start;
  put("most-age", duration(maxHeadAgeMs));
}
