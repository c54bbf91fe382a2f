import { STOPPED, stateOf } from "./memory-store.js";

/**
 * What every start asks for, asked while the module still compiles: the stored state, and the
 * host's first two answers: its head, and `ahead`, which is what the pin is about.
 *
 * Nothing is decided here. The session asks for the same and judges it; what it does not ask for
 * is dropped.
 */
export class HeadStart {
  #state;

  constructor({ store, key, ahead, transport }) {
    this.#state = (async () => stateOf(await store.load(key)))();
    const begin = (state) => {
      // A client that is stopped asks nobody anything.
      if (state?.height === STOPPED) return;
      transport.begin(HEAD, { cache: cacheOf(HEAD), accept: BLOCK });
      // Whoever goes on from stored state has no need of the checkpoint's block, and asks for newer roots than the pin's.
      if (state === undefined && ahead) transport.begin(ahead, { cache: cacheOf(ahead), accept: BLOCK });
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

/** Returns fetch's `cache` for a path: what is newest is asked for anew. */
export const cacheOf = (path) => (/^\/v1\/(head|setup)/.test(path) ? "no-cache" : "default");

const HEAD = "/v1/head";
/** What a session accepts for these: see `accept` in what it needs. */
const BLOCK = "application/vnd.rpp.block";
