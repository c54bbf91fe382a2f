import type { ConfigError, DecodeError, HeaderError, RppError, VerifierCrashError, VerifyError } from "./errors.js";

/** The claim that a consensus proof proves: more than two thirds of a set signed a header. */
export interface ConsensusStatement {
  /** The kind of statement. */
  readonly kind: "consensus";
  /** Id of the chain. */
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

/** The claim that a state proof proves: a block's operations lead from one root of the accounts to the other. */
export interface StateStatement {
  readonly kind: "state";
  /** Id of the chain. */
  readonly chainId: number;
  /** Root of the accounts before the block: `state_root` of its parent's header. */
  readonly before: string;
  /** Root of the accounts after it: `state_root` of its header. */
  readonly after: string;
  /** Root over its operations: `tx_root` of its header. */
  readonly txRoot: string;
  /** The account of its proposer, which gets the fees. */
  readonly proposerAccount: number;
}

/** The claim that a transaction proof proves: an operation is valid on a root of the accounts. It is no receipt. */
export interface TransactionStatement {
  readonly kind: "transaction";
  /** Id of the chain. */
  readonly chainId: number;
  /** Root of the accounts that it is valid on. */
  readonly stateRoot: string;
  /** Hash of the operation, a transfer or a change of key. */
  readonly operation: string;
}

/** The claim that an identity proof proves: a registration leads from one root of the accounts to the other. */
export interface IdentityStatement {
  readonly kind: "identity";
  /** Id of the chain. */
  readonly chainId: number;
  /** Root of the accounts before it. */
  readonly before: string;
  /** Root of the accounts after it. */
  readonly after: string;
  /** Hash of the registration. */
  readonly operation: string;
}

/**
 * The claim that a pruning proof proves: 2^k headers, the first at a multiple of that, follow each other from the one at the
 * start to the parent of the one at the end, and are what the history of the second has and that of the first does not.
 */
export interface PruningStatement {
  readonly kind: "pruning";
  /** Id of the chain. */
  readonly chainId: number;
  /** Height of the first header. */
  readonly startHeight: number;
  /** Its hash. */
  readonly startHash: string;
  /** Its history root: all headers before it. */
  readonly startHistory: string;
  /** Height of the header after the last one. */
  readonly endHeight: number;
  /** Its hash, which the proof is not about: compare it with that of a header that you trust. */
  readonly endHash: string;
  /** Hash of the last header of the range. */
  readonly lastHash: string;
  /** History root of the header after it: all headers up to the last one. */
  readonly endHistory: string;
  /** The fold over the operations of the blocks before the range. */
  readonly foldBefore: string;
  /** The fold over those and the range. */
  readonly foldAfter: string;
}

/**
 * The claim that an uptime proof proves: the headers from one height to another are signed by one set, and by what the header
 * after each says, the validator at a place of it voted for so many of them.
 */
export interface UptimeStatement {
  readonly kind: "uptime";
  /** Id of the chain. */
  readonly chainId: number;
  /** Hash of the header after the last one: compare it with that of a header that you trust. */
  readonly headHash: string;
  /** Height of the first header whose votes are counted. */
  readonly first: number;
  /** Height of the last one. */
  readonly last: number;
  /** Root of the set that signs them. */
  readonly validatorSetRoot: string;
  /** The validator's place in it. */
  readonly index: number;
  /** Id of its key. */
  readonly keyId: string;
  /** For how many of these headers it voted. A vote that came after the next block is in no header. */
  readonly signed: number;
}

/**
 * The claim that a span proof proves: at the ends of epochs that follow each other there are headers, the first signed by one set
 * and each other by the set that the one before names as the next, and each is in the history of the next.
 */
export interface SpanStatement {
  readonly kind: "span";
  /** Id of the chain. */
  readonly chainId: number;
  /** How many heights an epoch has. */
  readonly epochLength: number;
  /** Height of the first header. */
  readonly firstHeight: number;
  /** Root of the set that signs it. */
  readonly validatorSetRoot: string;
  /** How many headers there are. */
  readonly ends: number;
  /** Hash of the last one. */
  readonly lastHash: string;
}

/** The claim that a proof proves. */
export type Statement =
  | ConsensusStatement
  | StateStatement
  | TransactionStatement
  | IdentityStatement
  | PruningStatement
  | UptimeStatement
  | SpanStatement;

/** A statement whose proof was verified, and what the verdict depends on. */
export interface ProofVerdict<S extends Statement = ConsensusStatement> {
  /** What was proven. */
  readonly statement: S;
  /** Name of the circuit. */
  readonly circuit: string;
  /** Digest of the verifying key, in hexadecimal. */
  readonly keyDigest: string;
  /** Proven soundness of the proof, in bits. */
  readonly starkBits: number;
  /** Collision resistance of the state hash, in bits. */
  readonly hashBits: number;
  /** Version of the signed setup that names the key, or `null` if none does. */
  readonly setupVersion: number | null;
  /** How long the verifying call took, in milliseconds. */
  readonly verifyMs: number;
}

/** What the proof of a header is verified against. */
export interface ProofInputs {
  readonly circuit?: "consensus" | undefined;
  /** The header: 284 bytes. */
  readonly header: Uint8Array | ArrayBuffer;
  /** Its parent: 284 bytes. */
  readonly parent: Uint8Array | ArrayBuffer;
  /** Who signed, and out of which set: 76 bytes. */
  readonly certificate: Uint8Array | ArrayBuffer;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** What a proof about accounts is verified against: the chain is the verifier's. */
export interface LedgerProofInputs<S extends Statement> {
  /** Which statement it is. */
  readonly circuit: S["kind"];
  /** What is to be proven. Whether its roots can be trusted is for the caller to check. */
  readonly statement: Omit<S, "kind" | "chainId">;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** What a proof of a range of headers is verified against. */
export interface PruningProofInputs {
  readonly circuit: "pruning";
  /** The first header: 284 bytes. */
  readonly start: Uint8Array | ArrayBuffer;
  /** The header after the last one: 284 bytes. Whether it can be trusted is for the caller to check. */
  readonly end: Uint8Array | ArrayBuffer;
  /** The fold before the range: 64 lower-case hexadecimal digits, zeros at the genesis. */
  readonly foldBefore: string;
  /** The fold after it. */
  readonly foldAfter: string;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** What a proof of a validator's votes is verified against. */
export interface UptimeProofInputs {
  readonly circuit: "uptime";
  /** The header after the last one whose votes are counted: 284 bytes. Whether it can be trusted is for the caller to check. */
  readonly head: Uint8Array | ArrayBuffer;
  /** How many heights an epoch of the chain has: all headers whose votes are counted are of one. */
  readonly epochLength: number;
  /** Height of the first header whose votes are counted, at most 1,024 before that of `head`. */
  readonly first: number;
  /** Root of the set that signs them: 64 lower-case hexadecimal digits. */
  readonly validatorSetRoot: string;
  /** The validator's place in it, below 1,024. */
  readonly index: number;
  /** Id of its key. */
  readonly keyId: string;
  /** For how many of these headers it voted. */
  readonly signed: number;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** What a proof of ends of epochs is verified against. */
export interface SpanProofInputs {
  readonly circuit: "span";
  /** The last header: 284 bytes. What it says of the next set can be trusted if the first set can. */
  readonly last: Uint8Array | ArrayBuffer;
  /** Height of the first header, which ends an epoch. */
  readonly firstHeight: number;
  /** How many heights an epoch of the chain has. */
  readonly epochLength: number;
  /** Root of the set that signs the first header: 64 lower-case hexadecimal digits. Whether it can be trusted there is for the caller to check. */
  readonly validatorSetRoot: string;
  /** The proof file. */
  readonly proof: Uint8Array | ArrayBuffer;
}

/** Verifies single proofs of one chain. */
export interface ProofVerifier {
  /**
   * Checks that `proof` proves that `header`, a child of `parent`, was signed as `certificate`
   * says. The caller must check whether the set named in the verdict can be trusted.
   *
   * @throws {ConfigError} `bad-bytes` if one of them is not bytes, or its buffer has been handed to another thread.
   * @throws {VerifyError} if the proof breaks a rule.
   * @throws {HeaderError} if header, parent and certificate do not belong together.
   * @throws {DecodeError} if one of them cannot be decoded.
   * @throws {VerifierCrashError} if the verifier failed: no verdict. The next call gets a new one.
   */
  verify(inputs: ProofInputs): Promise<ProofVerdict>;

