/** Says once for each head when it has become too old. */
export class AgeWatch {
  /** Whether there is a head that is watched. */
  isOn = false;
  #clock;
  #status;
  #stale;
  #timer;

  /** `status` throws where there is no session, and `stale` is told of a status that is. */
  constructor(clock, status, stale) {
    this.#clock = clock;
    this.#status = status;
    this.#stale = stale;
  }

  stop() {
    this.#clock.clearTimeout(this.#timer);
    this.isOn = false;
  }

  /** Watches the present head, of which nothing is said for `leastMs`. */
  start(leastMs = 0) {
    this.stop();
    const { height, staleAtMs } = this.#status();
    // Where no setup is verified yet, there is nothing that ages.
    if (height === null) return;
    this.isOn = true;
    const left = staleAtMs - this.#clock.unix();
    // Timers stand still while the machine sleeps.
    const wait = left >= 0 ? Math.min(left + 1, LONGEST_NAP_MS) : leastMs;
    this.#timer = this.#clock.setTimeout(() => this.#check(), wait);
  }

  #check() {
    try {
      const status = this.#status();
      if (status.freshness === "stale") this.#stale(status);
      else this.start(RECHECK_MS);
    } catch {
      // A crash shows at the next step.
    }
  }
}

const RECHECK_MS = 1_000;
const LONGEST_NAP_MS = 15_000;
