//! `OwnKeys`: all keys of a setup in one folder, for a chain whose signers are one process.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rpp_key_file::{Cost, Passphrase};
use rpp_verifier::{
    ChainFile, Circuits, Delegation, Envelope, MinisignKeyId, NamedHeader, Role, RoleKeys,
    RootFile, SetupError,
};

use super::content::envelopes_of;
use super::folder::{PlaceError, SetupFolder};
use super::keygen::generate;
use super::place_lock::PlaceLock;
use super::plan::{DAY_MS, Plan};
use super::rotation::{Rotation, RotationError};
use super::signer::Signer;
use super::signer_error::SignerError;
use super::signing::{Signing, SigningError};
use super::status::warning_ms;
use super::verify::verify_folder;
use crate::files::{FileError, folder_of, io_error, make_temporary, sync_dir};

/// The keys of a setup whose signers are one process, as those of a devnet: a key of each role in a folder, and the setup
/// that they sign.
///
/// They are locked with an empty passphrase: whoever reads the folder has them. Everything is prepared in a folder beside
/// the published one, `.NAME-prepared`, before a key signs it, and stays there until it is published: whatever happens in between,
/// the next start finds the same files, and signs those.
#[derive(Clone, Debug)]
pub struct OwnKeys {
    keys: PathBuf,
    setup: PathBuf,
}

/// Why a setup cannot be made or kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OwnKeysError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The setup is gone, and its keys are there.
    #[error(
        "{} is missing, but the keys in {} have signed a setup before: put the folder back, as it was published last; or \
         remove the keys as well, and have every client pin the root of a new setup",
        setup.display(), keys.display()
    )]
    Missing {
        /// The folder of the setup.
        setup: PathBuf,
        /// That of the keys.
        keys: PathBuf,
    },
    /// The published setup does not verify.
    #[error("the setup in {}: {source}; `prover-host setup status` and `prover-host setup verify` say more", setup.display())]
    Published {
        /// The folder.
        setup: PathBuf,
        /// The rule that it breaks.
        source: SetupError,
    },
    /// What is to be signed cannot be prepared.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What is to be signed cannot be prepared.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// A key was not made or opened.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A key does not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The setup cannot be put in its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
}

impl OwnKeysError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::File(error) => error.code(),
            Self::Missing { .. } => "setup-folder-missing",
            Self::Setup(error) | Self::Published { source: error, .. } => error.code(),
            Self::Rotation(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::Signing(error) => error.code(),
            Self::Place(error) => error.code(),
        }
    }
}

/// What became of a look at a setup.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// Whether something was due, and is signed and published.
    pub is_renewed: bool,
    /// The roles whose file is due and has to be signed by others: their keys are not these ones alone.
    pub others: Vec<Role>,
}

impl OwnKeys {
    /// Returns the keys in one folder, and the setup that they sign in another.
    #[must_use]
    pub fn new(keys: &Path, setup: &Path) -> Self {
        let (keys, setup) = (keys.to_path_buf(), setup.to_path_buf());
        Self { keys, setup }
    }

    /// Makes keys and setup, where there is none, and finishes what a process that was killed had begun; `progress` is told
    /// how many leaves of a key are done.
    ///
    /// # Errors
    ///
    /// [`OwnKeysError`].
    pub fn begin(
        &self,
        chain: ChainFile,
        checkpoint: NamedHeader,
        circuits: &Circuits,
        now_ms: u64,
        progress: &(dyn Fn(Role, usize) + Sync),
    ) -> Result<(), OwnKeysError> {
        let _lock = PlaceLock::wait(&self.setup)?;
        for folder in [folder_of(&self.setup), &self.keys] {
            remove_unfinished(folder)?;
        }
        if self.finish()? || exists(&self.setup) {
            return Ok(());
        }
        if self.have_signed()? {
            let (setup, keys) = (self.setup.clone(), self.keys.clone());
            return Err(OwnKeysError::Missing { setup, keys });
        }
        let signers = self.make_keys(chain.chain_id, progress)?;
        let keys = |signer: &Signer| RoleKeys {
            keys: vec![signer.public().key],
            threshold: 1,
        };
        let delegation = |signer| Delegation {
            keys: keys(signer),
            min_version: 1,
        };
        let [root, circuits_key, checkpoint_key] = &signers;
        let plan = Plan {
            chain,
            root: RootFile {
                root: keys(root),
                circuits: delegation(circuits_key),
                checkpoint: delegation(checkpoint_key),
            },
            checkpoint,
            releases: Vec::new(),
            now_ms,
        };
        let folder = plan.prepare(circuits)?;
        drop(signers);
        folder.place(&self.prepared())?;
        self.finish()?;
        Ok(())
    }

