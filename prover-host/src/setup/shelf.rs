//! `Shelf`: the setup that a host serves, read from its folder again and again.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rpp_verifier::{
    ChainFile, Circuits, HeaderHash, RootFingerprint, RootPin, SetupFileName, SetupTrust,
    VerifiedSetup,
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
}

/// A setup that was verified.
#[derive(Debug)]
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

impl From<rpp_verifier::SetupError> for ShelfError {
    fn from(error: rpp_verifier::SetupError) -> Self {
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
        let first = served.folder.file(&SetupFileName::Root { version: 1 });
        let pin = RootFingerprint::of(1, first.unwrap_or_default());
        let mut trust = SetupTrust::new(RootPin::Fingerprint(pin))?;
        let _: VerifiedSetup = verify_with(&served.folder, &mut trust, now_ms)?;
        Ok(Self {
            path: path.to_path_buf(),
            chain,
            circuits,
            current: RwLock::new(Arc::new(served)),
            trust: Mutex::new(trust),
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
        // One at a time: what is compared is what is replaced.
        let mut trust = self.trust.lock().unwrap_or_else(PoisonError::into_inner);
        let (folder, before) = (SetupFolder::read(&self.path)?, self.current());
        if folder == before.folder {
            return Ok(false);
        }
        check_follows(&before.folder, &folder)?;
        let mut next = trust.clone();
        let _: VerifiedSetup = verify_with(&folder, &mut next, now_ms)?;
        let served = verified(folder, (&self.chain, &self.circuits), hash_at, now_ms)?;
        *trust = next;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(served);
        Ok(true)
    }
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
