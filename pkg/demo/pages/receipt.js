// An operation and the hash of the block that has it, as one line of text: what whoever has paid hands over as a receipt.
import { decode, encode } from "../base64.js";
import { units } from "../wallet/amount.js";
import { short } from "../words.js";

/** Why a text is not a receipt; the message says what to correct. */
export class NoReceipt extends Error {}

/** Returns `HASH:OPERATION`, the hash in hexadecimal and the operation's bytes in base64url. */
export const formatReceipt = ({ headerHash, bytes }) => `${headerHash}:${encode(bytes)}`;

/** Reads a receipt; the operation may be in hexadecimal or base64 as well, and spaces do not count. */
export function parseReceipt(text) {
  const [headerHash, body, ...more] = text.replace(/\s/g, "").split(":");
  if (!/^[0-9a-f]{64}$/.test(headerHash) || !body || more.length > 0) {
    throw new NoReceipt("It has to be the hash of the block, 64 digits from 0 to 9 and a to f, then a colon, then the operation.");
  }
  const bytes = /^([0-9a-f]{2})+$/.test(body) ? fromHex(body) : decode(body);
  if (!bytes) throw new NoReceipt("What follows the colon is neither hexadecimal nor base64.");
  return { headerHash, bytes, deed: deedOf(bytes) };
}

const fromHex = (text) => Uint8Array.from(text.match(/../g), (pair) => Number.parseInt(pair, 16));

/**
 * Returns what a signed operation does, in words: of its very bytes, which the verifier hashes. Section 23 of PROTOCOL.md has
 * their form; what is none is refused here, so that an error of the verifier is about what the host has said.
 */
function deedOf(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const word = (at) => view.getUint32(at, true);
  const long = (at) => view.getBigUint64(at, true);
  const known = bytes.length >= 16 && word(0) === MAGIC && word(4) === 1 && KINDS[word(12)];
  if (!known) throw new NoReceipt("What follows the colon is not a signed operation.");
  const end = 16 + known.length;
  // Behind the fields: the key, of which the height of its tree comes first; the signature with its path.
  const height = bytes.length < end + KEY ? 0 : word(end);
  if (bytes.length !== end + KEY + SIGNATURE + 32 * height) throw new NoReceipt("The operation is cut short, or too long.");
  for (let at = end; at < bytes.length; at += 4) {
    if (word(at) >= FIELD) throw new NoReceipt("The operation is damaged: not every number in its signature is one of the field.");
  }
  return { chainId: word(8), said: known.say({ word, long, hex: (at) => hex(bytes.subarray(at, at + 32)) }) };
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const KINDS = {
  1: {
    length: 28,
    say: ({ word, long }) =>
      `Account ${word(16)} pays ${units(long(24))} to account ${word(20)}, fee ${units(long(32))}, nonce ${word(40)}`,
  },
  2: { length: 40, say: ({ word, hex }) => `Registers account ${word(16)} for the key ${short(hex(20))}` },
  3: {
    length: 48,
    say: ({ word, long, hex }) => `Gives account ${word(16)} the key ${short(hex(20))}, fee ${units(long(52))}, nonce ${word(60)}`,
  },
};
const MAGIC = 0x4f505052;
const KEY = 56;
const SIGNATURE = 1_316;
const FIELD = 2 ** 31 - 2 ** 27 + 1;
