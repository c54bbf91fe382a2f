import { Engine } from "./engine.js";

/** The way to an engine in the caller's own thread, which a call keeps busy. */
export class LocalPort {
  #engine;

  constructor(parts) {
    this.#engine = new Engine(parts);
  }

  async call(name, given, { onProgress, signal }) {
    signal?.throwIfAborted();
    return this.#engine[name](...given, ...(onProgress ? [(done) => onProgress(done)] : []));
  }

  close() {
    return this.#engine.close();
  }
}
