//! `Client`: reads from a host, with a cap on every body and a limit on every wait.

use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{StatusCode, redirect};

use rpp_verifier::wire::{Document, DocumentError};

/// Reads from one host.
#[derive(Clone, Debug)]
pub struct Client {
    base: String,
    http: reqwest::Client,
}

/// Why the host gave nothing to check.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The address is not one that this client reads from.
    #[error("{url} is not an http:// address")]
    BadUrl {
        /// The address given.
        url: String,
    },
    /// The host did not answer, or stopped in the middle.
    #[error("no answer from {url}: {source}")]
    Transport {
        /// What was asked for.
        url: String,
        /// What went wrong.
        source: reqwest::Error,
    },
    /// The host is busy, or the proof is still to be made.
    #[error("{url} answered {status}")]
    Later {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: StatusCode,
        /// When to ask again, if the host says so.
        retry_after: Option<Duration>,
    },
    /// The host refused.
    #[error("{url} answered {status}: {detail}")]
    Refused {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: StatusCode,
        /// What the host says about it.
        detail: String,
    },
    /// The answer is longer than its kind may be.
    #[error("{url} answered with more than {max} bytes")]
    TooLong {
        /// What was asked for.
        url: String,
        /// Most bytes allowed.
        max: usize,
    },
    /// The answer is not what was asked for.
    #[error("{url}: {source}")]
    Document {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        source: DocumentError,
    },
}

impl ClientError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BadUrl { .. } => "bad-url",
            Self::Transport { .. } => "no-answer",
            Self::Later { .. } => "later",
            Self::Refused { .. } => "host-refused",
            Self::TooLong { .. } => "too-long",
            Self::Document { source, .. } => source.code(),
        }
    }

    /// Returns whether asking again may help.
    pub(super) const fn may_pass(&self) -> bool {
        self.is_transport() || matches!(self, Self::Later { .. })
    }

    /// Returns whether the host could not be reached, or stopped in the middle of its answer.
    pub(super) const fn is_transport(&self) -> bool {
        matches!(self, Self::Transport { .. })
    }

    /// Returns when the host asked to be asked again.
    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Later { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

impl Client {
    /// Returns the client of the host at `url`, `http://HOST:PORT`.
    ///
    /// # Errors
    ///
    /// [`ClientError::BadUrl`].
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let bad_url = || ClientError::BadUrl {
            url: url.to_owned(),
        };
        let parsed = reqwest::Url::parse(url).map_err(|_| bad_url())?;
        if parsed.scheme() != "http" || parsed.host().is_none() {
            return Err(bad_url());
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT_TIMEOUT)
            // A host that sends its readers elsewhere is not the one they were told to read.
            .redirect(redirect::Policy::none())
            .no_proxy()
            .build()
            .map_err(|_| bad_url())?;
        let base = url.trim_end_matches('/').to_owned();
        Ok(Self { base, http })
    }

    /// Reads a JSON document.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn document<D: Document>(&self, path: &str) -> Result<D, ClientError> {
        let bytes = self.bytes(path, D::MAX_BYTES).await?;
        let url = || format!("{}{path}", self.base);
        D::from_json(&bytes).map_err(|source| ClientError::Document { url: url(), source })
    }

    /// Reads at most `max` bytes.
    ///
    /// # Errors
    ///
    /// [`ClientError`].
    pub async fn bytes(&self, path: &str, max: usize) -> Result<Vec<u8>, ClientError> {
        let url = format!("{}{path}", self.base);
        let transport = |source| ClientError::Transport {
            url: url.clone(),
            source,
        };
        let response = self.http.get(&url).send().await.map_err(transport)?;
        let status = response.status();
        let retry_after = retry_after(&response);
        let max = if status.is_success() {
            max
        } else {
            MAX_PROBLEM_BYTES
        };
        let bytes = read_capped(response, &url, max).await?;
        if status.is_success() {
            return Ok(bytes);
        }
        if retry_after.is_some() || status.is_server_error() {
            return Err(ClientError::Later {
                url,
                status,
                retry_after,
            });
        }
        let detail = String::from_utf8_lossy(&bytes).into_owned();
        Err(ClientError::Refused {
            url,
            status,
            detail,
        })
    }
}

async fn read_capped(
    mut response: reqwest::Response,
    url: &str,
    max: usize,
) -> Result<Vec<u8>, ClientError> {
    let transport = |source| ClientError::Transport {
        url: url.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if bytes.len() + chunk.len() > max {
            let url = url.to_owned();
            return Err(ClientError::TooLong { url, max });
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let value = response.headers().get(RETRY_AFTER)?;
    let seconds: u64 = value.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const MAX_PROBLEM_BYTES: usize = 8 << 10;
