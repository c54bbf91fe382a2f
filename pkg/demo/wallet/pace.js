// How closely the page's client follows while the wallet is open.

/**
 * Has each block taken, and only with a proof of what it did, once the wallet is open and the client is at the host's head.
 *
 * On the way there it hops from epoch to epoch, as ever; and so it does again where it is far behind, since the machine has
 * slept: two proofs for each block of a night are gigabytes.
 */
export class Pace {
  #page;
  #mode = "hops";
  #isWanted = false;

  constructor(page) {
    this.#page = page;
    page.listen(({ verdict }) => verdict && this.#take(verdict, Date.now()));
  }

  /** From the next head on, or this one, each block is taken. */
  checkEveryBlock() {
    this.#isWanted = true;
    this.#take(this.#page.head(), Date.now());
  }

  /** Takes note of a head; a host that says it has many more blocks than it shows changes nothing. */
  #take({ step, timestampMs }, nowMs) {
    const isBehind = nowMs - timestampMs > BEHIND_MS;
    if (this.#mode === "blocks" && isBehind) {
      this.#go("hops", { follow: { everyMs: this.#page.asked.everyMs } });
    } else if (this.#mode === "hops" && this.#isWanted && step === "head") {
      this.#go("blocks", { follow: { everyBlock: true }, transitions: true });
    }
  }

  async #go(mode, options) {
    this.#mode = "between";
    await this.#page.replace(options);
    this.#mode = mode;
  }
}

const BEHIND_MS = 5 * 60_000;
