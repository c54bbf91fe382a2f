/**
 * One object store of the browser's IndexedDB, and the connection to it: every exchange is one transaction, strictly durable
 * where it writes.
 */
export class Database {
  #name;
  #objects;
  #opened;

  constructor(name, objects) {
    this.#name = name;
    this.#objects = objects;
  }

  /**
   * Does `work` in one transaction, which the browser keeps apart from those of other tabs; resolves to what `work` gives to
   * its second argument, once the transaction is complete.
   *
   * A connection that fails or does not answer is given up: browsers lose connections without a word, and may never
   * answer the first `open()`. What was done with it may have happened or not, and is not done again, but where it was
   * closed before anything was tried.
   */
  async exchange(mode, work) {
    for (let last = false; ; last = true) {
      const opened = (this.#opened ??= this.#open());
      const late = setTimeout(() => this.#giveUp(opened), PATIENCE_MS);
      let tried = false;
      try {
        const transaction = (await opened).transaction(this.#objects, mode, { durability: "strict" });
        tried = true;
        return await completed(transaction, transaction.objectStore(this.#objects), work);
      } catch (error) {
        this.#giveUp(opened);
        if (tried || last || error?.name !== "InvalidStateError") throw error;
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
      const opening = indexedDB.open(this.#name, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(this.#objects);
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

function completed(transaction, objects, work) {
  return new Promise((resolve, reject) => {
    let value;
    transaction.oncomplete = () => resolve(value);
    transaction.onabort = () => reject(transaction.error ?? new Error("aborted"));
    work(objects, (result) => (value = result));
  });
}

const PATIENCE_MS = 1_000;
