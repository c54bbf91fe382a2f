//! Where following a host starts: a checkpoint, or the genesis that the host shows.

use rpp_light_client::{Checkpoint, HttpTransport, Request, Transport, TransportError};
use rpp_verifier::{ChainJson, JsonDocument, Route};

use crate::check::{CheckError, chain_params};

/// Why there is nothing to start from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// The host gave no whole answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The host answered with an error.
    #[error("the host answered /v1/chain with status {status}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Whether the host, or a proxy before it, asks to be asked again.
        later: bool,
    },
    /// The answer is no chain.
    #[error(transparent)]
    Chain(#[from] CheckError),
}

impl AnchorError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Transport(error) => error.fault.code(),
            Self::Refused { .. } => "host-refused",
            Self::Chain(error) => error.code(),
        }
    }

    /// Returns whether asking again may help: the host is away, or busy, or a proxy answers while the
    /// host behind it starts.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) => true,
            Self::Refused { status, later } => *later || matches!(status, 408 | 425 | 429 | 500..),
            Self::Chain(_) => false,
        }
    }
}

/// Returns the genesis that the host shows: it binds the chain's rules, and that it is the right one
/// is the host's word.
///
/// # Errors
///
/// [`AnchorError`].
pub async fn shown_genesis(host: &HttpTransport) -> Result<Checkpoint, AnchorError> {
    let request = Request {
        path: Route::Chain.to_string(),
        accept: "application/json",
        max_bytes: ChainJson::MAX_JSON_BYTES,
    };
    let answer = host.get(&request).await?;
    if answer.status != 200 {
        let (status, later) = (answer.status, answer.retry_after.is_some());
        return Err(AnchorError::Refused { status, later });
    }
    let chain = ChainJson::from_json(&answer.body).map_err(CheckError::from)?;
    let params = chain_params(&chain)?;
    Ok(Checkpoint::of(&chain.genesis, params.epoch_length()))
}
