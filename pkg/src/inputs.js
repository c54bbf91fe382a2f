import { isBytes, kindOf } from "./bytes.js";
import { ConfigError, VerifyError } from "./errors.js";
import { digest, whole } from "./options.js";
import { reading } from "./reading.js";

/**
 * Returns what a verifier is to check: the module's class, its method, and copies of what that takes.
 *
 * What has a `circuit` is about accounts, a range of headers, votes or ends of epochs; the other proofs are those of headers.
 */
export function inputsOf(given) {
  const circuit = reading(() => given?.circuit ?? "consensus", BAD);
  if (circuit === "consensus") return ["ConsensusVerifier", "verify", ...bytesOf(given, HEADER_INPUTS)];
  if (!Object.hasOwn(STATEMENTS, circuit)) {
    throw new ConfigError("bad-option", `circuit is none of consensus, ${Object.keys(STATEMENTS).join(", ")}`);
  }
  const headers = HEADERS[circuit];
  const statement = reading(() => {
    const from = headers ? given : given.statement;
    return STATEMENTS[circuit].map((name) => (NUMBERS.includes(name) ? whole : digest)(name, from?.[name]));
  });
  const [proof, ...ends] = bytesOf(given, ["proof", ...(headers ?? [])]);
  return ["LedgerVerifier", circuit, ...ends, ...statement, proof];
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

const HEADER_INPUTS = ["header", "parent", "certificate", "proof"];
// In the order that the module takes them.
const STATEMENTS = {
  state: ["before", "after", "txRoot", "proposerAccount"],
  transaction: ["stateRoot", "operation"],
  identity: ["before", "after", "operation"],
  // Of these the headers come before.
  pruning: ["foldBefore", "foldAfter"],
  uptime: ["epochLength", "first", "validatorSetRoot", "index", "keyId", "signed"],
  span: ["firstHeight", "epochLength", "validatorSetRoot"],
};
const HEADERS = { pruning: ["start", "end"], uptime: ["head"], span: ["last"] };
// All others are digests.
const NUMBERS = ["proposerAccount", "epochLength", "first", "index", "signed", "firstHeight"];
const BAD = "bad-bytes";
const MAX_BYTES = 2 ** 20;
