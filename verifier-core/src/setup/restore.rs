//! What a client keeps of a setup over a restart, and what of it still counts.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;
use core::mem;

use super::bundle::SetupBundle;
use super::envelope::{Envelope, Parsed};
use super::error::SetupError;
use super::memory::{Memory, Seen};
use super::pin::RootPin;
use super::role::Role;
use super::root::RootFile;
use super::signed::SignedFile;
use super::trust::SetupTrust;
use crate::wire::Document;

impl SetupTrust {
    /// Returns what is to be kept: what is remembered, then the files as a [`SetupBundle`] has them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut kept = self.last.clone();
        if self.is_borrowed() {
            // Who has that pin goes on from here as well.
            kept.roots.clone_from(&self.borrowed);
        } else if let RootPin::File(file) = &self.pin {
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
        let rest = SetupBundle {
            roots: Vec::new(),
            ..last.clone()
        };
        let mut trust = Self::new(pin)?;
        for root in &last.roots {
            trust.passed = trust.passed(root)?;
            // A root that was verified once stays so, whatever the clock shows.
            if trust.passed.is_none()
                && let Err(error) = trust.take_root(root, u64::MAX)
            {
                if trust.may_be_pin(root) {
                    return Ok((trust.borrow(memory, last), rest));
                }
                return Err(error.into());
            }
        }
        let Seen { version, sha256 } = trust.memory.root;
        if sha256.is_some_and(|sha256| !memory.root.may_be(version, &sha256)) {
            return Err(RestoreError::OtherPin);
        }
        let roots = mem::take(&mut trust.last.roots);
        trust.last = SetupBundle { roots, ..last };
        let memory = trust.still(memory);
        trust.memory = trust.memory.later(memory);
        Ok((trust, rest))
    }

    /// Takes what another client of this setup has seen, as it [keeps](Self::to_bytes) it, where that is more; returns what it has taken
    /// last then, which is to be verified again. Each may know more than the other one, if a host shows them different files: the newer
    /// root counts, and under it of each other file the later one, unless the keys of its role are others there.
    ///
    /// # Errors
    ///
    /// [`RestoreError`]; nothing has changed.
    pub fn join(&mut self, kept: &[u8]) -> Result<Option<SetupBundle>, RestoreError> {
        let (mut other, _) = Self::restore(self.pin.clone(), kept)?;
        if other.is_of_another_than(self) {
            return Err(RestoreError::OtherPin);
        }
        let (before, latest_ms) = (self.seen(), other.memory.latest_ms);
        if other.memory.root.version > self.memory.root.version {
            mem::swap(self, &mut other);
        }
        self.take_later(Role::Circuits, &other);
        self.take_later(Role::Checkpoint, &other);
        self.memory.latest_ms = self
            .memory
            .latest_ms
            .max(other.memory.latest_ms)
            .max(latest_ms);
        let rest = SetupBundle {
            roots: Vec::new(),
            ..self.last.clone()
        };
        Ok((self.seen() != before).then_some(rest))
    }

    /// Takes the file of a role that was seen under a root that is not newer, where it is the later one, and its keys are the same.
    fn take_later(&mut self, role: Role, other: &Self) {
        let (own, others) = match role {
            Role::Checkpoint => (self.memory.checkpoint, other.memory.checkpoint),
            Role::Circuits | Role::Root => (self.memory.circuits, other.memory.circuits),
        };
        // Where a root is not known yet, what was seen counts, as it does after a restart.
        let is_same = match (self.newest_keys(role), other.newest_keys(role)) {
            (Some(keys), Some(others)) => keys.has_the_keys_of(&others),
            _ => true,
        };
        if others.version <= own.version || !is_same {
            return;
        }
        if role == Role::Checkpoint {
            (self.memory.checkpoint, self.memory.header) = (others, other.memory.header);
            self.last.checkpoint.clone_from(&other.last.checkpoint);
        } else {
            self.memory.circuits = others;
            self.last.circuits.clone_from(&other.last.circuits);
            self.last.chain.clone_from(&other.last.chain);
        }
    }

    /// Returns the newest versions that were seen of the root, of `circuits.json` and of `checkpoint.json`, 0 before the first.
    #[must_use]
    pub const fn seen(&self) -> [u32; 3] {
        let Memory {
            root,
            circuits,
            checkpoint,
            ..
        } = self.memory;
        [root.version, circuits.version, checkpoint.version]
    }

    /// Returns a root that was kept and comes before the pin, or is the pin.
    fn passed(&self, root: &SignedFile) -> Result<Option<RootFile>, RestoreError> {
        let parsed = Parsed::<RootFile>::decode(&root.content);
        let Parsed { envelope, file } = parsed.map_err(|_| RestoreError::Damaged)?;
        if let RootPin::Keys(pinned) = &self.pin
            && pinned.chain_id != envelope.chain_id
        {
            return Err(RestoreError::OtherPin);
        }
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

    /// Returns what still counts of a memory of before the pinned root, as [`SetupTrust::believe`] would say. Where that root is not
    /// known yet, this is said once it is served; and what was seen under a root that was walked to again counts as it is.
    fn still(&self, mut memory: Memory) -> Memory {
        let (Some(before), Some(root)) = (&self.passed, &self.root) else {
            return memory;
        };
        let Parsed { envelope, file } = &root.parsed;
        // It was seen under this root, or under one after it.
        if memory.root.version >= envelope.version {
            return memory;
        }
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
    /// A later release has kept it, in a form that this program does not know.
    #[error("what was kept of the setup is in form {got}, of a later release")]
    LaterForm {
        /// The version of the form.
        got: u32,
    },
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
            Self::LaterForm { .. } => "upgrade-required",
            Self::OtherPin => "setup-other-pin",
            Self::Setup(error) => error.code(),
        }
    }
}
