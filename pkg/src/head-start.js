import { stateOf } from "./memory-store.js";

/**
 * What every start asks for, asked while the module still compiles: the stored state, and the
 * host's first two answers.
 *
 * Nothing is decided here. The session asks for the same and judges it; what it does not ask for
 * is dropped.
 */
export class HeadStart {
  #state;

  constructor({ store, key, transport }) {
    this.#state = (async () => stateOf(await store.load(key)))();
    const begin = (state) => {
      // A client that is stopped asks nobody anything.
      if (state?.height === STOPPED) return;
      transport.begin("/v1/head", { cache: "no-cache", accept: BLOCK });
      // Whoever goes on from stored state has no need of the checkpoint's block.
      if (state === undefined) transport.begin(`/v1/blocks/${key.split(":", 1)}`, { accept: BLOCK });
    };
    this.#state.catch(() => {}).then(begin).catch(() => {});
  }

  /** Returns the stored state the first time, and `undefined` from then on. */
  state() {
    const state = this.#state;
    this.#state = undefined;
    return state;
  }
}

/** The height under which the state of a stopped client is kept: no other tab is to write over what has stopped it. */
export const STOPPED = 2 ** 32 - 1;

/** What a session accepts for these two: see `accept` in what it needs. */
const BLOCK = "application/vnd.rpp.block";
