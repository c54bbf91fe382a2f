//! `Signer`: a key of the setup in its file, which signs each version for one file.

use std::fs::File;
use std::io::Read as _;
use std::ops::Deref;
use std::path::Path;

use rpp_key_file::{Lock, Passphrase, SystemRandom};
use rpp_verifier::{SetupFileName, SetupSecret, SetupSignature};

use super::folder::SetupFolder;
use super::held_file::{HeldFile, check_name, check_private};
use super::key_record::{FORMAT, KeyRecord};
use super::log::{Entry, SigningLog};
use super::opened_key::OpenedKey;
use super::public_key::PublicKeyFile;
use super::sign_steps::{SignStep, SignSteps};
use super::signer_error::SignerError;
use crate::files::write_atomic;

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
///
/// A signer whose files could not be written, or were written by somebody else, signs nothing any more.
#[derive(Debug)]
pub struct Signer {
    key: OpenedKey,
    file: HeldFile,
    lock: Lock,
    sequence: u64,
    steps: SignSteps,
    standing: Standing,
}

/// Whether what is in memory is what is on the disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Standing {
    Whole,
    /// Something was not written, or may not have been.
    Failed,
}

impl Signer {
    /// Writes the files of a new key: the key file, locked with `passphrase`, for its owner only; its log; and its public
    /// key.
    ///
    /// # Errors
    ///
    /// [`SignerError::Exists`] if something is there, which stays; [`SignerError::Name`]; or why they cannot be written.
    pub fn create(
        path: &Path,
        secret: SetupSecret,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        Self::check_free(path)?;
        let mut file = HeldFile::take(path)?;
        let sealing = |error| SignerError::sealing(error, path.to_path_buf());
        let lock = Lock::new(&FORMAT, passphrase, &SystemRandom).map_err(sealing)?;
        let record = KeyRecord {
            secret,
            last: None,
            before: None,
        };
        let key = OpenedKey::new(path, record);
        // The log first: a key file without one is taken for a copy.
        key.log.write(path)?;
        let bytes = lock.seal(1, key.record.encode(), &SystemRandom);
        file.create(&bytes.map_err(sealing)?)?;
        let signer = Self {
            key,
            file,
            lock,
            sequence: 1,
            steps: SignSteps::default(),
            standing: Standing::Whole,
        };
        signer.write_public()?;
        Ok(signer)
    }

    /// Checks that a key can be made at `path`: no key is there, nor what another one has left, and the name is not that of
    /// a file beside a key.
    ///
    /// # Errors
    ///
    /// [`SignerError::Name`] or [`SignerError::Exists`].
    pub fn check_free(path: &Path) -> Result<(), SignerError> {
        check_name(path)?;
        let public = PublicKeyFile::path_of(path);
        let mut files = [path.to_path_buf(), public].into_iter();
        let taken = files.find(|path| path.symlink_metadata().is_ok());
        // A key that was never written leaves an empty log.
        let log = SigningLog::read(path)?.filter(|log| log.last().is_some());
        let taken = taken.or(log.map(|_| SigningLog::path_of(path)));
        taken.map_or(Ok(()), |path| Err(SignerError::Exists { path }))
    }

    /// Checks that nobody but its owner can read the file of a key, or write it.
    ///
    /// # Errors
    ///
    /// [`SignerError::Permissions`].
    pub fn check_private(path: &Path) -> Result<(), SignerError> {
        check_private(path)
    }

    /// Opens a key.
    ///
    /// # Errors
    ///
    /// [`SignerError`]. One that may be an old copy is opened, and says so when it is to sign.
    pub fn open(path: &Path, passphrase: &Passphrase) -> Result<Self, SignerError> {
        let (file, bytes) = HeldFile::open(path)?;
        let (key, lock, sequence) = OpenedKey::unlock(path, &bytes, passphrase)?;
        let mut signer = Self {
            key,
            file,
            lock,
            sequence,
            steps: SignSteps::default(),
            standing: Standing::Whole,
        };
        // What a process that was killed had reserved.
        if !signer.is_restored() {
            signer.write_log()?;
        }
        if Self::is_unfinished(path) {
            signer.write_public()?;
        }
        Ok(signer)
    }

