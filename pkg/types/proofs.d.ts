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

/** The claim that a proof proves. */
export type Statement = ConsensusStatement | StateStatement | TransactionStatement | IdentityStatement;

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

  /** Creates the instance before it is needed; the first proof is still slower than later ones. */
  warmup(): Promise<void>;

  /** Frees the verifier's resources; later calls throw `closed`. */
  close(): Promise<void>;
}
