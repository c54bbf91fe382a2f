import { frozen } from "../frozen.js";
import { evidenceOf } from "../verified-account.js";
import { fileOf, hashOf, keyIdOf, keyOptions, paymentOf, text, u32, u64 } from "./arguments.js";
import { askToKeep, isKept } from "./persistence.js";

/** Makes, keeps and uses the key of an account: checks what it is given, and does one call after the other. */
export class Wallet {
  #port;
  #last = Promise.resolve();

  /** `port` leads to an `Engine`. */
  constructor(port) {
    this.#port = port;
  }

  async isStored() {
    return this.#call("isStored");
  }

  async generate(options) {
    const { chainId, treeHeight, ...more } = keyOptions(options);
    return this.#call("generate", [chainId, treeHeight], more);
  }

  async create(key, passphrase) {
    const given = [keyIdOf(key), text(passphrase, "passphrase")];
    askToKeep();
    await this.#call("create", given);
  }

  async open(passphrase) {
    await this.#call("open", [text(passphrase, "passphrase")]);
  }

  async restore(words, account, passphrase, options) {
    const given = [text(words, "words"), u32(account, "account"), text(passphrase, "passphrase")];
    const { chainId, treeHeight, ...more } = keyOptions(options);
    askToKeep();
    await this.#call("restore", [...given, chainId, treeHeight], more);
  }

  async import(file, passphrase, account) {
    const number = account === undefined ? undefined : u32(account, "account");
    const given = [fileOf(file), text(passphrase, "passphrase"), number];
    askToKeep();
    await this.#call("importCopy", given);
  }

  async status() {
    const [status, persisted] = await Promise.all([this.#call("status"), isKept()]);
    return Object.freeze({ ...status, persisted });
  }

  async pending() {
    return this.#call("pending");
  }

  async settle(seen) {
    return this.#call("settle", [evidenceOf(seen)]);
  }

  async vouchForAccount(account) {
    await this.#call("vouchForAccount", [u32(account, "account")]);
  }

  async register() {
    return this.#call("register");
  }

  async transfer(seen, payment) {
    return this.#call("transfer", [evidenceOf(seen), ...paymentOf(payment)]);
  }

  async rekey(seen, key, fee) {
    return this.#call("rekey", [evidenceOf(seen), keyIdOf(key), u64(fee, "fee")]);
  }

  async rekeyAgain(seen, fee) {
    return this.#call("rekeyAgain", [evidenceOf(seen), u64(fee, "fee")]);
  }

  async abandon(hash) {
    await this.#call("abandon", [hashOf(hash)]);
  }

  async changePassphrase(passphrase) {
    await this.#call("changePassphrase", [text(passphrase, "passphrase")]);
  }

  async copy() {
    return this.#call("copy");
  }

  async close() {
    await this.#port.close();
  }

  /** Calls the engine once all calls before have been answered: a signer does one thing at a time. */
  #call(name, given = [], more = {}) {
    const answered = this.#last.then(async () => frozen(await this.#port.call(name, given, more)));
    this.#last = answered.catch(() => {});
    return answered;
  }
}
