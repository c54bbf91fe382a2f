import { isNewer, isSame } from "./memory-store.js";

/** Keeps state in the browser's IndexedDB, where tabs and workers of one origin share it. */
export class IndexedDbStore {
  #opened;

  constructor(name = "rpp-light-client") {
    this.name = name;
  }

  async load(key) {
    const store = (await this.#database()).transaction(STATES).objectStore(STATES);
    return wellFormed(await settled(store.get(key)));
  }

  save(key, state) {
    return this.#exchange(key, (kept, store) => isNewer(state, kept) && store.put(state, key));
  }

  discard(key, state) {
    return this.#exchange(key, (kept, store) => isSame(state, kept) && store.delete(key));
  }

  /** Reads and writes in one transaction: what another tab wrote in between is not lost. */
  async #exchange(key, write) {
    const database = await this.#database();
    const work = () =>
      new Promise((resolve, reject) => {
        const transaction = database.transaction(STATES, "readwrite", { durability: "strict" });
        transaction.oncomplete = () => resolve();
        transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
        const store = transaction.objectStore(STATES);
        const reading = store.get(key);
        reading.onsuccess = () => write(wellFormed(reading.result), store);
      });
    const { locks } = globalThis.navigator ?? {};
    // Insecure origins have no locks; the transaction alone keeps the order there.
    return locks ? locks.request(`${this.name}/${key}`, work) : work();
  }

  #database() {
    this.#opened ??= this.#open().catch((error) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open() {
    const opening = indexedDB.open(this.name, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STATES);
    const database = await settled(opening);
    const reopen = () => {
      this.#opened = undefined;
    };
    // The user may clear the site's data at any time.
    database.onclose = reopen;
    database.onversionchange = () => {
      database.close();
      reopen();
    };
    return database;
  }
}

// What is there may have been written by anything on this origin.
function wellFormed(state) {
  const whole = Number.isInteger(state?.height) && state.bytes instanceof Uint8Array;
  return whole ? state : undefined;
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const STATES = "states";
