//! `SetupTrust`: what a client trusts of a setup, from its pin on, and what it remembers.
//!
//! The vocabulary and the attacks are those of The Update Framework. Roots are walked one by one, each signed
//! by the keys of the one before and by its own. Versions never go back, and neither does time.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::bundle::SetupBundle;
use super::chain_file::ChainFile;
use super::checkpoint::CheckpointFile;
use super::circuits::{CircuitsFile, NamedHeader};
use super::envelope::{Envelope, Parsed, SetupFile};
use super::error::{ContentError, SetupError, SetupFault, SetupFileName};
use super::memory::{Memory, Seen};
use super::minisign::MinisignKeyId;
use super::pin::RootPin;
use super::role::Role;
use super::root::RootFile;
use super::signed::{Asked, By, SignedFile, Validity, verify};
use super::verified::{CircuitError, VerifiedSetup, check_listed, check_not_revoked};
use crate::stark::Key;

/// What a client trusts of a setup, from its pin on, and what it remembers so that nobody can show it
/// an older one.
#[derive(Clone, Debug)]
pub struct SetupTrust {
    pub(super) pin: RootPin,
    pub(super) root: Option<Trusted<RootFile>>,
    /// The newest root that was kept and comes before the pin: the one that what is remembered was seen under.
    pub(super) passed: Option<RootFile>,
    pub(super) memory: Memory,
    /// The roots that were seen under a later pin, until the present one has led to the newest of them.
    pub(super) borrowed: Vec<SignedFile>,
    /// The roots since the pin, and the newest of the other files, each as soon as it was taken.
    pub(super) last: SetupBundle,
}

/// What is known of the time, in milliseconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// What the caller's clock shows.
    now_ms: u64,
    /// What it is at least.
    seen_ms: u64,
}

/// A file that was verified, and who has signed it; nobody where the pin is the file itself.
#[derive(Clone, Debug)]
pub(super) struct Trusted<F> {
    pub(super) parsed: Parsed<F>,
    pub(super) signers: Vec<MinisignKeyId>,
}

impl SetupTrust {
    /// Trusts a pin and nothing else.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if a pinned root file is not one, or no threshold of pinned keys can be reached.
    pub fn new(pin: RootPin) -> Result<Self, SetupError> {
        let mut trust = Self {
            root: None,
            passed: None,
            memory: Memory::default(),
            borrowed: Vec::new(),
            last: SetupBundle::default(),
            pin,
        };
        match &trust.pin {
            RootPin::File(file) => {
                let parsed = Parsed::<RootFile>::decode(file);
                let parsed = parsed.map_err(|fault| of_root(0, fault))?;
                let sha256 = super::sha256(file);
                trust.believe(parsed, Vec::new(), sha256);
            }
            RootPin::Keys(pinned) => {
                let checked = pinned.keys.check();
                checked.map_err(|fault| of_root(pinned.version, fault.into()))?;
            }
            RootPin::Fingerprint(_) => {}
        }
        Ok(trust)
    }

    /// Returns the version of the first root that a host is to be asked for.
    #[must_use]
    pub fn next_root(&self) -> u32 {
        match (&self.root, &self.pin) {
            (Some(root), _) => root.parsed.envelope.version.saturating_add(1),
            (None, RootPin::Fingerprint(pin)) => pin.version,
            (None, RootPin::Keys(pin)) => pin.version,
            (None, RootPin::File(_)) => 1,
        }
    }

    /// Returns the pin.
    #[must_use]
    pub const fn pin(&self) -> &RootPin {
        &self.pin
    }

    /// Returns the latest time that a verified file was issued at, in milliseconds since the Unix epoch; 0 before the first.
    #[must_use]
    pub const fn latest_ms(&self) -> u64 {
        self.memory.latest_ms
    }

    /// Checks what a host serves, at the time `now_ms` by the caller's clock, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// As [`SetupTrust::verify_after`].
    pub fn verify(
        &mut self,
        served: &SetupBundle,
        now_ms: u64,
    ) -> Result<VerifiedSetup, SetupError> {
        self.verify_after(served, now_ms, 0)
    }

