// Accounts that a header shows, for wallets without a chain: made by the program that makes the figures.
import { execFileSync } from "node:child_process";

import { built } from "./built.js";

/** Returns the path of the program; `undefined` where there is none. */
export const figuresBinary = () => built("figures", "RPP_FIGURES");

/** Returns header and document, in bytes, of account 5 of chain 7: it has this key, 1,000,000 and this nonce. */
export function shown(keyId, nonce = 0) {
  const given = ["account", "--key-id", keyId, "--nonce", String(nonce)];
  const { header, document } = JSON.parse(execFileSync(figuresBinary(), given, { encoding: "utf8" }));
  return { header: Uint8Array.from(Buffer.from(header, "hex")), document: Uint8Array.from(Buffer.from(document, "hex")) };
}

export const INDEX = 5;
export const HEIGHT = 1;
