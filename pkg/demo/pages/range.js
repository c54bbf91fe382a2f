// What a host says of a block that it has pruned, and where it proves that block's header.
import { systemClock } from "../../src/clock.js";
import { Transport } from "../../src/transport.js";

/**
 * Resolves to the path of the proof of the range that has the block, by the host's word; to `undefined` where the host does not
 * say that it has pruned the block.
 */
export async function rangeOf(host, hash, height, signal) {
  const transport = new Transport(host, { timeoutMs: TIMEOUT_MS, clock: systemClock });
  const ask = async (path) => {
    const asked = { maxBytes: MOST_BYTES, cache: "no-store", accept: "application/json", signal };
    const { body } = await transport.send(path, asked);
    return JSON.parse(new TextDecoder().decode(body));
  };
  const { state } = await ask(`/v1/transactions/${hash}`);
  // Only of a pruned block is this a short answer, which says where its header is proven.
  return state === "pruned" ? pathOf((await ask(`/v1/blocks/${height}/proofs/state`)).range, height) : undefined;
}

/** Returns a path that is one of a range with this height. */
function pathOf(range, height) {
  const [, first, last] = /^\/v1\/pruning\/(\d{1,10})-(\d{1,10})$/.exec(range) ?? [];
  if (first === undefined || Number(first) > height || Number(last) < height) return undefined;
  return { path: range, first: Number(first), last: Number(last) };
}

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 16_384;
