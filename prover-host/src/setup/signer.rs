//! `Signer`: a key of the setup in its file, which signs each version for one file.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rpp_key_file::{Lock, Passphrase, SystemRandom};
use rpp_verifier::{
    Envelope, FileDigest, HashHalf, KeyPurpose, MinisignKeyId, Role, SetupFault, SetupFileName,
    SetupSecret, SetupSignature, setup_message, sha256,
};

use super::content::envelope_of;
use super::folder::SetupFolder;
use super::key_record::{FORMAT, KeyRecord};
use super::log::{Entry, SigningLog};
use super::name::role_of;
use super::public_key::PublicKeyFile;
use super::sign_steps::{SignStep, SignSteps};
use super::signer_error::SignerError;
use crate::files::{FileError, io_error, read_regular, write_atomic, write_new};

/// A key of the setup, opened: its file at `KEYFILE`, and beside that `KEYFILE.log`, `KEYFILE.pub` and
/// `KEYFILE.lock`.
///
/// The hash-based half signs a version at the leaf of that number, and two files signed at one leaf would let others
/// sign a third. So version and SHA-256 are *reserved* first, durably, in the key file and then in the log; then the file is
/// signed; then the key file is written again, with the signature and without the secret that made it; and only then does the
/// signature leave. Whatever happens in between, a version that is reserved is signed for that file or for none, and the
/// same file gets the same signature again.
///
/// A key file that is older than its log, or than the signatures in the setup's folder, was restored from a backup,
/// and does not know all that it has signed. It signs nothing until its owner says so ([`Signer::declare_restored`]), and
/// then only versions above all that anybody has seen.
#[derive(Debug)]
pub struct Signer {
    path: PathBuf,
    lock: Lock,
    record: KeyRecord,
    sequence: u64,
    log: SigningLog,
    /// What shows that the key file is an old copy.
    restored: Option<&'static str>,
    steps: SignSteps,
    /// Held as long as this lives; the system releases it when the process ends, however it ends.
    _in_use: File,
}

impl Signer {
    /// Writes the files of a new key: the key file, locked with `passphrase`, for its owner only; its log; and its public
    /// key.
    ///
    /// # Errors
    ///
    /// [`SignerError::Exists`] if something is there, which stays; or why they cannot be written.
    pub fn create(
        path: &Path,
        secret: SetupSecret,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        Self::check_free(path)?;
        let in_use = take_lock(path)?;
        let sealing = |error| SignerError::sealing(error, path.to_path_buf());
        let lock = Lock::new(&FORMAT, passphrase, &SystemRandom).map_err(sealing)?;
        let record = KeyRecord {
            secret,
            last: None,
            before: None,
        };
        let public = PublicKeyFile::of(&record.secret);
        let log = SigningLog::new(public.key.ed25519.id);
        // The log first: a key file without one is taken for a copy.
        log.write(path)?;
        let bytes = lock.seal(1, record.encode(), &SystemRandom);
        write_new(path, &bytes.map_err(sealing)?, OWNER_ONLY)
            .map_err(|error| exists(error, path))?;
        write_atomic(&PublicKeyFile::path_of(path), &public.encode())?;
        Ok(Self {
            path: path.to_path_buf(),
            lock,
            record,
            sequence: 1,
            log,
            restored: None,
            steps: SignSteps::default(),
            _in_use: in_use,
        })
    }

    /// Checks that no key is where one is to be made: neither the key file, nor what another one has left.
    ///
    /// # Errors
    ///
    /// [`SignerError::Exists`].
    pub fn check_free(path: &Path) -> Result<(), SignerError> {
        let public = PublicKeyFile::path_of(path);
        let mut files = [path.to_path_buf(), public].into_iter();
        let taken = files.find(|path| path.symlink_metadata().is_ok());
        // A key that was never written leaves an empty log.
        let log = SigningLog::read(path)?.filter(|log| log.last().is_some());
        let taken = taken.or(log.map(|_| SigningLog::path_of(path)));
        taken.map_or(Ok(()), |path| Err(SignerError::Exists { path }))
    }

