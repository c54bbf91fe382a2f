import { Thread } from "../thread.js";

/** The way to an engine in a worker. */
export class ThreadPort {
  #thread;
  #told;

  /**
   * `make` returns the worker, and `module` is a promise of the compiled module. The worker opens the store itself where
   * that has a `name`, and asks for what it needs of `store` otherwise.
   */
  constructor({ make, module, timeoutMs, store, name }) {
    const handlers = {
      store: ({ method, given }) => store[method](...given),
      progress: (done) => this.#told?.(done),
    };
    const first = ["start", { store: name, timeoutMs }];
    this.#thread = new Thread({ make, module, timeoutMs, first, handlers });
  }

  begin() {
    return this.#thread.begin();
  }

  /** Calls the engine. A worker that makes a key hears nothing: it is ended where `signal` aborts. */
  async call(name, given, { onProgress, signal }) {
    signal?.throwIfAborted();
    this.#told = onProgress;
    const end = () => this.#thread.end(signal.reason);
    signal?.addEventListener("abort", end);
    try {
      return await this.#thread.call(name, given);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", end);
      this.#told = undefined;
    }
  }

  close() {
    return this.#thread.close();
  }
}
