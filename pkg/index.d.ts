import type { AccountsOptions, AskOptions, KeyLedger, LedgerOptions, OperationState, VerifiedAccount, VerifiedHeader, VerifiedTransition, VerifiedUptime } from "./types/ledger.js";
import type { ConflictError, RppError, StateError } from "./types/errors.js";
import type { ProofVerdict, ProofVerifier } from "./types/proofs.js";
import type { Release, Setup } from "./types/setup.js";

export * from "./types/errors.js";
export * from "./types/ledger.js";
export * from "./types/proofs.js";
export * from "./types/setup.js";

/** What a client trusts before it has seen anything: one header, chosen by its owner. */
export interface Checkpoint {
  /** Height of the header. */
  readonly height: number;
  /** Hash of the header: 64 lower-case hexadecimal digits. */
  readonly hash: string;
  /** Timestamp of the header, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** Number of blocks per epoch of the chain. */
  readonly epochLength: number;
}

/**
 * Parses `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
 *
 * @throws {ConfigError} `bad-checkpoint` if the text has any other form.
 */
export function parseCheckpoint(text: string): Checkpoint;

/**
 * Returns the text form that {@link parseCheckpoint} parses.
 *
 * @throws {ConfigError} `bad-checkpoint` if a field is out of range.
 */
export function formatCheckpoint(checkpoint: Checkpoint): string;

/** Whether a head is as recent as `maxHeadAgeMs` requires. */
export type Freshness = "fresh" | "stale";

/** What a client has fetched since it started. */
export interface Spent {
  /** Total size of all response bodies, in bytes. */
  readonly bytes: bigint;
  /** Number of answers. */
  readonly requests: number;
}

/**
 * Epochs that a client went over by one proof that the end of each was signed. It moved the trusted set alone: nothing is believed of
 * those headers but what a later head has in its history.
 */
export interface TakenSpan {
  /** The first epoch. */
  readonly firstEpoch: number;
  /** The last epoch. */
  readonly lastEpoch: number;
  /** Hash of the header that ends the last epoch. */
  readonly lastHash: string;
  /** Digest of the verifying key, in hexadecimal. */
  readonly keyDigest: string;
  /** Version of the signed setup that names the key, or `null` if none does. */
  readonly setupVersion: number | null;
  /** Length of the proof file, in bytes. */
  readonly proofBytes: number;
}

/** A header that a client has accepted as its head, and why. */
export interface Verdict extends ProofVerdict {
  /**
   * `head`: the host's newest; `hop`: the end of an epoch on the way there; `stored`: the head of
   * an earlier run, whose proof was verified again, or the one that was chosen out of two.
   */
  readonly step: "head" | "hop" | "stored";
  /** Timestamp of the header, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
  /** When the header becomes stale, in milliseconds since the Unix epoch. */
  readonly staleAtMs: number;
  /** Length of the proof file, in bytes. */
  readonly proofBytes: number;
  /** What has been fetched so far. */
  readonly spent: Spent;
  /**
   * Whether the header is fresh at this moment, computed whenever it is read. No copy has it: not JSON, not
   * structured cloning, not `{ ...verdict }`.
   */
  readonly freshness: Freshness;
  /** The epoch whose set signed the header. */
  readonly epoch: number;
  /** Whether the header is the last of its epoch, and so names the set of the next one. */
  readonly endsEpoch: boolean;
  /**
   * The spans on the way from the head before, in their order: each took the place of a proof for the end of each of its epochs.
   * Empty where there was none, and of a `stored` head.
   */
  readonly spans: readonly TakenSpan[];
  /** On whose word the chain is started. */
  readonly anchor: Anchor;
  /** The height from which every header was verified by its own proof. */
  readonly unskippedSince: number;
  /**
   * The height from which every block up to this header's is proven to lead from its parent's accounts to its
   * own; null where that was not asked for with `transitions`, or is not known of this block. A client that was
   * stopped begins anew.
   */
  readonly transitionsSince: number | null;
  /** Whether storage holds this head or a newer one. */
  readonly saved: boolean;
}