    /// Opens a key.
    ///
    /// # Errors
    ///
    /// [`SignerError`]. One that may be an old copy is opened, and says so when it is to sign.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, SignerError> {
        let in_use = take_lock(path)?;
        let file = read_regular(path, FORMAT.max_bytes)?;
        let failed = |cause| SignerError::KeyFile {
            path: path.to_path_buf(),
            cause,
        };
        let lock = Lock::open(&FORMAT, &file, passphrase).map_err(failed)?;
        let read = lock.unseal(&file).map_err(failed)?;
        let record = KeyRecord::decode(&read.plain).map_err(failed)?;
        let key = record.secret.public_key().ed25519.id;
        let log = SigningLog::read(path)?;
        let mut signer = Self {
            path: path.to_path_buf(),
            lock,
            restored: shows_restored(&record, log.as_ref(), key),
            log: log
                .filter(|log| log.key() == key)
                .unwrap_or(SigningLog::new(key)),
            record,
            sequence: read.sequence,
            steps: SignSteps::default(),
            _in_use: in_use,
        };
        signer.finish_log()?;
        Ok(signer)
    }

    /// Returns the signer with an observer of each step.
    #[must_use]
    pub fn watched(self, steps: SignSteps) -> Self {
        Self { steps, ..self }
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

    /// Signs a file of the key's role and chain, with both halves. The file that was signed last gets the same signature
    /// again.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn sign(&mut self, content: &[u8]) -> Result<SetupSignature, SignerError> {
        self.check_standing()?;
        let envelope = self.check_content(content)?;
        let entry = Entry {
            version: envelope.version,
            sha256: Some(sha256(content)),
        };
        if self.record.last != Some(entry) {
            self.check_version(entry.version)?;
            self.reserve(entry)?;
        }
        let before = self.record.secret.next_version();
        let signature = self.record.secret.sign(content)?;
        self.steps.reached(SignStep::Signed)?;
        if self.record.secret.next_version() != before {
            self.save()?;
        }
        self.steps.reached(SignStep::Saved)?;
        Ok(signature)
    }

    /// Signs a file that a signed one lists, with the Ed25519 half alone, which may sign as often as it likes.
    ///
    /// # Errors
    ///
    /// [`SignerError::Restored`].
    pub fn sign_listed(
        &self,
        file: &SetupFileName,
        content: &[u8],
    ) -> Result<SetupSignature, SignerError> {
        self.check_standing()?;
        let comment = format!("{file} of chain {}", self.chain_id());
        Ok(SetupSignature {
            ed25519: self.record.secret.sign_listed(content, &comment),
            hash: Vec::new(),
        })
    }

    /// Looks whether a folder has a signature of this key that it does not know of.
    pub fn compare(&mut self, folder: &SetupFolder) {
        let mut files = folder.files().filter(|file| role_of(file) == self.role());
        if files.any(|file| self.is_unknown(folder, &file)) {
            self.restored = Some("the folder has a signature by this key that its log lacks");
        }
    }

    /// Returns whether the key seems to be an old copy.
    #[must_use]
    pub const fn is_restored(&self) -> bool {
        self.restored.is_some()
    }

    /// Gives up all versions up to `seen`, the highest one that was published or prepared, and all that the key file and
    /// its log know of: after the key file was restored from a backup.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn declare_restored(&mut self, seen: u32) -> Result<(), SignerError> {
        let logged = self.log.last().map_or(0, |last| last.version);
        let known = self.next_version().saturating_sub(1);
        let version = seen.max(logged).max(known);
        self.record.secret.skip_to(version.saturating_add(1));
        self.reserve(Entry {
            version,
            sha256: None,
        })?;
        self.restored = None;
        Ok(())
    }

    /// Returns whether there is a signature of this key that its log does not have.
    fn is_unknown(&self, folder: &SetupFolder, file: &SetupFileName) -> bool {
        let signature = folder.signatures(file).remove(&self.id());
        let half = signature.and_then(|signature| HashHalf::from_bytes(&signature.hash).ok());
        let (Some(half), Some(content)) = (half, folder.file(file)) else {
            return false;
        };
        let digest = sha256(content);
        self.is_own(&half, &digest) && !self.log.has(half.version, digest)
    }

    /// Returns whether this key has made a signature of a file.
    fn is_own(&self, half: &HashHalf, digest: &FileDigest) -> bool {
        let (role, chain_id) = (self.role(), self.chain_id());
        let message = setup_message(chain_id, role, half.version, digest);
        let signed = half.key.verify(half.version, &message, &half.signature);
        let own = self.public().key.hash;
        half.key.key_id(KeyPurpose::Setup, chain_id) == own && signed.is_ok()
    }

    fn check_standing(&self) -> Result<(), SignerError> {
        let path = self.path.clone();
        let restored = self.restored.map(|why| SignerError::Restored { path, why });
        restored.map_or(Ok(()), Err)
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
    fn check_version(&self, version: u32) -> Result<(), SignerError> {
        let next = self.next_version();
        if next > self.role().max_version() {
            return Err(SignerError::Exhausted);
        }
        let last = self.record.last.filter(|last| last.sha256.is_some());
        if last.is_some_and(|last| last.version == version) {
            return Err(SignerError::VersionSigned { version, next });
        }
        if version < next {
            return Err(SignerError::VersionPassed { version, next });
        }
        Ok(())
    }

    /// Writes down what is to be signed before it is.
    fn reserve(&mut self, entry: Entry) -> Result<(), SignerError> {
        self.record.before = self.record.last;
        self.record.last = Some(entry);
        self.save()?;
        self.steps.reached(SignStep::Reserved)?;
        self.log.push(entry);
        self.log.write(&self.path)?;
        self.steps.reached(SignStep::Logged)?;
        Ok(())
    }

    /// Writes into the log what a process that was killed had reserved.
    fn finish_log(&mut self) -> Result<(), SignerError> {
        let last = self.record.last;
        match last {
            Some(entry) if self.restored.is_none() && self.log.last() != last => {
                self.log.push(entry);
                Ok(self.log.write(&self.path)?)
            }
            _ => Ok(()),
        }
    }

    fn save(&mut self) -> Result<(), SignerError> {
        self.sequence = self.sequence.saturating_add(1);
        let sealed = self
            .lock
            .seal(self.sequence, self.record.encode(), &SystemRandom);
        let sealed = sealed.map_err(|error| SignerError::sealing(error, self.path.clone()));
        Ok(write_atomic(&self.path, &sealed?)?)
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

fn exists(error: FileError, path: &Path) -> SignerError {
    match error {
        FileError::Io { source, .. } if source.kind() == ErrorKind::AlreadyExists => {
            let path = path.to_path_buf();
            SignerError::Exists { path }
        }
        error => error.into(),
    }
}

fn take_lock(path: &Path) -> Result<File, SignerError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let lock = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    let file = options
        .mode(OWNER_ONLY)
        .open(&lock)
        .map_err(io_error("open", &lock))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let path = path.to_path_buf();
            Err(SignerError::InUse { path })
        }
        Err(TryLockError::Error(source)) => Err(io_error("lock", &lock)(source).into()),
    }
}

const OWNER_ONLY: u32 = 0o600;
