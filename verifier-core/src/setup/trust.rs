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
use super::role::{Role, RoleKeys};
use super::root::RootFile;
use super::signed::{Asked, By, SignedFile, Validity, check_signed_version, signers, verify};
use super::verified::{CircuitError, VerifiedSetup, check_listed};
use crate::limits::MAX_ROOTS;
use crate::stark::Key;
use crate::wire::FileDigest;

/// What a client trusts of a setup, from its pin on, and what it remembers so that nobody can show it
/// an older one.
#[derive(Clone, Debug)]
pub struct SetupTrust {
    pub(super) pin: RootPin,
    pub(super) root: Option<Trusted<RootFile>>,
    /// The newest root that was kept and comes before the pin: the one that what is remembered was seen under.
    pub(super) passed: Option<RootFile>,
    pub(super) memory: Memory,
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
        let version = self.next_root();
        let missing = of_root(version, SetupFault::Missing);
        // Those before the newest that was ever taken are not enough: their keys may have been taken away.
        let newest = self.memory.root.version;
        let root = self.root.clone();
        let root = root.filter(|root| root.parsed.envelope.version >= newest);
        let root = root.ok_or(missing)?;
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

    /// Takes the next root; one that is trusted already, byte for byte, changes nothing.
    pub(super) fn take_root(&mut self, signed: &SignedFile, now_ms: u64) -> Result<(), SetupError> {
        let version = self.next_root();
        if self.has_root(&signed.content) {
            return Ok(());
        }
        let taken = match (&self.root, &self.pin) {
            (Some(before), _) => self.walk(&before.parsed, signed, version, now_ms),
            (None, RootPin::Fingerprint(pin)) => pinned(signed, pin.version, &pin.sha256),
            (None, RootPin::Keys(pin)) => {
                let (keys, chain_id) = (&pin.keys, pin.chain_id);
                self.root_by(keys, None, chain_id, signed, version, now_ms)
            }
            // A pinned file is trusted from the start.
            (None, RootPin::File(_)) => Err(SetupFault::Missing),
        };
        let (parsed, signers) = taken.map_err(|fault| of_root(version, fault))?;
        let sha256 = super::sha256(&signed.content);
        if !self.memory.root.may_be(version, &sha256) {
            if !self.memory.is_borrowed {
                return Err(of_root(version, SetupFault::TwoContents { version }));
            }
            // The pin is of another setup than what was seen.
            self.memory = Memory::default();
        }
        self.believe(parsed, signers, sha256);
        // More could not be read again: after a restart the rest is asked for once more.
        if self.last.roots.len().saturating_add(1) < MAX_ROOTS {
            self.last.roots.push(signed.clone());
        }
        Ok(())
    }

    pub(super) fn has_root(&self, content: &[u8]) -> bool {
        let is_pinned = matches!(&self.pin, RootPin::File(file) if file == content);
        is_pinned || self.last.roots.iter().any(|root| root.content == content)
    }

    /// Checks a root that comes after one that is trusted.
    fn walk(
        &self,
        before: &Parsed<RootFile>,
        signed: &SignedFile,
        version: u32,
        now_ms: u64,
    ) -> Result<(Parsed<RootFile>, Vec<MinisignKeyId>), SetupFault> {
        let chain_id = before.envelope.chain_id;
        let (keys, file) = (&before.file.root, Some(&before.file));
        let walked = self.root_by(keys, file, chain_id, signed, version, now_ms)?;
        walked.0.file.check_follows(&before.file)?;
        Ok(walked)
    }

