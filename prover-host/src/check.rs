//! Checks a served block and its proof, as a client that trusts nothing of it.

use std::time::{Duration, Instant};

use rpp_verifier::{
    CIRCUITS, ChainParams, GenesisError, HeadCircuit, HeaderError, HeaderHash, ParamsError, Proof,
    TrustedChain, Verified, VerifyError, VerifyingKey,
};

use crate::state::ProofId;
use rpp_verifier::{Block, BlockError, ChainJson, JsonDocument, JsonError};

/// Why a chain, a block or its proof was refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CheckError {
    /// A file is no document of its kind.
    #[error(transparent)]
    Document(#[from] JsonError),
    /// The chain's numbers are none.
    #[error("chain: {0}")]
    Params(#[from] ParamsError),
    /// The chain's genesis is none, or another one's.
    #[error("chain: {0}")]
    Genesis(#[from] GenesisError),
    /// The block is no candidate.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The header breaks a rule.
    #[error("header: {0}")]
    Header(#[from] HeaderError),
    /// The proof does not prove the statement that the headers make.
    #[error("proof: {0}")]
    Proof(#[from] VerifyError),
}

impl CheckError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Document(error) => error.code(),
            Self::Params(error) => error.code(),
            Self::Genesis(error) => error.code(),
            Self::Block(error) => error.code(),
            Self::Header(error) => error.code(),
            Self::Proof(error) => error.code(),
        }
    }
}

/// A block that a proof was verified for.
#[derive(Clone, Debug)]
pub struct CheckedBlock {
    /// What is proven.
    pub verified: Verified<HeadCircuit>,
    /// SHA-256 of the proof file.
    pub proof_id: ProofId,
    /// Length of the proof file.
    pub proof_bytes: usize,
    /// How long its verification took.
    pub verify: Duration,
}

/// Returns the rules of a served chain, bound by its genesis.
///
/// # Errors
///
/// [`CheckError::Params`] or [`CheckError::Genesis`].
pub fn chain_params(chain: &ChainJson) -> Result<ChainParams, CheckError> {
    let hash = HeaderHash(chain.genesis_hash);
    let params = ChainParams::new(chain.chain_id, chain.epoch_length)?;
    params.check_genesis(&chain.genesis, &hash)?;
    Ok(params)
}

/// Checks three files against each other: every header rule, with the parent as the head that is
/// trusted, and the proof.
///
/// What holds rests on the parent's word for the validator set, which the statement names.
///
/// # Errors
///
/// The first rule that is broken: of the chain, the block, the header, the proof.
pub fn check_files(
    proof: &[u8],
    block: &[u8],
    chain: &[u8],
    now_ms: u64,
) -> Result<CheckedBlock, CheckError> {
    let params = chain_params(&ChainJson::from_json(chain)?)?;
    let candidate = Block::from_json(block)?.into_candidate(None)?;
    let parent = &candidate.parent;
    let trusted = TrustedChain::new(params, parent, &parent.hash())?;
    let checked = trusted.check(&candidate, now_ms)?;
    let key = VerifyingKey::<HeadCircuit>::new(params.chain_id());
    let start = Instant::now();
    let decoded = Proof::from_bytes(proof, &CIRCUITS)?;
    let verified = key.verify(checked.statement().clone(), &decoded)?;
    Ok(CheckedBlock {
        verified,
        proof_id: ProofId::of(proof),
        proof_bytes: proof.len(),
        verify: start.elapsed(),
    })
}
