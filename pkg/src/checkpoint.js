import { ConfigError } from "./errors.js";
import { reading } from "./reading.js";

/** Parses `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`; refuses any other spelling. */
export function parseCheckpoint(text) {
  const [, height, hash, timestamp, epoch] = (typeof text === "string" && FORM.exec(text)) || [];
  if (hash === undefined) throw bad("the checkpoint is not HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH");
  return checked({
    height: Number(height),
    hash,
    timestampMs: Number(timestamp),
    epochLength: Number(epoch),
  });
}

/** Returns the text that [`parseCheckpoint`] reads. */
export function formatCheckpoint(checkpoint) {
  return reading(() => {
    const { height, hash, timestampMs, epochLength } = checkpoint ?? {};
    const text = [height, hash, timestampMs, epochLength].map(String).join(":");
    parseCheckpoint(text);
    return text;
  }, "bad-checkpoint");
}

function checked(checkpoint) {
  const { height, hash, timestampMs, epochLength } = checkpoint;
  if (height > MAX_U32 || epochLength > MAX_U32 || timestampMs > Number.MAX_SAFE_INTEGER) {
    throw bad("a number of the checkpoint is too large");
  }
  if (!hash.match(/.{8}/g).every(isElement)) throw bad("hash of the checkpoint is not that of a header");
  return Object.freeze(checkpoint);
}

/** A hash is eight field elements, each as four bytes with the lowest first. */
function isElement(hex) {
  return parseInt(hex.match(/../g).reverse().join(""), 16) < FIELD_ORDER;
}

const bad = (message) => new ConfigError("bad-checkpoint", message);

const FORM = /^(0|[1-9]\d{0,9}):([0-9a-f]{64}):(0|[1-9]\d{0,15}):([1-9]\d{0,9})$/;
const MAX_U32 = 2 ** 32 - 1;
const FIELD_ORDER = 0x78000001;
