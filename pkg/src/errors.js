/** The base of every error of this package: `code` is stable, `message` is for people. */
export class RppError extends Error {
  // Defined and not assigned, which a frozen `Error.prototype` would refuse.
  name = this.constructor.className;

  constructor(code, message, options) {
    super(message, options);
    this.code = code;
  }

  toJSON() {
    return toPlain(this);
  }

  static className = "RppError";

  // A Proxy of somebody else's may throw when it is asked what it is.
  static [Symbol.hasInstance](value) {
    try {
      return this.prototype.isPrototypeOf(value);
    } catch {
      return false;
    }
  }
}

// Written out, since minifiers rename classes.
const named = (className) =>
  class extends RppError {
    static className = className;
  };

/** The caller's options are not usable. */
export const ConfigError = named("ConfigError");

/** No whole answer came from the host. */
export const TransportError = named("TransportError");

/** The answer is a problem, or from something that stands between. */
export const ProblemError = named("ProblemError");

/** The host's bytes are not of their kind. */
export const DecodeError = named("DecodeError");

/** A setup is not what the pinned keys have signed, has expired, or does not list what is needed. */
export const SetupError = named("SetupError");

/** A header breaks a rule of the chain. */
export const HeaderError = named("HeaderError");

/** A proof does not prove its statement. */
export const VerifyError = named("VerifyError");

/** What the host says beside a header is not what that shows. */
export const ClaimError = named("ClaimError");

/** The host answered something else than what was asked for. */
export const AnswerError = named("AnswerError");

/** Stored state cannot be read, believed or written. */
export const StateError = named("StateError");

/** Two headers are signed of which the chain can have only one. */
export const ConflictError = named("ConflictError");

/** What the verifier can prove is weaker than the caller's floor. */
export const FloorError = named("FloorError");

/** The wallet's key, its file or its store refuses. */
export const WalletError = named("WalletError");

/** The verifier itself failed: this is no verdict, and its instance has been dropped. */
export const VerifierCrashError = named("VerifierCrashError");

/** Returns the plain object that stands for an error across `postMessage`. */
export function toPlain(error) {
  const part = (name, other) => textOf(() => error?.[name] ?? other, other);
  const message = textOf(() => error?.message ?? error);
  const plain = { name: part("name", "Error"), code: part("code", "internal"), message };
  for (const name of MORE) {
    const value = part(name, "");
    if (value) plain[name] = value;
  }
  if (isTrouble(error)) plain.transient = true;
  return plain;
}

/** Returns what `read` returns as text: anything can be thrown, and not everything can be read or written. */
function textOf(read, other = "unknown") {
  try {
    return String(read());
  } catch {
    return other;
  }
}

/** Returns the error, of its own class, that [`toPlain`] was given. */
export function fromPlain(plain) {
  const { name, code, message, ...more } = toPlain(plain);
  const of = CLASSES.find((candidate) => candidate.className === name);
  if (of) return Object.assign(new of(code, message), more);
  // What is not of this package, such as a store's, keeps its name.
  return Object.assign(new RppError(code, message), { name });
}

/** Returns the innermost cause of `error` in words: "fetch failed" says nothing. */
export function reasonOf(error) {
  return textOf(() => {
    for (let depth = 0; depth < 8; depth += 1) error = error?.cause ?? error?.errors?.[0] ?? error;
    return error?.message || error?.code || error;
  });
}

/**
 * Returns what a call into the module threw as an error of this package.
 *
 * The verifier throws plain `Error`s with a code. All else (a trap, an exhausted stack, the glue's
 * own complaints) says that the instance is broken. `what` was in it.
 */
export function fromModule(thrown, what = "verifier") {
  const refusal = thrown instanceof Error && Object.getPrototypeOf(thrown) === Error.prototype;
  if (refusal && typeof thrown.code === "string") {
    // A kind is the name of its class, in small letters and without `Error`.
    const kind = thrown.code === "floor" ? "floor" : thrown.kind;
    const of = CLASSES.find(({ className }) => className.toLowerCase() === `${kind}error`) ?? RppError;
    const error = new of(thrown.code, printable(thrown.message));
    for (const name of ["transient", ...MORE]) if (thrown[name]) error[name] = thrown[name];
    return error;
  }
  return new VerifierCrashError("crash", `the ${what} crashed: ${reasonOf(thrown)}`, { cause: thrown });
}

/** Whether an error is trouble, which may pass, and not a lie. The module decides. */
export function isTrouble(error) {
  try {
    return error?.transient === true;
  } catch {
    return false;
  }
}

/** Returns `text` as it may be shown: it can hold what a host wrote. */
export function printable(text) {
  const plain = text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\u{fffd}");
  return plain.length > MOST_CHARACTERS ? `${plain.slice(0, MOST_CHARACTERS)}…` : plain;
}

const MOST_CHARACTERS = 400;
// What only some errors have: the host's own code, and the hash of an operation.
const MORE = ["hostCode", "operation"];

const CLASSES = [
  ConfigError,
  TransportError,
  ProblemError,
  DecodeError,
  SetupError,
  HeaderError,
  VerifyError,
  ClaimError,
  AnswerError,
  StateError,
  ConflictError,
  FloorError,
  WalletError,
  VerifierCrashError,
];
