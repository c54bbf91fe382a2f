/** What a client believes before it has seen anything: one header, named by its owner. */
export interface Checkpoint {
  /** Height of the header. */
  readonly height: number;
  /** Hash of the header: 64 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Timestamp of the header, in milliseconds since the Unix epoch. */
  readonly timestampMs: bigint;
  /** Blocks in an epoch of the chain. */
  readonly epochLength: number;
}

/**
 * Parses `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
 *
 * @throws {ConfigError} `bad-checkpoint`, for any other spelling.
 */
export function parseCheckpoint(text: string): Checkpoint;

/**
 * Returns the text that {@link parseCheckpoint} reads.
 *
 * @throws {ConfigError} `bad-checkpoint`, where a field is out of range.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string;

/** The claim that a consensus proof is about: more than two thirds of a set signed a header. */
export interface ConsensusStatement {
  /** Names the kind of the statement. */
  readonly kind: "consensus";
  /** The chain. */
  readonly chainId: number;
  /** Height of the header. */
  readonly height: number;
  /** Hash of the header, in hexadecimal. */
  readonly headerHash: string;
  /** Slot of the header. */
  readonly slot: number;
  /** Index of the proposer in the validator set. */
  readonly proposer: number;
  /** Root of the validator set that signed, in hexadecimal. */
  readonly validatorSetRoot: string;
  /** Sum of the signers' powers. */
  readonly signedPower: number;
  /** Sum of all powers of the set. */
  readonly totalPower: number;
  /** Digest of who signed, in hexadecimal. */
  readonly signers: string;
  /** Randomness of the parent header, in hexadecimal. */
  readonly parentRandomness: string;
  /** Randomness of the header, in hexadecimal. */
  readonly randomness: string;
}

/** A statement whose proof was verified, and what that rests on. */
export interface ProofVerdict {
  /** What was proven. */
  readonly statement: ConsensusStatement;
  /** Name of the circuit. */
  readonly circuit: string;
  /** Digest of the verifying key, in hexadecimal. */
  readonly keyDigest: string;
  /** Proven soundness of the proof, in bits. */
  readonly starkBits: number;
  /** Collision resistance of the state hash, in bits. */
  readonly hashBits: number;
  /** Version of the signed setup that names the key; `null` if none does. */
  readonly setupVersion: number | null;
  /** How long the call took that verified, in milliseconds. */
  readonly verifyMs: number;
}

/** Whether a head is as new as `maxHeadAgeMs` asks for. */
export type Freshness = "fresh" | "stale";

/** What a client has fetched since it started. */
export interface Spent {
  /** Bytes of all bodies. */
  readonly bytes: bigint;
  /** Number of answers. */
  readonly requests: number;
}

/** A header that a client has taken for its head, and why. */
export interface Verdict extends ProofVerdict {
  /**
   * `head`: the host's newest; `hop`: the end of an epoch on the way there; `stored`: the head of
   * an earlier run, whose proof was verified again.
   */
  readonly step: "head" | "hop" | "stored";
  /** Timestamp of the header, in milliseconds since the Unix epoch. */
  readonly timestampMs: bigint;
  /** Length of the proof. */
  readonly proofBytes: number;
  /** What has been fetched so far. */
  readonly spent: Spent;
  /** Whether the head was fresh when it was verified, or when an iterator began with it. */
  readonly freshness: Freshness;
  /** The epoch whose set signed the header. */
  readonly epoch: number;
  /** Whether the header is the last of its epoch, which names the set of the next one. */
  readonly endsEpoch: boolean;
  /** The height from which on each header was verified by a proof of its own. */
  readonly unskippedSince: number;
  /** Whether storage holds this head or a newer one. */
  readonly saved: boolean;
}

/** Where a client stands. */
export interface Status {
  /** Where it began. */
  readonly checkpoint: string;
  /** Height of its head: the checkpoint's, until a proof is verified. */
  readonly height: number;
  /** Hash of its head, in hexadecimal. */
  readonly headerHash: string;
  /** Timestamp of its head, in milliseconds since the Unix epoch. */
  readonly timestampMs: bigint;
  /** When its head becomes stale, in milliseconds since the Unix epoch. */
  readonly staleAtMs: bigint;
  /** Whether it is stale. */
  readonly freshness: Freshness;
  /** The epoch whose set is trusted; `null` before the checkpoint's header has come. */
  readonly epoch: number | null;
  /** Height of the host's newest block, by its own word. */
  readonly latestHeight: number | null;
  /** What has been fetched so far. */
  readonly spent: Spent;
}

