import { isBytes } from "../bytes.js";
import { ConfigError } from "../errors.js";
import { isSameFile, keyFileOf } from "./key-file.js";

/**
 * Keeps the key file in the browser's IndexedDB, shared by all of an origin. Both calls are one transaction, and all that
 * is written is strictly durable: it completes once it is on the disk.
 */
export class IndexedDbSignerStore {
  #opened;
  // What is known to be on the disk: this object has written it, or seen to that.
  #durable;

  constructor(name = "rpp-wallet") {
    if (typeof name !== "string") throw new ConfigError("bad-option", "the name is not a string");
    this.name = name;
  }

  /**
   * Another tab may have written the file without waiting for the disk, or may still wait. So, unless it is known to be
   * there, something is written after it: browsers keep one log for a database, and what is strictly durable in it
   * makes durable what comes before. A transaction that writes nothing would not.
   */
  async load() {
    const file = keyFileOf(await this.#exchange("readonly", read));
    if (file === undefined || isSameFile(file, this.#durable)) return file;
    const flushed = await this.#exchange("readwrite", (store, result) => {
      store.put(Math.random(), TOUCHED);
      read(store, result);
    });
    return (this.#durable = keyFileOf(flushed));
  }

  async swap(before, after) {
    const file = new Uint8Array(after);
    const isSaved = await this.#exchange("readwrite", (store, result) => {
      read(store, (kept) => {
        // What is there may have been written by anything on this origin.
        const isSame = (kept === undefined || isBytes(kept)) && isSameFile(before, kept);
        if (isSame) store.put(file, FILE);
        result(isSame);
      });
    });
    if (isSaved) this.#durable = file;
    return isSaved;
  }

  /**
   * Does `work` in one transaction, which the browser keeps apart from those of other tabs.
   *
   * A connection that fails or does not answer is given up: browsers lose connections without a word. What was done
   * with it may have happened or not, and is not done again, but where it was closed before anything was tried.
   */
  async #exchange(mode, work) {
    for (let last = false; ; last = true) {
      const opened = (this.#opened ??= this.#open());
      const late = setTimeout(() => this.#giveUp(opened), PATIENCE_MS);
      try {
        const database = await opened;
        let transaction;
        try {
          transaction = database.transaction(FILES, mode, { durability: "strict" });
        } catch (error) {
          if (last || error?.name !== "InvalidStateError") throw error;
          this.#giveUp(opened);
          continue;
        }
        return await completed(transaction, work);
      } catch (error) {
        this.#giveUp(opened);
        throw error;
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
      opening.onupgradeneeded = () => opening.result.createObjectStore(FILES);
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

/** Resolves to what `work` gives as its result, once the transaction is complete. */
function completed(transaction, work) {
  return new Promise((resolve, reject) => {
    let value;
    transaction.oncomplete = () => resolve(value);
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    work(transaction.objectStore(FILES), (result) => (value = result));
  });
}

function read(store, result) {
  const reading = store.get(FILE);
  reading.onsuccess = () => result(reading.result);
}

const FILES = "files";
const FILE = "key";
const TOUCHED = "touched";
const PATIENCE_MS = 1_000;
