/** A clock that stands still until a test moves it. */
export class TestClock {
  #unix;
  #uptime = 0;
  #timers = new Map();
  #count = 0;

  constructor(unix = 1_700_000_000_000) {
    this.#unix = unix;
  }

  unix() {
    return this.#unix;
  }

  uptime() {
    return this.#uptime;
  }

  setTimeout(work, ms) {
    this.#count += 1;
    this.#timers.set(this.#count, { work, at: this.#uptime + Math.max(ms, 0) });
    return this.#count;
  }

  clearTimeout(timer) {
    this.#timers.delete(timer);
  }

  /** How many timers are set. */
  get pending() {
    return this.#timers.size;
  }

  /** Lets everything happen that is due within `ms`, in order. */
  async advance(ms) {
    const end = this.#uptime + ms;
    await settled();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      const [timer, { work, at }] = next;
      this.#move(at - this.#uptime);
      this.#timers.delete(timer);
      work();
      await settled();
    }
    this.#move(end - this.#uptime);
  }

  /** Passes time as a machine does that sleeps: the time of day moves on, timers do not. */
  sleep(ms) {
    this.#unix += ms;
  }

  #next(end) {
    const due = [...this.#timers].filter(([, { at }]) => at <= end);
    return due.sort(([, a], [, b]) => a.at - b.at)[0];
  }

  #move(ms) {
    this.#uptime += ms;
    this.#unix += ms;
  }
}

/** Lets all promises settle that wait for nothing from outside. */
export async function settled() {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
