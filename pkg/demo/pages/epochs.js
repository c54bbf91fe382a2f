// How often a validator has voted, epoch by epoch, as plain data: only what is verified has a number.

/** The most epochs that are asked about, the newest ones. */
export const MOST = 8;

/** Returns the epochs that are over by the block at `height`, newest first and not more than [`MOST`]. */
export function over(height, epochLength) {
  const count = Math.floor(height / epochLength);
  return Array.from({ length: Math.min(count, MOST) }, (_, i) => count - 1 - i);
}

/** Returns the entries of these epochs, of which some may be known. */
export const listed = (epochs, entries) =>
  epochs.map((epoch) => entries.find((entry) => entry.epoch === epoch) ?? { epoch, step: "waiting" });

/** The entry of an epoch that is being asked about; what was found before stays until there is an answer. */
export const asking = (entry) => ({ ...entry, isAsked: true });

/** Takes what `client.uptime()` resolved to. */
export function verified({ epoch }, { signed, first, last, keyId, headerHash, starkBits }) {
  return { epoch, step: "verified", signed, blocks: last - first + 1, first, last, keyId, headerHash, starkBits };
}

/** Takes what it rejected with. */
export function failed({ epoch, step }, error) {
  const { code, hostCode, message, transient } = error;
  // While one client takes over from another there is nobody to ask.
  if (STARTING.has(code)) return { epoch, step };
  const known = { epoch, code: hostCode ?? code, message };
  if (hostCode === "not-proven-yet") return { ...known, step: "making" };
  if (FINAL.has(hostCode)) return { ...known, step: "unknown" };
  return { ...known, step: transient ? "trouble" : isLie(error) ? "refused" : "impossible" };
}

/** Whether it is asked about again. */
export const isOpen = ({ step }) => step !== "verified" && step !== "unknown" && step !== "impossible";

/** Returns a sentence on how far the page has come. */
export function progress(entries) {
  if (entries.length === 0) return "No epoch is over yet. The first one is shown when it is.";
  const counted = (step) => entries.filter((entry) => entry.step === step).length;
  const done = counted("verified");
  const said = [`${done} of ${entries.length} ${entries.length === 1 ? "epoch" : "epochs"} verified.`];
  // What is asked again is not announced again.
  const asked = entries.find(({ isAsked, step }) => isAsked && step === "waiting");
  if (counted("making") > 0) said.push(`The host is making ${counted("making") === 1 ? "a proof" : `${counted("making")} proofs`}.`);
  if (asked) said.push(`Asking about epoch ${asked.epoch}.`);
  if (counted("refused") > 0) said.push(`${counted("refused")} refused: what the host said does not hold.`);
  return said.join(" ");
}

/** Returns how an epoch's number is known, or why there is none, in words. */
export function known({ step, code, starkBits, epoch }) {
  switch (step) {
    case "verified":
      return `Verified here: STARK of ${starkBits} bits`;
    case "making":
      return "The host is making its proof.";
    case "unknown":
      return UNKNOWN[code];
    case "trouble":
      return code === "too-many-proofs" || code === "busy" ? "The host is busy, it says. It is asked again." : `The host could not be asked (${code}). It is asked again.`;
    case "refused":
      return `Refused (${code}): what the host said does not hold. It is asked again.`;
    case "impossible":
      return `Epoch ${epoch} cannot be asked about (${code}).`;
    default:
      return "Not asked yet.";
  }
}

const isLie = ({ name }) => LIES.has(name);
const LIES = new Set(["ClaimError", "VerifyError", "HeaderError", "DecodeError", "AnswerError"]);
const STARTING = new Set(["closed", "no-head"]);
const UNKNOWN = {
  "votes-unknown": "The host does not have the votes of this epoch, it says: an earlier release saved a block of it.",
  "unknown-validator": "The set of this epoch has no such validator, the host says.",
};
const FINAL = new Set(Object.keys(UNKNOWN));
