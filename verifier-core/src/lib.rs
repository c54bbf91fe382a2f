//! Verifies the proofs of an rpp chain: `no_std`, pure, one core for browsers and light clients.
//!
//! Nothing here reads a clock, a network, a file or a source of randomness. Time, trust and limits are
//! arguments. The rules are numbered in `docs/PROTOCOL.md`.
//!
//! # Verify a block
//!
//! A client starts from a checkpoint, a header that it trusts by its hash. It then takes a later header if
//! three things hold: the header keeps the rules of the chain, its history contains the client's head, and a
//! proof shows that more than two thirds of the validators signed it.
//!
//! ```
//! use rpp_verifier::{
//!     Ancestor, Block, CIRCUITS, Checkpoint, Document, Head, HeadCircuit, Proof, VerifyingKey,
//! };
//! # macro_rules! served { ($name:literal) => {
//! #     include_bytes!(concat!("../../vectors/v1/client/documents/", $name)) } }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // From someone you trust: height, hash, timestamp and epoch length.
//! let checkpoint: Checkpoint =
//!     "0:f13cde6cd65a605ec8ccd32213ce011867f9223a9463c96011e6a01022b82276:1700000000000:4".parse()?;
//! // From a host that you do not trust, in the formats of section 17.
//! let genesis = Block::from_bytes(served!("block-0.bin"))?;
//! let head = Head::from_bytes(served!("head-3.bin"))?;
//! let ancestor = Ancestor::from_bytes(served!("ancestor-0-3.bin"))?;
//! let proof = Proof::from_bytes(served!("proof-3.bin"), &CIRCUITS)?;
//! // Your clock, in milliseconds since the Unix epoch.
//! let now_ms = 1_700_000_001_004;
//!
//! let mut chain = checkpoint.start(&genesis.header)?;
//! let candidate = head.block.into_candidate(Some(ancestor.history_path))?;
//! let checked = chain.check(&candidate, now_ms)?;
//! let key = VerifyingKey::<HeadCircuit>::new(chain.params().chain_id());
//! let verified = key.verify(checked.statement().clone(), &proof)?;
//! chain.accept(checked, &verified)?;
//!
//! assert_eq!(chain.head().height, 3);
//! assert_eq!((verified.stark_bits(), verified.hash_bits()), (128, 123));
//! # Ok(()) }
//! ```
//!
//! `rpp-light-client` does all of this over HTTP, keeps its state, and follows the head.
//!
//! # Features
//!
//! All are off by default, and no rule depends on one.
//!
//! | feature | adds |
//! |---|---|
//! | `json` | the documents and verdicts as JSON, for people and other tools |
//! | `signer` | key generation and signing |
//! | `prover` | witnesses, traces and proving |
//! | `parallel` | all cores for key generation and proving; needs `std` |
//! | `hazmat` | Plonky3's types and the parts of circuits, in the module `hazmat`: to write a circuit, measure one, or forge a proof and see it refused. Not covered by semantic versioning |
#![no_std]
#![forbid(unsafe_code)]
#![allow(
    unreachable_pub,
    reason = "all modules are private, and the list below is the one place that says what is public"
)]
#![cfg_attr(
    not(all(
        feature = "hazmat",
        feature = "prover",
        feature = "signer",
        feature = "json"
    )),
    allow(
        dead_code,
        unused_imports,
        reason = "each feature exports more of the same modules"
    )
)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod chain;
mod circuit;
mod codec;
mod follow;
mod gadget;
mod hash;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod lasting;
mod ledger;
mod limits;
mod setup;
mod signature;
mod stark;
mod wire;

