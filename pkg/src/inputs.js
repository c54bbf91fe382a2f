import { isBytes, kindOf } from "./bytes.js";
import { ConfigError, VerifyError } from "./errors.js";
import { isDigest, isWhole } from "./options.js";
import { reading } from "./reading.js";

/**
 * Returns what a verifier is to check: the module's class, its method, and copies of what that takes.
 *
 * What has a `circuit` is about accounts; the other proofs are those of headers.
 */
export function inputsOf(given) {
  const circuit = reading(() => given?.circuit ?? "consensus", BAD);
  if (circuit === "consensus") return ["ConsensusVerifier", "verify", ...bytesOf(given, HEADER_INPUTS)];
  if (!Object.hasOwn(STATEMENTS, circuit)) {
    throw new ConfigError("bad-option", `circuit is none of consensus, ${Object.keys(STATEMENTS).join(", ")}`);
  }
  const statement = reading(() => STATEMENTS[circuit].map(([name, check]) => check(name, given.statement?.[name])));
  return ["LedgerVerifier", circuit, ...statement, ...bytesOf(given, ["proof"])];
}

function bytesOf(given, names) {
  const views = reading(() => names.map((name) => view(name, given?.[name])), BAD);
  for (const { length } of views) {
    // The memory of an instance grows and never shrinks.
    if (length > MAX_BYTES) throw new VerifyError("too-long", `${length} bytes, at most ${MAX_BYTES}`);
  }
  // Throws where a buffer has been handed to another thread.
  return reading(() => views.map((bytes) => new Uint8Array(bytes)), BAD);
}

function view(name, value) {
  if (kindOf(value) === "ArrayBuffer") return new Uint8Array(value);
  if (isBytes(value)) return value;
  throw new ConfigError(BAD, `${name} is not a Uint8Array`);
}

function digest(name, value) {
  if (isDigest(value)) return value;
  throw new ConfigError("bad-option", `statement.${name} is not 64 lower-case hexadecimal digits`);
}

function account(name, value) {
  if (isWhole(value)) return value;
  throw new ConfigError("bad-option", `statement.${name} is not an account number`);
}

const HEADER_INPUTS = ["header", "parent", "certificate", "proof"];
// In the order that the module takes them.
const STATEMENTS = {
  state: [["before", digest], ["after", digest], ["txRoot", digest], ["proposerAccount", account]],
  transaction: [["stateRoot", digest], ["operation", digest]],
  identity: [["before", digest], ["after", digest], ["operation", digest]],
};
const BAD = "bad-bytes";
const MAX_BYTES = 2 ** 20;