    /// Checks the same where it is known that the time is `seen_ms` at least, as the timestamp of a proven header shows: what has
    /// expired by then has expired. Whether a file is issued ahead is for the clock alone, so that nobody's files and headers move
    /// each other on.
    ///
    /// Each root that is verified is trusted from then on, and each version remembered, whatever comes after it: a key that
    /// was taken away stays away. So the caller keeps [`SetupTrust::to_bytes`] after an error as well, and drops a setup of
    /// before where [`SetupTrust::next_root`] has moved on.
    ///
    /// # Errors
    ///
    /// [`SetupError`]: the first rule that is broken, in the order of the files and of [`SetupFault`].
    pub fn verify_after(
        &mut self,
        served: &SetupBundle,
        now_ms: u64,
        seen_ms: u64,
    ) -> Result<VerifiedSetup, SetupError> {
        for root in &served.roots {
            self.take_root(root, now_ms)?;
        }
        let clock = Clock { now_ms, seen_ms };
        let root = self.newest_root()?;
        // No clock is right that shows a time before the latest that was verified.
        root.check_expiry(self.latest(clock))?;

        let (circuits, seen) =
            self.open::<CircuitsFile>(&served.circuits, &root.parsed, self.memory.circuits, clock)?;
        let chain = chain_of(&circuits, served, &root)?;
        self.memory.circuits = seen;
        self.memory.passed(circuits.parsed.envelope.issued);
        self.last.circuits = self.kept::<CircuitsFile>(&served.circuits, &circuits.parsed);
        self.last.chain.clone_from(&served.chain);

        let seen = self.memory.checkpoint;
        let (checkpoint, seen) =
            self.open::<CheckpointFile>(&served.checkpoint, &root.parsed, seen, clock)?;
        let setup = VerifiedSetup {
            root,
            circuits,
            checkpoint,
            chain,
        };
        let follows = self.check_checkpoint(&setup);
        follows.map_err(|fault| refused(SetupFileName::Checkpoint, fault.into()))?;
        self.memory.checkpoint = seen;
        self.memory.header = Some(setup.checkpoint.parsed.file.header);
        self.memory.passed(setup.checkpoint.parsed.envelope.issued);
        self.last.checkpoint =
            self.kept::<CheckpointFile>(&served.checkpoint, &setup.checkpoint.parsed);
        // What this answer itself shows of the time counts for all of it.
        setup.check_expiry(self.latest(clock))?;
        Ok(setup)
    }

    /// Returns whether more was taken than by `before`: a root, or a file that is newer than what was seen.
    #[must_use]
    pub fn has_seen_more_than(&self, before: &Self) -> bool {
        self.next_root() != before.next_root() || self.memory != before.memory
    }

    /// Checks that the newest `circuits.json` that was taken lists the circuit of a key at a height, whatever became of the files beside
    /// it; where none was taken, nothing is revoked.
    ///
    /// # Errors
    ///
    /// [`CircuitError`].
    pub fn check_listed(&self, own: &Key, height: u32) -> Result<(), CircuitError> {
        match Parsed::<CircuitsFile>::decode(&self.last.circuits.content) {
            Ok(taken) => check_listed(&taken.file.circuits, own, height),
            Err(_) => Ok(()),
        }
    }

    /// Checks that the newest `circuits.json` that was taken lists the circuit of a key, as [`SetupTrust::check_listed`] does, at whatever heights.
    ///
    /// # Errors
    ///
    /// [`CircuitError::NotListed`].
    pub fn check_not_revoked(&self, own: &Key) -> Result<(), CircuitError> {
        match Parsed::<CircuitsFile>::decode(&self.last.circuits.content) {
            Ok(taken) => check_not_revoked(&taken.file.circuits, own),
            Err(_) => Ok(()),
        }
    }

    /// Returns the newest root. One before the newest that was ever taken is not enough: its keys may have been taken away.
    fn newest_root(&self) -> Result<Trusted<RootFile>, SetupError> {
        let missing = || of_root(self.next_root(), SetupFault::Missing);
        let root = self.root.as_ref().ok_or_else(missing)?;
        let (got, seen) = (root.parsed.envelope.version, self.memory.root.version);
        if got < seen {
            return Err(of_root(got, SetupFault::Rollback { seen, got }));
        }
        Ok(root.clone())
    }

