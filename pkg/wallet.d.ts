import { RppError } from "./index.js";
import type { ModuleSource, VerifiedAccount, WorkerLike } from "./index.js";

export {
  ClaimError,
  ConfigError,
  DecodeError,
  errorFromPlain,
  errorToPlain,
  HeaderError,
  RppError,
  VerifierCrashError,
} from "./index.js";

/**
 * Keeps one key file, which changes in one step or not at all. Tabs, workers and a service worker of one origin may
 * share it: `swap` keeps them apart, and nothing else is needed.
 */
export interface SignerStore {
  /** Resolves to the key file, if there is one. What it returns survives a crash right after, whoever wrote it. */
  load(): Promise<Uint8Array | undefined>;
  /**
   * Replaces the key file by `after` if it is still `before`, byte for byte (`undefined`: there is none), in one step;
   * resolves to whether it was. When that is `true`, `after` survives a crash right after.
   */
  swap(before: Uint8Array | undefined, after: Uint8Array): Promise<boolean>;
}

/** Keeps the key file in the browser's IndexedDB, strictly durable, shared by all of an origin. */
export class IndexedDbSignerStore implements SignerStore {
  /** `name` is the name of the database: `rpp-wallet` by default. */
  constructor(name?: string);
  readonly name: string;
  load(): Promise<Uint8Array | undefined>;
  swap(before: Uint8Array | undefined, after: Uint8Array): Promise<boolean>;
}

/** Keeps the key file for as long as the object lives. */
export class MemorySignerStore implements SignerStore {
  load(): Promise<Uint8Array | undefined>;
  swap(before: Uint8Array | undefined, after: Uint8Array): Promise<boolean>;
}

/** Options of a wallet in any thread. */
export interface CommonWalletOptions {
  /** Where the key file is kept: the browser's IndexedDB by default. */
  readonly store?: SignerStore | undefined;
  /** Time limit for the module, the start of the worker and each access to the store: 10 s by default. */
  readonly timeoutMs?: number | undefined;
}

/** Options of a wallet. */
export interface WalletOptions extends CommonWalletOptions {
  /** A module to use instead of the package's own. */
  readonly module?: ModuleSource | undefined;
  /** Creates the worker from `@rpp/light-client/wallet-worker`, if a bundler needs help with that. */
  readonly worker?: (() => WorkerLike) | undefined;
}

/** How a key is made. */
export interface KeyOptions {
  /** The chain that the key is for. */
  readonly chainId: number;
  /** The key can sign `2 ** treeHeight` times, and is made that much longer: 4 to 16, 10 by default. */
  readonly treeHeight?: number | undefined;
  /** Called some thirty times with the part that is done, 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  /**
   * Ends the work: the call throws the signal's reason. The worker ends with it, since it hears nothing while it makes a
   * key: what was open has to be opened again, and other new keys are lost. In `wallet-slim` it is looked at before
   * the work begins, and not later.
   */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A key that was just made. It signs nothing before it is given to `create` or `rekey` of the same wallet, which take it
 * once, whatever comes of that. It is in the worker until then: the four newest are kept.
 */
export interface NewKey {
  /** Its id: 64 hexadecimal digits. */
  readonly keyId: string;
  /** The 24 words that it can be restored from, to be written down: nothing shows them again. */
  readonly words: string;
}

/** How many operations a key can still sign. */
export interface Leaves {
  /** `low`: it is time for a new key. `rekey-only`: it can only change the account's key. */
  readonly kind: "enough" | "low" | "rekey-only";
  readonly left: number;
}

/** An operation that is signed and durably stored, ready to be sent as often as needed. */
export interface Outgoing {
  /** Hash of the operation, by which it is found in a block. */
  readonly hash: string;
  /** What is sent: for `submit()` of a client. */
  readonly bytes: Uint8Array;
  /** What it does. */
  readonly operation: Operation;
  /** How many the key can still sign after it. */
  readonly leaves: Leaves;
}

/** What an operation does. Amounts are in the chain's smallest unit. */
export type Operation =
  | {
      readonly kind: "transfer";
      readonly from: number;
      readonly to: number;
      readonly amount: bigint;
      readonly fee: bigint;
      readonly nonce: number;
    }
  | { readonly kind: "register"; readonly index: number; readonly keyId: string; readonly leaf: number }
  | {
      readonly kind: "rekey";
      readonly index: number;
      readonly newKeyId: string;
      readonly fee: bigint;
      readonly nonce: number;
    };

/** Where a wallet stands. */
export interface WalletStatus {
  readonly chainId: number;
  readonly keyId: string;
  /** Number of its account, once that was shown to it or named by its owner. */
  readonly account: number | null;
  /** `restored`: the key can only give its account a new key. */
  readonly standing: "whole" | "restored";
  readonly leaves: Leaves;
  /** The nonce of its next operation, once its account was shown to it. */
  readonly nextNonce: number | null;
  /** Hash of the operation that is under way. */
  readonly pending: string | null;
  /** Hash of the one before, which is settled or given up. */
  readonly last: string | null;
  /** Whether the browser keeps what the site stores until its user clears it; `null` where it does not say. */
  readonly persisted: boolean | null;
}

/** What `settle` found. */
export type Settled = "nothing" | "vacant" | "spent" | "taken" | "rekeyed" | "behind";

/**
 * Makes, keeps and uses the key of an account. Nothing here asks a host anything: it is given accounts that a light client
 * has verified, and gives bytes that a light client hands in.
 *
 * One operation is under way at a time, until a verified account shows what became of it. Whoever lost an answer, or was
 * killed, finds it in `pending()`, the same bytes as before. Calls are done one after the other.
 *
 * After a crash of the worker or the module, which is a `VerifierCrashError`, no key is open: a call that needs one throws
 * `wallet-closed` until `open` is called.
 *
 * @throws {WalletError} what the key, its file or its store refuses.
 * @throws {ConfigError} `bad-option` for an argument that is not usable, `unverified-account` for an account that no light
 *   client of this package verified; nothing is signed then.
 */
export interface AccountWallet {
  /** Resolves to whether the store has a key file. */
  isStored(): Promise<boolean>;

