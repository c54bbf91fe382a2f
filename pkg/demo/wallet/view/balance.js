// The balance, and what it is proven by.
import { byId, onChange, put } from "../../view/dom.js";
import { count, duration, share, short } from "../../words.js";
import { say } from "./problem.js";

/** Shows what the newest look at the account found; its age grows between looks. */
export function showBalance({ seen, verdict, status, fault }, nowMs) {
  showFault(fault?.code ?? "", fault, seen);
  const { account } = seen ?? {};
  byId("proof").hidden = !seen;
  if (!seen) {
    put("balance", "–");
    put("balance-unit", "");
    put("balance-proof", "Not proven yet.");
    return;
  }
  put("balance", account ? count(account.balance) : "–");
  put("balance-unit", account ? (account.balance === 1n ? "unit" : "units") : "no account");
  put("balance-proof", `Proven by block ${count(seen.height)}, made ${duration(nowMs - seen.timestampMs)} ago. ${since(verdict, seen)}`);
  put("proof-height", count(seen.height));
  putHash("proof-hash", seen.headerHash);
  put("proof-signed", signedBy(verdict, seen));
  put("proof-path", "32 hashes lead from it to the state root in that header; checked here");
  put("proof-since", checkedSince(verdict));
  putHash("proof-key", account?.keyId ?? "–");
  if (!status) return;
  put("proof-leaves", count(status.leaves.left));
  put("proof-kept", KEPT[String(status.persisted)]);
}

function since({ transitionsSince }, { height }) {
  if (transitionsSince === null || transitionsSince > height) return "";
  return `What each block did is proven from block ${count(transitionsSince)} on.`;
}

function signedBy({ statement, starkBits }, { headerHash }) {
  if (statement.headerHash !== headerHash) return "Validators with more than two thirds of the power";
  const { signedPower, totalPower } = statement;
  return `Validators with ${share(signedPower, totalPower)} of the power; STARK of ${starkBits} bits, checked here`;
}

/** From which block on a `state` proof of each was verified by this page. */
export function checkedSince({ statement: { height }, transitionsSince }) {
  if (transitionsSince === null) return "Not yet: the page has just begun";
  if (transitionsSince >= height) return `Block ${count(height)}: its proof was verified here`;
  return `Every block from ${count(transitionsSince)} to ${count(height)}: the proof of each was verified here`;
}

function putHash(id, hash) {
  put(id, hash.length > 20 ? short(hash) : hash);
  byId(id).title = hash;
}

/** The first time that something goes wrong it is said, and not again with each block. */
const showFault = onChange((code, fault, seen) => {
  const place = byId("balance-fault");
  place.hidden = code === "";
  if (fault) say(place, fault, seen ? ` The balance stays that of block ${count(seen.height)}.` : "");
});

const KEPT = {
  true: "Until you clear this site’s data",
  false: "Unless space runs short: then only the words and the number help",
  null: "It does not say for how long",
};
