// The newest verified block, and how old it is.
import { isStale } from "../model.js";
import { count, duration, share, short } from "../words.js";
import { byId, onChange, put } from "./dom.js";

/** Shows the head; the age grows between heads. */
export function showHead({ head, status }, nowMs) {
  showBlock(head);
  if (!head) return;
  const { latestHeight } = status ?? {};
  // The status is a moment older than the head.
  if (latestHeight != null) put("latest", count(Math.max(latestHeight, head.statement.height)));
  put("age", `made ${duration(nowMs - head.timestampMs)} ago`);
  put("freshness", isStale(head) ? "out of date" : "fresh");
}

const showBlock = onChange((head) => {
  const { height, headerHash, slot, proposer, signedPower, totalPower } = head.statement;
  put("height", count(height));
  // What the notice says of it as well.
  put("proven-height", height);
  put("power", share(signedPower, totalPower));
  put("hash", short(headerHash));
  byId("hash").title = headerHash;
  put("epoch", `${head.epoch} (slot ${slot}, proposed by validator ${proposer})`);
  const seal = document.querySelector(".seal");
  // Drawn again for each head: a clone begins its animation anew.
  seal.replaceWith(seal.cloneNode(true));
});
