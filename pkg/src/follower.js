import { AgeWatch } from "./age-watch.js";
import { dated } from "./dated.js";
import { ConfigError, fromModule, isTrouble, reasonOf, RppError, StateError, VerifierCrashError } from "./errors.js";
import { cacheOf } from "./head-start.js";
import { compare, isSame, STOPPED } from "./memory-store.js";

/**
 * Does what a session asks for, until it is closed, and publishes what becomes of it.
 *
 * No rule is decided here: the session says what it needs, and judges the answers.
 */
export class Follower {
  #makeSession;
  #session;
  #parts;
  #stopped = new AbortController();
  #fault;
  #retrying = false;
  #backingOff = false;
  #verifyMs = 0;
  #crashes = 0;
  #suspect;
  #newest;
  /** What is stored and cannot be read yet. */
  #held;
  #unsaved;
  #woken = false;
  #misled = [];
  #choices = [];
  #round;
  #isStopped = false;
  #interrupt = () => {};
  #age;

  /** `makeSession` throws `RppError`s; `parts` are what the session has no part in. */
  constructor(makeSession, parts) {
    this.#makeSession = makeSession;
    this.#parts = parts;
    this.#session = makeSession();
    const stale = (status) => this.#publish({ type: "stale", status });
    this.#age = new AgeWatch(parts.clock, () => this.status(), stale);
  }

  /** Aborts when the follower is closed. */
  get signal() {
    return this.#stopped.signal;
  }

  /** Works until [`close`] is called; never throws. */
  async run() {
    while (!this.signal.aborted) {
      try {
        await this.#step();
      } catch (error) {
        if (!this.signal.aborted) await this.#recover(error);
      }
    }
    for (const { reject } of this.#choices) reject(closed());
    try {
      this.#session?.free();
    } catch {
      // Its instance goes with it.
    }
  }

  /** Returns where the session stands. */
  status() {
    return dated(this.#call((session) => session.status(...this.#now())));
  }

  /** Returns the evidence of the newest conflict. */
  evidence() {
    return this.#call((session) => session.evidence());
  }

  /** Takes the owner's choice, between two steps; resolves when it is kept. */
  choose(choice) {
    this.#call(() => {});
    return new Promise((resolve, reject) => {
      this.#choices.push({ choice, resolve, reject });
      // What is being asked is of no use any more.
      this.#round?.abort();
      this.#interrupt();
    });
  }

  /**
   * Asks the host once: `begin` returns the session's question at a time. Nothing is retried, and the client goes on beside it.
   *
   * @see Question of the module: it says what to send, and judges what comes.
   */
  async ask(begin, signal) {
    signal?.throwIfAborted();
    const session = this.#session;
    const question = this.#call((session) => begin(session, this.#now()));
    const paths = [];
    const ended = new AbortController();
    const end = () => ended.abort(signal?.aborted ? signal.reason : closed());
    for (const ends of [signal, this.signal]) ends?.addEventListener("abort", end, { signal: ended.signal });
    try {
      for (;;) {
        const { request, value } = this.#told(session, question, paths);
        if (request === undefined) return value;
        paths.push(request.path);
        const outcome = await this.#outcome(request, ended.signal);
        session.call(() => outcome(question));
      }
    } catch (error) {
      // The next step finds the instance gone: at once, and not when the present wait is over.
      if (error instanceof VerifierCrashError) this.#interrupt();
      throw error;
    } finally {
      ended.abort();
      // A crash takes it along.
      try {
        session.call(() => question.free());
      } catch {}
    }
  }

  /** Returns what a question needs, and remembers the paths of the last that was refused: a cache may have its answers. */
  #told(session, question, paths) {
    try {
      return session.call(() => question.need());
    } catch (error) {
      this.#misled = paths;
      throw error;
    }
  }

  /** Sends a question's request, and returns how to hand in what comes. */
  async #outcome({ path, ...request }, signal) {
    try {
      const cache = this.#misled.includes(path) ? "reload" : this.#cache(path);
      const answer = await this.#parts.transport.send(path, { ...request, signal, cache });
      const { status, retryAfterMs, body, contentType } = answer;
      return (question) => question.answer(status, retryAfterMs, body, contentType);
    } catch (error) {
      if (error instanceof ConfigError || signal.aborted) throw error;
      const { code, message, received } = error;
      return (question) => question.failed(code, message, received);
    }
  }

