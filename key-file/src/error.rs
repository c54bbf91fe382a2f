//! `KeyFileError`: why a key file cannot be used; `SealError`: why none can be written.

use rpp_verifier::DecodeError;

use super::random::RandomError;

/// Why a key file cannot be used. The file stays as it was.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It is not a key file of this version, or is cut off, or asks for more memory than a file may.
    #[error("the key file: {0}")]
    Decode(#[from] DecodeError),
    /// There is no memory to try the passphrase with.
    #[error("{memory_kib} KiB of memory are needed to open the key file")]
    Memory {
        /// How much the file asks for.
        memory_kib: u32,
    },
    /// The passphrase does not open it. One that was damaged in the first 120 bytes looks the same.
    #[error("the passphrase does not open the key file")]
    Passphrase,
    /// The passphrase opens it, but what is in it was changed.
    #[error("the key file is damaged: take the newest copy of it, as a restored one")]
    Damaged,
    /// It has another passphrase than when it was opened, or is another file.
    #[error("the key file was locked anew since it was opened: open it again")]
    Relocked,
}

impl KeyFileError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::Memory { .. } => "key-file-memory",
            Self::Passphrase => "key-file-passphrase",
            Self::Damaged => "key-file-damaged",
            Self::Relocked => "key-file-relocked",
        }
    }
}

/// Why nothing can be sealed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SealError {
    /// The file cannot be made as it is to be.
    #[error(transparent)]
    KeyFile(#[from] KeyFileError),
    /// The system gives no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl SealError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::KeyFile(error) => error.code(),
            Self::Random(error) => error.code(),
        }
    }
}

impl From<DecodeError> for SealError {
    fn from(error: DecodeError) -> Self {
        Self::KeyFile(error.into())
    }
}
