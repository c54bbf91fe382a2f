import { bounded } from "./bounded.js";
import { ConfigError, reasonOf, VerifierCrashError } from "./errors.js";
import { Peer } from "./peer.js";
import { has } from "./reading.js";
import { seenOf } from "./script.js";

/** A worker with one client or verifier in it; one that fails is started again by the next call. */
export class Thread {
  #make;
  #module;
  #timeoutMs;
  #handlers;
  #crashed;
  #first;
  #worker;
  #peer;
  #started;
  #ready = false;
  #closed = false;

  /**
   * `make` returns a worker; `first` is the call that sets it up, with `module` when that is compiled. The call
   * is to be answered within `timeoutMs` from then on.
   */
  constructor({ make, module, timeoutMs, first, handlers = {}, crashed = () => {} }) {
    this.#make = make;
    this.#module = module;
    this.#timeoutMs = timeoutMs;
    // Where there is no worker, nobody waits for it.
    module.catch(() => {});
    this.#first = first;
    this.#handlers = handlers;
    this.#crashed = crashed;
  }

  get closed() {
    return this.#closed;
  }

  /** Makes the worker and its first call; it is a `ConfigError` where there can be no worker. */
  begin() {
    if (this.#closed) return Promise.reject(closed());
    this.#started ??= this.#begin().catch((error) => {
      this.#drop(error);
      throw error;
    });
    return this.#started;
  }

  async call(name, argument) {
    await this.begin();
    if (this.#peer === undefined) throw closed();
    return this.#peer.call(name, argument);
  }

  /** Ends the worker at once, with `reason` for who waits for it; the next call starts another. */
  end(reason) {
    this.#drop(reason);
  }

  /** Lets the other side end what it does, but not for long. */
  async close() {
    if (this.#closed) return;
    this.#closed = true;
    // What has not begun has nothing to end.
    if (!this.#ready) return this.#drop(closed());
    let timer;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([this.#peer?.call("close").catch(() => {}), late]);
    clearTimeout(timer);
    this.#drop(closed());
  }

  async #begin() {
    const make = this.#make;
    // A worker that cannot be started says nothing of it to the page.
    const noWorker = async (why, cause) => {
      const seen = await seenOf(make);
      return new ConfigError("no-worker", `no module worker can be started here: ${why}${seen}`, { cause });
    };
    try {
      const worker = make();
      if (!has(worker, METHODS)) throw new TypeError("that is not a Worker");
      this.#worker = worker;
    } catch (cause) {
      throw await noWorker(reasonOf(cause), cause);
    }
    const peer = new Peer(this.#worker, this.#handlers);
    this.#worker.addEventListener("error", async ({ message }) => {
      if (this.#peer !== peer) return;
      if (!this.#ready) return peer.fail(await noWorker(message || NOT_LOADED));
      const said = message ? `: ${message}` : "";
      const error = new VerifierCrashError("worker-crash", `the worker failed${said}`);
      this.#drop(error);
      this.#crashed(error);
    });
    this.#peer = peer;
    // Sent as soon as it is there: a worker that asked for it would wait for a busy page.
    const handedOver = this.#module.then((module) => void peer.call("module", module).catch(() => {}));
    const answered = Promise.all([peer.call(...this.#first), handedOver]);
    const timeoutMs = this.#timeoutMs;
    const late = () => LATE;
    const inTime = handedOver.then(() => bounded(() => answered, { timeoutMs, late }));
    try {
      await Promise.race([answered, inTime]);
    } catch (error) {
      throw error === LATE ? await noWorker(`no answer in ${timeoutMs} ms`) : error;
    }
    this.#ready = true;
  }

  #drop(error) {
    this.#worker?.terminate();
    this.#peer?.fail(error);
    this.#worker = this.#peer = this.#started = undefined;
    this.#ready = false;
  }
}

const closed = () => new ConfigError("closed", "it has been closed");
const METHODS = ["addEventListener", "postMessage", "terminate"];
const NOT_LOADED = "its script was not found, is not JavaScript, or is refused by CSP or COEP";
const LATE = {};
const CLOSE_MS = 1_000;
