import { systemClock } from "./clock.js";
import { required } from "./compile.js";
import { Events } from "./events.js";
import { Follower } from "./follower.js";
import { Guarded } from "./guarded.js";
import { HeadStart } from "./head-start.js";
import { listen } from "./hints.js";
import { MemoryStore } from "./memory-store.js";
import { clientOptions, sessionConfig } from "./options.js";
import { Transport } from "./transport.js";

/** Follows a chain in the thread that it is started in. */
export class LightClient {
  #follower;
  #events;
  #running;

  constructor(follower, events) {
    this.#follower = follower;
    this.#events = events;
    this.#running = follower.run().then(() => events.end());
  }

  /** Starts to follow; throws a `ConfigError` where an option is not usable. */
  static async start(given) {
    return startWith(clientOptions(given), this);
  }

  /** Returns verdicts as they come; throws where the host was refused, and may be called again. */
  heads(options) {
    return this.#events.heads(options);
  }

  /** Returns all that happens; never throws but for an aborted signal. */
  events(options) {
    return this.#events.events(options);
  }

  /** Resolves to where the client stands. */
  async status() {
    return this.#follower.status();
  }

  /** Asks for the newest head now. */
  async wake() {
    this.#follower.wake();
  }

  /** Ends the client and its iterators; resolves when nothing of it runs any more. */
  async close() {
    this.#follower.close();
    await this.#running;
  }
}

/** Starts a client; `clock` and `make`, which instantiates the module, are for tests. */
export async function startWith(options, Client = LightClient, clock = systemClock, make) {
  const { url, key, store = new MemoryStore(), fetch, timeoutMs, signal, hints } = options;
  signal?.throwIfAborted();
  const transport = new Transport(url, { fetch, timeoutMs, clock });
  const events = new Events();
  const publish = (event) => events.publish(event);
  let follower;
  try {
    const compiling = required(options.module, signal);
    const headStart = new HeadStart({ store, key, transport });
    const module = await compiling;
    signal?.throwIfAborted();
    const config = sessionConfig(options);
    const makeSession = () => new Guarded(module, ({ Session }) => new Session(config), make);
    const parts = { key, store, transport, headStart, clock, timeoutMs, publish };
    follower = new Follower(makeSession, parts);
  } catch (error) {
    transport.started();
    signal?.throwIfAborted();
    throw error;
  }
  const client = new Client(follower, events);
  const close = () => follower.close();
  signal?.addEventListener("abort", close, { signal: follower.signal });
  // Who follows at an interval does not want to be told in between.
  if (options.follow?.everyBlock && hints === true) {
    listen(url, { fetch, wake: () => follower.hint(), signal: follower.signal, clock });
  }
  return client;
}
