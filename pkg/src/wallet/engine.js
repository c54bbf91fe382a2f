import { instantiate } from "../../generated/wallet-glue.js";
import { bounded } from "../bounded.js";
import { ConfigError, fromModule, reasonOf, VerifierCrashError, WalletError } from "../errors.js";
import { keyFileOf } from "./key-file.js";
import { locked } from "./lock.js";

/**
 * The signer in an instance of its module, and its store. One call at a time: whoever calls waits for the one before.
 *
 * A crash drops the instance, and with it the opened key and new ones: the next call that needs a key says that none
 * is open.
 */
export class Engine {
  #module;
  #store;
  #timeoutMs;
  #make;
  #held;
  #closed = false;

  /** `module` is compiled; `store` has a name where others share it. */
  constructor({ module, store, timeoutMs }, make = instantiate) {
    this.#module = module;
    this.#store = store;
    this.#timeoutMs = timeoutMs;
    this.#make = make;
  }

  async isStored() {
    this.#checkOpen();
    try {
      return keyFileOf(await this.#ask((store) => store.load())) !== undefined;
    } catch (error) {
      throw new WalletError(isFull(error) ? "storage-full" : "storage-failed", `cannot read the key file: ${reasonOf(error)}`);
    }
  }

  /** Makes a key; `tell` is called some thirty times with the part that is done. */
  async generate(chainId, treeHeight, tell) {
    return this.#guard(({ NewKey, keys }) => {
      const key = NewKey.generate(chainId, treeHeight, parts(treeHeight, tell));
      const keyId = key.keyId();
      keys.set(keyId, key);
      forgetOldest(keys);
      return { keyId, words: key.words() };
    });
  }

  create(keyId, passphrase) {
    return this.#alone(({ wallet, keys }) => wallet.create(taken(keys, keyId), passphrase));
  }

  open(passphrase) {
    return this.#run(({ wallet }) => wallet.open(passphrase));
  }

  restore(words, account, passphrase, chainId, treeHeight, tell) {
    const told = parts(treeHeight, tell);
    return this.#alone(({ wallet }) => wallet.restore(words, account, passphrase, chainId, treeHeight, told));
  }

  importCopy(file, passphrase, account) {
    return this.#alone(({ wallet }) => wallet.importCopy(file, passphrase, account));
  }

  status() {
    return this.#run(({ wallet }) => wallet.status());
  }

  pending() {
    return this.#alone(({ wallet }) => wallet.pending());
  }

  settle({ header, document }) {
    return this.#alone(({ wallet }) => wallet.settle(header, document));
  }

  vouchForAccount(account) {
    return this.#alone(({ wallet }) => wallet.vouchForAccount(account));
  }

  register() {
    return this.#alone(({ wallet }) => wallet.register());
  }

  transfer({ header, document }, to, amount, fee) {
    return this.#alone(({ wallet }) => wallet.transfer(header, document, to, amount, fee));
  }

  rekey({ header, document }, keyId, fee) {
    return this.#alone(({ wallet, keys }) => wallet.rekey(header, document, taken(keys, keyId), fee, now()));
  }

  rekeyAgain({ header, document }, fee) {
    return this.#alone(({ wallet }) => wallet.rekeyAgain(header, document, fee, now()));
  }

  abandon(hash) {
    return this.#alone(({ wallet }) => wallet.abandon(hash));
  }

  changePassphrase(passphrase) {
    return this.#alone(({ wallet }) => wallet.changePassphrase(passphrase));
  }

  copy() {
    return this.#run(({ wallet }) => wallet.copy());
  }

  /** Erases the keys. */
  async close() {
    if (this.#closed) return;
    const held = this.#held;
    this.#closed = true;
    this.#held = undefined;
    try {
      for (const key of held?.keys.values() ?? []) key.free();
      held?.wallet.free();
    } catch {
      // It crashed: nothing in it can be reached any more.
    }
  }

  /** Does what `begin` begins, while no other tab does, where the browser can see to that. */
  #alone(begin) {
    return locked(this.#store.name, () => this.#run(begin));
  }

  /** Does what `begin` begins; what it needs of the store is asked for in between. */
  async #run(begin) {
    this.#guard(begin);
    for (;;) {
      const { need, value, before, after } = this.#guard(({ wallet }) => wallet.step());
      if (need === "nothing") return value;
      const answer = await (need === "load" ? this.#load() : this.#swap(before, after));
      this.#guard(({ wallet }) => answer(wallet));
    }
  }

  async #load() {
    try {
      const file = keyFileOf(await this.#ask((store) => store.load()));
      return (wallet) => wallet.loaded(file);
    } catch (error) {
      return failed(error);
    }
  }

  async #swap(before, after) {
    try {
      const isSaved = await this.#ask((store) => store.swap(before, after));
      if (typeof isSaved !== "boolean") throw new TypeError("the store did not say whether it replaced the file");
      return (wallet) => wallet.swapped(isSaved);
    } catch (error) {
      return failed(error);
    }
  }

  #ask(work) {
    const timeoutMs = this.#timeoutMs;
    const late = () => new Error(`no answer in ${timeoutMs} ms`);
    return bounded(() => work(this.#store), { timeoutMs, late });
  }

  /** Returns what `work` makes of the instance; whatever it throws is an `RppError`. */
  #guard(work) {
    this.#checkOpen();
    try {
      return work((this.#held ??= this.#instance()));
    } catch (thrown) {
      if (thrown instanceof WalletError) throw thrown;
      const error = fromModule(thrown, "wallet");
      if (error instanceof VerifierCrashError) this.#held = undefined;
      throw error;
    }
  }

  #instance() {
    const { NewKey, Wallet } = this.#make(this.#module);
    return { NewKey, wallet: new Wallet(), keys: new Map() };
  }

  #checkOpen() {
    if (this.#closed) throw new ConfigError("closed", "it has been closed");
  }
}

/** Returns what is called for each leaf, and tells of some thirty. */
function parts(treeHeight, tell) {
  const all = 2 ** treeHeight;
  let next = 0;
  return (done) => {
    if (done < next && done < all) return;
    next = done + all / PARTS;
    tell(Math.min(done / all, 1));
  };
}

/** Returns a new key, which is taken once. */
function taken(keys, keyId) {
  const key = keys.get(keyId);
  if (!key) throw new WalletError("wallet-key-gone", "this key is used, or was lost with the worker: make another");
  keys.delete(keyId);
  return key;
}

/** A key that nobody took is not kept for ever. */
function forgetOldest(keys) {
  for (const [keyId, key] of keys) {
    if (keys.size <= MOST_KEYS) return;
    keys.delete(keyId);
    key.free();
  }
}

function failed(error) {
  return (wallet) => wallet.failed(isFull(error), reasonOf(error));
}

const isFull = (error) => error?.name === "QuotaExceededError";
const now = () => BigInt(Date.now());
const PARTS = 30;
const MOST_KEYS = 4;
