import { isBytes, kindOf } from "./bytes.js";
import { ConfigError, VerifyError } from "./errors.js";

/** Returns what a proof is verified against as bytes, in the order that the module takes. */
export function inputsOf(given) {
  const { header, parent, certificate, proof } = given ?? {};
  return Object.entries({ header, parent, certificate, proof }).map(bytes);
}

function bytes([name, value]) {
  if (kindOf(value) === "ArrayBuffer") value = new Uint8Array(value);
  if (!isBytes(value)) throw new ConfigError("bad-bytes", `${name} is not a Uint8Array`);
  // The memory of an instance grows and never shrinks.
  if (value.length > MAX_BYTES) throw new VerifyError("too-long", `${name} is above ${MAX_BYTES}`);
  return value;
}

const MAX_BYTES = 2 ** 20;