/**
 * On whose word a chain is started: `given` is the client's owner, by a checkpoint; `offline` those who sign
 * `circuits.json`, from whose checkpoint that of `checkpoint.json` was reached; `online-alone` those who sign
 * `checkpoint.json`, where the owner has waived the rest.
 */
export type Anchor = "given" | "offline" | "online-alone";

/** The current state of a client. */
export interface Status {
  /** The checkpoint it started from; `null` while it has none, because no setup is verified yet. */
  readonly checkpoint: string | null;
  /** Height of its head; the checkpoint's until a proof is verified, and `null` while it has none. */
  readonly height: number | null;
  /** Hash of its head, in hexadecimal; `null` as the height is. */
  readonly headerHash: string | null;
  /** Timestamp of its head, in milliseconds since the Unix epoch; 0 while it has none. */
  readonly timestampMs: number;
  /** When its head becomes stale, in milliseconds since the Unix epoch. */
  readonly staleAtMs: number;
  /** Whether its head is fresh at this moment, computed whenever it is read; no copy has it. */
  readonly freshness: Freshness;
  /** The epoch whose set is trusted; `null` until the checkpoint's header has arrived. */
  readonly epoch: number | null;
  /** Height of the host's newest block, as claimed by the host. */
  readonly latestHeight: number | null;
  /** Whether the client is stopped by two headers that conflict, until {@link Client.choose} is called. */
  readonly stopped: boolean;
  /**
   * The setup that was verified last, which may have expired since; `null` before the first, and for a client that was
   * given a checkpoint.
   */
  readonly setup: Setup | null;
  /** What has been fetched so far. */
  readonly spent: Spent;
}

/** What {@link verdictToPlain} and {@link statusToPlain} change: 64-bit amounts become decimal strings. */
export interface PlainSpent {
  /** Total size of all response bodies, in bytes, as a decimal number. */
  readonly bytes: string;
  /** Number of answers. */
  readonly requests: number;
}

/**
 * A verdict as a plain object, for `chrome.storage`, `sendMessage`, JSON and structured cloning. Whether it is
 * fresh is for its reader to say: it is stale when `Date.now() > staleAtMs`.
 */
export type PlainVerdict = Omit<Verdict, "freshness" | "spent"> & { readonly spent: PlainSpent };

/** A status as a plain object, as {@link PlainVerdict} is one. */
export type PlainStatus = Omit<Status, "freshness" | "spent"> & { readonly spent: PlainSpent };

/** Returns `verdict` as a plain object; `JSON.stringify(verdict)` writes the same. */
export function verdictToPlain(verdict: Verdict): PlainVerdict;

/**
 * Returns the verdict that was given to {@link verdictToPlain}, with its `freshness`. It is not verified again:
 * trust where it comes from.
 *
 * @throws {ConfigError} `bad-plain` if it is something else.
 */
export function verdictFromPlain(plain: PlainVerdict): Verdict;

/** Returns `status` as a plain object; `JSON.stringify(status)` writes the same. */
export function statusToPlain(status: Status): PlainStatus;

/**
 * Returns the status that was given to {@link statusToPlain}, with its `freshness`.
 *
 * @throws {ConfigError} `bad-plain` if it is something else.
 */
export function statusFromPlain(plain: PlainStatus): Status;

