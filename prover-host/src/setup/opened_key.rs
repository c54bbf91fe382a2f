//! `OpenedKey`: what a key of the setup has signed, and what it signs next.

use std::path::{Path, PathBuf};

use rpp_key_file::{Lock, Passphrase};
use rpp_verifier::{
    Envelope, FileDigest, HashHalf, KeyPurpose, MinisignKeyId, Role, SetupFault, SetupFileName,
    setup_message, sha256,
};

use super::content::envelope_of;
use super::folder::SetupFolder;
use super::held_file::look;
use super::key_record::{FORMAT, KeyRecord};
use super::log::{Entry, SigningLog};
use super::name::role_of;
use super::public_key::PublicKeyFile;
use super::signer_error::SignerError;

/// A key of the setup, as its file and its log have it. It says what the key signs and what not, and signs nothing: that
/// is what a [`Signer`](super::Signer) is for.
#[derive(Debug)]
pub struct OpenedKey {
    path: PathBuf,
    pub(super) record: KeyRecord,
    pub(super) log: SigningLog,
    /// What shows that the key file is an old copy.
    restored: Option<&'static str>,
}

impl OpenedKey {
    /// Reads a key, and writes nothing: for who wants to know what it would sign.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn look(path: &Path, passphrase: &Passphrase) -> Result<Self, SignerError> {
        let (key, _, _) = Self::unlock(path, &look(path)?, passphrase)?;
        Ok(key)
    }

    /// Opens the file of a key, and returns its lock and the number of its record as well.
    pub(super) fn unlock(
        path: &Path,
        file: &[u8],
        passphrase: &Passphrase,
    ) -> Result<(Self, Lock, u64), SignerError> {
        let failed = |cause| SignerError::KeyFile {
            path: path.to_path_buf(),
            cause,
        };
        let lock = Lock::open(&FORMAT, file, passphrase).map_err(failed)?;
        let read = lock.unseal(file).map_err(failed)?;
        let record = KeyRecord::decode(&read.plain).map_err(failed)?;
        let log = SigningLog::read(path)?;
        let key = record.secret.public_key().ed25519.id;
        let opened = Self {
            path: path.to_path_buf(),
            restored: shows_restored(&record, log.as_ref(), key),
            log: log
                .filter(|log| log.key() == key)
                .unwrap_or(SigningLog::new(key)),
            record,
        };
        Ok((opened, lock, read.sequence))
    }

    /// Returns a key that is made at `path`.
    pub(super) fn new(path: &Path, record: KeyRecord) -> Self {
        let log = SigningLog::new(record.secret.public_key().ed25519.id);
        Self {
            path: path.to_path_buf(),
            record,
            log,
            restored: None,
        }
    }

    /// Returns the role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.record.secret.role()
    }

    /// Returns the chain.
    #[must_use]
    pub const fn chain_id(&self) -> u32 {
        self.record.secret.chain_id()
    }

    /// Returns the public key, with its role and chain.
    #[must_use]
    pub fn public(&self) -> PublicKeyFile {
        PublicKeyFile::of(&self.record.secret)
    }

    /// Returns the name of the key in signatures.
    #[must_use]
    pub fn id(&self) -> MinisignKeyId {
        self.public().key.ed25519.id
    }

    /// Returns the lowest version that the key signs for a file that it has not signed yet.
    #[must_use]
    pub fn next_version(&self) -> u32 {
        let after_last = self
            .record
            .last
            .map_or(1, |last| last.version.saturating_add(1));
        self.record.secret.next_version().max(after_last)
    }

    /// Returns whether the key has signed a file as a version, or has written down that it is about to.
    pub(super) fn has_signed(&self, version: u32, content: &[u8]) -> bool {
        self.signed_as(version) == Some(sha256(content))
    }

    /// Returns whether the key seems to be an old copy.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.restored.is_some()
    }

    /// Looks whether a folder has a signature of this key that it does not know of.
    pub fn compare(&mut self, folder: &SetupFolder) {
        let mut files = folder.files().filter(|file| role_of(file) == self.role());
        if files.any(|file| self.is_unknown(folder, &file)) {
            self.restored = Some("the folder has a signature by this key that its log lacks");
        }
    }

    /// Gives up all versions up to `seen`, and all that the key file and its log know of, as long as this lives;
    /// [`Signer::declare_restored`](super::Signer::declare_restored) writes it down.
    pub fn give_up(&mut self, seen: u32) {
        let logged = self.log.last().map_or(0, |last| last.version);
        let known = self.next_version().saturating_sub(1);
        let version = seen.max(logged).max(known);
        self.record.secret.skip_to(version.saturating_add(1));
        self.reserve(Entry {
            version,
            sha256: None,
        });
        self.restored = None;
    }

    /// Makes an entry the newest one of the record; it is in the log once that is written.
    pub(super) const fn reserve(&mut self, entry: Entry) {
        self.record.before = self.record.last;
        self.record.last = Some(entry);
    }

    /// Checks that the key signs a file, which then is this entry of its log.
    pub(super) fn check(&self, content: &[u8]) -> Result<Entry, SignerError> {
        self.check_standing()?;
        let version = self.check_content(content)?.version;
        let sha256 = Some(sha256(content));
        let entry = Entry { version, sha256 };
        if self.record.last != Some(entry) {
            self.check_version(entry)?;
        }
        Ok(entry)
    }

    /// Checks that the key file is not an old copy.
    pub(super) fn check_standing(&self) -> Result<(), SignerError> {
        let path = self.path.clone();
        let restored = self.restored.map(|why| SignerError::Restored { path, why });
        restored.map_or(Ok(()), Err)
    }

    /// Returns whether there is a signature of this key that its log does not have. What was given up may have been signed by
    /// whoever has the other copy, and stays in the folder: a root for good.
    fn is_unknown(&self, folder: &SetupFolder, file: &SetupFileName) -> bool {
        let signature = folder.signatures(file).remove(&self.id());
        let half = signature.and_then(|signature| HashHalf::from_bytes(&signature.hash).ok());
        let (Some(half), Some(content)) = (half, folder.file(file)) else {
            return false;
        };
        let digest = sha256(content);
        let is_known = half.version <= self.log.given_up() || self.log.has(half.version, digest);
        !is_known && self.is_own(&half, &digest)
    }

    /// Returns whether this key has made a signature of a file.
    fn is_own(&self, half: &HashHalf, digest: &FileDigest) -> bool {
        let (role, chain_id) = (self.role(), self.chain_id());
        let message = setup_message(chain_id, role, half.version, digest);
        let signed = half.key.verify(half.version, &message, &half.signature);
        let own = self.public().key.hash;
        half.key.key_id(KeyPurpose::Setup, chain_id) == own && signed.is_ok()
    }

    fn check_content(&self, content: &[u8]) -> Result<Envelope, SignerError> {
        let (role, chain_id) = (self.role(), self.chain_id());
        let checked = envelope_of(role, content).and_then(|envelope| {
            let (expected, got) = (chain_id, envelope.chain_id);
            let other = SetupFault::Chain { expected, got };
            (got == expected).then_some(envelope).ok_or(other)
        });
        checked.map_err(|fault| SignerError::Content {
            role,
            chain_id,
            fault,
        })
    }

    /// Checks that a version can be reserved.
    fn check_version(&self, Entry { version, sha256 }: Entry) -> Result<(), SignerError> {
        let (role, next) = (self.role(), self.next_version());
        if next > role.max_version() {
            return Err(SignerError::Exhausted);
        }
        if version >= next {
            return Ok(());
        }
        let is_last = |last: &Entry| last.version == version && last.sha256.is_some();
        let another = self.signed_as(version).filter(|own| Some(*own) != sha256);
        Err(match (role, another) {
            (Role::Root, Some(sha256)) => SignerError::RootSigned { version, sha256 },
            (Role::Root, None) => SignerError::RootPassed { version, next },
            _ if self.record.last.is_some_and(|last| is_last(&last)) => {
                SignerError::VersionSigned {
                    role,
                    version,
                    next,
                }
            }
            _ => SignerError::VersionPassed {
                role,
                version,
                next,
            },
        })
    }

    /// Returns the SHA-256 of the file that the key has signed as a version.
    fn signed_as(&self, version: u32) -> Option<FileDigest> {
        let last = self.record.last.filter(|last| last.version == version);
        let last = last.and_then(|last| last.sha256);
        last.or_else(|| self.log.signed_as(version))
    }
}

/// Returns what shows that a key file is older than its log.
///
/// The key file is written first: it may be one entry ahead, never behind.
fn shows_restored(
    record: &KeyRecord,
    log: Option<&SigningLog>,
    key: MinisignKeyId,
) -> Option<&'static str> {
    let Some(log) = log else {
        return Some("its log, with .log at the end of the name, is missing");
    };
    if log.key() != key {
        return Some("the log beside it is that of another key");
    }
    let logged = log.last();
    let agrees = logged == record.last || (logged == record.before && record.last.is_some());
    (!agrees).then_some("its log, with .log at the end of the name, knows of other signatures")
}
