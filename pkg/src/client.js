import { ASK } from "./ask.js";
import { systemClock } from "./clock.js";
import { Events } from "./events.js";
import { Follower } from "./follower.js";
import { Guarded } from "./guarded.js";
import { HeadStart } from "./head-start.js";
import { Keeper } from "./keeper.js";
import { MemoryStore } from "./memory-store.js";
import { Transport } from "./transport.js";

/** Follows a chain in the thread that it is made in. */
export class Client {
  #follower;
  #events;
  #running;

  constructor(follower, events) {
    this.#follower = follower;
    this.#events = events;
    this.#running = follower.run().then(() => events.end());
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

  /** Takes the owner's choice between two headers that conflict, or goes back to the checkpoint. */
  async choose(choice) {
    return this.#follower.choose(choice);
  }

  /** Resolves to the evidence of the newest conflict, `undefined` where there was none. */
  async evidence() {
    return this.#follower.evidence();
  }

  async [ASK]([name, ...given], signal) {
    // Most questions have no use for the time, and leave it.
    return this.#follower.ask((session, now) => session[name](...given, ...now), signal);
  }

  /** Ends the client and its iterators; resolves when nothing of it runs any more. */
  async close() {
    this.#follower.close();
    await this.#running;
  }
}

/**
 * Starts a client; `clock` and `make`, which instantiates the module, are for tests.
 *
 * `options` are what `clientOptions` returns; `compile` where the module is not compiled yet; `listen` where there are to
 * be hints, which many have no use for; and `rested`, which is called whenever there is nothing left to ask for just then.
 */
export async function startWith(options, Class = Client, clock = systemClock, make) {
  const { url, key, ahead, config, store = new MemoryStore(), fetch, timeoutMs, signal, hints } = options;
  const { compile = (module) => module, listen, rested } = options;
  signal?.throwIfAborted();
  const transport = new Transport(url, { fetch, timeoutMs, clock });
  const events = new Events();
  let hinting;
  const rest = () => {
    if (hints && !hinting) {
      hinting = new AbortController();
      const { signal } = hinting;
      listen?.(url, { fetch, wake: () => follower.hint(), signal, clock, timeoutMs });
    }
    rested?.();
  };
  const publish = (event) => {
    const { type, error } = event;
    // A browser has six connections to a host for all its tabs: where requests wait in vain, hints may hold them.
    if (error?.code === "timeout") (hinting ??= new AbortController()).abort();
    if (type === "stopped") {
      hinting?.abort();
      hinting = undefined;
    }
    events.publish(event);
  };
  let follower;
  try {
    const headStart = new HeadStart({ store, key, ahead, transport });
    const module = await compile(options.module, { signal, timeoutMs, clock });
    transport.check();
    signal?.throwIfAborted();
    const makeSession = () => new Guarded(module, ({ Session }) => new Session(...config), make);
    const keeper = new Keeper({ store, key, headStart, clock, timeoutMs });
    const parts = { keeper, transport, clock, publish, rested: rest };
    follower = new Follower(makeSession, parts);
  } catch (error) {
    transport.started();
    signal?.throwIfAborted();
    throw error;
  }
  const client = new Class(follower, events);
  const close = () => follower.close();
  signal?.addEventListener("abort", close, { signal: follower.signal });
  follower.signal.addEventListener("abort", () => hinting?.abort());
  return client;
}
