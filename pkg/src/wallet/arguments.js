import { isBytes } from "../bytes.js";
import { ConfigError, WalletError } from "../errors.js";
import { checkSignal } from "../options.js";
import { reading } from "../reading.js";
import { MAX_BYTES } from "./key-file.js";

/** Returns a number of 32 bits. */
export function u32(value, name) {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return value;
  throw bad(`${name} is not a whole number from 0 to 4294967295`);
}

/** Returns an amount. */
export function u64(value, name) {
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 64n) return value;
  throw bad(`${name} is not a bigint from 0n to 18446744073709551615n`);
}

/** Returns a passphrase, or words. */
export function text(value, name) {
  if (typeof value !== "string") throw bad(`${name} is not a string`);
  if (value.length > MAX_CHARACTERS) throw bad(`${name} has more than ${MAX_CHARACTERS} characters`);
  return value;
}

/** Returns the hash of an operation. */
export function hashOf(value) {
  if (typeof value === "string" && HEX.test(value)) return value;
  throw bad("the hash is not 64 hexadecimal digits in lower case");
}

/** Returns a copy of the bytes of a key file. */
export function fileOf(value) {
  const length = reading(() => {
    if (!isBytes(value)) throw bad("the key file is not a Uint8Array");
    return value.length;
  });
  if (length > MAX_BYTES) throw new WalletError("too-long", `a key file of ${length} bytes, at most ${MAX_BYTES}`);
  // Throws where the buffer has been handed to another thread.
  return reading(() => new Uint8Array(value));
}

/** Returns the id of a new key. */
export function keyIdOf(key) {
  return reading(() => {
    const { keyId } = key ?? {};
    if (typeof keyId === "string" && HEX.test(keyId)) return keyId;
    throw bad("that is not a key that generate() made");
  });
}

/** Returns how a key is to be made, each option read once. */
export function keyOptions(given) {
  return reading(() => {
    const { chainId, treeHeight = TREE_HEIGHT, onProgress = () => {}, signal } = given ?? {};
    checkSignal(signal);
    if (typeof onProgress !== "function") throw bad("onProgress is not a function");
    if (!Number.isInteger(treeHeight) || treeHeight < MIN_HEIGHT || treeHeight > MAX_HEIGHT) {
      throw bad(`treeHeight is not a whole number from ${MIN_HEIGHT} to ${MAX_HEIGHT}`);
    }
    return { chainId: u32(chainId, "chainId"), treeHeight, onProgress, signal };
  });
}

/** Returns the parts of a payment. */
export function paymentOf(given) {
  return reading(() => {
    const { to, amount, fee } = given ?? {};
    return [u32(to, "to"), u64(amount, "amount"), u64(fee, "fee")];
  });
}

const bad = (message) => new ConfigError("bad-option", message);
const HEX = /^[0-9a-f]{64}$/;
const MAX_CHARACTERS = 4096;
const [MIN_HEIGHT, TREE_HEIGHT, MAX_HEIGHT] = [4, 10, 16];
