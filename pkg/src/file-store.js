import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { ConfigError, reasonOf, StateError } from "./errors.js";
import { mayReplace } from "./memory-store.js";

/**
 * Keeps the state of one checkpoint in a file, whole or not at all; for one process at a time.
 *
 * What is there and is not a state of the checkpoint is reported as `storage-foreign` when it is read. The next
 * save replaces the state of another checkpoint, and gives anything else another name.
 */
export class FileStore {
  #path;

  constructor(path) {
    if (typeof path !== "string") throw new ConfigError("bad-option", "the path is not a string");
    try {
      this.#path = resolve(path);
    } catch (cause) {
      // The folder that the process is in has been removed.
      throw failed(cause);
    }
  }

  load(key) {
    const load = async () => {
      const { state, foreign } = await this.#find(key);
      if (foreign) throw new StateError("storage-foreign", `${this.#path} ${foreign}`);
      return state;
    };
    return coded(load());
  }

  save(key, state, instead) {
    return this.#inTurn(async () => {
      const { state: kept, stays } = await this.#find(key);
      if (!mayReplace(state, kept, instead)) return false;
      if (stays) await this.#setAside();
      await this.#replace(key, state);
      return true;
    });
  }

  /** Returns the `state`; or why what is there is `foreign`, and whether it `stays` under another name. */
  async #find(key) {
    const bytes = await read(this.#path);
    // An empty file is what `touch` and `mktemp` leave.
    if (!bytes?.length) return {};
    const end = bytes === TOO_LONG ? 0 : bytes.indexOf(0x0a);
    const [, height, seen = "", name] =
      /^rpp-state 1 (\d{1,10})(?::([0-9a-f]+))? (\S*)$/.exec(bytes.toString("latin1", 0, Math.max(end, 0))) ?? [];
    if (name === undefined) {
      return { foreign: `is not a state, and will be renamed to ${ASIDE}* when one is saved`, stays: true };
    }
    if (name !== key) return { foreign: "has the state of another checkpoint, and will be replaced" };
    return { state: { height: Number(height), seen, bytes: new Uint8Array(bytes.subarray(end + 1)) } };
  }

  /** Gives what is at the path a name that nothing has. */
  async #setAside() {
    await rename(this.#path, join(dirname(this.#path), ASIDE + randomBytes(8).toString("hex")));
  }

  #inTurn(work) {
    const done = (turns.get(this.#path) ?? Promise.resolve()).then(work);
    const turn = done
      .catch(() => {})
      .then(() => {
        if (turns.get(this.#path) === turn) turns.delete(this.#path);
      });
    turns.set(this.#path, turn);
    return coded(done);
  }

  async #replace(key, { height, seen, bytes }) {
    const folder = dirname(this.#path);
    // Nobody else's, be it another thread's or a link that somebody has put there; of its own length, so that
    // a name as long as the system allows can be written.
    const temporary = join(folder, `.rpp-${randomBytes(8).toString("hex")}.tmp`);
    await mkdir(folder, { recursive: true });
    const file = await open(temporary, "wx", 0o600);
    try {
      try {
        const label = seen ? `${height}:${seen}` : height;
        await file.writeFile(Buffer.concat([Buffer.from(`rpp-state 1 ${label} ${key}\n`), bytes]));
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

/**
 * Returns what the file holds, `undefined` where there is none and `TOO_LONG` for what can be no state; reads no
 * pipe and no device.
 */
async function read(path) {
  let file;
  try {
    // A pipe that nobody writes to would not open.
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw refused(`${path} is not a regular file`);
    if (stat.size > MAX_BYTES) return TOO_LONG;
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** Gives what fails in the system a code. */
async function coded(work) {
  try {
    return await work;
  } catch (cause) {
    throw cause instanceof StateError ? cause : failed(cause);
  }
}

function failed(cause) {
  const isFull = ["ENOSPC", "EDQUOT"].includes(cause.code);
  const code = isFull ? "storage-full" : "storage-failed";
  return new StateError(code, `storage failed: ${reasonOf(cause)}`, { cause });
}

const refused = (message) => new StateError("storage-failed", message);

// A state is at most three proofs, of 384 KiB each, and a setup with its roots, of 4 MiB.
const MAX_BYTES = 2 ** 23;
const TOO_LONG = Buffer.from("x");
const ASIDE = "rpp-foreign-";

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