    /// Returns whether a key is there without its public key, which is written last: by a process that was killed. Whoever opens the
    /// key writes it.
    #[must_use]
    pub fn is_unfinished(path: &Path) -> bool {
        let has_public = PublicKeyFile::path_of(path).symlink_metadata().is_ok();
        !has_public && check_name(path).is_ok() && is_key_file(path)
    }

    /// Returns the signer with an observer of each step.
    #[must_use]
    pub fn watched(self, steps: SignSteps) -> Self {
        Self { steps, ..self }
    }

    /// Signs a file of the key's role and chain, with both halves. The file that was signed last gets the same signature
    /// again.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn sign(&mut self, content: &[u8]) -> Result<SetupSignature, SignerError> {
        let entry = self.key.check(content)?;
        self.durably(|signer| {
            signer.file.check()?;
            if signer.key.record.last != Some(entry) {
                signer.reserve(entry)?;
            }
            let before = signer.key.record.secret.next_version();
            let signature = signer.key.record.secret.sign(content)?;
            signer.steps.reached(SignStep::Signed)?;
            if signer.key.record.secret.next_version() != before {
                signer.save()?;
            }
            signer.steps.reached(SignStep::Saved)?;
            Ok(signature)
        })
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
        self.key.check_standing()?;
        let comment = format!("{file} of chain {}", self.chain_id());
        Ok(SetupSignature {
            ed25519: self.key.record.secret.sign_listed(content, &comment),
            hash: Vec::new(),
        })
    }

    /// Looks whether a folder has a signature of this key that it does not know of.
    pub fn compare(&mut self, folder: &SetupFolder) {
        self.key.compare(folder);
    }

    /// Gives up all versions up to `seen`, the highest one that was published or prepared, and all that the key file and
    /// its log know of: after the key file was restored from a backup.
    ///
    /// # Errors
    ///
    /// [`SignerError`].
    pub fn declare_restored(&mut self, seen: u32) -> Result<(), SignerError> {
        self.durably(|signer| {
            signer.file.check()?;
            signer.key.give_up(seen);
            signer.write_down()
        })
    }

    /// Does what changes the files of the key. Where it fails, nobody knows what is on the disk, and whoever goes on with what is in
    /// memory may sign what no log has.
    fn durably<T>(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<T, SignerError>,
    ) -> Result<T, SignerError> {
        if self.standing == Standing::Failed {
            return Err(self.file.lost("it, or its log, could not be written"));
        }
        self.standing = Standing::Failed;
        let done = change(self)?;
        self.standing = Standing::Whole;
        Ok(done)
    }

    /// Writes down what is to be signed before it is.
    fn reserve(&mut self, entry: Entry) -> Result<(), SignerError> {
        self.key.reserve(entry);
        self.write_down()
    }

    /// Writes the newest entry into the key file, and then into the log.
    fn write_down(&mut self) -> Result<(), SignerError> {
        self.save()?;
        self.steps.reached(SignStep::Reserved)?;
        self.write_log()?;
        self.steps.reached(SignStep::Logged)?;
        Ok(())
    }

    fn write_public(&self) -> Result<(), SignerError> {
        let path = PublicKeyFile::path_of(self.file.path());
        Ok(write_atomic(&path, &self.key.public().encode())?)
    }

    /// Writes into the log what the key file has and the log has not.
    fn write_log(&mut self) -> Result<(), SignerError> {
        match self.key.record.last {
            Some(entry) if self.key.log.last() != Some(entry) => {
                self.key.log.push(entry);
                Ok(self.key.log.write(self.file.path())?)
            }
            _ => Ok(()),
        }
    }

    fn save(&mut self) -> Result<(), SignerError> {
        self.sequence = self.sequence.saturating_add(1);
        let record = self.key.record.encode();
        let sealed = self.lock.seal(self.sequence, record, &SystemRandom);
        let path = self.file.path();
        let sealed = sealed.map_err(|error| SignerError::sealing(error, path.to_path_buf()))?;
        self.file.write(&sealed)
    }
}

/// What the key says of itself.
impl Deref for Signer {
    type Target = OpenedKey;

    fn deref(&self) -> &OpenedKey {
        &self.key
    }
}

/// Returns whether a regular file begins as a key does.
fn is_key_file(path: &Path) -> bool {
    let is_file = path.symlink_metadata().is_ok_and(|there| there.is_file());
    let mut magic = [0; 4];
    let read = || File::open(path)?.read_exact(&mut magic);
    is_file && { read }().is_ok() && magic == FORMAT.magic
}
