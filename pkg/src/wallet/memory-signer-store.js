import { isSameFile } from "./key-file.js";

/** Keeps the key file for as long as the object lives. */
export class MemorySignerStore {
  #file;

  async load() {
    return this.#file && new Uint8Array(this.#file);
  }

  async swap(before, after) {
    if (!isSameFile(before, this.#file)) return false;
    this.#file = new Uint8Array(after);
    return true;
  }
}
