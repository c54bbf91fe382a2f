//! `PublicKeyFile`: what a signer sends to the person who prepares the root.

use std::path::{Path, PathBuf};

use rpp_verifier::{Role, SetupKey, SetupSecret};
use serde::{Deserialize, Serialize};

use crate::files::{FileError, read_regular};

/// The public half of a key, with its role and chain: a JSON object in `KEYFILE.pub`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PublicKeyFile {
    /// The role.
    pub role: Role,
    /// The chain.
    pub chain_id: u32,
    /// Both public keys.
    pub key: SetupKey,
}

/// Why a file is not the public key of a signer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not one.
    #[error(
        "{} is not the public key of a signer, as `prover-host setup keygen` writes it: {why}",
        path.display()
    )]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

impl PublicKeyError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Content { .. } => "setup-public-key",
        }
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Json {
    r#type: String,
    role: String,
    chain_id: u32,
    ed25519: String,
    hash: String,
}

impl PublicKeyFile {
    /// Returns the public half of a secret.
    #[must_use]
    pub fn of(secret: &SetupSecret) -> Self {
        Self {
            role: secret.role(),
            chain_id: secret.chain_id(),
            key: secret.public_key(),
        }
    }

    /// Returns where that of a key file is.
    #[must_use]
    pub fn path_of(key_file: &Path) -> PathBuf {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".pub");
        path.into()
    }

    /// Returns the bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let json = Json {
            r#type: TYPE.to_owned(),
            role: self.role.name().to_owned(),
            chain_id: self.chain_id,
            ed25519: self.key.ed25519.to_string(),
            hash: self.key.hash.to_string(),
        };
        // Texts and a number can always be written.
        let mut bytes = serde_json::to_vec_pretty(&json).unwrap_or_default();
        bytes.push(b'\n');
        bytes
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`PublicKeyError`].
    pub fn read(path: &Path) -> Result<Self, PublicKeyError> {
        let bytes = read_regular(path, MAX_BYTES)?;
        Self::decode(&bytes).map_err(|why| {
            let path = path.to_path_buf();
            PublicKeyError::Content { path, why }
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let json: Json = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
        if json.r#type != TYPE {
            return Err(format!("its type is not {TYPE}"));
        }
        let role = Role::by_name(&json.role).ok_or("there is no such role")?;
        let ed25519 = json.ed25519.parse();
        let hash = json.hash.parse().map_err(|_| "its hash is not a digest")?;
        Ok(Self {
            role,
            chain_id: json.chain_id,
            key: SetupKey {
                ed25519: ed25519.map_err(|e: rpp_verifier::MinisignKeyError| e.to_string())?,
                hash,
            },
        })
    }
}

const TYPE: &str = "setup-public-key";
const MAX_BYTES: usize = 1 << 10;
