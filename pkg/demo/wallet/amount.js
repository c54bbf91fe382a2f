// Amounts and account numbers, as people type and read them.
import { count } from "../words.js";

/** `1,000,000 units`, `1 unit`: no amount stands without it. */
export const units = (amount) => `${count(amount)} ${BigInt(amount) === 1n ? "unit" : "units"}`;

/** What somebody has to correct: `field` names the field, and the message says how. */
export class Correction extends Error {
  constructor(message, field) {
    super(message);
    this.field = field;
  }
}

/** Reads an amount: digits, in groups of three by commas or spaces or not at all. */
export function parseAmount(text, field, { least = 0n } = {}) {
  const typed = text.trim();
  if (typed === "") throw new Correction("Type how many units.", field);
  if (!GROUPED.test(typed)) throw new Correction("Whole units only, in digits, such as 12,500.", field);
  const amount = BigInt(typed.replace(SEPARATORS, ""));
  if (amount > MOST) throw new Correction(`No amount is above ${units(MOST)}.`, field);
  if (amount < least) throw new Correction(`At least ${units(least)}.`, field);
  return amount;
}

/** Reads the number of an account, which may be typed in groups as amounts are. */
export function parseAccount(text, field) {
  const given = text.trim();
  const typed = GROUPED.test(given) ? given.replace(SEPARATORS, "") : given;
  if (typed === "") throw new Correction("Type the number of the account.", field);
  if (!/^(0|[1-9]\d{0,9})$/.test(typed) || Number(typed) > MOST_ACCOUNT) {
    throw new Correction("An account number is 0 to 4294967295, in digits.", field);
  }
  return Number(typed);
}

/**
 * Groups the digits of a field while somebody types, and says where the caret goes; `undefined` leaves it as it is. A comma
 * or point that is typed is never dropped: 1,5 must not become 15.
 */
export function regrouped(text, caret, inserted) {
  if (inserted !== null && /[^\d]/.test(inserted)) return undefined;
  if (!/^[\d,]*$/.test(text)) return undefined;
  const before = text.slice(0, caret).replaceAll(",", "").length;
  const grouped = count(text.replaceAll(",", "").replace(/^0+(?=\d)/, ""));
  let at = 0;
  for (let seen = 0; at < grouped.length && seen < before; at += 1) if (grouped[at] !== ",") seen += 1;
  return { text: grouped, caret: at };
}

const MOST = 2n ** 64n - 1n;
const MOST_ACCOUNT = 2 ** 32 - 1;
const SEPARATORS = /[,\s]/g;
const GROUPED = /^(\d+|[1-9]\d{0,2}(,\d{3})+|[1-9]\d{0,2}(\s\d{3})+)$/;
