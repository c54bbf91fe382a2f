import { isBytes } from "./bytes.js";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint.js";
import { ConfigError } from "./errors.js";
import { has, reading } from "./reading.js";

/**
 * Returns the client's options as plain values, each read once; refuses names that it does not know, as
 * misspelt ones.
 *
 * `config` are the arguments of a session, in its order; whether its bits can be had it checks itself.
 */
export function clientOptions(given, more = []) {
  return reading(() => {
    const options = known(given, [...NAMES, ...more]);
    const { checkpoint, root, follow, floor, maxHeadAgeMs = MAX_HEAD_AGE_MS, hints, transitions = false, ...others } =
      options;
    const { maxTrustAgeMs = MAX_TRUST_AGE_MS, waiveOfflineCheckpoint = false, ...rest } = others;
    const { ahead, key, ...pin } = root === undefined ? fromCheckpoint(checkpoint) : fromRoot(root, checkpoint);
    const { storeKey = key } = options;
    if (typeof storeKey !== "string") throw bad("storeKey is not a string");
    checkTypes(options);
    const { store, signal } = rest;
    checkSignal(signal);
    if (store !== undefined && !has(store, ["load", "save"])) {
      throw bad("store has no load and save");
    }
    const { starkBits = STARK_BITS, hashBits = HASH_BITS } = known(floor, ["starkBits", "hashBits"]);
    const everyMs = interval(follow);
    const numbers = Object.entries({ maxHeadAgeMs, starkBits, hashBits, maxTrustAgeMs });
    const checked = numbers.map(([name, value]) => whole(name, value, "bad-config"));
    return {
      ...rest,
      // A file has spaces and ends of lines, which not every store takes in a key.
      key: encodeURI(storeKey),
      ahead,
      config: [pin.checkpoint, everyMs, transitions, ...checked, pin.root, waiveOfflineCheckpoint],
      // Who follows at an interval does not want to be told in between.
      hints: hints && everyMs === undefined,
      timeoutMs: timeout(rest),
      url: base(rest.url),
    };
  });
}

/** Returns what names a checkpoint in a store, and what a start from it asks for `ahead` of the session. */
function fromCheckpoint(given) {
  const checkpoint = formatCheckpoint(typeof given === "string" ? parseCheckpoint(given) : given);
  return { checkpoint, key: checkpoint, ahead: `/v1/blocks/${checkpoint.split(":", 1)}` };
}

/** Returns the same of a root pin, which the module reads; nothing is asked ahead of it where that is a file. */
function fromRoot(given, checkpoint) {
  if (checkpoint !== undefined) throw bad("checkpoint is given, and root as well");
  // A root file is ASCII, and the module refuses what is not.
  const root = isBytes(given) ? String.fromCharCode(...given) : given;
  if (typeof root !== "string") throw bad("root is not a string");
  const [, version] = /^(?:\d+:(?=\d+:))?(\d+):/.exec(root) ?? [];
  return { root, key: root, ahead: version && `/v1/setup?root=${version}` };
}

/** Returns the options of a verifier, read as those of a client are. */
export function verifierOptions(given, more = []) {
  return reading(() => {
    const options = known(given, ["module", "chainId", "timeoutMs", ...more]);
    const { chainId } = options;
    checkTypes(options);
    whole("chainId", chainId, "bad-chain-id");
    return { ...options, timeoutMs: timeout(options) };
  });
}

/** Returns the options of a wallet, read as those of a client are. */
export function walletOptions(given, more = []) {
  return reading(() => {
    const options = known(given, ["module", "store", "timeoutMs", ...more]);
    const { store } = options;
    checkTypes(options);
    if (store !== undefined && !has(store, ["load", "swap"])) throw bad("store has no load and swap");
    return { ...options, timeoutMs: timeout(options) };
  });
}

/** Returns the options of an iterator. */
export function iteratorOptions(given) {
  return reading(() => {
    const { signal } = given ?? {};
    checkSignal(signal);
    return { signal };
  });
}

/** Returns the owner's choice. */
export function choiceOf(given) {
  if (CHOICES.includes(given)) return given;
  throw new ConfigError("bad-config", `the choice is none of ${CHOICES.join(", ")}`);
}

/** Refuses what is no `AbortSignal`, of whichever realm. */
export function checkSignal(signal) {
  if (signal === undefined) return;
  const methods = ["addEventListener", "removeEventListener", "throwIfAborted"];
  if (typeof signal?.aborted !== "boolean" || !has(signal, methods)) {
    throw bad("signal is not an AbortSignal");
  }
}

/** Returns how long to wait between two heads, `undefined` where every block is to be verified. */
function interval(follow) {
  if (follow === undefined) return FOLLOW_MS;
  const { everyMs, everyBlock } = known(follow, ["everyMs", "everyBlock"]);
  if (everyBlock === undefined ? isWhole(everyMs) : everyBlock === true && everyMs === undefined) return everyMs;
  throw new ConfigError("bad-follow", "follow is neither { everyMs } nor { everyBlock: true }");
}

function timeout({ timeoutMs = TIMEOUT_MS }) {
  if (typeof timeoutMs === "number" && timeoutMs > 0) return timeoutMs;
  throw new ConfigError("bad-timeout", "timeoutMs is not a positive number");
}

function checkTypes({ fetch, worker, ...flags }) {
  for (const [name, given] of Object.entries({ fetch, worker })) {
    if (given !== undefined && typeof given !== "function") throw bad(`${name} is not a function`);
  }
  for (const name of ["hints", "transitions", "waiveOfflineCheckpoint"]) {
    if (flags[name] !== undefined && typeof flags[name] !== "boolean") throw bad(`${name} is not a boolean`);
  }
}

/** Returns a u32, and refuses what is none by its name. */
export function whole(name, value, code = "bad-option") {
  if (isWhole(value)) return value;
  throw new ConfigError(code, `${name} is not a whole number from 0 to 4294967295`);
}

const isWhole = (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;

/** Returns a digest as the module reads it, and refuses what is none by its name. */
export function digest(name, value) {
  if (typeof value === "string" && /^[0-9a-f]{64}$/.test(value)) return value;
  throw bad(`${name} is not 64 lower-case hexadecimal digits`);
}

/** Returns what is given, of these names only; what is undefined is not. */
export function known(given, names) {
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
const bad = (message) => new ConfigError("bad-option", message);

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
  "root",
  "follow",
  "transitions",
  "maxHeadAgeMs",
  "maxTrustAgeMs",
  "waiveOfflineCheckpoint",
  "floor",
  "store",
  "storeKey",
  "fetch",
  "module",
  "signal",
  "timeoutMs",
  "hints",
];
const CHOICES = ["head", "conflicting", "checkpoint"];
const FOLLOW_MS = 60_000;
const MAX_HEAD_AGE_MS = 300_000;
const MAX_TRUST_AGE_MS = 14 * 86_400_000;
const STARK_BITS = 128;
const HASH_BITS = 123;
const TIMEOUT_MS = 10_000;