    /// Returns whether a file of the published setup has expired, so that it cannot be served before it is issued again.
    ///
    /// # Errors
    ///
    /// [`OwnKeysError`].
    pub fn has_expired(&self, now_ms: u64) -> Result<bool, OwnKeysError> {
        let envelopes = envelopes_of(&SetupFolder::read(&self.setup)?)?;
        Ok(envelopes
            .iter()
            .any(|(_, envelope)| envelope.expires <= now_ms))
    }

    /// Issues again what expires soon, and moves the checkpoint to a header that is later than the present one.
    ///
    /// # Errors
    ///
    /// [`OwnKeysError`].
    pub fn keep(&self, header: NamedHeader, now_ms: u64) -> Result<Kept, OwnKeysError> {
        let _lock = PlaceLock::wait(&self.setup)?;
        self.finish()?;
        let folder = SetupFolder::read(&self.setup)?;
        let setup = &self.setup;
        check(&folder).map_err(|source| OwnKeysError::Published {
            setup: setup.clone(),
            source,
        })?;
        let envelopes = envelopes_of(&folder)?;
        let mut rotation = Rotation::of(folder, now_ms)?;
        let mut kept = Kept::default();
        for (role, envelope) in envelopes {
            let is_behind = role == Role::Checkpoint && rotation.online().height < header.height;
            if !is_behind && !is_due(role, &envelope, now_ms) {
                continue;
            }
            let Some(next) = self.next_version(role, &rotation)? else {
                kept.others.push(role);
                continue;
            };
            rotation.skip_to(role, next);
            rotation.renew(role);
            if is_behind {
                rotation.move_online(header)?;
            }
            kept.is_renewed = true;
        }
        let has_expired = |(role, envelope): &(Role, Envelope)| {
            kept.others.contains(role) && envelope.expires <= now_ms
        };
        if envelopes.iter().any(has_expired) {
            // Nothing that is signed now makes it valid again.
            kept.is_renewed = false;
        }
        if kept.is_renewed {
            let (folder, _) = rotation.finish()?;
            folder.place(&self.prepared())?;
            self.finish()?;
        }
        Ok(kept)
    }

    /// Returns the next version that the key of a role signs, if it signs alone.
    fn next_version(&self, role: Role, rotation: &Rotation) -> Result<Option<u32>, SignerError> {
        if !exists(&self.path_of(role)) {
            return Ok(None);
        }
        let signer = self.open(role)?;
        let is_enough = rotation.is_enough(role, signer.id());
        Ok(is_enough.then(|| signer.next_version()))
    }

    /// Signs and publishes what is prepared; returns whether there was something.
    fn finish(&self) -> Result<bool, OwnKeysError> {
        let prepared = self.prepared();
        if !exists(&prepared) {
            return Ok(false);
        }
        let mut folder = SetupFolder::read(&prepared)?;
        for role in Role::ALL {
            let mut signer = self.open(role)?;
            folder = match Signing::of(&folder, &mut signer) {
                // Others have taken the role over.
                Err(SigningError::NotNamed { .. }) => continue,
                signing => signing?.sign_in_memory()?,
            };
        }
        check(&folder)?;
        folder.place(&self.setup)?;
        // In one step: what is half removed would not be finished by the next start.
        let (gone, ()) = make_temporary(&prepared, |gone| fs::rename(&prepared, gone))?;
        sync_dir(folder_of(&prepared))?;
        fs::remove_dir_all(&gone).map_err(io_error("remove", &gone))?;
        Ok(true)
    }

