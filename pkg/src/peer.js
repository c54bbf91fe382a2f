import { fromPlain, toPlain } from "./errors.js";

/** Calls to and from the other side of a worker; errors arrive as what they were. */
export class Peer {
  #port;
  #handlers;
  #pending = new Map();
  #count = 0;

  constructor(port, handlers) {
    this.#port = port;
    this.#handlers = handlers;
    port.addEventListener("message", ({ data }) => this.#receive(data));
  }

  /** Calls the other side's handler `name`. */
  call(name, argument) {
    const id = (this.#count += 1);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      this.#port.postMessage({ call: name, id, argument });
    });
  }

  /** Rejects all calls that are not answered. */
  fail(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }

  async #receive({ call, id, argument, value, error }) {
    if (call === undefined) {
      const { resolve, reject } = this.#pending.get(id) ?? {};
      this.#pending.delete(id);
      if (error) reject?.(fromPlain(error));
      else resolve?.(value);
      return;
    }
    try {
      const value = await this.#handlers[call](argument);
      this.#port.postMessage({ id, value });
    } catch (thrown) {
      this.#port.postMessage({ id, error: toPlain(thrown) });
    }
  }
}
