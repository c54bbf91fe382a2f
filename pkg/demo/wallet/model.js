// What the wallet's part of the page knows, as plain data, and what it shows of that.
import { count } from "../words.js";
import { Correction, units } from "./amount.js";

/** Returns the state of a wallet that has not been looked at. */
export const initial = () => ({
  /** `waiting` for the first block, then `none`, `locked` or `open`. */
  phase: "waiting",
  /** What somebody is doing step by step: `{ kind, step, … }`. */
  flow: undefined,
  tab: "send",
  status: undefined,
  pending: undefined,
  /** Hash of the operation that was signed here last, until its owner has seen what became of it. */
  watched: undefined,
  seen: undefined,
  /** Why the account is not taken for the key's: `vouch` or `stranger`. */
  doubt: undefined,
  verdict: undefined,
  /** What went wrong when the account was asked for. */
  fault: undefined,
  /** What is being done, so that nothing is begun twice. */
  busy: undefined,
  /** What went wrong where: `{ where, advice }`. */
  problem: undefined,
  entries: [],
  /** Whether the owner has noted the account's number. */
  noted: true,
});

/** Returns the name of the panel to show. */
export function panelOf({ phase, flow }) {
  if (flow) return flow.step;
  return phase;
}

/** Returns the one thing to do next of an open wallet: what its first button does. */
export function nextOf({ status, pending, watched, seen, noted, doubt }) {
  if (!status) return "wait";
  if (doubt) return doubt;
  if (pending) return "pending";
  if (watched) return "watched";
  if (status.account === null) return "register";
  if (!seen) return "wait";
  if (seen.account === null) return "absent";
  if (status.standing === "restored" || status.leaves.kind === "rekey-only") return "rekey";
  if (!noted) return "note";
  if (seen.account.balance === 0n) return "faucet";
  return "send";
}

/** Returns what warns of an open wallet, the gravest first, or `undefined`. */
export function warningOf({ status, pending, doubt }) {
  if (!status || doubt || pending?.operation.kind === "rekey") return undefined;
  if (status.standing === "restored") return "restored";
  if (status.leaves.kind === "rekey-only") return "rekey-only";
  return status.leaves.kind === "low" ? "low" : undefined;
}

/** Checks a payment against what is proven, before anything is signed. */
export function checkPayment({ to, amount, fee }, { seen, receiver }) {
  const { balance } = seen.account;
  if (amount + fee > balance) {
    throw new Correction(`Amount and fee are more than the balance of ${units(balance)}.`, "send-amount");
  }
  if (receiver.account === null) {
    const shown = `Block ${count(receiver.height)} shows that there is no account ${to}.`;
    throw new Correction(`${shown} Check the number.`, "send-to");
  }
}

/** Checks the fee of a change of key against what is proven. */
export function checkFee(fee, { account: { balance } }) {
  if (fee > balance) throw new Correction(`The fee is more than the balance of ${units(balance)}.`, "rekey-fee");
}

/** Checks a new passphrase, which is typed twice. */
export function checkPassphrase(one, two, field) {
  if ([...one].length < SHORTEST) throw new Correction(`At least ${SHORTEST} characters.`, `${field}-one`);
  if (one !== two) throw new Correction("The two are not the same.", `${field}-two`);
}

/** Returns the places of the words that somebody has to repeat: three of 24, in order. */
export function placesToRepeat(random = Math.random) {
  const places = new Set();
  while (places.size < REPEATED) places.add(Math.floor(random() * WORDS));
  return [...places].sort((a, b) => a - b);
}

/** Whether these are the words at those places; neither case nor spaces count. */
export const areRepeated = (words, places, typed) =>
  places.every((place, i) => typed[i].trim().toLowerCase() === words.split(" ")[place]);

const REPEATED = 3;
const WORDS = 24;
const SHORTEST = 8;
