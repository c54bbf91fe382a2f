//! `OwnKeys`: all keys of a setup in one folder, for a chain whose signers are one process.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rpp_key_file::{Cost, Passphrase};
use rpp_verifier::{
    ChainFile, Circuits, Delegation, Envelope, MAX_ISSUED_AHEAD_MS, MinisignKeyId, NamedHeader,
    Role, RoleKeys, RootFile,
};

use super::content::envelopes_of;
use super::folder::SetupFolder;
use super::keygen::generate;
use super::own_keys_error::OwnKeysError;
use super::place_lock::PlaceLock;
use super::plan::{DAY_MS, Plan};
use super::prepared::check;
use super::rotation::Rotation;
use super::rotation_error::RotationError;
use super::signer::Signer;
use super::signer_error::SignerError;
use super::status::warning_ms;
use super::verify::verify_folder;
use crate::files::{by_name, io_error};

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

/// What became of a look at a setup.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Kept {
    /// Whether something was due, and is signed and published.
    pub is_renewed: bool,
    /// The roles whose file is due and has to be signed by others: their keys are not these ones alone.
    pub others: Vec<Role>,
    /// A root that the key has signed and that the setup lacks: it was put back from a backup, and no root may be skipped.
    pub lost_root: Option<u32>,
    /// A root that is due and that a clock which was ahead has issued: its key has signed it, and it is published once its time
    /// has come.
    pub waiting_root: Option<u32>,
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
        let lock = PlaceLock::wait(&self.setup)?;
        self.put_back_lost(&chain)?;
        self.remove_useless()?;
        let is_there = self.finish_or_go_on(&lock, now_ms)? || self.setup.exists();
        if !is_there && self.have_signed()? {
            let (setup, keys) = (self.setup.clone(), self.keys.clone());
            return Err(OwnKeysError::Missing { setup, keys });
        }
        // A link that leads nowhere: nothing is made where a file system may not be mounted.
        let _ = by_name(&self.setup)?;
        self.remove_left_over()?;
        if is_there {
            return Ok(());
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
        self.finish(&lock, now_ms)?;
        Ok(())
    }

    /// Finishes what is prepared; where the disk does not let it, and what is published still counts, that is served as it is.
    fn finish_or_go_on(&self, lock: &PlaceLock, now_ms: u64) -> Result<bool, OwnKeysError> {
        let counts = |folder: SetupFolder| verify_folder(&folder, None, now_ms).is_ok();
        match self.finish(lock, now_ms) {
            Err(error)
                if error.is_of_disk() && SetupFolder::read(&self.setup).is_ok_and(counts) =>
            {
                tracing::error!("the setup is not renewed: [{}] {error}", error.code());
                Ok(false)
            }
            finished => finished,
        }
    }

    /// Returns whether a file of the published setup has expired, or was issued by a clock that was ahead, so that it cannot be
    /// served before it is issued again.
    ///
    /// # Errors
    ///
    /// [`OwnKeysError`].
    pub fn is_out_of_date(&self, now_ms: u64) -> Result<bool, OwnKeysError> {
        let envelopes = envelopes_of(&SetupFolder::read(&self.setup)?)?;
        Ok(envelopes
            .iter()
            .any(|(_, envelope)| envelope.expires <= now_ms || is_ahead(envelope, now_ms)))
    }

    /// Issues again what expires soon, and moves the checkpoint to a header that is later than the present one.
    ///
    /// # Errors
    ///
    /// [`OwnKeysError`].
    pub fn keep(&self, header: NamedHeader, now_ms: u64) -> Result<Kept, OwnKeysError> {
        let lock = PlaceLock::wait(&self.setup)?;
        self.finish(&lock, now_ms)?;
        let folder = SetupFolder::read(&self.setup)?;
        self.check_root_is_of_now(&folder, now_ms)?;
        check(&folder).map_err(|source| {
            let setup = self.setup.clone();
            OwnKeysError::Published { setup, source }
        })?;
        let with_root = self.with_kept_root(&folder, now_ms)?;
        let mut kept = Kept {
            is_renewed: with_root.is_some(),
            ..Kept::default()
        };
        let folder = with_root.unwrap_or(folder);
        let envelopes = envelopes_of(&folder)?;
        let mut rotation = Rotation::of(folder.clone(), now_ms)?;
        for (role, envelope) in envelopes {
            let is_behind = role == Role::Checkpoint && rotation.online().height < header.height;
            if is_behind || is_due(role, &envelope, now_ms) {
                self.renew(role, &envelope, &mut rotation, &mut kept)?;
            }
            if is_behind && !kept.others.contains(&role) {
                rotation.move_online(header)?;
            }
        }
        let has_expired = |(role, envelope): &(Role, Envelope)| {
            let root_is_left = kept.lost_root.or(kept.waiting_root).is_some();
            let is_left = kept.others.contains(role) || (*role == Role::Root && root_is_left);
            is_left && envelope.expires <= now_ms
        };
        if envelopes.iter().any(has_expired) {
            // Nothing that is signed now makes it valid again.
            kept.is_renewed = false;
        }
        if kept.is_renewed {
            let folder = match rotation.finish() {
                // But for the root that was kept.
                Err(RotationError::Nothing) => folder,
                rotated => rotated?.0,
            };
            folder.place(&self.prepared())?;
            kept.is_renewed = self.finish(&lock, now_ms)?;
        }
        Ok(kept)
    }

    /// Checks that no clock that was ahead has issued the root: what comes after such a root helps nobody, for clients have to
    /// walk over it.
    fn check_root_is_of_now(&self, folder: &SetupFolder, now_ms: u64) -> Result<(), OwnKeysError> {
        let [(_, root), ..] = envelopes_of(folder)?;
        if !is_ahead(&root, now_ms) {
            return Ok(());
        }
        let folder = self.setup.clone();
        Err(OwnKeysError::RootAhead {
            folder,
            version: root.version,
            ahead_ms: root.issued.saturating_sub(now_ms),
        })
    }

    /// Issues a file again, if its key signs the next one.
    fn renew(
        &self,
        role: Role,
        envelope: &Envelope,
        rotation: &mut Rotation,
        kept: &mut Kept,
    ) -> Result<(), OwnKeysError> {
        match self.next_version(role, rotation)? {
            None => kept.others.push(role),
            Some(next) if role == Role::Root && next > envelope.version.saturating_add(1) => {
                let last = next.saturating_sub(1);
                kept.waiting_root = self.waiting_root()?.filter(|waiting| *waiting == last);
                kept.lost_root = Some(last).filter(|_| kept.waiting_root.is_none());
            }
            Some(next) => {
                rotation.skip_to(role, next);
                rotation.renew(role);
                kept.is_renewed = true;
            }
        }
        Ok(())
    }

    /// Returns the next version that the key of a role signs, if it signs alone.
    fn next_version(&self, role: Role, rotation: &Rotation) -> Result<Option<u32>, SignerError> {
        if !self.has(role) {
            return Ok(None);
        }
        let signer = self.open(role)?;
        let is_enough = rotation.is_enough(role, signer.id());
        Ok(is_enough.then(|| signer.next_version()))
    }

    /// Makes a key of each role, where none is but those that a process left that was killed.
    fn make_keys(
        &self,
        chain_id: u32,
        progress: &(dyn Fn(Role, usize) + Sync),
    ) -> Result<[Signer; 3], OwnKeysError> {
        self.remove_begun()?;
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

    pub(super) fn open(&self, role: Role) -> Result<Signer, SignerError> {
        Signer::open(&self.path_of(role), &passphrase())
    }

    /// Returns whether the key of a role is there: people may have taken it away.
    pub(super) fn has(&self, role: Role) -> bool {
        exists(&self.path_of(role))
    }

    /// Returns where the key of a role is.
    #[must_use]
    pub fn path_of(&self, role: Role) -> PathBuf {
        self.keys.join(format!("{role}.key"))
    }

    /// Returns where the keys are.
    pub(super) fn keys(&self) -> &Path {
        &self.keys
    }

    /// Returns where the setup is.
    pub(super) fn setup(&self) -> &Path {
        &self.setup
    }

    /// Returns where the next setup is prepared.
    pub(super) fn prepared(&self) -> PathBuf {
        self.beside("prepared")
    }

    /// Returns where something of the setup lies that is not published.
    pub(super) fn beside(&self, what: &str) -> PathBuf {
        let name = self.setup.file_name().unwrap_or_default().to_string_lossy();
        self.setup.with_file_name(format!(".{name}-{what}"))
    }
}

impl Rotation {
    /// Returns whether a key alone can sign the next file of a role.
    fn is_enough(&self, role: Role, key: MinisignKeyId) -> bool {
        let keys = self.present_keys(role);
        keys.threshold == 1 && keys.keys.iter().any(|own| own.ed25519.id == key)
    }
}

/// Returns whether a file was issued by a clock that was so far ahead that clients refuse it.
const fn is_ahead(envelope: &Envelope, now_ms: u64) -> bool {
    envelope.issued > now_ms.saturating_add(MAX_ISSUED_AHEAD_MS)
}

/// Returns whether a file is to be issued again: well before it expires, a checkpoint every day, and what was issued by a clock
/// that was ahead. A root of that kind is there for good.
const fn is_due(role: Role, envelope: &Envelope, now_ms: u64) -> bool {
    let left = envelope.expires.saturating_sub(now_ms);
    let age = now_ms.saturating_sub(envelope.issued);
    let is_old = matches!(role, Role::Checkpoint) && age >= DAY_MS;
    let is_useless = !matches!(role, Role::Root) && is_ahead(envelope, now_ms);
    left <= warning_ms(role) || is_old || is_useless
}

pub(super) fn exists(path: &Path) -> bool {
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
