//! Where following a host starts: a checkpoint, or the genesis that the host shows.

use rpp_light_client::{
    Checkpoint, HttpTransport, ProblemError, Request, Transport, TransportError, TransportFault,
};
use rpp_verifier::{ChainJson, JsonDocument, Route};

use crate::check::{CheckError, chain_params};

/// Why there is nothing to start from.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AnchorError {
    /// The host gave no whole answer.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// The answer is not that of a host.
    #[error(transparent)]
    Refused(#[from] ProblemError),
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
            Self::Refused(_) => "host-refused",
            Self::Chain(error) => error.code(),
        }
    }

    /// Returns whether asking again may help: the host is away, or busy, or somebody else answers, such
    /// as a proxy while the host behind it starts.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Transport(_) | Self::Refused(_) => true,
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
        body: None,
    };
    let body = host.send(&request).await?.into_body(&request)?;
    if !body.trim_ascii_end().ends_with(b"}") {
        return Err(AnchorError::Transport(cut(&body)));
    }
    let chain = ChainJson::from_json(&body).map_err(CheckError::from)?;
    let params = chain_params(&chain)?;
    Ok(Checkpoint::of(&chain.genesis, params.epoch_length()))
}

/// A connection was cut: not every answer says how long it is.
fn cut(body: &[u8]) -> TransportError {
    TransportError {
        fault: TransportFault::Unreachable,
        detail: format!("its answer ends after {} bytes, in the middle", body.len()),
        bytes: u64::try_from(body.len()).unwrap_or(u64::MAX),
    }
}
