import { ConfigError } from "./errors.js";
import { isNewer, isSame, isState } from "./memory-store.js";

/** Keeps state in the browser's IndexedDB, where tabs and workers of one origin share it. */
export class IndexedDbStore {
  #opened;

  constructor(name = "rpp-light-client") {
    if (typeof name !== "string") throw new ConfigError("bad-option", "the name is not a string");
    this.name = name;
  }

  load(key) {
    return this.#exchange("readonly", key, () => {});
  }

  async save(key, state) {
    await this.#exchange("readwrite", key, (kept, store) => {
      if (isNewer(state, kept)) store.put(state, key);
    });
  }

  async discard(key, state) {
    await this.#exchange("readwrite", key, (kept, store) => {
      if (isSame(state, kept)) store.delete(key);
    });
  }

  /**
   * Reads and writes in one transaction: the browser lets no other tab write in between.
   *
   * A connection that fails or does not answer is given up. Browsers lose connections without a word, and may
   * never answer the first `open()`.
   */
  async #exchange(mode, key, write) {
    for (let last = false; ; last = true) {
      const opened = (this.#opened ??= this.#open());
      const late = setTimeout(() => this.#giveUp(opened), PATIENCE_MS);
      try {
        return await exchanged(await opened, mode, key, write);
      } catch (error) {
        this.#giveUp(opened);
        // The connection was closed before: nothing has been tried.
        if (last || error?.name !== "InvalidStateError") throw error;
      } finally {
        clearTimeout(late);
      }
    }
  }

  /** Leaves a connection to who waits for it; whoever comes later opens another. */
  #giveUp(opened) {
    if (this.#opened === opened) this.#opened = undefined;
    opened.then((database) => database.close(), () => {});
  }

  #open() {
    const opened = new Promise((resolve, reject) => {
      const opening = indexedDB.open(this.name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(STATES);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const { result: database } = opening;
        // The user may clear the site's data at any time.
        database.onclose = database.onversionchange = () => this.#giveUp(opened);
        resolve(database);
      };
    });
    return opened;
  }
}

function exchanged(database, mode, key, write) {
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STATES, mode, { durability: "strict" });
    const store = transaction.objectStore(STATES);
    const reading = store.get(key);
    let kept;
    reading.onsuccess = () => {
      // What is there may have been written by anything on this origin.
      kept = isState(reading.result) ? reading.result : undefined;
      write(kept, store);
    };
    transaction.oncomplete = () => resolve(kept);
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
  });
}

const STATES = "states";
const PATIENCE_MS = 1_000;
