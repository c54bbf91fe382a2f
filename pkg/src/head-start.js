import { parseCheckpoint } from "./checkpoint.js";

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
    this.#state = (async () => store.load(key))();
    transport.begin("/v1/head", { cache: "no-cache", accept: BLOCK });
    const { height } = parseCheckpoint(key);
    const block = () => transport.begin(`/v1/blocks/${height}`, { accept: BLOCK });
    // Whoever goes on from stored state has no need of the checkpoint's block.
    this.#state.then((state) => state === undefined && block(), block);
  }

  /** Returns the stored state the first time, and `undefined` from then on. */
  state() {
    const state = this.#state;
    this.#state = undefined;
    return state;
  }
}

/** What a session accepts for these two: see `accept` in what it needs. */
const BLOCK = "application/vnd.rpp.block";
