import { bounded } from "./bounded.js";
import { reasonOf, StateError, toPlain } from "./errors.js";
import { compareRest, stateOf } from "./memory-store.js";

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
    this.#kept = undefined;
    this.#kept = await this.#bounded(async () => stateOf(await (headStart.state() ?? store.load(key))));
    return this.#kept;
  }

  /**
   * Stores `state` in the place of what was there, which may be higher: a setup may have revoked it. Resolves to whether
   * another client has stored there meanwhile what may not be forgotten.
   */
  async isOvertaken(state) {
    const { store, key } = this.#parts;
    const isKept = await this.#bounded(() => store.save(key, state, this.#kept));
    if (isKept !== false) {
      this.#kept = state;
      return false;
    }
    const kept = await this.load();
    return kept !== undefined && compareRest(kept, state) > 0;
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
