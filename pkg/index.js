import { ASK } from "./src/ask.js";
import { bounded } from "./src/bounded.js";
import { compile } from "./src/compile.js";
import { dated } from "./src/dated.js";
import { ConfigError, fromPlain, VerifierCrashError } from "./src/errors.js";
import { Events } from "./src/events.js";
import { IndexedDbStore } from "./src/indexeddb-store.js";
import { inputsOf } from "./src/inputs.js";
import { withLedger } from "./src/ledger.js";
import { choiceOf, clientOptions, iteratorOptions, verifierOptions } from "./src/options.js";
import { reading } from "./src/reading.js";
import { Thread } from "./src/thread.js";
import { verifyPackage as verifyWith } from "./src/verify-package.js";

export * from "./src/public.js";

/** Follows a chain in a worker; the page only relays. */
export class LightClient extends withLedger(Object) {
  #thread;
  #events = new Events();
  #closed = new AbortController();
  #restart;
  #timeoutMs;
  #crashes = 0;
  #height = 0;
  #asked = 0;

  /** Starts to follow; throws a `ConfigError` where an option is not usable, or no worker. */
  static async start(given) {
    const options = clientOptions(given, ["worker"]);
    const { signal, fetch } = options;
    if (fetch) throw new ConfigError("bad-option", "fetch cannot cross to a worker: use ./slim");
    signal?.throwIfAborted();
    const client = new this();
    const close = () => client.close();
    signal?.addEventListener("abort", close, { signal: client.#closed.signal });
    try {
      await client.#begin(options);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
    signal?.throwIfAborted();
    return client;
  }

  heads(options) {
    return this.#events.heads(iteratorOptions(options));
  }

  events(options) {
    return this.#events.events(iteratorOptions(options));
  }

  async status() {
    return dated(await this.#call("status"));
  }

  wake() {
    return this.#call("wake");
  }

  async choose(choice) {
    return this.#call("choose", choiceOf(choice));
  }

  evidence() {
    return this.#call("evidence");
  }

  async close() {
    this.#closed.abort();
    await this.#thread?.close();
    clearTimeout(this.#restart);
    this.#events.end();
  }

  async #begin({ worker = newWorker, store = new IndexedDbStore(), ...given }) {
    const { signal: _, module = shipped, ...rest } = given;
    // What a subclass does differently stays on the page.
    const name = reading(() => (store.constructor === IndexedDbStore ? store.name : undefined));
    const options = { ...rest, store: name };
    const timeoutMs = (this.#timeoutMs = rest.timeoutMs);
    const compiled = compile(module, { signal: this.#closed.signal, timeoutMs });
    const handlers = {
      publish: (event) => this.#publish(event),
      store: ({ method, key, states }) => store[method](key, ...states),
    };
    const crashed = (error) => this.#again(error);
    const first = ["start", options];
    this.#thread = new Thread({ make: worker, module: compiled, timeoutMs, first, handlers, crashed });
    await this.#thread.begin();
  }

  async [ASK](about, signal) {
    signal?.throwIfAborted();
    this.#checkWorker();
    const id = (this.#asked += 1);
    const unask = () => this.#thread.call("unask", id).catch(() => {});
    signal?.addEventListener("abort", unask, { once: true });
    try {
      return await this.#thread.call("ask", { id, about });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener("abort", unask);
    }
  }

  async #call(name, argument) {
    this.#checkWorker();
    const timeoutMs = this.#timeoutMs;
    const late = () => new VerifierCrashError("worker-crash", `no answer in ${timeoutMs} ms`);
    return bounded(() => this.#thread.call(name, argument), { timeoutMs, late });
  }

  #checkWorker() {
    if (this.#restart !== undefined && !this.#closed.signal.aborted) {
      throw new VerifierCrashError("crash", "the worker crashed and is not yet replaced");
    }
  }

  #publish({ error, verdict, status, ...event }) {
    if (verdict) {
      const { statement, step } = verdict;
      if (step !== "stored") this.#crashes = 0;
      // A worker that replaces one may know less, where nothing could be stored.
      if (statement.height < this.#height) return;
      this.#height = statement.height;
    }
    // These may lead down.
    if (["chosen", "overtaken"].includes(event.type) || error?.code === "state-circuit-revoked") this.#height = 0;
    // What crossed from the worker are their fields.
    if (error) event.error = fromPlain(error);
    if (verdict) event.verdict = dated(verdict);
    if (status) event.status = dated(status);
    this.#events.publish(Object.freeze(event));
  }

  #again(error) {
    if (this.#thread.closed) return;
    this.#events.publish(Object.freeze({ type: "crashed", error }));
    const waitMs = Math.min(FIRST_WAIT_MS * 2 ** this.#crashes, LAST_WAIT_MS);
    this.#crashes += 1;
    this.#restart = setTimeout(() => {
      this.#restart = undefined;
      this.#thread.begin().catch((failure) => this.#again(failure));
    }, waitMs);
  }
}

/** Verifies single proofs of one chain in a worker. */
export class Verifier {
  #thread;

  constructor(thread) {
    this.#thread = thread;
  }

  /** Compiles the module in a worker; throws a `ConfigError` where there can be none. */
  static async load(given) {
    const options = verifierOptions(given, ["worker"]);
    const { worker: make = newWorker, module: source = shipped, chainId, timeoutMs } = options;
    const module = compile(source, { timeoutMs });
    const thread = new Thread({ make, module, timeoutMs, first: ["load", { chainId, timeoutMs }] });
    await thread.begin();
    return new this(thread);
  }

  async verify(given) {
    return this.#thread.call("verify", inputsOf(given));
  }

  warmup() {
    return this.#thread.call("warmup");
  }

  close() {
    return this.#thread.close();
  }
}

/** Compares the package's module with the one that the setup of `client` lists. */
export const verifyPackage = (client, given) => verifyWith(client, given, shipped);

// Bundlers look for exactly these expressions. The module is compiled here, where a page's preloads are of use.
const newWorker = () => new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
const shipped = () => new URL("./generated/rpp_wasm_bg.wasm", import.meta.url);

const FIRST_WAIT_MS = 1_000;
const LAST_WAIT_MS = 60_000;
