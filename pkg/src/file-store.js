import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";

import { isNewer, isSame } from "./memory-store.js";

/** Keeps the state of one checkpoint in a file, whole or not at all; for one process at a time. */
export class FileStore {
  #path;

  constructor(path) {
    this.#path = resolve(path);
  }

  async load(key) {
    let bytes;
    try {
      bytes = await readFile(this.#path);
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
    const end = bytes.indexOf(0x0a);
    const [, height, name] =
      /^rpp-state 1 (\d{1,10}) (\S+)$/.exec(bytes.toString("latin1", 0, end)) ?? [];
    if (name !== key) return undefined;
    return { height: Number(height), bytes: new Uint8Array(bytes.subarray(end + 1)) };
  }

  save(key, state) {
    return this.#inTurn(async () => {
      if (isNewer(state, await this.load(key))) await this.#replace(key, state);
    });
  }

  discard(key, state) {
    return this.#inTurn(async () => {
      if (isSame(state, await this.load(key))) await rm(this.#path, { force: true });
    });
  }

  #inTurn(work) {
    const done = (turns.get(this.#path) ?? Promise.resolve()).then(work);
    const turn = done
      .catch(() => {})
      .then(() => {
        if (turns.get(this.#path) === turn) turns.delete(this.#path);
      });
    turns.set(this.#path, turn);
    return done;
  }

  async #replace(key, { height, bytes }) {
    const folder = dirname(this.#path);
    const temporary = `${this.#path}.${process.pid}.tmp`;
    await mkdir(folder, { recursive: true });
    try {
      const file = await open(temporary, "w", 0o600);
      try {
        await file.writeFile(Buffer.concat([Buffer.from(`rpp-state 1 ${height} ${key}\n`), bytes]));
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.#path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await synced(folder);
  }
}

// Whoever writes the same file in this process waits for the one before.
const turns = new Map();

// The rename itself has to survive a power cut; Windows has no such call for folders.
async function synced(folder) {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