  /**
   * Checks that `proof` proves `statement`, which is about accounts.
   *
   * @throws {RppError} as for the proof of a header.
   */
  verify(inputs: LedgerProofInputs<StateStatement>): Promise<ProofVerdict<StateStatement>>;
  verify(inputs: LedgerProofInputs<TransactionStatement>): Promise<ProofVerdict<TransactionStatement>>;
  verify(inputs: LedgerProofInputs<IdentityStatement>): Promise<ProofVerdict<IdentityStatement>>;

  /**
   * Checks that `proof` proves that the headers from `start` to before `end` follow each other, and lead from one fold to
   * the other. The caller must check whether `endHash` in the verdict can be trusted, and `startHash` where it matters.
   *
   * @throws {RppError} as for the proof of a header.
   */
  verify(inputs: PruningProofInputs): Promise<ProofVerdict<PruningStatement>>;

  /**
   * Checks that `proof` proves how many of the headers from height `first` to before `head` a validator voted for, by what the
   * header after each says. The caller must check whether `headHash` in the verdict can be trusted.
   *
   * @throws {RppError} as for the proof of a header; {ConfigError} `bad-config` if `epochLength` is 0.
   */
  verify(inputs: UptimeProofInputs): Promise<ProofVerdict<UptimeStatement>>;

  /**
   * Checks that `proof` proves that sets that follow each other signed the ends of their epochs, from `firstHeight` to `last`. The
   * caller must check whether `validatorSetRoot` can be trusted at the first height, and the rules of a header for the last one.
   *
   * @throws {RppError} as for the proof of a header; {ConfigError} `bad-config` if `epochLength` is 0.
   */
  verify(inputs: SpanProofInputs): Promise<ProofVerdict<SpanStatement>>;

  /** Creates the instance before it is needed; the first proof is still slower than later ones. */
  warmup(): Promise<void>;

  /** Frees the verifier's resources; later calls throw `closed`. */
  close(): Promise<void>;
}
