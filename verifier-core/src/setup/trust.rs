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
use core::mem;

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
use super::verified::VerifiedSetup;
use crate::limits::MAX_ROOTS;
use crate::wire::{Document, FileDigest};

/// What a client trusts of a setup, from its pin on, and what it remembers so that nobody can show it
/// an older one.
#[derive(Clone, Debug)]
pub struct SetupTrust {
    pin: RootPin,
    root: Option<Trusted<RootFile>>,
    memory: Memory,
    /// The roots since the pin, and the other files of the last setup that was accepted as a whole.
    last: SetupBundle,
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
            memory: Memory::default(),
            last: SetupBundle::default(),
            pin,
        };
        match &trust.pin {
            RootPin::File(file) => {
                let parsed = Parsed::<RootFile>::decode(file);
                let parsed = parsed.map_err(|fault| of_root(0, fault))?;
                trust.believe(parsed, Vec::new());
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
    /// Each root that is verified is trusted from then on, and each version remembered, whatever comes after it: a key that
    /// was taken away stays away. So the caller keeps [`SetupTrust::to_bytes`] after an error as well, and drops a setup of
    /// before where [`SetupTrust::next_root`] has moved on.
    ///
    /// # Errors
    ///
    /// [`SetupError`]: the first rule that is broken, in the order of the files and of [`SetupFault`].
    pub fn verify(
        &mut self,
        served: &SetupBundle,
        now_ms: u64,
    ) -> Result<VerifiedSetup, SetupError> {
        for root in &served.roots {
            self.take_root(root, now_ms)?;
        }
        let version = self.next_root();
        let missing = of_root(version, SetupFault::Missing);
        let root = self.root.clone().ok_or(missing)?;
        // No clock is right that shows a time before the latest that was verified.
        root.check_expiry(now_ms.max(self.memory.latest_ms))?;

        let (circuits, seen) = self.open::<CircuitsFile>(
            &served.circuits,
            &root.parsed,
            self.memory.circuits,
            now_ms,
        )?;
        let chain = chain_of(&circuits, served, &root)?;
        self.memory.circuits = seen;
        self.memory.passed(circuits.parsed.envelope.issued);

        let seen = self.memory.checkpoint;
        let (checkpoint, seen) =
            self.open::<CheckpointFile>(&served.checkpoint, &root.parsed, seen, now_ms)?;
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
        // What this answer itself shows of the time counts for all of it.
        setup.check_expiry(now_ms.max(self.memory.latest_ms))?;
        self.last = SetupBundle {
            roots: mem::take(&mut self.last.roots),
            circuits: served.circuits.clone(),
            checkpoint: served.checkpoint.clone(),
            chain: served.chain.clone(),
        };
        Ok(setup)
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
        now_ms: u64,
    ) -> Result<(Trusted<F>, Seen), SetupError> {
        let role = F::ROLE;
        let sha256 = super::sha256(&signed.content);
        let asked = Asked {
            by: By {
                chain_id: root.envelope.chain_id,
                keys: root.file.keys(role),
                root: Some(&root.file),
            },
            now_ms,
            time_ms: now_ms.max(self.memory.latest_ms),
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
    fn take_root(&mut self, signed: &SignedFile, now_ms: u64) -> Result<(), SetupError> {
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
        self.believe(parsed, signers);
        // More could not be read again: after a restart the rest is asked for once more.
        if self.last.roots.len().saturating_add(1) < MAX_ROOTS {
            self.last.roots.push(signed.clone());
        }
        Ok(())
    }

    fn has_root(&self, content: &[u8]) -> bool {
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
    fn believe(&mut self, parsed: Parsed<RootFile>, signers: Vec<MinisignKeyId>) {
        let before = self.root.as_ref().map(|root| &root.parsed.file);
        for role in [Role::Circuits, Role::Checkpoint] {
            let keys = parsed.file.keys(role);
            let is_same = before.is_some_and(|before| keys.has_the_keys_of(before.keys(role)));
            let chain_id = parsed.envelope.chain_id;
            if !is_same && !self.is_last_by(role, keys, chain_id, &self.memory) {
                self.memory.forget(role, parsed.file.min_version(role));
            }
        }
        self.memory.passed(parsed.envelope.issued);
        self.root = Some(Trusted { parsed, signers });
    }

    /// Returns whether enough of `keys` have signed the last file of a role, and it is the newest that was seen.
    fn is_last_by(&self, role: Role, keys: &RoleKeys, chain_id: u32, memory: &Memory) -> bool {
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

impl SetupTrust {
    /// Returns what is to be kept: what is remembered, then the files as a [`SetupBundle`] has them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut kept = self.last.clone();
        if let RootPin::File(file) = &self.pin {
            // A later pin is compared with it.
            let pinned = SignedFile {
                content: file.clone(),
                signatures: Vec::new(),
            };
            kept.roots.insert(0, pinned);
        }
        self.memory.to_bytes(&kept.to_bytes())
    }

    /// Returns what was kept, with the roots checked again from the pin on, and the last setup that was accepted, which is to be
    /// verified again: none of it is believed, but which versions were seen, and when.
    ///
    /// A pin may have moved on since: roots up to its own are passed over, and what was seen still counts.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]: the caller starts from its pin.
    pub fn restore(pin: RootPin, bytes: &[u8]) -> Result<(Self, SetupBundle), RestoreError> {
        let (memory, files) = Memory::read(bytes)?;
        let last = SetupBundle::from_bytes(files).map_err(|_| RestoreError::Damaged)?;
        let mut trust = Self::new(pin)?;
        let mut passed = None;
        for root in &last.roots {
            match trust.passed(root)? {
                Some(before) => passed = Some(before),
                // A root that was verified once stays so, whatever the clock shows.
                None => trust.take_root(root, u64::MAX)?,
            }
        }
        let rest = SetupBundle {
            roots: Vec::new(),
            ..last.clone()
        };
        let roots = mem::take(&mut trust.last.roots);
        trust.last = SetupBundle { roots, ..last };
        let memory = trust.still(memory, passed);
        trust.memory = trust.memory.later(memory);
        Ok((trust, rest))
    }

    /// Returns a root that was kept and comes before the pin, or is the pin.
    fn passed(&self, root: &SignedFile) -> Result<Option<RootFile>, RestoreError> {
        let parsed = Parsed::<RootFile>::decode(&root.content);
        let Parsed { envelope, file } = parsed.map_err(|_| RestoreError::Damaged)?;
        if let Some(pinned) = &self.root {
            let Envelope {
                version, chain_id, ..
            } = pinned.parsed.envelope;
            // Another root by the same number: then nothing that was seen is of this setup.
            let is_other = envelope.version == version && !self.has_root(&root.content);
            if is_other || envelope.chain_id != chain_id {
                return Err(RestoreError::OtherPin);
            }
        }
        Ok((envelope.version < self.next_root()).then_some(file))
    }

    /// Returns what still counts of a memory where roots were passed over, as [`SetupTrust::believe`] would say.
    fn still(&self, mut memory: Memory, passed: Option<RootFile>) -> Memory {
        let (Some(before), Some(root)) = (passed, &self.root) else {
            return memory;
        };
        let Parsed { envelope, file } = &root.parsed;
        for role in [Role::Circuits, Role::Checkpoint] {
            let keys = file.keys(role);
            let is_same = keys.has_the_keys_of(before.keys(role));
            if !is_same && !self.is_last_by(role, keys, envelope.chain_id, &memory) {
                memory.forget(role, 0);
            }
        }
        memory
    }
}

/// Why what was kept cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It cannot be decoded, or is not what was written.
    #[error("what was kept of the setup is damaged")]
    Damaged,
    /// It is of another setup than the pin.
    #[error("what was kept of the setup does not belong to the pinned root")]
    OtherPin,
    /// A root in it does not follow from the pin.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

impl RestoreError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "setup-remembered",
            Self::OtherPin => "setup-other-pin",
            Self::Setup(error) => error.code(),
        }
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
