import { Database } from "./database.js";
import { ConfigError } from "./errors.js";
import { isState, mayReplace } from "./memory-store.js";

/** Keeps state in the browser's IndexedDB, where tabs and workers of one origin share it. */
export class IndexedDbStore {
  #database;

  constructor(name = "rpp-light-client") {
    if (typeof name !== "string") throw new ConfigError("bad-option", "the name is not a string");
    this.name = name;
    this.#database = new Database(name, "states");
  }

  load(key) {
    return this.#exchange("readonly", key, () => {});
  }

  async save(key, state, instead) {
    let takes;
    await this.#exchange("readwrite", key, (kept, states) => {
      takes = mayReplace(state, kept, instead);
      if (takes) states.put(state, key);
    });
    return takes;
  }

  /** Reads and writes in one transaction. */
  #exchange(mode, key, write) {
    return this.#database.exchange(mode, (states, result) => {
      const reading = states.get(key);
      reading.onsuccess = () => {
        // What is there may have been written by anything on this origin.
        const kept = isState(reading.result) ? reading.result : undefined;
        result(kept);
        write(kept, states);
      };
    });
  }
}
