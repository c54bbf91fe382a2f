/** The base class of every error in this package. */
export class RppError extends Error {
  constructor(code: string, message: string, options?: { cause?: unknown });
  /** A stable code, the same in Rust and over HTTP. */
  readonly code: string;
  /**
   * `true` where it is trouble rather than a lie: the host is unreachable, busy or behind, or something else answers in
   * its place. Trying again may help.
   */
  readonly transient?: boolean;
  /** The code in the host's own problem document, by the host's word. */
  readonly hostCode?: string;
}

/** The caller's options are invalid. */
export class ConfigError extends RppError {}
/** The host gave no complete answer. */
export class TransportError extends RppError {}
/** The answer is not a host's answer to what was asked: a problem, or from something in between. */
export class ProblemError extends RppError {}
/** The host's bytes cannot be decoded as the document requested. */
export class DecodeError extends RppError {}
/**
 * A setup is not what the pinned keys have signed, is not valid now, does not list what is needed, or leads to another
 * chain than the host shows.
 */
export class SetupError extends RppError {}
/** A header breaks a rule of the chain. */
export class HeaderError extends RppError {}
/** A proof does not prove its statement. */
export class VerifyError extends RppError {}
/** What the host says of an account, an operation or a block is not what the verified header shows. */
export class ClaimError extends RppError {}
/** The host's answer is about something other than what was asked for. */
export class AnswerError extends RppError {}
/** Stored state cannot be read, trusted or written. */
export class StateError extends RppError {}
/** Two headers are signed of which the chain can have only one: the client is stopped until its owner chooses. */
export class ConflictError extends RppError {}
/** What the verifier can prove is weaker than the caller's floor. */
export class FloorError extends RppError {}
/** The verifier itself failed: there is no verdict, and its instance has been dropped. */
export class VerifierCrashError extends RppError {}

/** An error as a plain object that can be sent with `postMessage`. */
export interface PlainError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly transient?: boolean;
  readonly hostCode?: string;
  readonly operation?: string;
}

/** Returns `error` as a plain object. */
export function errorToPlain(error: unknown): PlainError;

/** Returns the error that was given to {@link errorToPlain}, as an instance of its own class. */
export function errorFromPlain(plain: PlainError): RppError;
