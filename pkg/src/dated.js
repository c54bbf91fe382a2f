import { ConfigError } from "./errors.js";
import { frozen } from "./frozen.js";

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
  const { spent, ...rest } = value ?? {};
  if (spent === undefined) throw new ConfigError("bad-plain", "not a verdict or a status");
  return { ...rest, spent: { ...spent, bytes: String(spent.bytes) } };
}

/** Returns the verdict or status that [`datedToPlain`] was given. */
export function datedFromPlain(plain) {
  const { spent, timestampMs, staleAtMs } = plain ?? {};
  if (![timestampMs, staleAtMs].every(Number.isFinite) || !/^\d{1,20}$/.test(spent?.bytes)) {
    throw new ConfigError("bad-plain", "not the plain form of a verdict or a status");
  }
  // What an earlier release kept may have one.
  const { freshness: _, statement, ...rest } = plain;
  const copies = statement && { statement: { ...statement } };
  return dated({ ...rest, ...copies, spent: { ...spent, bytes: BigInt(spent.bytes) } });
}

const MAX_CLOCK_DRIFT_MS = 30_000;