    /// Checks a root that `keys` have to sign, and its own keys as well.
    fn root_by(
        &self,
        keys: &RoleKeys,
        root: Option<&RootFile>,
        chain_id: u32,
        signed: &SignedFile,
        version: u32,
        now_ms: u64,
    ) -> Result<(Parsed<RootFile>, Vec<MinisignKeyId>), SetupFault> {
        let by = By {
            chain_id,
            keys,
            root,
        };
        let asked = Asked {
            by,
            now_ms,
            time_ms: now_ms.max(self.memory.latest_ms),
            validity: Validity::Once,
        };
        let order = |got| match () {
            () if got < version => Err(SetupFault::Rollback {
                seen: version.saturating_sub(1),
                got,
            }),
            () if got > version => Err(SetupFault::RootSkipped {
                expected: version,
                got,
            }),
            () => Ok(()),
        };
        let (parsed, mut by) = verify::<RootFile>(signed, &asked, &order)?;
        let own = By {
            keys: &parsed.file.root,
            root: Some(&parsed.file),
            chain_id,
        };
        let signers = signers(signed, Role::Root, &own)?;
        for signer in check_signed_version(&signers, version, own.keys)? {
            if !by.contains(&signer) {
                by.push(signer);
            }
        }
        Ok((parsed, by))
    }

    /// Trusts a root. Where the keys of a role are others than before, what was seen of its file counts no more, unless enough of the
    /// new keys have signed just that: an attacker with the old keys may have gone far ahead. What the root says counts
    /// instead.
    ///
    /// A root that is walked to once more, after a restart, changes nothing of what was seen under a later one.
    fn believe(
        &mut self,
        parsed: Parsed<RootFile>,
        signers: Vec<MinisignKeyId>,
        sha256: FileDigest,
    ) {
        let version = parsed.envelope.version;
        if version >= self.memory.root.version {
            self.memory.is_borrowed = false;
        }
        if version > self.memory.root.version {
            self.move_on(&parsed, sha256);
        }
        self.memory.passed(parsed.envelope.issued);
        self.root = Some(Trusted { parsed, signers });
    }

    /// Takes a root for the newest.
    fn move_on(&mut self, parsed: &Parsed<RootFile>, sha256: FileDigest) {
        let before = self.root.as_ref().map(|root| &root.parsed.file);
        let before = before.or(self.passed.as_ref());
        for role in [Role::Circuits, Role::Checkpoint] {
            let keys = parsed.file.keys(role);
            let is_same = before.is_some_and(|before| keys.has_the_keys_of(before.keys(role)));
            let chain_id = parsed.envelope.chain_id;
            if !is_same && !self.is_last_by(role, keys, chain_id, &self.memory) {
                self.memory.forget(role, parsed.file.min_version(role));
            }
        }
        let (version, sha256) = (parsed.envelope.version, Some(sha256));
        self.memory.root = Seen { version, sha256 };
    }

    /// Returns whether enough of `keys` have signed the last file of a role, and it is the newest that was seen.
    pub(super) fn is_last_by(
        &self,
        role: Role,
        keys: &RoleKeys,
        chain_id: u32,
        memory: &Memory,
    ) -> bool {
        let (last, seen) = match role {
            Role::Checkpoint => (&self.last.checkpoint, memory.checkpoint),
            Role::Circuits | Role::Root => (&self.last.circuits, memory.circuits),
        };
        if seen.sha256 != Some(super::sha256(&last.content)) {
            return false;
        }
        let signers = last.signers(role, chain_id, seen.version, keys);
        u32::try_from(signers.len()).is_ok_and(|signers| signers >= keys.threshold)
    }
}

/// Takes a root for its SHA-256.
fn pinned(
    signed: &SignedFile,
    version: u32,
    sha256: &FileDigest,
) -> Result<(Parsed<RootFile>, Vec<MinisignKeyId>), SetupFault> {
    let (max, got) = (Role::Root.max_bytes(), signed.content.len());
    if got > max {
        return Err(SetupFault::TooLong { max, got });
    }
    if super::sha256(&signed.content) != *sha256 {
        return Err(SetupFault::Digest);
    }
    let parsed = Parsed::<RootFile>::decode(&signed.content)?;
    let (signed, file) = (version, parsed.envelope.version);
    if file != signed {
        return Err(SetupFault::SignedVersion { file, signed });
    }
    Ok((parsed, Vec::new()))
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

const fn of_root(version: u32, fault: SetupFault) -> SetupError {
    refused(SetupFileName::Root { version }, fault)
}