  /** Ends the wait for the next head, but none that follows a fault: the host sends the hints. */
  hint() {
    if (!this.#backingOff) this.wake();
  }

  /** Ends the present wait. */
  wake() {
    // Where something is being done just then, the wait after it is the one to end.
    this.#woken = true;
    this.#interrupt();
  }

  close() {
    this.#stopped.abort();
    this.#age.stop();
    this.#parts.transport.started();
    this.#interrupt();
  }

  async #step() {
    this.#session ??= this.#makeSession();
    const need = this.#call((session) => session.need(...this.#now()));
    this.#reportFault(need);
    const chosen = need.need !== "load" && this.#choices.shift();
    if (chosen) return this.#choose(chosen);
    switch (need.need) {
      case "load":
        return this.#load();
      case "fetch":
        return this.#fetchAll(need.fetches);
      case "save":
        return this.#save();
      case "wait":
        this.#parts.transport.started();
        if (!this.#age.isOn) this.#age.start();
        if (!this.#backingOff) this.#parts.rested?.();
        return this.#rest(need.ms);
      case "choose":
        this.#parts.transport.started();
        if (!this.#isStopped) this.#publish({ type: "stopped", error: fromModule(need.error) });
        this.#isStopped = true;
        return this.#rest(LAST_CRASH_WAIT_MS);
      default:
        throw new VerifierCrashError("crash", `the verifier needs ${need.need}`);
    }
  }

  async #load() {
    const own = this.#newest;
    const kept = await this.#parts.keeper.load().catch((error) => this.#publish({ type: "stored-state-refused", error }));
    // After a crash, where storage is full.
    const isOwn = own !== undefined && (kept === undefined || compare(own, kept) > 0);
    let [state, other] = isOwn ? [own, kept] : [kept, own];
    const suspect = this.#suspect;
    // What crashed the verifier when it was read the last time is not read again.
    if (state !== undefined && isSame(state, suspect)) {
      const error = new StateError("stored-state-crash", "stored state crashed the verifier");
      this.#publish({ type: "stored-state-refused", error });
      [state, other] = [other, state];
    }
    this.#suspecting(state, () => this.#read(state, state === kept));
    if (other === undefined || isSame(other, state)) return;
    // What this client has seen itself, of which what another has stored may know nothing, or the other way round.
    if (isSame(other, suspect)) this.#suspect = suspect;
    else this.#suspecting(other, () => this.#join(other));
  }

  #read(state, saved) {
    const refused = this.#tolerating(() => {
      // The memory of an instance grows and never shrinks; what is cut here is too long for any state.
      const bytes = state?.bytes.subarray(0, MOST_BYTES);
      const verdict = this.#timed((session) => session.loaded(...this.#now(), bytes));
      if (verdict !== undefined) this.#verified(verdict, saved);
      if (!saved) this.#call((session) => session.saved(...this.#now(), false));
    });
    // What is held until a setup is verified, or a release comes that can read it, has no height yet.
    const isRead = refused === undefined || refused.code === "upgrade-required";
    if (isRead) this.#newest = state;
    this.#held = isRead && this.status().height === null ? state : undefined;
    // By another version of the circuit: it gives way to none that is lower.
    if (refused?.code === "state-unknown-key") this.#parts.keeper.forget();
  }

  #join({ bytes }) {
    this.#tolerating(() => this.#call((session) => session.join(...this.#now(), bytes.subarray(0, MOST_BYTES))));
  }

  /** Remembers what is read, in case that crashes the verifier. */
  #suspecting(state, work) {
    this.#suspect = state;
    work();
    this.#suspect = undefined;
  }

  /** Says so, and returns why, where a state is of no use; it stays in the store until another takes its place. */
  #tolerating(work) {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      this.#publish({ type: "stored-state-refused", error });
      return error;
    }
  }

  /** Asks all at once, and hands in each answer as it comes. The first that is refused ends the others. */
  async #fetchAll(fetches) {
    const { signal } = this;
    const round = (this.#round = new AbortController());
    const end = () => round.abort(signal.reason);
    signal.addEventListener("abort", end);
    try {
      await Promise.all(fetches.map((fetch) => this.#fetch(fetch, round)));
    } finally {
      signal.removeEventListener("abort", end);
      round.abort();
    }
  }

  async #fetch({ ticket, path, accept, maxBytes }, round) {
    const { signal } = round;
    const options = { accept, maxBytes, signal, cache: this.#cache(path) };
    let hand;
    try {
      const { status, retryAfterMs, body, contentType } = await this.#parts.transport.send(path, options);
      const answer = [ticket, status, retryAfterMs, body, contentType];
      hand = (session) => session.answer(...this.#now(), ...answer);
    } catch (error) {
      // The caller's own fetch is at fault, not the host.
      if (error instanceof ConfigError) throw error;
      const { code, message, received } = error;
      hand = (session) => session.failed(...this.#now(), ticket, code, message, received);
    }
    if (signal.aborted) return;
    try {
      this.#hand(hand);
    } catch (crash) {
      // At once: the next answer may be at hand, and this instance is not to be called again.
      round.abort();
      throw crash;
    }
    if (this.#fault) round.abort();
  }

  async #choose({ choice, resolve, reject }) {
    const before = this.#newest;
    try {
      // It may lead below what is stored, of whose setup nothing is to be forgotten.
      const kept = await this.#parts.keeper.load();
      if (kept?.height === STOPPED && before?.height !== STOPPED) {
        this.#startOver();
        throw new StateError("storage-failed", "another client was stopped meanwhile: choose again");
      }
      this.#call((session) => session.choose(...this.#now(), choice));
      this.#isStopped = false;
      this.#unsaved = undefined;
      this.#publish({ type: "chosen", choice });
      if (kept !== undefined && !isSame(kept, before)) this.#suspecting(kept, () => this.#join(kept));
      // Its height is that of what is left.
      this.#newest = this.#held = undefined;
      if (await this.#save(true)) return resolve();
      this.#newest = before;
      throw new StateError("storage-failed", "another client has stored something else meanwhile: choose again");
    } catch (error) {
      reject(error);
    }
  }

  /** Resolves to whether this client goes on from what it wanted to save. */
  async #save(isChoice) {
    let failure;
    const noted = (error) => void (failure = error);
    let other = await this.#keep({ isChoice }).catch(noted);
    if (other !== undefined && !this.#held && this.status().stopped) {
      // What has stopped it stays: it goes on here, with what the other one has seen.
      this.#suspecting(other, () => this.#join(other));
      other = await this.#keep({ joined: other }).catch(noted);
    }
    if (other !== undefined) {
      this.#startOver();
      return false;
    }
    const fields = this.#call((session) => session.saved(...this.#now(), failure === undefined));
    if (fields) this.#verified(fields, failure === undefined);
    // What is tried again and again is said once.
    if (failure && (fields || failure.code !== this.#unsaved)) this.#publish({ type: "unsaved", error: failure });
    this.#unsaved = failure?.code;
    return true;
  }

  /** Stores what this client knows; resolves to what another one has stored that knows more than was `joined`. */
  async #keep({ isChoice, joined }) {
    const { keeper } = this.#parts;
    // Its owner may have chosen in another tab, while it was held.
    const now = this.#held && (await keeper.load());
    if (now && !isSame(now, this.#held)) return now;
    const { height, stopped } = this.status();
    // Before a setup is verified, what was stored is held, and stays at its height.
    const label = stopped ? STOPPED : (height ?? this.#newest?.height ?? 0);
    const [seen, bytes] = this.#call((session) => [session.seen(), session.state()]);
    this.#newest = { height: label, seen, bytes };
    if (joined) keeper.took(joined, this.#newest);
    const other = await keeper.save(this.#newest, isChoice);
    if (this.#held && other === undefined) this.#held = height === null ? this.#newest : undefined;
    return other;
  }

  /** Goes on from what another client has stored; what this one has seen is joined to it. */
  #startOver() {
    this.#publish({ type: "overtaken" });
    if (this.#held) this.#newest = undefined;
    this.#age.stop();
    this.#session = this.#makeSession();
  }

  #verified(fields, saved) {
    if (fields.step !== "stored") {
      this.#crashes = 0;
      this.#retrying = false;
    }
    const verdict = dated({ ...fields, verifyMs: this.#verifyMs, saved });
    this.#publish({ type: "verified", verdict });
    // On the way to the head every block is old; whether the client stays there shows when it waits.
    if (fields.step === "hop") this.#age.stop();
    else this.#age.start();
  }

  /** Hands an outcome to the session, and keeps why it was refused until the wait is known. */
  #hand(work) {
    try {
      this.#timed(work);
      this.#fault = undefined;
    } catch (error) {
      if (error instanceof VerifierCrashError) throw error;
      this.#fault = error;
    }
    this.#backingOff = this.#fault !== undefined;
    this.#retrying ||= this.#backingOff;
  }

  #reportFault({ need, ms }) {
    const error = this.#fault;
    if (error === undefined) return;
    this.#fault = undefined;
    const type = isTrouble(error) ? "unreachable" : "refused";
    const retryInMs = need === "wait" ? ms : 0;
    this.#publish({ type, error, retryInMs });
  }

  /** Drops a session that crashed; the next one goes on from what is stored. */
  async #recover(thrown) {
    this.#session = undefined;
    this.#parts.transport.started();
    this.#age.stop();
    this.#fault = undefined;
    this.#backingOff = this.#retrying = true;
    const error =
      thrown instanceof RppError
        ? thrown
        : new VerifierCrashError("crash", `the client failed: ${reasonOf(thrown)}`, { cause: thrown });
    this.#publish({ type: "crashed", error });
    await this.#wait(Math.min(FIRST_CRASH_WAIT_MS * 2 ** this.#crashes, LAST_CRASH_WAIT_MS));
    this.#crashes += 1;
  }

  /** Waits until the session needs something else, unless somebody has asked for the head since. */
  async #rest(ms) {
    if (!this.#woken) await this.#wait(ms);
    if (this.#woken && !this.signal.aborted) this.#call((session) => session.wake());
    this.#woken = false;
  }

  #wait(ms) {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const timer = clock.setTimeout(resolve, ms);
      this.#interrupt = () => {
        clock.clearTimeout(timer);
        resolve();
      };
      if (this.signal.aborted) this.#interrupt();
    });
  }

  #timed(work) {
    const { clock } = this.#parts;
    const start = clock.uptime();
    const result = this.#call(work);
    this.#verifyMs = clock.uptime() - start;
    return result;
  }

  #call(work) {
    if (this.signal.aborted) throw closed();
    if (this.#session === undefined) {
      throw new VerifierCrashError("crash", "the verifier crashed and is not yet replaced");
    }
    return this.#session.call(work);
  }

  #now() {
    const { clock } = this.#parts;
    return [clock.unix(), clock.uptime()];
  }

  // After a fault nothing comes from the cache, where a broken answer might be kept for a year.
  #cache(path) {
    if (this.#retrying) return "reload";
    // What is verified may be asked for anew; what is only said is not to come from a cache that a liar has filled.
    if (SAID.test(path)) return "reload";
    return cacheOf(path);
  }

  #publish(event) {
    if (!this.signal.aborted) this.#parts.publish(Object.freeze(event));
  }
}

// A state has three proofs at most, of 384 KiB each, and a setup with its roots, of 4 MiB.
const MOST_BYTES = 2 ** 23;
const closed = () => new ConfigError("closed", "the client has been closed");

const SAID = /^\/v1\/(transactions|keys)/;
const FIRST_CRASH_WAIT_MS = 1_000;
const LAST_CRASH_WAIT_MS = 60_000;
