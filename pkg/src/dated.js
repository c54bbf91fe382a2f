import { ConfigError } from "./errors.js";
import { frozen } from "./frozen.js";
import { reading } from "./reading.js";

/** A verdict or a status. What is kept or sent of it has no freshness, which would be that of its writing. */
class Dated {
  /** Whether the head is fresh just now. */
  get freshness() {
    const now = Date.now();
    // A header further ahead than the chain allows shows that the clock is behind.
    const isBehind = this.timestampMs > now + MAX_CLOCK_DRIFT_MS;
    return now > this.staleAtMs || isBehind ? "stale" : "fresh";
  }

  toJSON() {
    return datedToPlain(this);
  }
}

/** Returns the verdict or status with these fields. */
export function dated(fields) {
  return frozen(Object.assign(new Dated(), fields));
}

/** Returns a verdict or status as JSON, structured cloning and extension storage can all carry it. */
export function datedToPlain(value) {
  return reading(() => {
    const { spent, ...rest } = value ?? {};
    if (!spent) throw bad();
    return { ...rest, spent: { ...spent, bytes: String(spent.bytes) } };
  }, BAD);
}

/** Returns the verdict or status that [`datedToPlain`] was given. */
export function datedFromPlain(plain) {
  return reading(() => {
    // What an earlier release kept may have one.
    const { freshness: _, statement, spans = [], setup, spent, ...rest } = plain ?? {};
    const { bytes } = spent ?? {};
    if (![rest.timestampMs, rest.staleAtMs].every(Number.isFinite) || !/^\d{1,20}$/.test(bytes)) throw bad();
    const copies = { ...(statement && { statement: { ...statement }, spans: structuredClone(spans) }), ...(setup !== undefined && { setup: structuredClone(setup) }) };
    return dated({ ...rest, ...copies, spent: { ...spent, bytes: BigInt(bytes) } });
  }, BAD);
}

const BAD = "bad-plain";
const bad = () => new ConfigError(BAD, "not a verdict or a status, nor the plain form of one");
const MAX_CLOCK_DRIFT_MS = 30_000;