pub use self::chain::{
    Bitmap, Certificate, ChainParams, GenesisError, Header, HeaderHash, History, HistoryFrontier,
    HistoryPath, ParamsError, ParseSubjectError, ProofKey, SetError, SetOpening, SetPath, Subject,
    Validator, ValidatorSet, drawn_randomness, extends_history, fold_block, genesis,
    genesis_history_root, history_root, is_ancestor, next_randomness, tx_root, vote_message,
};
pub use self::circuit::CIRCUITS;
#[cfg(feature = "json")]
pub use self::circuit::consensus::ConsensusJson;
pub use self::circuit::consensus::{Consensus, ConsensusStatement, StatementError};
#[cfg(feature = "prover")]
pub use self::circuit::consensus::{ConsensusWitness, VoteWitness, WitnessError};
#[cfg(feature = "json")]
pub use self::circuit::identity::IdentityJson;
pub use self::circuit::identity::{Identity, IdentityError, IdentityStatement};
#[cfg(feature = "prover")]
pub use self::circuit::identity::{IdentityWitness, IdentityWitnessError};
#[cfg(feature = "json")]
pub use self::circuit::pruning::PruningJson;
pub use self::circuit::pruning::{Pruning, PruningStatement, PruningStatementError};
#[cfg(feature = "prover")]
pub use self::circuit::pruning::{PruningWitness, PruningWitnessError};
#[cfg(feature = "json")]
pub use self::circuit::span::SpanJson;
#[cfg(feature = "prover")]
pub use self::circuit::span::{EpochEnd, SpanSize, SpanWitness, SpanWitnessError};
pub use self::circuit::span::{Span, SpanStatement, SpanStatementError};
#[cfg(feature = "json")]
pub use self::circuit::state::StateJson;
#[cfg(feature = "prover")]
pub use self::circuit::state::{AppliedOperation, StateWitness, StateWitnessError};
pub use self::circuit::state::{State, StateStatement, StateStatementError};
#[cfg(feature = "json")]
pub use self::circuit::transaction::TransactionJson;
pub use self::circuit::transaction::{Transaction, TransactionStatement};
#[cfg(feature = "prover")]
pub use self::circuit::transaction::{TransactionWitness, TransactionWitnessError};
#[cfg(feature = "json")]
pub use self::circuit::uptime::UptimeJson;
pub use self::circuit::uptime::{Uptime, UptimeClaim, UptimeStatement, UptimeStatementError};
#[cfg(feature = "prover")]
pub use self::circuit::uptime::{UptimeWitness, UptimeWitnessError};
pub use self::codec::{DecodeError, Format, Reader, Writer};
#[cfg(feature = "prover")]
pub use self::follow::HeadWitness;
pub use self::follow::{
    Ancestry, Candidate, CheckedCandidate, CheckedMove, CheckedSpan, Checkpoint, CheckpointError,
    ClaimError, Conflict, Evidence, EvidenceError, HeadCircuit, HeadStatement, HeaderError,
    ParseCheckpointError, RangeCircuit, SignedHeader, SpanCandidate, SpanCircuit,
    TransitionCircuit, TransitionStatement, TrustedChain, TrustedHead, TrustedHeader,
    UptimeCircuit, VerifiedAccount, VerifiedInclusion, VerifiedRange, VerifiedTransition,
    VerifiedUptime,
};
pub use self::hash::{
    Digest, MerklePath, MerkleTree, compress, empty_nodes, empty_root, fold_path,
};
pub use self::lasting::Lasting;
pub use self::ledger::{
    Account, AccountPath, Accounts, Applied, BlockOperationsError, Opening, Operation,
    OperationError, OperationHash, Register, Rekey, SignedOperation, SupplyError, Transfer, TxPath,
    TxTree, apply_block, is_vacant,
};
pub use self::limits::{
    HISTORY_DEPTH, MAX_CIRCUIT_NAME_BYTES, MAX_CLOCK_DRIFT_MS, MAX_CODE_BYTES, MAX_KEY_ACCOUNTS,
    MAX_LISTED_CIRCUITS, MAX_LISTED_PROOFS, MAX_NONCE, MAX_OPERATION_BYTES, MAX_OPERATIONS,
    MAX_PAGE_BLOCKS, MAX_PAGE_TRANSACTIONS, MAX_PROOF_BYTES, MAX_PRUNED, MAX_REGISTRATIONS,
    MAX_RELEASES, MAX_ROLE_KEYS, MAX_SPAN, MAX_TREE_HEIGHT, MAX_VALIDATORS, MAX_WINDOW,
    MAX_WITNESS_BYTES, MIN_EPOCH_LENGTH, MIN_TREE_HEIGHT, SET_DEPTH, STATE_DEPTH, TX_DEPTH,
};
pub use self::setup::{
    ChainFile, CheckpointFile, CircuitError, CircuitsFile, ContentError, Delegation, Envelope,
    FieldError, HashHalf, JsonFormError, ListedCircuit, ListedFile, MAX_ISSUED_AHEAD_MS,
    MinisignError, MinisignKey, MinisignKeyError, MinisignKeyId, NamedHeader, ParsePinError,
    Parsed, PinnedKeys, Release, RestoreError, Role, RoleKeys, RootFile, RootFingerprint, RootPin,
    SETUP_SPEC, SetupBundle, SetupError, SetupFault, SetupFile, SetupFileName, SetupKey,
    SetupSignature, SetupTrust, SignatureFault, SignedBy, SignedFile, VerifiedSetup, setup_message,
    sha256,
};
#[cfg(feature = "signer")]
pub use self::setup::{MinisignSecret, SetupSecret, SetupSignError};
pub use self::signature::{KeyPurpose, PublicKey, Signature, SignatureError, slot_digest};
#[cfg(feature = "signer")]
pub use self::signature::{SecretKey, SignError};
pub use self::stark::{
    AnyCircuit, Circuit, CircuitId, Circuits, HASH_BITS, Key, Proof, Registered, SUITE,
    StarkParameters, StatementFault, Verified, VerifyError, VerifyingKey,
};
#[cfg(feature = "prover")]
pub use self::stark::{AnyProver, ProveError, Prover, WitnessFault};
pub use self::wire::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, BlockError, Blocks, CircuitName, CircuitNameError, Document,
    DocumentError, DropCode, DropCodeError, FileDigest, Head, KeyAccounts, ListedProof,
    ListedTransaction, OPERATION_MEDIA_TYPE, PROOF_MEDIA_TYPE, Parent, ParseTxPlaceError, Proposer,
    RangeProof, Route, RouteError, ServedAccount, ServedSpan, ServedUptime, Submitted,
    TransactionStatus, Transactions, TxPlace, parse_height,
};
#[cfg(feature = "json")]
pub use self::wire::{ChainJson, HeaderWire, JsonDocument, JsonError, JsonFault, VerifiedJson};
