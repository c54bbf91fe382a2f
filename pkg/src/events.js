/** Hands each event of a client to every iterator over them. */
export class Events {
  #iterators = new Set();
  #early = new Map();
  #standing = new Map();
  #ended = false;

  /** Gives `event` to the iterators; the first one also gets the newest of each type before it. */
  publish(event) {
    const { type } = event;
    if (OVER.has(type)) this.#standing.clear();
    if (STANDING.has(type)) this.#standing.set(type, event);
    for (const iterator of this.#iterators) iterator.push(event);
    this.#early?.delete(type);
    this.#early?.set(type, event);
  }

  /** Ends all iterators, those of later as well. */
  end() {
    this.#ended = true;
    for (const iterator of this.#iterators) iterator.end();
  }

  /** Returns the iterator over all events; a later one begins with where the client stands. */
  events(options) {
    return this.#iterate(options?.signal, (event) => ({ value: event }));
  }

  /** Returns the iterator over verdicts, which throws where one was refused. */
  heads(options) {
    const select = ({ type, verdict, error }) => {
      if (type === "verified") return { value: verdict };
      return THROWN.has(type) ? { error } : undefined;
    };
    // What has been refused since then is of interest, what was refused before is not.
    return this.#iterate(options?.signal, select, (before) => before.filter(select).slice(-1));
  }

  #iterate(signal, select, first = (before) => before) {
    const iterator = new EventIterator(select, signal, (ended) => this.#iterators.delete(ended));
    const before = (this.#early ?? this.#standing).values();
    this.#early = undefined;
    if (!iterator.ended) this.#iterators.add(iterator);
    for (const event of first([...before])) iterator.push(event);
    if (this.#ended) iterator.end();
    return iterator;
  }
}

class EventIterator {
  #select;
  #signal;
  #leave;
  #results = [];
  #waiting = [];
  #ended = false;
  #abort = () => this.#fail(this.#signal.reason);

  constructor(select, signal, leave) {
    this.#select = select;
    this.#signal = signal;
    this.#leave = leave;
    signal?.addEventListener("abort", this.#abort);
    if (signal?.aborted) this.#abort();
  }

  get ended() {
    return this.#ended;
  }

  push(event) {
    const result = this.#ended ? undefined : this.#select(event);
    if (result === undefined) return;
    if ("error" in result) this.#fail(result.error);
    else this.#give(() => Promise.resolve({ done: false, value: result.value }));
  }

  end() {
    this.#ended = true;
    this.#signal?.removeEventListener("abort", this.#abort);
    this.#leave(this);
    for (const resolve of this.#waiting.splice(0)) resolve({ done: true, value: undefined });
  }

  next() {
    const result = this.#results.shift();
    if (result) return result();
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  return(value) {
    this.#results.length = 0;
    this.end();
    return Promise.resolve({ done: true, value });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #fail(error) {
    if (this.#ended) return;
    this.#give(() => Promise.reject(error));
    this.end();
  }

  #give(result) {
    const resolve = this.#waiting.shift();
    if (resolve) resolve(result());
    else if (this.#results.push(result) > MAX_WAITING) this.#results.shift();
  }
}

const THROWN = new Set(["refused", "crashed", "stopped"]);
// What holds until something else does, and what ends it.
const STANDING = new Set(["verified", "stale", "stopped"]);
const OVER = new Set(["verified", "chosen"]);
// Whoever does not read for so long gets the newest.
const MAX_WAITING = 256;