/** What happens to a client. */
export type ClientEvent =
  /** There is a new head. */
  | { readonly type: "verified"; readonly verdict: Verdict }
  /** The host said something that is not so; it is asked again. */
  | { readonly type: "refused"; readonly error: RppError; readonly retryInMs: number }
  /** The host is away or busy; it is asked again. */
  | { readonly type: "unreachable"; readonly error: RppError; readonly retryInMs: number }
  /** The head has become older than `maxHeadAgeMs`; said once for each head. */
  | { readonly type: "stale"; readonly status: Status }
  /** What was stored is of no use; the client starts from its checkpoint. */
  | { readonly type: "stored-state-refused"; readonly error: RppError }
  /** The head could not be stored; the client goes on without. */
  | { readonly type: "unsaved"; readonly error: StateError }
  /** The verifier crashed and is replaced; the client goes on from what is stored. */
  | { readonly type: "crashed"; readonly error: RppError };

/** Options of an iterator. */
export interface IterateOptions {
  /** Ends the iterator: what waits on it throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What is stored: opaque bytes, and how far they lead. */
export interface StoredState {
  /** Height of the head in `bytes`. */
  readonly height: number;
  /** The state, which is checked again whenever it is read. */
  readonly bytes: Uint8Array;
}

/** Where states are kept, one for each checkpoint; `key` is the checkpoint's text. */
export interface Store {
  /** Resolves to the state of `key`, if there is one. */
  load(key: string): Promise<StoredState | undefined>;
  /** Keeps `state`, unless a higher one of the same key is kept: read and write as one step. */
  save(key: string, state: StoredState): Promise<void>;
  /** Forgets `state`, which was of no use, unless another has taken its place. */
  discard(key: string, state: StoredState): Promise<void>;
}

/** Keeps state for as long as the object lives. */
export class MemoryStore {}

export interface MemoryStore extends Store {}

/** Keeps state in the browser's IndexedDB, where tabs and workers of one origin share it. */
export class IndexedDbStore {
  /** `name` is the database's, `rpp-light-client` by default. */
  constructor(name?: string);
  /** Name of the database. */
  readonly name: string;
}

export interface IndexedDbStore extends Store {}

/** A compiled `WebAssembly.Module`, the bytes of one, its address, or a `Response` with it. */
export type ModuleSource = string | URL | ArrayBuffer | ArrayBufferView | object;

/** Options of a client, wherever it runs. */
export interface CommonOptions {
  /** Address of the host, such as `https://host.example`. */
  readonly url: string;
  /** What to believe at first; from a source that the user trusts, never from the host. */
  readonly checkpoint: Checkpoint | string;
  /** How closely to follow: every 60 s by default. */
  readonly follow?: { readonly everyMs: number } | { readonly everyBlock: true };
  /** Age above which a head is stale, in milliseconds: five minutes by default. */
  readonly maxHeadAgeMs?: number;
  /** Fewest bits of security to accept: 128 and 123 by default. */
  readonly floor?: { readonly starkBits?: number; readonly hashBits?: number };
  /** Where state is kept. */
  readonly store?: Store;
  /** Closes the client. */
  readonly signal?: AbortSignal;
  /** Bound of each request and of each use of the store: 10 s by default. */
  readonly timeoutMs?: number;
  /**
   * Whether the host's event stream may end waits early, where every block is followed. Off by
   * default: over HTTP/1.1 a browser has six connections to a host for all tabs together, and each
   * stream keeps one.
   */
  readonly hints?: boolean;
}

/** Part of a `Worker`. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: any) => void): void;
  terminate(): void;
}

/** Options of a client in a worker. */
export interface ClientOptions extends CommonOptions {
  /** Another module than the package's own. */
  readonly module?: ModuleSource;
  /** Makes the worker from `@rpp/light-client/worker`, where a bundler needs help with that. */
  readonly worker?: () => WorkerLike;
}

/** A client that follows a chain, and believes of its host nothing that is not proven. */
export interface Client {
  /**
   * Returns verdicts as they come, the newest at first. Faults that pass are retried. As with
   * `events()`, an iterator is kept until it ends.
   *
   * @throws {RppError} what the host was refused for, or a crash; the iterator ends with it, and
   *   the client goes on: call again for the next.
   */
  heads(options?: IterateOptions): AsyncIterableIterator<Verdict>;