    /// Returns whether a key may have signed something.
    fn have_signed(&self) -> Result<bool, OwnKeysError> {
        for role in Role::ALL {
            if exists(&self.path_of(role)) && self.open(role)?.next_version() > 1 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Makes a key of each role; those that a process left that was killed have signed nothing.
    fn make_keys(
        &self,
        chain_id: u32,
        progress: &(dyn Fn(Role, usize) + Sync),
    ) -> Result<[Signer; 3], OwnKeysError> {
        match fs::remove_dir_all(&self.keys) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(io_error("remove", &self.keys)(e))?,
            _ => {}
        }
        let mut folder = DirBuilder::new();
        folder.recursive(true).mode(0o700);
        folder
            .create(&self.keys)
            .map_err(io_error("create", &self.keys))?;
        let make = |role| {
            let secret = generate(role, chain_id, &|done| progress(role, done))?;
            Signer::create(&self.path_of(role), secret, &passphrase())
        };
        let [root, circuits, checkpoint] = Role::ALL.map(make);
        Ok([root?, circuits?, checkpoint?])
    }

    fn open(&self, role: Role) -> Result<Signer, SignerError> {
        Signer::open(&self.path_of(role), &passphrase())
    }

    /// Returns where the key of a role is.
    #[must_use]
    pub fn path_of(&self, role: Role) -> PathBuf {
        self.keys.join(format!("{role}.key"))
    }

    fn prepared(&self) -> PathBuf {
        let name = self.setup.file_name().unwrap_or_default().to_string_lossy();
        self.setup.with_file_name(format!(".{name}-prepared"))
    }
}

impl Rotation {
    /// Returns whether a key alone can sign the next file of a role.
    fn is_enough(&self, role: Role, key: MinisignKeyId) -> bool {
        let keys = self.present_keys(role);
        keys.threshold == 1 && keys.keys.iter().any(|own| own.ed25519.id == key)
    }
}

/// Verifies a folder as of when its newest file was issued, which may be long ago: what has expired since is issued
/// again.
fn check(folder: &SetupFolder) -> Result<(), SetupError> {
    let issued = envelopes_of(folder)?.map(|(_, envelope)| envelope.issued);
    let at = issued.into_iter().max().unwrap_or(0);
    verify_folder(folder, None, at).map(|_| ())
}

/// Returns whether a file is to be issued again: well before it expires, and a checkpoint every day.
const fn is_due(role: Role, envelope: &Envelope, now_ms: u64) -> bool {
    let left = envelope.expires.saturating_sub(now_ms);
    let age = now_ms.saturating_sub(envelope.issued);
    let is_old = matches!(role, Role::Checkpoint) && age >= DAY_MS;
    left <= warning_ms(role) || is_old
}

/// Removes what a process that was killed was writing. Nobody else writes here.
fn remove_unfinished(folder: &Path) -> Result<(), FileError> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Ok(());
    };
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with(".rpp-") && name.ends_with(".tmp") {
            let removed = if path.is_dir() {
                fs::remove_dir_all(&path)
            } else {
                fs::remove_file(&path)
            };
            removed.map_err(io_error("remove", &path))?;
        }
    }
    Ok(())
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Nobody keeps it from whoever can read the folder.
fn passphrase() -> Passphrase {
    let cost = Cost::new(Cost::MIN_MEMORY_KIB, 1);
    cost.map_or_else(
        |_| Passphrase::new(""),
        |cost| Passphrase::new("").cost(cost),
    )
}
