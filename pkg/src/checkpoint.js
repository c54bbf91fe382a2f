import { ConfigError } from "./errors.js";

/** Parses `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`; refuses any other spelling. */
export function parseCheckpoint(text) {
  const [, height, hash, timestamp, epoch] = FORM.exec(text) ?? [];
  if (hash === undefined) throw bad("checkpoint is not HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH");
  return checked({
    height: Number(height),
    hash,
    timestampMs: BigInt(timestamp),
    epochLength: Number(epoch),
  });
}

/** Returns the text that [`parseCheckpoint`] reads. */
export function formatCheckpoint(checkpoint) {
  const { height, hash, timestampMs, epochLength } = checkpoint;
  const text = `${height}:${hash}:${timestampMs}:${epochLength}`;
  parseCheckpoint(text);
  return text;
}

function checked(checkpoint) {
  const { height, timestampMs, epochLength } = checkpoint;
  if (height > MAX_U32 || epochLength > MAX_U32) {
    throw bad(`height and epoch length of a checkpoint are at most ${MAX_U32}`);
  }
  if (timestampMs > MAX_U64) throw bad(`timestamp of a checkpoint is at most ${MAX_U64}`);
  return Object.freeze(checkpoint);
}

const bad = (message) => new ConfigError("bad-checkpoint", message);

const FORM = /^(0|[1-9]\d{0,9}):([0-9a-f]{64}):(0|[1-9]\d{0,19}):([1-9]\d{0,9})$/;
const MAX_U32 = 2 ** 32 - 1;
const MAX_U64 = 2n ** 64n - 1n;
