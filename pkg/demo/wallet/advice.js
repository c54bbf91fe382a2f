// What to say of a failure: whose it is, and what to do next. Trouble is never called a lie, nor a lie trouble.

/**
 * Returns what an error means to somebody who uses the wallet.
 *
 * `kind` is `lie` (what the host said does not hold), `trouble` (it could not be asked), `refusal` (it refuses, by its own
 * word), `local` (the key or this browser) or `crash`. `sending` is for what was to hand in an operation.
 */
export function adviceOf(error, sending = false) {
  const kind = kindOf(error);
  const { code = "internal", message = String(error), hostCode } = error ?? {};
  const next = known(hostCode) ?? known(code) ?? ((sending && NEXT_OF_SENDING[kind]) || NEXT_OF[kind]);
  return { kind, title: TITLES[kind], code: hostCode ?? code, message, next };
}

/** What to do about a code; a host may send any word. */
const known = (code) => (Object.hasOwn(NEXT, code) ? NEXT[code] : undefined);

/** Whether the host said something that does not hold; everything else may pass by itself. */
export const isLie = (error) => kindOf(error) === "lie";

function kindOf(error) {
  const { name, code, transient } = error ?? {};
  // A host that is busy or not ready says so with a code as well.
  if (code === "provider-refused") return "refusal";
  if (transient || name === "TransportError" || name === "ProblemError") return "trouble";
  if (LIES.has(name)) return "lie";
  if (name === "VerifierCrashError") return "crash";
  return "local";
}

const LIES = new Set(["ClaimError", "VerifyError", "HeaderError", "DecodeError", "AnswerError"]);

const TITLES = {
  lie: "The host’s answer was refused: it is not what the verified block shows.",
  trouble: "The host could not be asked.",
  refusal: "The host refuses this, it says.",
  local: "That did not work.",
  crash: "The verifier failed. This says nothing about the host.",
};

const NEXT_OF = {
  lie: "Nothing that you see here comes from that answer. The page asks again with the next block; if it goes on, open the page with another host.",
  trouble: "Nothing is lost. The page asks again with the next block.",
  refusal: "Wait for the next block, and try again.",
  local: "Try again; if it goes on, reload the page. What was signed is kept.",
  crash: "It is being replaced. Try again in a moment.",
};

const AGAIN = "Send it again: the same bytes cannot be taken twice.";
const NEXT_OF_SENDING = {
  lie: `Perhaps it has arrived, perhaps not. ${AGAIN} If it goes on, open the page with another host.`,
  trouble: `Perhaps it has arrived, perhaps not. ${AGAIN}`,
  refusal: AGAIN,
  local: AGAIN,
  crash: AGAIN,
};

const CHANGE_KEY = "Change the key: see “Key”.";
const WORDS = "Compare each word with what you wrote down.";
const NEXT = {
  "key-file-passphrase": "Try again: capitals and spaces count. Nobody can reset it. Without it, the 24 words and the account number are the way back.",
  "key-file-damaged": "It is left as it is. Restore from your 24 words in another browser, or remove this one first.",
  "key-file-memory": "Close other tabs, and try again.",
  "key-file-relocked": "The passphrase was changed in another tab. Lock, and unlock with the new one.",
  "signer-no-key": "The key was removed from this browser in another tab. Reload the page.",
  "signer-exists": "This browser has a key already, perhaps made in another tab. Reload the page to use it.",
  "signer-contended": "Another tab was quicker each time. Close it, or try again.",
  "signer-pending": "One operation is under way. It is shown above: wait for its block, or send it again.",
  "signer-unsettled": "A block has just shown what became of the operation before. Look at it, then try again.",
  "signer-overtaken": "Another tab has dealt with it. Look at what is under way before you begin again.",
  "signer-rekey-pending": "A change of key is under way, and cannot be given up. Send it again, or sign it again with a higher fee.",
  "signer-registration-pending": "The registration is still under way. Send it again: it costs nothing, and cannot be taken twice.",
  "signer-nothing-pending": "Nothing is under way any more. Look at the list of operations.",
  "signer-leaf-used": "Another tab may have signed at the same time. Look at what is under way.",
  "signer-nonce-used": "Wait for the next block, and try again.",
  "signer-nonce-past-end": "This account has done all that an account can: use another one.",
  "signer-same-key": "Make another key.",
  "signer-leaf-ahead": "Too much was signed that no block has taken. Wait until one has.",
  "signer-rekey-only": CHANGE_KEY,
  "signer-exhausted": CHANGE_KEY,
  "signer-restored": `A restored key may have signed elsewhere, so it only signs its own replacement. ${CHANGE_KEY}`,
  "signer-stale-account": "Wait until the host shows a fresh block.",
  "signer-future-account": "Check the clock of this device.",
  "signer-chain-id": "This key is for another chain.",
  "signer-no-account": "Register an account first.",
  "signer-registered": "The account is there already: wait for the next block.",
  "signer-account-unnamed": "Say which account is yours.",
  "signer-account-unproven": "Say whether this account is yours: anybody can give an account any key.",
  "signer-other-account": "Reload the page.",
  "signer-other-key": "Either the key of this account was changed since, or is not changed yet, or number and words do not belong together. Until a change of key is proven, the words before it count. Remove this key, and restore with what you wrote down last.",
  "signer-balance": "Choose a smaller amount or fee.",
  "words-count": "There have to be 24 words.",
  "words-unknown": WORDS,
  "words-checksum": `One of them is wrong, or two are swapped. ${WORDS}`,
  "conflicting-headers": "Two blocks are signed of which the chain can have one. Do not pay, and do not rely on what was paid, before you know which is right.",
  "no-head": "Wait for the next block.",
  closed: "Try again in a moment.",
  "wallet-closed": "Unlock it again.",
  "wallet-genesis": "Wait for the first block.",
  "wallet-key-gone": "Make the key again: the one that was made is lost, and has signed nothing.",
  "random-failed": "Restart the browser: it gives no random numbers, and without them no key is safe.",
  "storage-full": "Free some space on this device, and try again.",

  "operation-balance": "The balance is too small, with what waits already. Give it up, and send less.",
  "operation-unknown-receiver": "There is no such account. Check the number.",
  "operation-nonce-used": "Something else of this account was taken in its place. Wait for the next block, and look at the balance.",
  "operation-key": "Another key signs for this account by now. Was it changed in another browser?",
  "operation-taken": "Somebody has that number. The next block shows it, and another number is drawn.",
  "operation-conflict": "Another operation of this account waits in its place. Wait for the next block.",
  "operation-replaced": "It gave way to the same change with a higher fee. That one is shown above.",
  "operation-expired": "No block had room for it. Send it again: it is the same payment, and can be taken only once.",
  "operation-outbid": "Others paid more for the room. Send it again later: it is the same payment, and can be taken only once.",
  "pool-full": "Too much waits at the host. Send it again in a few seconds.",
  "no-faucet": "Ask somebody who has an account to send you something.",
  "faucet-empty": "Ask somebody who has an account to send you something.",
  "not-ready": "Try again in a few seconds.",
  busy: "Try again in a few seconds.",
};
