/** Options of a question that is asked once. */
export interface AskOptions {
  /** Ends it: the call throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of a question about the ledger. */
export interface LedgerOptions extends AskOptions {
  /** As it was after the block at this height, whose header is shown to be in the head's history; the head by default. */
  readonly height?: number | undefined;
}

/** Options of {@link Client.accountsOf}. */
export interface AccountsOptions extends LedgerOptions {
  /** At most so many account numbers are looked at: 16 by default. */
  readonly most?: number | undefined;
}

/** A header of the chain up to a verified head: hashed here, and shown by the head. */
export interface VerifiedHeader {
  /** The chain. */
  readonly chainId: number;
  /** Its height. */
  readonly height: number;
  /** Its hash: 64 hexadecimal digits, as all digests here. */
  readonly hash: string;
  /** The slot of its proposal. */
  readonly slot: number;
  /** Index of its proposer in the validator set. */
  readonly proposer: number;
  /** Unix time that its proposer gave it, in milliseconds. */
  readonly timestampMs: number;
  /** Hash of the header before it. */
  readonly parentHash: string;
  /** Root of the accounts after its block. */
  readonly stateRoot: string;
  /** Root of its block's operations. */
  readonly txRoot: string;
  /** The validator set that signs it. */
  readonly validatorSetRoot: string;
  /** The one that signs the next header. */
  readonly nextValidatorSetRoot: string;
  /** Who voted for the header before it. */
  readonly participationRoot: string;
  /** All headers before it. */
  readonly historyRoot: string;
  /** The chain's randomness after it. */
  readonly randomness: string;
  /** Its 284 bytes, which hash to `hash`. */
  readonly bytes: Uint8Array;
}

/** An account of the ledger. */
export interface Account {
  /** Id of the key that signs for it: 64 hexadecimal digits. */
  readonly keyId: string;
  /** Its balance, in the chain's smallest unit. */
  readonly balance: bigint;
  /** The lowest nonce that its next operation may have. */
  readonly nonce: number;
  /** What is subtracted from a nonce to give the leaf of the key that signs. */
  readonly keyOffset: number;
}

/**
 * What is at an account number, shown by the state root of a header that the client has verified. Only this package
 * makes one, so that a wallet can rely on it; a copy, such as a structured clone, is not one.
 */
export class VerifiedAccount {
  private constructor();
  /** Its number. */
  readonly index: number;
  /** The account; `null` if there is verifiably none. */
  readonly account: Account | null;
  /** The chain. */
  readonly chainId: number;
  /** Height of the header that shows it. */
  readonly height: number;
  /** Hash of that header, in hexadecimal. */
  readonly headerHash: string;
  /** Timestamp of that header, in milliseconds since the Unix epoch. */
  readonly timestampMs: number;
}

/** The accounts of a key. */
export interface KeyLedger {
  /** Accounts that the key signs for, each verified. */
  readonly accounts: readonly VerifiedAccount[];
  /** Whether these are all, as the host says. */
  readonly isWhole: boolean;
}

/** What became of an operation. */
export type OperationState =
  /** It is in a block of the verified chain: shown by that block's header, whose `state` proof may still be made. */
  | {
      readonly state: "included";
      readonly hash: string;
      readonly height: number;
      readonly headerHash: string;
      readonly position: number;
    }
  /** A block above the head has it, the host says: it is shown once that block is verified. */
  | { readonly state: "ahead"; readonly hash: string; readonly height: number }
  /** It waits for a block, the host says; `height` is that of the newest block when it was taken. */
  | { readonly state: "pending"; readonly hash: string; readonly height: number }
  /** The host took it and dropped it, it says, by this rule. The same bytes may be handed in again. */
  | { readonly state: "dropped"; readonly hash: string; readonly height: number; readonly code: string }
  /** The host has no such operation, it says. */
  | { readonly state: "unknown"; readonly hash: string };

/** A block whose operations are proven to lead from its parent's accounts to its own. */
export interface VerifiedTransition {
  /** Height of the block. */
  readonly height: number;
  /** Hash of its header, in hexadecimal. */
  readonly headerHash: string;
  /** Name of the circuit: `state`. */
  readonly circuit: string;
  /** Digest of the verifying key, in hexadecimal. */
  readonly keyDigest: string;
  /** Proven soundness of the proof, in bits. */
  readonly starkBits: number;
  /** Collision resistance of the state hash, in bits. */
  readonly hashBits: number;
}

/** How often a validator is proven to have voted in an epoch. */
export interface VerifiedUptime {
  /** Its index in the set of the epoch. */
  readonly validator: number;
  /** The epoch. */
  readonly epoch: number;
  /** Id of its key there, in hexadecimal. */
  readonly keyId: string;
  /** Height of the first block whose votes are counted: the epoch's first, but for the genesis. */
  readonly first: number;
  /** Height of the last one: the epoch's last. */
  readonly last: number;
  /** For how many of these blocks it has voted, as the header after each says. */
  readonly signed: number;
  /** Hash of the header after the last block, in hexadecimal. */
  readonly headerHash: string;
  /** Name of the circuit: `uptime`. */
  readonly circuit: string;
  /** Digest of the verifying key, in hexadecimal. */
  readonly keyDigest: string;
  /** Proven soundness of the proof, in bits. */
  readonly starkBits: number;
  /** Collision resistance of the state hash, in bits. */
  readonly hashBits: number;
}
