import { formatCheckpoint, parseCheckpoint } from "./checkpoint.js";
import { ConfigError, reasonOf } from "./errors.js";

/**
 * Returns the client's options as plain values, each read once; refuses names that it does not know, as
 * misspelt ones.
 */
export function clientOptions(given, more = []) {
  return reading(() => {
    const options = known(given, [...NAMES, ...more]);
    const { checkpoint, follow, floor, maxHeadAgeMs, store, signal } = options;
    const key = formatCheckpoint(
      typeof checkpoint === "string" ? parseCheckpoint(checkpoint) : checkpoint,
    );
    checkTypes(options);
    checkSignal(signal);
    if (store !== undefined && !METHODS.every((name) => typeof store?.[name] === "function")) {
      throw bad("store has no load, save and discard");
    }
    if (maxHeadAgeMs !== undefined) whole("maxHeadAgeMs", maxHeadAgeMs);
    return {
      ...options,
      ...("follow" in options && { follow: followed(known(follow, ["everyMs", "everyBlock"])) }),
      ...("floor" in options && { floor: floored(known(floor, ["starkBits", "hashBits"])) }),
      timeoutMs: timeout(options),
      url: base(options.url),
      key,
    };
  });
}

/** Returns the options of a verifier, read as those of a client are. */
export function verifierOptions(given, more = []) {
  return reading(() => {
    const options = known(given, ["module", "chainId", "timeoutMs", ...more]);
    const { chainId } = options;
    checkTypes(options);
    if (!isWhole(chainId)) throw new ConfigError("bad-chain-id", `chainId is not ${WHOLE}`);
    return { ...options, timeoutMs: timeout(options) };
  });
}

/** Refuses what is no `AbortSignal`, of whichever realm. */
export function checkSignal(signal) {
  if (signal === undefined) return;
  if (typeof signal?.aborted !== "boolean" || typeof signal.addEventListener !== "function") {
    throw bad("signal is not an AbortSignal");
  }
}

/** Returns the arguments of a session, in its order; whether its bits can be had it checks itself. */
export function sessionConfig({ key, follow, maxHeadAgeMs = MAX_HEAD_AGE_MS, floor }) {
  const { starkBits, hashBits } = floor ?? floored({});
  const everyMs = follow?.everyBlock ? undefined : (follow?.everyMs ?? FOLLOW_MS);
  return [key, everyMs, maxHeadAgeMs, starkBits, hashBits];
}

/** A getter or a Proxy of the caller's may throw whatever it likes. */
function reading(work) {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw bad(`options cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function followed({ everyMs, everyBlock }) {
  if (isWhole(everyMs) && everyBlock === undefined) return { everyMs };
  if (everyBlock === true && everyMs === undefined) return { everyBlock };
  throw new ConfigError("bad-follow", "follow is neither { everyMs } nor { everyBlock: true }");
}

function floored({ starkBits = STARK_BITS, hashBits = HASH_BITS }) {
  return { starkBits: whole("starkBits", starkBits), hashBits: whole("hashBits", hashBits) };
}

function timeout({ timeoutMs = TIMEOUT_MS }) {
  if (typeof timeoutMs === "number" && timeoutMs > 0) return timeoutMs;
  throw new ConfigError("bad-timeout", "timeoutMs is not a positive number");
}

function checkTypes({ fetch, worker, hints }) {
  for (const [name, given] of Object.entries({ fetch, worker })) {
    if (given !== undefined && typeof given !== "function") throw bad(`${name} is not a function`);
  }
  if (hints !== undefined && typeof hints !== "boolean") throw bad("hints is not a boolean");
}

function whole(name, value) {
  if (isWhole(value)) return value;
  throw new ConfigError("bad-config", `${name} is not ${WHOLE}`);
}

const isWhole = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;

/** Returns what is given; what is undefined is not. */
function known(given, names) {
  const options = { ...given };
  // A module that fails is nobody's unhandled rejection where another option is refused first.
  for (const value of Object.values(options)) value?.catch?.(() => {});
  for (const [name, value] of Object.entries(options)) {
    if (!names.includes(name)) throw new ConfigError("unknown-option", `unknown option ${name}`);
    if (value === undefined) delete options[name];
  }
  return options;
}

const badUrl = (what) => new ConfigError("bad-url", `url ${what}`);
const bad = (message, options) => new ConfigError("bad-option", message, options);

function base(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw badUrl("is not a valid URL");
  }
  const { protocol, username, password, href } = url;
  if (!/^https?:$/.test(protocol)) throw badUrl("is not http or https");
  if (/[?#]/.test(href) || username || password) throw badUrl("has a query, a fragment or a user");
  return href.replace(/\/+$/, "");
}

const NAMES = [
  "url",
  "checkpoint",
  "follow",
  "maxHeadAgeMs",
  "floor",
  "store",
  "fetch",
  "module",
  "signal",
  "timeoutMs",
  "hints",
];
const METHODS = ["load", "save", "discard"];
const WHOLE = "a whole number from 0 to 4294967295";
const FOLLOW_MS = 60_000;
const MAX_HEAD_AGE_MS = 300_000;
const STARK_BITS = 128;
const HASH_BITS = 123;
const TIMEOUT_MS = 10_000;
