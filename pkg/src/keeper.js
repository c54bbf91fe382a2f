import { bounded } from "./bounded.js";
import { reasonOf, StateError, toPlain } from "./errors.js";
import { isSame, knows, stateOf } from "./memory-store.js";

/** Keeps a client's state in its store, which others may use as well. What it throws are `StateError`s. */
export class Keeper {
  #parts;
  /** What the store had last, as far as is known here. */
  #kept;

  /** `headStart` has begun to read. */
  constructor({ store, key, headStart, clock, timeoutMs }) {
    this.#parts = { store, key, headStart, clock, timeoutMs };
  }

  /** Resolves to what is stored. */
  async load() {
    const { store, key, headStart } = this.#parts;
    const kept = await this.#bounded(async () => stateOf(await (headStart.state() ?? store.load(key))));
    this.#kept = kept;
    return kept;
  }

  /**
   * Stores `state` in the place of what was there, which may be higher: a setup may have revoked it. Resolves to what another
   * client has stored there meanwhile, if that knows what `state` does not, and may not be forgotten; of a choice, whatever that is.
   */
  async save(state, isChoice = false) {
    const { store, key } = this.#parts;
    const before = this.#kept;
    const isKept = await this.#bounded(() => store.save(key, state, before));
    if (isKept !== false) {
      this.#kept = state;
      return undefined;
    }
    const kept = await this.load();
    if (kept === undefined || isSame(kept, before)) {
      throw new StateError("storage-failed", "the store does not replace what it was told to replace");
    }
    // What is there is not this client's to replace, unless it takes all of it.
    this.#kept = before;
    return isChoice || !knows(state, kept) ? kept : undefined;
  }

  /** Lets no lower state take the place of what was stored. */
  forget() {
    this.#kept = undefined;
  }

  /** Lets `state` replace what another client has stored, which it has taken. */
  took(kept, state) {
    if (!knows(state, kept)) throw new StateError("storage-failed", "it has what is of no use here");
    this.#kept = kept;
  }

  /** Bounds a store in time, and gives its failures a code. */
  async #bounded(work) {
    const { clock, timeoutMs } = this.#parts;
    const late = () => new StateError("storage-timeout", `no answer in ${timeoutMs} ms`);
    try {
      return await bounded(work, { clock, timeoutMs, late });
    } catch (cause) {
      if (cause instanceof StateError) throw cause;
      const { name, code: given } = toPlain(cause);
      const full = name === "QuotaExceededError" || given === "ENOSPC";
      const code = full ? "storage-full" : "storage-failed";
      throw new StateError(code, `storage failed: ${reasonOf(cause)}`, { cause });
    }
  }
}
