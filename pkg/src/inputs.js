import { isBytes, kindOf } from "./bytes.js";
import { ConfigError, VerifyError } from "./errors.js";
import { reading } from "./reading.js";

/** Returns copies of what a proof is verified against, in the order that the module takes. */
export function inputsOf(given) {
  const copies = reading(() => {
    const { header, parent, certificate, proof } = given ?? {};
    return Object.entries({ header, parent, certificate, proof }).map(copied);
  }, "bad-bytes");
  for (const { length } of copies) {
    // The memory of an instance grows and never shrinks.
    if (length > MAX_BYTES) throw new VerifyError("too-long", `${length} bytes, at most ${MAX_BYTES}`);
  }
  return copies;
}

/** Returns the bytes as they are now; throws where their buffer has been handed to another thread. */
function copied([name, value]) {
  if (kindOf(value) !== "ArrayBuffer" && !isBytes(value)) {
    throw new ConfigError("bad-bytes", `${name} is not a Uint8Array`);
  }
  return new Uint8Array(value).slice();
}

const MAX_BYTES = 2 ** 20;