/** Something that happened to a client. */
export type ClientEvent =
  /** There is a new head. */
  | { readonly type: "verified"; readonly verdict: Verdict }
  /** The host said something that does not hold; it will be asked again. */
  | { readonly type: "refused"; readonly error: RppError; readonly retryInMs: number }
  /**
   * The host is unreachable, busy or behind, something else answers in its place, an answer ends early, or one
   * of two clocks is wrong; it will be asked again.
   */
  | { readonly type: "unreachable"; readonly error: RppError; readonly retryInMs: number }
  /** The head has become older than `maxHeadAgeMs`; reported once per head. */
  | { readonly type: "stale"; readonly status: Status }
  /**
   * The stored state cannot be used; the client starts from its checkpoint, or asks for the setup. With `upgrade-required` it is
   * kept for a newer release, and this one goes no further, unless `checkpoint` is chosen.
   */
  | { readonly type: "stored-state-refused"; readonly error: RppError }
  /** The head could not be stored; the client carries on without storing it. */
  | { readonly type: "unsaved"; readonly error: StateError }
  /**
   * Two headers are signed of which the chain can have only one. The client asks nothing more, not even after a
   * restart, until {@link Client.choose} is called. What shows it is kept before this is reported.
   */
  | { readonly type: "stopped"; readonly error: ConflictError }
  /** The owner has chosen; the client goes on. */
  | { readonly type: "chosen"; readonly choice: Choice }
  /**
   * Another client of the same store, such as in another tab, has seen more of the setup, or is stopped; this one goes on from what
   * that one has stored.
   */
  | { readonly type: "overtaken" }
  /** The verifier crashed and is being replaced; the client resumes from the stored state. */
  | { readonly type: "crashed"; readonly error: RppError };

