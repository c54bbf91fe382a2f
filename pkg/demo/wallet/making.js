// Making a key step by step: the key, its words, and whether somebody has written them down.
import { Correction } from "./amount.js";
import { areRepeated, checkFee, placesToRepeat } from "./model.js";

/** Makes a key, for a new account or in place of the present key. */
export class Making {
  #parts;

  /** `parts` are the page, the wallet and the state as they are at that moment, `set` the state, and `complain`. */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Returns how a key is made, for the chain of the newest head. */
  options() {
    const { page, state } = this.#parts;
    const { chainId } = state().verdict.statement;
    return { chainId, treeHeight: page.asked.keyHeight, onProgress: (done) => this.#flow({ done }) };
  }

  /** Makes a key for a new account. The worker has nothing else: it ends where that is stopped. */
  forAccount() {
    return this.#make({ kind: "create" }, true);
  }

  /** Makes a key in place of the present one. The worker has that open: a key that is not wanted any more is left to it. */
  inPlace(fee) {
    checkFee(fee, this.#parts.state().seen);
    return this.#make({ kind: "rekey", fee }, false);
  }

  /** The words are written down: some of them are to be repeated. */
  wordsNoted() {
    this.#flow({ step: "confirm", places: placesToRepeat() });
  }

  wordsAgain() {
    this.#flow({ step: "words" });
  }

  confirm(typed) {
    const { state, set, complain } = this.#parts;
    const { kind, key, places } = state().flow;
    set({ problem: undefined });
    if (areRepeated(key.words, places, typed)) return this.#flow({ step: kind === "rekey" ? "rekey-review" : "passphrase" });
    complain("confirm", new Correction("Not all of them are right. Compare them with what you wrote down, or look at the words again."));
  }

  async #make(given, isEnded) {
    const { wallet, set, complain } = this.#parts;
    const stop = new AbortController();
    const { signal } = stop;
    set({ flow: { ...given, step: "making", done: 0, stop }, problem: undefined });
    const { onProgress, ...options } = this.options();
    const told = (done) => signal.aborted || onProgress(done);
    try {
      const key = await wallet().generate({ ...options, onProgress: told, signal: isEnded ? signal : undefined });
      if (!signal.aborted) this.#flow({ step: "words", key });
    } catch (error) {
      if (signal.aborted) return;
      const isRekey = given.kind === "rekey";
      set({ flow: isRekey ? { kind: "rekey", step: "rekey-begin" } : undefined });
      complain(isRekey ? "rekey" : "none", error);
    }
  }

  #flow(change) {
    const { state, set } = this.#parts;
    set({ flow: { ...state().flow, ...change }, problem: undefined });
  }
}
