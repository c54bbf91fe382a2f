// What became of the wallet's operations, as plain data: each thing that is learned leads from one entry to the next.
import { encode } from "../base64.js";

/** How far an operation has come. What is not in this order has ended otherwise. */
export const STEPS = ["signed", "handed", "included", "proven"];

/** Returns the entry of an operation that was just signed, or of one that is found under way. */
export function entryOf({ hash, operation }, nowMs) {
  const { kind } = operation;
  const whole = Object.fromEntries(
    Object.entries(operation).map(([name, value]) => [name, typeof value === "bigint" ? `${value}` : value]),
  );
  return { hash, kind, ...whole, step: "signed", atMs: nowMs };
}

/** Returns the entry of a gift that the faucet says it has handed in. */
export const giftOf = (hash, to, nowMs) => ({ hash, kind: "gift", to, step: "handed", atMs: nowMs });

/**
 * Returns what others paid between two proven balances `{ nonce, balance }` of an account, all together: 0 where that cannot be
 * told, since it is not known which of its owner's operations was taken, and `undefined` while one of them is under way.
 */
export function receivedBetween(before, after, index, entries) {
  const own = entries.filter(({ kind }) => kind === "transfer" || kind === "rekey");
  if (own.some(({ step, ended }) => !ended && (step === "signed" || step === "handed"))) return undefined;
  // By their nonces, whenever it was noticed that they were taken: nonces only rise.
  const between = own.filter(({ nonce }) => nonce >= before.nonce && nonce < after.nonce);
  if (between.some((entry) => !isTaken(entry)) || before.nonce === undefined) return 0n;
  const spent = between.reduce((sum, entry) => sum + costOf(entry, index), 0n);
  return BigInt(after.balance) - BigInt(before.balance) + spent;
}

function costOf({ kind, to, amount, fee }, index) {
  return BigInt(fee) + (kind === "transfer" && to !== index ? BigInt(amount) : 0n);
}

/** Returns the entry of what others paid, which two proven balances show. */
export const receivedOf = (amount, height, nowMs) => ({
  hash: `received-${height}`,
  kind: "received",
  amount: `${amount}`,
  height,
  step: "proven",
  atMs: nowMs,
});

/** Keeps what is handed in: when its host has deleted it, whoever has it can still show that a block had it. */
export const keeping = (entry, bytes) => (entry.body ? entry : { ...entry, body: encode(bytes) });

/** The host has taken it. */
export const handed = (entry) => ({ ...cleared(entry), step: later(entry.step, "handed") });

/** Handing it in, or asking for it, went wrong; `advice` says how. */
export const failed = (entry, advice) => ({ ...entry, advice });

/** Its owner has given it up, though it stays valid until a higher nonce is taken; what was taken is not given up. */
export const givenUp = (entry) => (isTaken(entry) ? entry : { ...cleared(entry), ended: "given-up" });

/** Whether a verified block or account shows that it was taken. */
const isTaken = ({ step, ended }) => step === "included" || step === "proven" || ended === "shown";

/** Somebody else has the number that it was to register. */
export const taken = (entry) => ({ ...cleared(entry), ended: "taken" });

/** Takes what `client.operation()` resolved to. */
export function told(entry, said) {
  const { state, height, position, headerHash, code } = said;
  if (state !== "included" && entry.step === "included") {
    // It was in a block of another chain, or the host hides it now: what the account shows decides.
    const { height: _, position: __, headerHash: ___, skipped, ...before } = entry;
    return told({ ...before, step: "handed" }, said);
  }
  switch (state) {
    case "included":
      // That this hash is that of a gift, and to whom, is the host's word: what was received, the balance shows.
      if (entry.kind === "gift") return { ...cleared(entry), ended: "given" };
      return { ...cleared(entry), step: later(entry.step, "included"), ended: undefined, height, position, headerHash };
    case "ahead":
    case "pending":
      return { ...cleared(entry), step: later(entry.step, "handed"), said: state, saidHeight: height };
    case "dropped":
      return { ...cleared(entry), said: state, code };
    default:
      return { ...entry, said: state, code: undefined };
  }
}

/** Takes a head: what an operation's block did is proven where no block was taken without its proof since. */
export function checked(entry, { height, transitionsSince }) {
  if (entry.step !== "included" || entry.height > height) return entry;
  if (transitionsSince === null) return entry;
  if (transitionsSince > entry.height) return entry.skipped ? entry : { ...entry, skipped: transitionsSince };
  return { ...entry, step: "proven", skipped: undefined };
}

/** Whether nothing more is to be learned of it. */
export const isOver = ({ step, skipped, ended }) => step === "proven" || skipped !== undefined || OVER.has(ended);

const OVER = new Set(["taken", "given"]);

/**
 * Takes the account that a verified block shows, where the host shows no block that has the operation, whatever it says of it.
 *
 * If the account's nonce is the next one, just this operation was taken, since a whole key signs nothing else at its leaf. If it
 * has gone on further, this was taken, or something after it in its place. After a change of key the nonces begin anew for the
 * next key's leaves, and a change that names the present key was taken, be it this or the one signed before.
 */
export function passed(entry, seen, standing) {
  const { account, index, height } = seen ?? {};
  if (isTaken(entry) || !account || (entry.from ?? entry.index) !== index) return entry;
  const shown = { ...entry, ended: "shown", height };
  // Anybody can give the account this key, but not with a key offset of 0.
  if (entry.kind === "register") return account.keyId === entry.keyId && account.keyOffset === 0 ? shown : entry;
  const isRekey = entry.kind === "rekey";
  if (!(account.nonce > entry.nonce) && !(isRekey && account.keyId === entry.newKeyId)) return entry;
  // An account whose offset is its nonce has just changed its key.
  const hasChanged = account.keyOffset === account.nonce;
  const isOfIts = isRekey ? hasChanged && account.keyId === entry.newKeyId : !hasChanged;
  // What went wrong with asking is kept: it names the lie.
  if (standing === "whole" && isOfIts && account.nonce === entry.nonce + 1) return shown;
  return entry.ended === "passed" ? entry : { ...entry, ended: "passed" };
}

/** Whether the owner should know of it before paying again: it was given up, and may still be taken. */
export const mayStillBeTaken = (entry, nonce) =>
  entry.ended === "given-up" && !isTaken(entry) && entry.nonce >= nonce;

function cleared({ advice, said, saidHeight, code, ...entry }) {
  return entry;
}

const later = (one, other) => (STEPS.indexOf(one) > STEPS.indexOf(other) ? one : other);