/** Options of an iterator. */
export interface IterateOptions {
  /** Ends the iterator: pending calls throw the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** What is stored: opaque bytes, and what they reach. */
export interface StoredState {
  /** Height of the head in `bytes`; of a client that is stopped 4,294,967,295, so that it is not replaced. */
  readonly height: number;
  /** The versions that were seen of a setup's files, eight hexadecimal digits each. Empty for a client with a checkpoint. */
  readonly seen: string;
  /** The state; it is checked again whenever it is read. */
  readonly bytes: Uint8Array;
}

/**
 * What a client's owner makes of two headers that conflict: goes on from its own `head` or from the `conflicting`
 * one, or starts again from the `checkpoint`.
 */
export type Choice = "head" | "conflicting" | "checkpoint";

/**
 * Where states are kept, one per checkpoint or root pin; `key` is its text, in ASCII and without white space. That of a
 * whole root file is about a thousand characters long.
 */
export interface Store {
  /** Resolves to the state stored under `key`, if there is one. */
  load(key: string): Promise<StoredState | undefined>;
  /**
   * Stores `state` and resolves to `true`; or changes nothing and resolves to `false`. Check and write are one step.
   *
   * What is under the key may be replaced if it is equal to `instead`; or else, if none of the versions in its `seen` is above the one in its
   * place in that of `state`, if it is not that of a stopped client while `state` is not, and if it is not higher, unless `state` has
   * seen more or is stopped.
   */
  save(key: string, state: StoredState, instead?: StoredState): Promise<boolean>;
}

/** Keeps state in memory for as long as the object lives. */
export class MemoryStore {}

export interface MemoryStore extends Store {}

/** Keeps state in the browser's IndexedDB, shared by all tabs and workers of an origin. */
export class IndexedDbStore {
  /** `name` is the name of the database: `rpp-light-client` by default. */
  constructor(name?: string);
  /** Name of the database. */
  readonly name: string;
}

export interface IndexedDbStore extends Store {}

/** A compiled `WebAssembly.Module`, its bytes, its URL, or a `Response` that contains it. */
export type ModuleSource = string | URL | ArrayBuffer | ArrayBufferView | object;

/** Options of a client, wherever it runs. */
export interface CommonOptions {
  /** URL of the host, such as `https://host.example`. */
  readonly url: string;
  /**
   * What to trust initially: one header. Either this or `root` is given; from a source that the user trusts, never from
   * the host.
   */
  readonly checkpoint?: Checkpoint | string | undefined;
  /**
   * What to trust initially: the keys that sign a setup. One of `VERSION:SHA256`, as `prover-host setup status` prints
   * it, a whole root file, as text or in bytes, and `CHAIN_ID:VERSION:THRESHOLD:KEYS`, each of the keys `ED25519.HASH` and
   * a comma between them. Circuits, chain and checkpoint come from the setup that the host serves and those keys have
   * signed.
   */
  readonly root?: string | Uint8Array | undefined;
  /**
   * Age above which a head, or a setup's checkpoint, is not trusted to name what comes next, in milliseconds: 14 days by
   * default, 49 at most.
   */
  readonly maxTrustAgeMs?: number | undefined;
  /**
   * Whether a setup's online checkpoint may be taken without having been reached from the offline one; off by default.
   * Then those who sign `checkpoint.json`, perhaps with a key that is always online, are trusted for all of the chain:
   * `anchor` of the verdicts says so.
   */
  readonly waiveOfflineCheckpoint?: boolean | undefined;
  /**
   * How closely to follow the chain: every 60 s by default. With `everyBlock`, a block whose proof the host keeps no
   * longer is passed over, and `unskippedSince` of the verdicts says so.
   */
  readonly follow?: { readonly everyMs: number } | { readonly everyBlock: true } | undefined;
  /**
   * Whether a block is taken only with a `state` proof that its operations lead from its parent's accounts to its
   * own, whoever signed it; off by default. It belongs with `everyBlock`: `transitionsSince` of the verdicts says
   * from where on no block was skipped.
   */
  readonly transitions?: boolean | undefined;
  /** Age above which a head is stale, in milliseconds: five minutes by default. */
  readonly maxHeadAgeMs?: number | undefined;
  /** Minimum bits of security to accept: 128 and 123 by default. */
  readonly floor?:
    | { readonly starkBits?: number | undefined; readonly hashBits?: number | undefined }
    | undefined;
  /** Where state is kept. */
  readonly store?: Store | undefined;
  /**
   * By which name it is kept there: by default the checkpoint or the root as it is given. A wallet whose
   * next release pins a later root gives each chain a name of its own, so that what was seen of its setup still counts.
   * A name that another setup has had may wait for roots that never come (`setup-rollback`): give each setup its own.
   */
  readonly storeKey?: string | undefined;
  /** Closes the client when aborted. */
  readonly signal?: AbortSignal | undefined;
  /**
   * How long nothing may come of an answer, and the time limit for each access to the store, the module and the
   * start of a worker: 10 s by default. An answer that keeps coming may take one second more for every 2 KB
   * that it may have.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether the host's event stream may end waits early when every block is followed. Off by
   * default: over HTTP/1.1 a browser allows six connections to a host across all tabs, and each
   * stream occupies one. Once a request has timed out, the client does without.
   */
  readonly hints?: boolean | undefined;
}

/** The part of `Worker` that is used. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: string, listener: (event: any) => void): void;
  terminate(): void;
}

/** Options of a client in a worker. */
export interface ClientOptions extends CommonOptions {
  /** A module to use instead of the package's own. */
  readonly module?: ModuleSource | undefined;
  /**
   * Creates the worker from `@rpp/light-client/worker`, if a bundler needs help with that. It is called again after a
   * crash; and where a worker does not start, with a `Worker` that only notes its address, for the message of the error.
   */
  readonly worker?: (() => WorkerLike) | undefined;
}

/** What {@link verifyPackage} has found. */
export interface PackageVerdict {
  /** Whether the setup lists a module of this length and SHA-256. */
  readonly matches: boolean;
  /** SHA-256 of the module, in hexadecimal. */
  readonly sha256: string;
  /** Length of the module, in bytes. */
  readonly length: number;
  /** What the setup lists; `null` where it lists no module. */
  readonly release: Release | null;
  /** Version of the setup. */
  readonly setupVersion: number;
  /** What was compared with what, and the outcome, in words. */
  readonly shows: string;
  /** What that does not show, in words. */
  readonly doesNotShow: string;
}

/** Options of {@link verifyPackage}. */
export interface PackageOptions {
  /**
   * The module that the client was started with, where it is not the package's own: its bytes, its URL, which is fetched
   * again, or a `Response`. One that is compiled has no bytes.
   */
  readonly module?: ModuleSource | undefined;
  /** How long the module may take, in milliseconds: 10 s by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Compares the SHA-256 of the module with the one that the verified setup of `client` lists. In a browser it is fetched again,
 * in Node it is read from the disk. It finds a build that is not the released one, and no attacker: see `doesNotShow`.
 *
 * @throws {ConfigError} `no-setup` if the client has verified none, `bad-module` if there are no bytes, `no-crypto` outside of
 *   a secure context, `no-module` if none was given in `/slim`.
 */
export function verifyPackage(client: Pick<Client, "status">, options?: PackageOptions): Promise<PackageVerdict>;

/** A client that follows a chain and believes nothing its host says unless it is proven. */
export interface Client {
  /**
   * Returns verdicts as they arrive, starting with the newest. Temporary failures are retried. As
   * with `events()`, an iterator is kept until it ends.
   *
   * @throws {RppError} the reason the host was refused, or a crash. This ends the iterator, but the
   *   client carries on: call again for the next verdict. A {@link ConflictError} says that it is stopped.
   */
  heads(options?: IterateOptions): AsyncIterableIterator<Verdict>;

