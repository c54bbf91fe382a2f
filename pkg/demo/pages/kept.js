// What the wallet of this browser has kept of an operation that it has sent.
import { decode } from "../base64.js";
import { recall } from "../wallet/kept.js";

/** Returns the bytes of an operation and the hash of the block that has it, `undefined` where they are not both kept. */
export function keptOperation(chainId, hash) {
  const { body, headerHash } = recall(`rpp-wallet-${chainId}-operations.${hash}`) ?? {};
  const bytes = body && decode(body);
  return bytes && headerHash ? { bytes, headerHash } : undefined;
}
