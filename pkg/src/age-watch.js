/** Says once for each head when it has become too old. */
export class AgeWatch {
  #clock;
  #status;
  #publish;
  #timer;
  #isOn = false;

  /** `status` throws where there is no session, and `publish` is told of a status that is stale. */
  constructor({ clock, status, publish }) {
    this.#clock = clock;
    this.#status = status;
    this.#publish = publish;
  }

  /** Tells whether there is a head that is watched. */
  get isOn() {
    return this.#isOn;
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.#isOn = false;
  }

  /** Watches the present head, of which nothing is said for `leastMs`. */
  start(leastMs = 0) {
    const clock = this.#clock;
    clock.clearTimeout(this.#timer);
    const { height, staleAtMs } = this.#status();
    // Where no setup is verified yet, there is nothing that ages.
    if (height === null) return;
    this.#isOn = true;
    const left = staleAtMs - clock.unix();
    // Timers stand still while the machine sleeps.
    const wait = left >= 0 ? Math.min(left + 1, LONGEST_NAP_MS) : leastMs;
    this.#timer = clock.setTimeout(() => this.#check(), wait);
  }

  #check() {
    try {
      const status = this.#status();
      if (status.freshness !== "stale") this.start(RECHECK_MS);
      else this.#publish(status);
    } catch {
      // A crash shows at the next step.
    }
  }
}

const RECHECK_MS = 1_000;
const LONGEST_NAP_MS = 15_000;