  /**
   * Returns every event. At most 256 unread events are kept; beyond that the oldest are dropped.
   *
   * An iterator is kept until it ends: leave its loop, or call its `return()`.
   *
   * @throws {ConfigError} `bad-option` if the options are invalid, at once; the iterator only the reason of its signal.
   */
  events(options?: IterateOptions): AsyncIterableIterator<ClientEvent>;

  /** Resolves to the client's current state; not while a crashed verifier is being replaced. */
  status(): Promise<Status>;

  /** Asks the host for its head now; not while a crashed verifier is being replaced. */
  wake(): Promise<void>;

  /**
   * Takes the owner's choice, and resolves when it is kept; `unsaved` is reported where it could not be.
   *
   * `checkpoint` may be chosen at any time: nothing else ever moves a client back.
   *
   * @throws {ConfigError} `bad-config` if it is not a choice, `not-stopped` if there is nothing to choose,
   *   `against-checkpoint` for a header that conflicts with the checkpoint itself: start a client with a checkpoint of
   *   its branch.
   */
  choose(choice: Choice): Promise<void>;

  /**
   * Resolves to the evidence of the newest conflict, `undefined` if there was none: both headers with all that proves
   * them, for anybody to check. It is kept after the choice; section 21 of PROTOCOL.md has the format.
   */
  evidence(): Promise<Uint8Array | undefined>;

  /**
   * Resolves to the header at a height: the client's head, its parent, or one that the head has in its history, which one path shows whatever the distance.
   *
   * @throws {ClaimError} `claim-not-ancestor`, or `claim-not-parent` just below the head, if the host's header is not the one there;
   *   {@link ConfigError} `above-head`.
   */
  ancestor(height: number, options?: AskOptions): Promise<VerifiedHeader>;

  /**
   * Resolves to the headers at all heights from one to another, both included and at most 1,024 of them, by increasing height. The last is shown as
   * {@link Client.ancestor} says, and each other one because the header after it names its hash as that of its parent; the host may have pruned
   * their blocks. One page of 64 is asked for after the other, the highest first.
   *
   * @throws {ClaimError} `claim-not-parent` if a header is not the one that the next one names, or as {@link Client.ancestor};
   *   {@link AnswerError} `other-height` or `page-length` if one is left out, repeated or in another's place;
   *   {@link ConfigError} `history-reversed`, `history-too-long`, `above-head`: nobody was asked.
   */
  history(from: number, to: number, options?: AskOptions): Promise<readonly VerifiedHeader[]>;

  /**
   * Resolves to what is at an account number, after the block of the client's head: an account, or verifiably nothing.
   *
   * Like the questions below, it is asked once and beside everything else, and can be asked again at any time.
   *
   * @throws {ClaimError} if the host lied about it; {@link RppError} otherwise, with `transient` where it is only trouble;
   *   {@link ConfigError} `no-head` before the first verdict; {@link ConflictError} while the client is stopped.
   */
  account(index: number, options?: LedgerOptions): Promise<VerifiedAccount>;

