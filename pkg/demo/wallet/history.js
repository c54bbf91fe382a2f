// The list of operations, for people: shared by all tabs. What is under way is in the key file; what was given up is only here.

import { isOver } from "./operations.js";

/** Keeps entries by their hashes, each under a name of its own, so that tabs that write at once lose none. */
export class History {
  #prefix;
  #changed;
  /** The text that is kept of each entry, with the entry. */
  #known = new Map();
  #entries = [];

  /** `changed` is called when another tab has changed the list. */
  constructor(name, changed) {
    this.#prefix = `${name}.`;
    this.#changed = changed;
    this.#read();
    addEventListener("storage", this.#listen);
  }

  /** The entries as the last tab left them, newest first; the same array where nothing has changed. */
  get entries() {
    this.#read();
    return this.#entries;
  }

  /** Replaces an entry by what `change` makes of it, or puts in what it makes of `first()`. */
  update(hash, change, first) {
    this.#read();
    const { entry } = this.#known.get(hash) ?? {};
    const before = entry ?? first?.();
    if (before === undefined) return;
    const after = change(before);
    if (after === entry) return;
    const text = JSON.stringify(after);
    this.#known.set(hash, { text, entry: after });
    this.#sort();
    try {
      localStorage.setItem(this.#prefix + hash, text);
      for (const { hash: old } of this.#entries.filter(isOver).slice(MOST)) localStorage.removeItem(this.#prefix + old);
    } catch {
      // Without storage the list lives as long as the page.
    }
  }

  close() {
    removeEventListener("storage", this.#listen);
  }

  /** Forgets the list, with the key that it is about. */
  static remove(name) {
    for (const key of keysOf(`${name}.`)) localStorage.removeItem(key);
  }

  #listen = ({ key }) => {
    if (key?.startsWith(this.#prefix)) this.#changed();
  };

  #read() {
    let isChanged = false;
    for (const key of keysOf(this.#prefix)) {
      const hash = key.slice(this.#prefix.length);
      const text = localStorage.getItem(key);
      if (this.#known.get(hash)?.text === text) continue;
      const entry = parsed(text);
      if (entry?.hash !== hash) continue;
      this.#known.set(hash, { text, entry });
      isChanged = true;
    }
    if (isChanged) this.#sort();
  }

  #sort() {
    this.#entries = [...this.#known.values()].map(({ entry }) => entry).sort((a, b) => b.atMs - a.atMs);
  }
}

function keysOf(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return [];
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const MOST = 50;