    /// Returns the latest time that is known.
    fn latest(&self, clock: Clock) -> u64 {
        clock.now_ms.max(clock.seen_ms).max(self.memory.latest_ms)
    }

    /// Checks the checkpoint against the files beside it, and against the one that was seen before.
    fn check_checkpoint(&self, setup: &VerifiedSetup) -> Result<(), ContentError> {
        let Parsed { envelope, file } = &setup.checkpoint.parsed;
        let (root, circuits) = (&setup.root.parsed, &setup.circuits.parsed);
        file.header.check(envelope.issued)?;
        file.header.check_follows(&circuits.file.checkpoint)?;
        file.check_beside(root.envelope.version, circuits.envelope.version)?;
        match &self.memory.header {
            Some(seen) => file.header.check_follows(seen),
            None => Ok(()),
        }
    }

    /// Verifies a file that the root names the keys of, and returns what is to be remembered of it.
    fn open<F: SetupFile>(
        &self,
        signed: &SignedFile,
        root: &Parsed<RootFile>,
        seen: Seen,
        clock: Clock,
    ) -> Result<(Trusted<F>, Seen), SetupError> {
        let role = F::ROLE;
        let sha256 = super::sha256(&signed.content);
        let asked = Asked {
            by: By {
                chain_id: root.envelope.chain_id,
                keys: root.file.keys(role),
                root: Some(&root.file),
            },
            now_ms: clock.now_ms,
            time_ms: self.latest(clock),
            validity: Validity::Now,
        };
        let min = root.file.min_version(role);
        let opened = verify::<F>(signed, &asked, &|got| seen.check(got, min, &sha256));
        let (parsed, signers) = opened.map_err(|fault| refused(name_of(role), fault))?;
        let version = parsed.envelope.version;
        let sha256 = Some(sha256);
        Ok((Trusted { parsed, signers }, Seen { version, sha256 }))
    }
}

/// Checks the chain file against `circuits.json`, and the checkpoint there against both.
fn chain_of(
    circuits: &Trusted<CircuitsFile>,
    served: &SetupBundle,
    root: &Trusted<RootFile>,
) -> Result<ChainFile, SetupError> {
    let Parsed { envelope, file } = &circuits.parsed;
    let chain = file.chain.check(&served.chain);
    let chain_id = root.parsed.envelope.chain_id;
    let chain = chain.and_then(|()| ChainFile::decode(&served.chain, chain_id));
    let chain = chain.map_err(|fault| refused(SetupFileName::Chain, fault))?;
    let NamedHeader { height, hash, .. } = file.checkpoint;
    let dated = match file.checkpoint.check(envelope.issued) {
        Ok(()) if height == 0 && hash != chain.genesis_hash => {
            Err(ContentError::OtherCheckpoint { height })
        }
        dated => dated,
    };
    dated.map_err(|fault| refused(SetupFileName::Circuits, fault.into()))?;
    Ok(chain)
}

impl<F: SetupFile> Trusted<F> {
    /// Checks that the file is valid at a time.
    pub(super) fn check_expiry(&self, now: u64) -> Result<(), SetupError> {
        let Envelope {
            version, expires, ..
        } = self.parsed.envelope;
        if expires > now {
            return Ok(());
        }
        let file = match F::ROLE {
            Role::Root => SetupFileName::Root { version },
            role => name_of(role),
        };
        Err(refused(file, SetupFault::Expired { expires, now }))
    }
}

const fn name_of(role: Role) -> SetupFileName {
    match role {
        Role::Root => SetupFileName::Root { version: 0 },
        Role::Circuits => SetupFileName::Circuits,
        Role::Checkpoint => SetupFileName::Checkpoint,
    }
}

const fn refused(file: SetupFileName, fault: SetupFault) -> SetupError {
    SetupError { file, fault }
}

pub(super) const fn of_root(version: u32, fault: SetupFault) -> SetupError {
    refused(SetupFileName::Root { version }, fault)
}
