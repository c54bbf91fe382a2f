// What the newest proven block shows of the wallet's account and of its operations.
import { adviceOf } from "./advice.js";
import { recall, remember } from "./kept.js";
import { checked, failed, isOver, passed, receivedBetween, receivedOf, taken, told } from "./operations.js";

/** Looks at what each new block shows, one look at a time. */
export class Watcher {
  #parts;
  #looking;
  #isAsked = false;

  /**
   * `parts` are the page, the wallet, its history and its name as they are at that moment, `isOpen`, and what is to be
   * done: `set` the state, `read` the wallet's own, `tell` other tabs, `register` another number, and `close` a wallet that
   * has no open key.
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Looks; a look that is asked for meanwhile follows. */
  look() {
    this.#isAsked = true;
    this.#looking ??= this.#whileAsked().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #whileAsked() {
    const { isOpen, set, close } = this.#parts;
    while (this.#isAsked && isOpen()) {
      this.#isAsked = false;
      try {
        await this.#look();
        set({ fault: undefined });
      } catch (error) {
        if (error.code === "wallet-closed") close(error);
        else if (isOpen() && !STARTING.has(error.code)) set({ fault: adviceOf(error) });
      }
    }
  }

  async #look() {
    let { status, pending } = await this.#parts.read();
    const index = pending?.operation.kind === "register" ? pending.operation.index : status.account;
    let seen, isOwn;
    try {
      if (index !== null) {
        seen = await (await this.#client()).account(index);
        isOwn = await this.#settle(seen, pending);
        // What the account shows may have changed where the key stands.
        ({ status } = await this.#parts.read());
      }
    } finally {
      await this.#operations(seen, status);
    }
    if (isOwn && seen.account) await this.#received(seen);
  }

  /** Notes what others have paid since the balance that was noted last; one tab at a time does. */
  async #received({ index, height, account: { balance, nonce } }) {
    const { history, name, set } = this.#parts;
    const kept = `${name()}-balance`;
    // Browsers have locks on secure origins alone.
    const alone = (work) => navigator.locks?.request(kept, work) ?? work();
    await alone(() => {
      const before = recall(kept);
      const after = { index, height, nonce, balance: `${balance}` };
      if (before?.index !== index) return remember(kept, after);
      if (before.height >= height) return undefined;
      const amount = receivedBetween(before, after, index, history().entries);
      if (amount === undefined) return undefined;
      const entry = receivedOf(amount, height, Date.now());
      if (amount > 0n) history().update(entry.hash, (known) => known, () => entry);
      return remember(kept, after);
    });
    set({ entries: history().entries });
  }

  /** Takes note of an account; resolves to whether it is the key's. */
  async #settle(seen, pending) {
    const { wallet, set, read, tell, register } = this.#parts;
    let settled;
    try {
      settled = await wallet().settle(seen);
    } catch (error) {
      const doubt = DOUBTS.get(error.code);
      if (!doubt) throw error;
      set({ seen, doubt });
      return false;
    }
    set({ seen, doubt: undefined });
    if (settled !== "nothing" && settled !== "vacant") tell();
    if (settled !== "taken") return true;
    await read();
    this.#parts.history().update(pending.hash, taken);
    await register();
    return false;
  }

  async #operations(seen, status) {
    const { page, history, set } = this.#parts;
    const after = (entry) => passed(entry, seen, status?.standing);
    for (const { hash } of history().entries.filter((entry) => !isOver(entry))) {
      try {
        const state = await (await this.#client()).operation(hash);
        const { statement, transitionsSince } = page.head();
        const head = { height: statement.height, transitionsSince };
        // What was in a block of another chain is in none of this one: only this very answer counts.
        const isShown = state.state === "included";
        history().update(hash, (entry) => (isShown ? checked(told(entry, state), head) : after(told(entry, state))));
      } catch (error) {
        if (STARTING.has(error.code)) {
          history().update(hash, after);
          continue;
        }
        history().update(hash, (entry) => after(failed(entry, adviceOf(error, entry.step === "signed"))));
      }
    }
    set({ entries: history().entries });
  }

  #client() {
    return this.#parts.page.client();
  }
}

// What keeps a key from being used for an account, until its owner says more.
const DOUBTS = new Map([
  ["signer-account-unproven", "vouch"],
  ["signer-account-unnamed", "vouch"],
  ["signer-other-key", "stranger"],
]);

// While one client takes over from another there is nobody to ask: its first head leads to the next look.
const STARTING = new Set(["closed", "no-head"]);