  /**
   * Returns all that happens; of 256 events that nobody reads the oldest are dropped.
   *
   * An iterator is kept until it ends: leave its loop, or call its `return()`.
   *
   * @throws the reason of its signal, and nothing else.
   */
  events(options?: IterateOptions): AsyncIterableIterator<ClientEvent>;

  /** Resolves to where the client stands; not while a verifier that crashed is replaced. */
  status(): Promise<Status>;

  /** Asks the host for its head now; not while a verifier that crashed is replaced. */
  wake(): Promise<void>;

  /** Ends the client and its iterators. */
  close(): Promise<void>;
}

export interface LightClient extends Client {}

/** Follows a chain from a worker. */
export class LightClient {
  private constructor();

  /**
   * Starts to follow, in a worker.
   *
   * @throws {ConfigError} where an option is not usable, or no worker can be made.
   * @throws {FloorError} where this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;
}

/** What one proof is verified against. */
export interface ProofInputs {
  /** The header: 284 bytes. */
  readonly header: Uint8Array | ArrayBuffer;
  /** Its parent: 284 bytes. */
  readonly parent: Uint8Array | ArrayBuffer;
  /** Who signed, and of whom: 76 bytes. */
  readonly certificate: Uint8Array | ArrayBuffer;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** Verifies single proofs of one chain. */
export interface ProofVerifier {
  /**
   * Checks that `proof` proves that `header`, a child of `parent`, was signed as `certificate`
   * says. Whether the set named in the verdict is to be trusted is for the caller to check.
   *
   * @throws {VerifyError} where the proof breaks a rule.
   * @throws {HeaderError} where header, parent and certificate do not belong together.
   * @throws {DecodeError} where one of them is not of its form.
   * @throws {VerifierCrashError} where the verifier failed: no verdict. The next call has another.
   */
  verify(inputs: ProofInputs): Promise<ProofVerdict>;

  /** Makes the instance before it is needed; the first proof still takes longer than the next. */
  warmup(): Promise<void>;

  /** Frees what the verifier holds; later calls throw `closed`. */
  close(): Promise<void>;
}

/** Options of a verifier in a worker. */
export interface VerifierOptions {
  /** The chain whose proofs are verified. */
  readonly chainId: number;
  /** Another module than the package's own. */
  readonly module?: ModuleSource;
  /** Makes the worker from `@rpp/light-client/worker`, where a bundler needs help with that. */
  readonly worker?: () => WorkerLike;
}

export interface Verifier extends ProofVerifier {}

/** Verifies single proofs of one chain in a worker. */
export class Verifier {
  private constructor();

  /**
   * Compiles the module, in a worker.
   *
   * @throws {ConfigError} where an option is not usable, or no worker can be made.
   */
  static load(options: VerifierOptions): Promise<Verifier>;
}

/** The base of every error of this package. */
export class RppError extends Error {
  constructor(code: string, message: string, options?: { cause?: unknown });
  /** Stable, the same in Rust and over HTTP. */
  readonly code: string;
}

/** The caller's options are not usable. */
export class ConfigError extends RppError {}
/** No whole answer came from the host. */
export class TransportError extends RppError {}
/** The host answered with a problem document. */
export class ProblemError extends RppError {}
/** The host's bytes are not of their kind. */
export class DecodeError extends RppError {}
/** A header breaks a rule of the chain. */
export class HeaderError extends RppError {}
/** A proof does not prove its statement. */
export class VerifyError extends RppError {}
/** The host answered something else than what was asked for. */
export class AnswerError extends RppError {}
/** Stored state cannot be read, believed or written. */
export class StateError extends RppError {}
/** What the verifier can prove is weaker than the caller's floor. */
export class FloorError extends RppError {}
/** The verifier itself failed: this is no verdict, and its instance has been dropped. */
export class VerifierCrashError extends RppError {}

/** An error as a plain object, which crosses `postMessage`. */
export interface PlainError {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** Returns the plain object that stands for `error`. */
export function errorToPlain(error: unknown): PlainError;

/** Returns the error, of its own class, that {@link errorToPlain} was given. */
export function errorFromPlain(plain: PlainError): RppError;
