import { isBytes } from "../bytes.js";
import { Database } from "../database.js";
import { ConfigError } from "../errors.js";
import { isSameFile, keyFileOf } from "./key-file.js";

/**
 * Keeps the key file in the browser's IndexedDB, shared by all of an origin. Both calls are one transaction, and all that
 * is written is strictly durable: it completes once it is on the disk.
 */
export class IndexedDbSignerStore {
  #database;
  // What is known to be on the disk: this object has written it, or seen to that.
  #durable;

  constructor(name = "rpp-wallet") {
    if (typeof name !== "string") throw new ConfigError("bad-option", "the name is not a string");
    this.name = name;
    this.#database = new Database(name, "files");
  }

  /**
   * Another tab may have written the file without waiting for the disk, or may still wait. So, unless it is known to be
   * there, something is written after it: browsers keep one log for a database, and what is strictly durable in it
   * makes durable what comes before. A transaction that writes nothing would not.
   */
  async load() {
    const file = keyFileOf(await this.#database.exchange("readonly", read));
    if (file === undefined || isSameFile(file, this.#durable)) return file;
    const flushed = await this.#database.exchange("readwrite", (store, result) => {
      store.put(Math.random(), TOUCHED);
      read(store, result);
    });
    return (this.#durable = keyFileOf(flushed));
  }

  async swap(before, after) {
    const file = new Uint8Array(after);
    const isSaved = await this.#database.exchange("readwrite", (store, result) => {
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
}

function read(store, result) {
  const reading = store.get(FILE);
  reading.onsuccess = () => result(reading.result);
}

const FILE = "key";
const TOUCHED = "touched";
