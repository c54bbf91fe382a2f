//! Following a host: fetch, check, believe, in this order.

mod backoff;
mod checkpoint;
mod client;

use std::time::Duration;

use rpp_verifier::chain::TrustedChain;
use rpp_verifier::header::HeaderHash;
use rpp_verifier::limits::MAX_PROOF_BYTES;
use tokio::time::sleep;

use self::backoff::Backoff;
pub use self::checkpoint::{Checkpoint, CheckpointError};
pub use self::client::{Client, ClientError};
use crate::check::{CheckError, CheckedBlock, chain_params, check_block};
use crate::clock::Clock;
use rpp_verifier::wire::{BlockJson, ChainJson, HeadJson};

/// Moves a trusted head along a host's chain, block by block.
#[derive(Debug)]
pub struct Follower {
    client: Client,
    clock: Clock,
    genesis_hash: HeaderHash,
    trusted: TrustedChain,
    poll: Duration,
}

/// Why following ends.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FollowError {
    /// The host answered with something else than what it was asked for.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// What the host served does not hold.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The host serves another chain than before.
    #[error("the host serves a chain of genesis {got}, and served one of {expected} before")]
    OtherChain {
        /// The genesis that is followed.
        expected: HeaderHash,
        /// The genesis that the host serves.
        got: HeaderHash,
    },
    /// The host's chain has epochs of another length than the checkpoint's.
    #[error("the host serves epochs of {got} blocks, the checkpoint says {expected}")]
    OtherEpochLength {
        /// Epoch length of the checkpoint.
        expected: u32,
        /// Epoch length that the host serves.
        got: u32,
    },
    /// The host's block is not at the height asked for.
    #[error("asked for block {expected}, got block {got}")]
    OtherHeight {
        /// The height asked for.
        expected: u32,
        /// The height of the block.
        got: u32,
    },
}

impl FollowError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Client(error) => error.code(),
            Self::Check(error) => error.code(),
            Self::OtherChain { .. } => "other-chain",
            Self::OtherEpochLength { .. } => "other-epoch-length",
            Self::OtherHeight { .. } => "other-height",
        }
    }
}

impl Follower {
    /// Starts at the checkpoint, or else at the genesis that the host shows; waits while the host
    /// is away.
    ///
    /// # Errors
    ///
    /// [`FollowError`].
    pub async fn start(
        client: Client,
        checkpoint: Option<Checkpoint>,
        clock: Clock,
    ) -> Result<Self, FollowError> {
        let chain = retrying(async || Ok(client.document::<ChainJson>("/v1/chain").await?)).await?;
        let params = chain_params(&chain)?;
        let genesis_hash = HeaderHash(chain.genesis_hash);
        let trusted = match checkpoint {
            None => TrustedChain::new(params, &chain.genesis, &genesis_hash),
            Some(checkpoint) => {
                let (expected, got) = (checkpoint.epoch_length, params.epoch_length());
                if got != expected {
                    return Err(FollowError::OtherEpochLength { expected, got });
                }
                let path = format!("/v1/blocks/{}", checkpoint.height);
                let fetch = async || Ok(client.document::<BlockJson>(&path).await?);
                let header = retrying(fetch).await?.header;
                TrustedChain::new(params, &header, &checkpoint.hash)
            }
        };
        let trusted = trusted.map_err(CheckError::from)?;
        let block_time = Duration::from_millis(chain.block_time_ms.into());
        let poll = (block_time / 4).clamp(SHORTEST_POLL, LONGEST_POLL);
        Ok(Self {
            client,
            clock,
            genesis_hash,
            trusted,
            poll,
        })
    }

    /// Returns what is believed so far.
    #[must_use]
    pub const fn trusted(&self) -> &TrustedChain {
        &self.trusted
    }

    /// Waits for the next proven block, checks it, and moves the head to it.
    ///
    /// # Errors
    ///
    /// [`FollowError`]; the head stays where it was.
    pub async fn next_block(&mut self) -> Result<CheckedBlock, FollowError> {
        let (block, proof) = retrying(async || self.fetch_next().await).await?;
        let candidate = block.into_candidate(None).map_err(CheckError::from)?;
        let checked = check_block(&self.trusted, &candidate, &proof, (self.clock)())?;
        self.trusted = checked.trusted.clone();
        Ok(checked)
    }

    async fn fetch_next(&self) -> Result<(BlockJson, Vec<u8>), FollowError> {
        self.check_same_chain().await?;
        let height = self.trusted.head().height.saturating_add(1);
        while self.proven_height().await? < height {
            sleep(self.poll).await;
        }
        let path = format!("/v1/blocks/{height}");
        let block: BlockJson = self.client.document(&path).await?;
        if block.height != height {
            let (expected, got) = (height, block.height);
            return Err(FollowError::OtherHeight { expected, got });
        }
        let path = format!("/v1/blocks/{height}/proofs/consensus");
        let proof = self.client.bytes(&path, MAX_PROOF_BYTES).await?;
        Ok((block, proof))
    }

    /// A host that was away may have come back with another chain, whose blocks never come.
    async fn check_same_chain(&self) -> Result<(), FollowError> {
        let chain: ChainJson = self.client.document("/v1/chain").await?;
        let (expected, got) = (self.genesis_hash, HeaderHash(chain.genesis_hash));
        if expected == got {
            return Ok(());
        }
        Err(FollowError::OtherChain { expected, got })
    }

    /// Returns the height of the host's head; only when to ask depends on it.
    async fn proven_height(&self) -> Result<u32, FollowError> {
        let head: HeadJson = self.client.document("/v1/head").await?;
        Ok(head.block.height)
    }
}

/// Asks until the host is there.
async fn retrying<T>(ask: impl AsyncFn() -> Result<T, FollowError>) -> Result<T, FollowError> {
    let mut backoff = Backoff::default();
    loop {
        let error = match ask().await {
            Err(FollowError::Client(error)) if error.may_pass() => error,
            answer => return answer,
        };
        let wait = backoff.wait(error.retry_after());
        let wait_ms = wait.as_millis();
        tracing::debug!(wait_ms, "{error}");
        if error.is_transport() {
            tracing::warn!(wait_ms, "{error}");
        }
        sleep(wait).await;
    }
}

const SHORTEST_POLL: Duration = Duration::from_millis(20);
const LONGEST_POLL: Duration = Duration::from_secs(2);
