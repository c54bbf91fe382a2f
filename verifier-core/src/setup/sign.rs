//! `SetupSecret`: the secret keys of one signer of the setup.

use alloc::vec::Vec;

use zeroize::{Zeroize, Zeroizing};

use super::checkpoint::CheckpointFile;
use super::circuits::CircuitsFile;
use super::envelope::{Envelope, Opened, check_version};
use super::error::SetupFault;
use super::hash_half::{HashHalf, setup_message};
use super::minisign::{MinisignKeyId, MinisignSecret};
use super::role::{Role, SetupKey};
use super::root::RootFile;
use super::signed::{SetupSignature, check_lifetime};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::signature::{KeyPurpose, SecretKey, SignError};

/// The secret keys of one signer: both halves, for one role and one chain.
///
/// The hash-based half signs a version at its own leaf, and must never sign two files with one version. This type
/// refuses that while it lives; its owner saves version and SHA-256 of what is to be signed durably *before*
/// [`SetupSecret::sign`], and then what [`SetupSecret::to_bytes`] returns, so that it also holds after a crash or
/// a restored backup.
#[derive(Debug)]
pub struct SetupSecret {
    role: Role,
    ed25519: MinisignSecret,
    hash: SecretKey,
}

/// Why a file was not signed.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupSignError {
    /// The file is not one of the key's role and chain.
    #[error("the file: {0}")]
    File(#[from] SetupFault),
    /// The hash-based half refuses.
    #[error("the hash-based key: {0}")]
    Hash(#[from] SignError),
}

impl SetupSignError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(fault) => fault.code(),
            Self::Hash(error) => error.code(),
        }
    }
}

/// Checks that a file of a role is one that clients take, as far as they see that without signatures: a leaf is not to be
/// spent on another.
fn check_content(content: &[u8], role: Role, chain_id: u32) -> Result<Envelope, SetupFault> {
    let opened = Opened::read(content, role, Some(chain_id))?;
    let envelope = opened.envelope;
    check_version(role, envelope.version)?;
    check_lifetime(&envelope, role)?;
    match role {
        Role::Root => opened.content::<RootFile>().map(|_| ())?,
        Role::Circuits => opened.content::<CircuitsFile>().map(|_| ())?,
        Role::Checkpoint => opened.content::<CheckpointFile>().map(|_| ())?,
    }
    Ok(envelope)
}

impl SetupSecret {
    /// How the encoding begins, and how long it may be.
    pub const FORMAT: Format = Format {
        what: "setup key",
        magic: *b"RPPS",
        version: 1,
        // 2^14 leaves of 32 bytes each, and what is beside them.
        max_bytes: 1 << 20,
    };

    /// Makes the keys of a signer from 72 bytes of the system's generator, which are used for this and then
    /// forgotten; `progress` is told how many leaves of the hash-based key are done, of
    /// 2 to the power of [`Role::tree_height`].
    ///
    /// # Errors
    ///
    /// [`SignError`], never with the heights of the roles.
    pub fn generate(
        mut entropy: [u8; 72],
        role: Role,
        chain_id: u32,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SignError> {
        let mut seeds = [Zeroizing::new([0; 32]), Zeroizing::new([0; 32])];
        let mut id = [0; 8];
        let [ed25519, hash] = &mut seeds;
        ed25519.copy_from_slice(&entropy[..32]);
        hash.copy_from_slice(&entropy[32..64]);
        id.copy_from_slice(&entropy[64..]);
        entropy.zeroize();
        let height = role.tree_height();
        let hash = SecretKey::generate(**hash, KeyPurpose::Setup, chain_id, height, progress)?;
        let ed25519 = MinisignSecret::new(MinisignKeyId(id), ed25519);
        Ok(Self {
            role,
            ed25519,
            hash,
        })
    }

    /// Returns the role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// Returns the chain.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.hash.chain_id()
    }

    /// Returns the public keys, as `root.json` has them.
    #[must_use]
    pub fn public_key(&self) -> SetupKey {
        SetupKey {
            ed25519: self.ed25519.public_key(),
            hash: self.hash.key_id(),
        }
    }

    /// Returns the lowest version that can still be signed, beside the last one again.
    #[must_use]
    pub const fn next_version(&self) -> u32 {
        self.hash.next_leaf()
    }

    /// Makes every version before `version` unable to be signed: after a backup was restored, those that may have
    /// been.
    pub fn skip_to(&mut self, version: u32) {
        self.hash.erase_before(version);
    }

    /// Signs a file of the key's role and chain, with both halves. A file that was signed last gets the same signature
    /// of the hash-based half again.
    ///
    /// # Errors
    ///
    /// [`SetupSignError`].
    pub fn sign(&mut self, content: &[u8]) -> Result<SetupSignature, SetupSignError> {
        let (role, chain_id) = (self.role, self.chain_id());
        let (max, got) = (role.max_bytes(), content.len());
        if got > max {
            return Err(SetupFault::TooLong { max, got }.into());
        }
        let version = check_content(content, role, chain_id)?.version;
        let message = setup_message(chain_id, role, version, &super::sha256(content));
        let half = HashHalf {
            version,
            signature: self.hash.sign(version, &message)?,
            key: *self.hash.public_key(),
        };
        let comment = alloc::format!("{role} version {version} of chain {chain_id}");
        Ok(SetupSignature {
            ed25519: self.sign_listed(content, &comment),
            hash: half.to_bytes(),
        })
    }

    /// Signs a file that a signed one lists, with the Ed25519 half alone: clients know it by its SHA-256, and people may use
    /// `minisign`.
    #[must_use]
    pub fn sign_listed(&self, content: &[u8], comment: &str) -> Vec<u8> {
        self.ed25519.sign(content, comment).into_bytes()
    }

    /// Returns the encoding, which must be kept secret: magic `RPPS`, format version, number of the role (`u32`), id and
    /// seed of the Ed25519 half, and the hash-based key up to the end.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let hash = self.hash.to_bytes();
        let mut w = Writer::open(&Self::FORMAT, hash.len().saturating_add(64));
        w.u32(self.role.number());
        w.bytes(&self.ed25519.public_key().id.0);
        w.bytes(self.ed25519.seed());
        w.bytes(&hash);
        Zeroizing::new(w.finish())
    }

    /// Decodes what [`SetupSecret::to_bytes`] returns.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], also where the hash-based key is not one of the role.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let number = r.u32_in(1, 3, "role")?;
        let role = Role::ALL.into_iter().find(|role| role.number() == number);
        let role = role.unwrap_or(Role::Root);
        let id = MinisignKeyId(r.array("id of the Ed25519 key")?);
        let seed = Zeroizing::new(r.array("seed of the Ed25519 key")?);
        let hash = SecretKey::from_bytes(r.rest())?;
        let (expected, got) = (role.tree_height(), hash.public_key().tree_height);
        let is_for_setup = hash.purpose() == KeyPurpose::Setup;
        if got != expected || !is_for_setup {
            let (min, max, got) = (expected.into(), expected.into(), got.into());
            let field = "height of the hash-based key, or its purpose";
            return Err(DecodeError::OutOfRange {
                field,
                min,
                max,
                got,
            });
        }
        Ok(Self {
            role,
            ed25519: MinisignSecret::new(id, &seed),
            hash,
        })
    }
}
