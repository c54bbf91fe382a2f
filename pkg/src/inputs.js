import { isBytes, kindOf } from "./bytes.js";
import { ConfigError, VerifyError } from "./errors.js";
import { reading } from "./reading.js";

/** Returns copies of what a proof is verified against, in the order that the module takes. */
export function inputsOf(given) {
  const views = reading(() => {
    const { header, parent, certificate, proof } = given ?? {};
    return Object.entries({ header, parent, certificate, proof }).map(view);
  }, BAD);
  for (const { length } of views) {
    // The memory of an instance grows and never shrinks.
    if (length > MAX_BYTES) throw new VerifyError("too-long", `${length} bytes, at most ${MAX_BYTES}`);
  }
  // Throws where a buffer has been handed to another thread.
  return reading(() => views.map((bytes) => new Uint8Array(bytes)), BAD);
}

function view([name, value]) {
  if (kindOf(value) === "ArrayBuffer") return new Uint8Array(value);
  if (isBytes(value)) return value;
  throw new ConfigError(BAD, `${name} is not a Uint8Array`);
}

const BAD = "bad-bytes";
const MAX_BYTES = 2 ** 20;
