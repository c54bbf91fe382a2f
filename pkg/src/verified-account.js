import { ConfigError } from "./errors.js";

/**
 * What is at an account number, shown by a verified header. Only a client of this package makes one: a wallet signs by what
 * it says.
 */
export class VerifiedAccount {
  #evidence;

  constructor(secret, fields, evidence) {
    if (secret !== SECRET) throw new ConfigError("unverified-account", "only a light client makes verified accounts");
    this.#evidence = evidence;
    Object.freeze(Object.assign(this, fields, { account: fields.account && Object.freeze(fields.account) }));
  }

  /** Returns the bytes of the header, and those of the account's document under it. */
  static evidenceOf(account) {
    if (!(#evidence in Object(account))) {
      throw new ConfigError("unverified-account", "that is no account which a light client of this package verified");
    }
    return account.#evidence;
  }
}

/** Makes the account of what a session has verified: `fields` are public, `evidence` is `{ header, document }`. */
export const verifiedAccount = (fields, evidence) => new VerifiedAccount(SECRET, fields, evidence);

export const { evidenceOf } = VerifiedAccount;
delete VerifiedAccount.evidenceOf;

const SECRET = Symbol("only here");
