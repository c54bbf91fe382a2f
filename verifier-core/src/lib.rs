//! Verifies the proofs of an rpp chain.
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(
    not(all(
        feature = "hazmat",
        feature = "prover",
        feature = "signer",
        feature = "json"
    )),
    allow(
        dead_code,
        unreachable_pub,
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
mod limits;
mod signature;
mod stark;
mod wire;

pub use self::chain::{
    Bitmap, Certificate, ChainParams, GenesisError, Header, HeaderHash, History, HistoryFrontier,
    HistoryPath, ParamsError, ParseSubjectError, ProofKey, SetError, SetOpening, SetPath, Subject,
    Validator, ValidatorSet, drawn_randomness, genesis, genesis_history_root, history_root,
    is_ancestor, next_randomness, vote_message,
};
pub use self::circuit::CIRCUITS;
#[cfg(feature = "json")]
pub use self::circuit::consensus::ConsensusJson;
pub use self::circuit::consensus::{Consensus, ConsensusStatement, StatementError};
#[cfg(feature = "prover")]
pub use self::circuit::consensus::{ConsensusWitness, VoteWitness, WitnessError};
pub use self::codec::{DecodeError, Format, Reader, Writer};
pub use self::follow::{
    Candidate, CheckedCandidate, Checkpoint, CheckpointError, HeadCircuit, HeadStatement,
    HeaderError, ParseCheckpointError, TrustedChain, TrustedHead,
};
pub use self::hash::{
    Digest, MerklePath, MerkleTree, compress, empty_nodes, empty_root, fold_path,
};
pub use self::limits::{
    HISTORY_DEPTH, MAX_CIRCUIT_NAME_BYTES, MAX_CLOCK_DRIFT_MS, MAX_LISTED_PROOFS, MAX_OPERATIONS,
    MAX_PAGE_BLOCKS, MAX_PROOF_BYTES, MAX_REGISTRATIONS, MAX_TREE_HEIGHT, MAX_VALIDATORS,
    MAX_WITNESS_BYTES, MIN_EPOCH_LENGTH, MIN_TREE_HEIGHT, SET_DEPTH, STATE_DEPTH, TX_DEPTH,
};
pub use self::signature::{KeyPurpose, PublicKey, Signature, SignatureError, slot_digest};
#[cfg(feature = "signer")]
pub use self::signature::{SecretKey, SignError};
pub use self::stark::{
    AnyCircuit, CircuitId, Circuits, HASH_BITS, Key, Proof, Registered, SUITE, StarkParameters,
    Verified, VerifyError, VerifyingKey,
};
#[cfg(feature = "prover")]
pub use self::stark::{AnyProver, ProveError, Prover, WitnessFault};
pub use self::wire::{
    Ancestor, BLOCK_MEDIA_TYPE, Block, BlockError, Blocks, CircuitName, CircuitNameError, Document,
    DocumentError, FileDigest, Head, ListedProof, PROOF_MEDIA_TYPE, Parent, Route, RouteError,
    parse_height,
};
#[cfg(feature = "json")]
pub use self::wire::{ChainJson, HeaderWire, JsonDocument, JsonError, JsonFault, VerifiedJson};
