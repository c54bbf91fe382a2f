//! `Document`: a JSON text with a cap on its length.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why bytes are no such document.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text is longer than its kind may be.
    #[error("{what} of more than {max} bytes")]
    TooLong {
        /// What was read.
        what: &'static str,
        /// Most bytes allowed.
        max: usize,
    },
    /// The text is not the JSON of its kind.
    #[error("{what} is not valid: {source}")]
    BadJson {
        /// What was read.
        what: &'static str,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
}

impl DocumentError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::BadJson { .. } => "bad-json",
        }
    }
}

/// A JSON text with a cap on its length.
pub trait Document: Serialize + DeserializeOwned {
    /// What it is called in messages.
    const WHAT: &'static str;
    /// Most bytes that the text may have.
    const MAX_BYTES: usize;

    /// Decodes the text.
    ///
    /// # Errors
    ///
    /// [`DocumentError::TooLong`] above [`Document::MAX_BYTES`], else [`DocumentError::BadJson`].
    fn from_json(bytes: &[u8]) -> Result<Self, DocumentError> {
        let what = Self::WHAT;
        if bytes.len() > Self::MAX_BYTES {
            let max = Self::MAX_BYTES;
            return Err(DocumentError::TooLong { what, max });
        }
        serde_json::from_slice(bytes).map_err(|source| DocumentError::BadJson { what, source })
    }

    /// Encodes the text.
    ///
    /// # Panics
    ///
    /// Never: no document has a map with keys that are not strings.
    fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document is plain data")
    }
}
