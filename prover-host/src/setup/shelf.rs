//! `Shelf`: the setup that a host serves, read from its folder again and again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rpp_verifier::{
    ChainFile, Circuits, HeaderHash, RootFingerprint, RootPin, SetupError, SetupFileName,
    SetupTrust, VerifiedSetup,
};

use super::folder::SetupFolder;
use super::follows::check_follows;
use super::status::SetupStatus;
use super::verify::{
    MismatchError, check_headers, check_host, unlisted, verify_folder, verify_with,
};
use crate::files::FileError;

/// The setup that a host serves. What is in its folder is verified before it is served, as its clients do, and compared
/// with what the host itself is; a folder that fails stays unserved, and the setup before it goes on.
#[derive(Debug)]
pub struct Shelf {
    path: PathBuf,
    chain: ChainFile,
    circuits: Circuits,
    current: RwLock<Arc<ServedSetup>>,
    /// What a client knows that has taken every setup that was served.
    trust: Mutex<SetupTrust>,
    /// The code of what is in the folder, where that is not served.
    refused: Mutex<Option<&'static str>>,
}

/// A setup that was verified.
#[derive(Clone, Debug)]
pub struct ServedSetup {
    /// Its files.
    pub folder: SetupFolder,
    /// What they say.
    pub setup: VerifiedSetup,
    /// Who has signed them.
    pub status: SetupStatus,
}

/// Why a setup is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShelfError {
    /// A file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It does not verify, or is not the one of this host.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
}

impl ShelfError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Mismatch(error) => error.code(),
        }
    }
}

impl From<SetupError> for ShelfError {
    fn from(error: SetupError) -> Self {
        Self::Mismatch(error.into())
    }
}

impl Shelf {
    /// Reads and verifies the setup of a folder at a time, in milliseconds since the Unix epoch; `hash_at` returns the hash
    /// of the chain's header at a height, where the host has it.
    ///
    /// # Errors
    ///
    /// [`ShelfError`].
    pub fn open(
        path: &Path,
        chain: ChainFile,
        circuits: Circuits,
        hash_at: impl Fn(u32) -> Option<HeaderHash>,
        now_ms: u64,
    ) -> Result<Self, ShelfError> {
        let served = verified(
            SetupFolder::read(path)?,
            (&chain, &circuits),
            hash_at,
            now_ms,
        )?;
        let mut trust = pinned(&served.folder)?;
        let _: VerifiedSetup = verify_with(&served.folder, &mut trust, now_ms)?;
        Ok(Self {
            path: path.to_path_buf(),
            chain,
            circuits,
            current: RwLock::new(Arc::new(served)),
            trust: Mutex::new(trust),
            refused: Mutex::new(None),
        })
    }

    /// Returns what is served.
    #[must_use]
    pub fn current(&self) -> Arc<ServedSetup> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.clone()
    }

    /// Returns where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the code of what was in the folder when it was read last, if that is not served.
    #[must_use]
    pub fn refused(&self) -> Option<&'static str> {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the folder again, and serves what is in it from now on, if a client of the setup before would take it. Returns
    /// whether it is news.
    ///
    /// # Errors
    ///
    /// [`ShelfError`]; what was served stays.
    pub fn refresh(
        &self,
        hash_at: impl Fn(u32) -> Option<HeaderHash>,
        now_ms: u64,
    ) -> Result<bool, ShelfError> {
        let looked = self.look(hash_at, now_ms);
        let refused = looked.as_ref().err().map(ShelfError::code);
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = refused;
        looked
    }

    fn look(
        &self,
        hash_at: impl Fn(u32) -> Option<HeaderHash>,
        now_ms: u64,
    ) -> Result<bool, ShelfError> {
        // One at a time: what is compared is what is replaced.
        let mut trust = self.trust.lock().unwrap_or_else(PoisonError::into_inner);
        let (folder, before) = (SetupFolder::read(&self.path)?, self.current());
        if folder == before.folder {
            self.compare(&before, hash_at);
            return Ok(false);
        }
        check_follows(&before.folder, &folder)?;
        let mut next = known(&before.folder, &trust, now_ms)?;
        let _: VerifiedSetup = verify_with(&folder, &mut next, now_ms)?;
        let served = verified(folder, (&self.chain, &self.circuits), hash_at, now_ms)?;
        *trust = next;
        self.put(served);
        Ok(true)
    }

    /// Compares the headers that a setup names with the chain, which may have come to their heights since it was verified.
    fn compare(&self, served: &ServedSetup, hash_at: impl Fn(u32) -> Option<HeaderHash>) {
        let differs = check_headers(&served.setup, hash_at).err();
        let off_chain = differs.map(|differs| differs.to_string());
        if off_chain != served.status.off_chain {
            let mut served = served.clone();
            served.status.off_chain = off_chain;
            self.put(served);
        }
    }

    fn put(&self, served: ServedSetup) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(served);
    }
}

/// Returns what clients know that have taken every setup that was served: `trust`, but where no client takes the last one. That
/// was served by a clock that was wrong, and the time that it names is no time that anybody has seen; or it has expired.
fn known(served: &SetupFolder, trust: &SetupTrust, now_ms: u64) -> Result<SetupTrust, SetupError> {
    match verify_folder(served, None, now_ms) {
        Ok(_) => Ok(trust.clone()),
        Err(_) => pinned(served),
    }
}

/// Returns a client that has the first root of a folder.
fn pinned(folder: &SetupFolder) -> Result<SetupTrust, SetupError> {
    let first = folder.file(&SetupFileName::Root { version: 1 });
    let pin = RootFingerprint::of(1, first.unwrap_or_default());
    SetupTrust::new(RootPin::Fingerprint(pin))
}

fn verified(
    folder: SetupFolder,
    (chain, circuits): (&ChainFile, &Circuits),
    hash_at: impl Fn(u32) -> Option<HeaderHash>,
    now_ms: u64,
) -> Result<ServedSetup, ShelfError> {
    let setup = verify_folder(&folder, None, now_ms)?;
    check_host(&folder, &setup, chain, circuits)?;
    check_headers(&setup, hash_at)?;
    let status = SetupStatus::of(&folder, now_ms)?;
    let status = status.on_host(unlisted(&setup, circuits), now_ms);
    Ok(ServedSetup {
        folder,
        setup,
        status,
    })
}
