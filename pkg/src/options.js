import { formatCheckpoint, parseCheckpoint } from "./checkpoint.js";
import { ConfigError } from "./errors.js";

/** Returns the client's options with defaults; refuses names it does not know, as misspelt ones. */
export function clientOptions(given, more = []) {
  const options = known(given, [...NAMES, ...more]);
  const { checkpoint } = options;
  const key = formatCheckpoint(
    typeof checkpoint === "string" ? parseCheckpoint(checkpoint) : (checkpoint ?? {}),
  );
  const { follow, floor, timeoutMs = TIMEOUT_MS } = options;
  if (follow !== undefined) checkFollow(known(follow, ["everyMs", "everyBlock"]));
  if (floor !== undefined) known(floor, ["starkBits", "hashBits"]);
  if (!(timeoutMs > 0)) throw new ConfigError("bad-timeout", "timeoutMs is not a positive number");
  return { ...options, timeoutMs, url: base(options.url), key };
}

/** Returns the options of a verifier. */
export function verifierOptions(given, more = []) {
  const options = known(given, ["module", "chainId", ...more]);
  const { chainId } = options;
  if (!Number.isInteger(chainId) || chainId < 0 || chainId >= 2 ** 32) {
    throw new ConfigError("bad-chain-id", "chainId is not a number from 0 to 4294967295");
  }
  return options;
}

/** Returns the configuration of a session, which itself checks the numbers. */
export function sessionConfig(options) {
  const { key, follow, maxHeadAgeMs, floor } = options;
  return {
    checkpoint: key,
    everyMs: follow?.everyBlock ? undefined : (follow?.everyMs ?? FOLLOW_MS),
    maxHeadAgeMs: maxHeadAgeMs ?? MAX_HEAD_AGE_MS,
    minStarkBits: floor?.starkBits ?? STARK_BITS,
    minHashBits: floor?.hashBits ?? HASH_BITS,
  };
}

function checkFollow({ everyMs, everyBlock }) {
  const interval = Number.isInteger(everyMs) && everyMs >= 0 && everyBlock === undefined;
  const blocks = everyBlock === true && everyMs === undefined;
  if (interval || blocks) return;
  throw new ConfigError("bad-follow", "follow is neither { everyMs } nor { everyBlock: true }");
}

function known(given, names) {
  for (const name of Object.keys(given ?? {})) {
    if (!names.includes(name)) throw new ConfigError("unknown-option", `unknown option ${name}`);
  }
  return { ...given };
}

function base(text) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw new ConfigError("bad-url", "url is not a valid URL");
  }
  const { protocol, search, hash, username, password, href } = url;
  if (!/^https?:$/.test(protocol)) throw new ConfigError("bad-url", "url is not http or https");
  if (search || hash || username || password) {
    throw new ConfigError("bad-url", "url has a query, a fragment or a user");
  }
  return href.replace(/[/?#]+$/, "");
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
const FOLLOW_MS = 60_000;
const MAX_HEAD_AGE_MS = 300_000;
const STARK_BITS = 128;
const HASH_BITS = 123;
const TIMEOUT_MS = 10_000;