  /** Makes a key from new random bytes of the browser's. */
  generate(options: KeyOptions): Promise<NewKey>;

  /** Puts a new key into an empty store, locked with a passphrase, and opens it. */
  create(key: NewKey, passphrase: string): Promise<void>;

  /** Opens the stored key file. It is locked with Argon2id: this takes a while, on purpose. */
  open(passphrase: string): Promise<void>;

  /**
   * Puts the key of these words into an empty store, and opens it. It is *restored*: it can only give `account`, which
   * its owner wrote down with the words, a new key.
   */
  restore(words: string, account: number, passphrase: string, options: KeyOptions): Promise<void>;

  /** Puts a copy of a key file into an empty store, and opens it: its key is restored, as from words. */
  import(file: Uint8Array, passphrase: string, account?: number): Promise<void>;

  status(): Promise<WalletStatus>;

  /** Resolves to the operation that is under way, if there is one. */
  pending(): Promise<Outgoing | undefined>;

  /** Takes note of what a verified account says of the operation under way. Call it whenever there is a new head. */
  settle(seen: VerifiedAccount): Promise<Settled>;

  /** Takes the owner's word that an account is the key's. Ask them: a program that looks it up has answered nothing. */
  vouchForAccount(account: number): Promise<void>;

  /** Signs the registration of an account for the key, at a number that is drawn. */
  register(): Promise<Outgoing>;

  /** Signs a transfer from the key's account. */
  transfer(seen: VerifiedAccount, payment: Payment): Promise<Outgoing>;

  /** Signs the change of the account's key to `key`, which is stored first. */
  rekey(seen: VerifiedAccount, key: NewKey, fee: bigint): Promise<Outgoing>;

  /** Signs the change of key that is under way once more, at another leaf and with another fee. */
  rekeyAgain(seen: VerifiedAccount, fee: bigint): Promise<Outgoing>;

  /**
   * Gives up the operation under way, by its hash. Its bytes stay valid until a higher nonce is taken. A registration is
   * not given up, nor is a change of key: send its bytes again.
   */
  abandon(hash: string): Promise<void>;

  /** Locks the key file with another passphrase. Copies made before keep the old one. */
  changePassphrase(passphrase: string): Promise<void>;

  /** Resolves to a copy of the key file, for `import`. */
  copy(): Promise<Uint8Array>;

  /** Ends the worker, and erases the key in it. */
  close(): Promise<void>;
}

export interface Wallet extends AccountWallet {}

/** Makes, keeps and uses the key of an account, in a worker. */
export class Wallet {
  protected constructor();

  /**
   * Starts the worker; nothing is read from the store yet.
   *
   * @throws {ConfigError} if an option is invalid, or no worker can be started.
   */
  static load(options?: WalletOptions): Promise<Wallet>;
}

/** A payment. */
export interface Payment {
  /** Number of the account that receives. */
  readonly to: number;
  readonly amount: bigint;
  readonly fee: bigint;
}

/** The key, its file or its store refuses. The codes are those of section 27 of PROTOCOL.md. */
export class WalletError extends RppError {
  /** Hash of the operation that is, or may be, under way: `pending()` has its bytes. */
  readonly operation?: string;
}