  /**
   * Resolves to the accounts that a key signs for, after the block of the client's head. Each is verified; what the
   * host leaves out nothing shows. Anybody can give an account any key: never take an account for a key's own because it
   * is listed here.
   */
  accountsOf(keyId: string, options?: AccountsOptions): Promise<KeyLedger>;

  /** Resolves to what became of an operation. That it is in a block is shown; anything else is the host's word. */
  operation(hash: string, options?: LedgerOptions): Promise<OperationState>;

  /**
   * Resolves to what became of a signed operation that somebody else has handed over, who says that the block with this hash
   * has it: `included` is in that block, whose header the head has in its history. The operation is hashed here, so that the
   * host may have pruned its block; only its place is asked for.
   *
   * @throws {ConfigError} `claim-other-block` if it is shown to be in another block: whoever has handed it over is wrong; {@link ClaimError} if the host lied;
   *   {@link RppError} otherwise, as {@link Client.account}.
   */
  transactionInHistory(operation: Uint8Array, hash: string, options?: AskOptions): Promise<OperationState>;

  /**
   * Resolves to the verdict on the `state` proof of the head's block: its operations lead from its parent's accounts to
   * its own, whoever signed it. The proof comes a little after the block: until then a {@link ProblemError} says
   * `provider-busy`.
   */
  transition(options?: LedgerOptions): Promise<VerifiedTransition>;

  /**
   * Resolves to the verdict on how often the validator at an index of an epoch's set has voted in it: neither more nor
   * less than the headers of the chain say. The epoch is over by the client's head. The host makes the proof once
   * somebody asks, as this does: until it is there a {@link ProblemError} says `provider-busy`, which is `transient`.
   *
   * @throws {ClaimError} or {@link VerifyError} if the host lied; {@link ConfigError} `above-head` if the epoch is not over
   *   by the head, `epoch-too-long` if it has more than 1,024 blocks to vote for.
   */
  uptime(validator: number, epoch: number, options?: AskOptions): Promise<VerifiedUptime>;

  /**
   * Hands a signed operation to the host, and resolves to its hash: `operation()` says what becomes of it. The same
   * bytes may be handed in again, also where an answer was lost.
   *
   * @throws {ProblemError} `provider-busy`: later. `provider-refused`: `hostCode` is the rule by which it was refused, by
   *   the host's word.
   */
  submit(operation: Uint8Array, options?: AskOptions): Promise<string>;

  /** Ends the client and its iterators. */
  close(): Promise<void>;
}

export interface LightClient extends Client {}

/** Follows a chain from a worker. */
export class LightClient {
  private constructor();

  /**
   * Starts following, in a worker.
   *
   * @throws {ConfigError} if an option is invalid, or worker or module are not there within `timeoutMs`.
   * @throws {FloorError} if this verifier proves less than the floor.
   */
  static start(options: ClientOptions): Promise<LightClient>;
}

/** Options of a verifier in a worker. */
export interface VerifierOptions {
  /** The chain whose proofs are verified. */
  readonly chainId: number;
  /** A module to use instead of the package's own. */
  readonly module?: ModuleSource | undefined;
  /**
   * Creates the worker from `@rpp/light-client/worker`, if a bundler needs help with that. It is called again after a
   * crash; and where a worker does not start, with a `Worker` that only notes its address, for the message of the error.
   */
  readonly worker?: (() => WorkerLike) | undefined;
  /** Time limit for the module and for the start of the worker, in milliseconds: 10 s by default. */
  readonly timeoutMs?: number | undefined;
}

export interface Verifier extends ProofVerifier {}

/** Verifies single proofs of one chain in a worker. */
export class Verifier {
  private constructor();

  /**
   * Compiles the module, in a worker.
   *
   * @throws {ConfigError} if an option is invalid, or no worker can be created.
   */
  static load(options: VerifierOptions): Promise<Verifier>;
}
