//! `VerifiedSetup`: a setup whose every signature, version and date was checked.

use super::chain_file::ChainFile;
use super::checkpoint::CheckpointFile;
use super::circuits::{CircuitsFile, ListedCircuit, ListedFile, NamedHeader, Release};
use super::envelope::Envelope;
use super::error::{ContentError, SetupError, SetupFileName};
use super::minisign::MinisignKeyId;
use super::pin::RootFingerprint;
use super::role::Role;
use super::root::RootFile;
use super::trust::Trusted;
use crate::follow::Checkpoint;
use crate::stark::{Circuit, CircuitId, Circuits, Key, VerifyingKey};

/// A setup whose every signature, version and date was checked; only [`SetupTrust::verify`](super::SetupTrust::verify)
/// makes one.
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifiedSetup {
    pub(super) root: Trusted<RootFile>,
    pub(super) circuits: Trusted<CircuitsFile>,
    pub(super) checkpoint: Trusted<CheckpointFile>,
    pub(super) chain: ChainFile,
}

/// A file of a setup: what it says of itself, and who has signed it.
#[derive(Clone, Copy, Debug)]
pub struct SignedBy<'a> {
    /// The role.
    pub role: Role,
    /// What it says of itself.
    pub envelope: Envelope,
    /// How many keys have to sign.
    pub threshold: u32,
    /// The Ed25519 halves of the keys that have signed; empty for a root that was pinned as it is.
    pub signers: &'a [MinisignKeyId],
}

/// Why a proof of a circuit is refused before it is looked at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError {
    /// The setup does not list the circuit as this program has it.
    #[error("the setup does not list the circuit {circuit}")]
    NotListed {
        /// The circuit.
        circuit: &'static str,
    },
    /// The setup lists the circuit, but not for this height.
    #[error("the setup does not list the circuit {circuit} for the height {height}")]
    NotActive {
        /// The circuit.
        circuit: &'static str,
        /// The height.
        height: u32,
    },
    /// At this height the setup lists a version of the circuit that this program does not have.
    #[error(
        "version {version} of the circuit {circuit} is needed from height {from} on, and this program does not have it: install a newer release"
    )]
    UpgradeRequired {
        /// The circuit.
        circuit: &'static str,
        /// The version that is listed.
        version: u32,
        /// The first height that it is listed for.
        from: u32,
    },
}

impl CircuitError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotListed { .. } => "circuit-not-listed",
            Self::NotActive { .. } => "circuit-not-active",
            Self::UpgradeRequired { .. } => "upgrade-required",
        }
    }
}

impl VerifiedSetup {
    /// Returns the version of the setup, which verdicts name: that of `circuits.json`.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.circuits.parsed.envelope.version
    }

    /// Returns the version and SHA-256 of the root, which people compare by other ways.
    #[must_use]
    pub fn root_fingerprint(&self) -> RootFingerprint {
        let root = &self.root.parsed;
        // What was read is what encodes to the same bytes.
        RootFingerprint::of(root.envelope.version, &root.encode())
    }

    /// Returns the chain.
    #[must_use]
    pub const fn chain(&self) -> &ChainFile {
        &self.chain
    }

    /// Returns the checkpoint of `circuits.json`, signed offline: the header that the other one has to be reached
    /// from.
    #[must_use]
    pub const fn offline_checkpoint(&self) -> Checkpoint {
        self.checkpoint_of(&self.circuits.parsed.file.checkpoint)
    }

    /// Returns the checkpoint of `checkpoint.json`: a recent header.
    #[must_use]
    pub const fn online_checkpoint(&self) -> Checkpoint {
        self.checkpoint_of(&self.checkpoint.parsed.file.header)
    }

    /// Returns the circuits that are listed.
    #[must_use]
    pub fn circuits(&self) -> &[ListedCircuit] {
        &self.circuits.parsed.file.circuits
    }

    /// Returns the released files of the verifier.
    #[must_use]
    pub fn releases(&self) -> &[Release] {
        &self.circuits.parsed.file.releases
    }

    /// Returns the root.
    #[must_use]
    pub const fn root(&self) -> &RootFile {
        &self.root.parsed.file
    }

    /// Returns the signed files, and who has signed each.
    #[must_use]
    pub fn files(&self) -> [SignedBy<'_>; 3] {
        let Self {
            root,
            circuits,
            checkpoint,
            ..
        } = self;
        [
            self.signed_by(Role::Root, root.parsed.envelope, &root.signers),
            self.signed_by(Role::Circuits, circuits.parsed.envelope, &circuits.signers),
            self.signed_by(
                Role::Checkpoint,
                checkpoint.parsed.envelope,
                &checkpoint.signers,
            ),
        ]
    }

    /// Returns when the first of the files expires, in milliseconds since the Unix epoch: from then on the setup is not
    /// valid.
    #[must_use]
    pub fn expires(&self) -> u64 {
        let files = self.files();
        let expires = files.iter().map(|file| file.envelope.expires);
        expires.min().unwrap_or(0)
    }

    /// Checks that all files are valid at a time.
    pub(super) fn check_expiry(&self, now: u64) -> Result<(), SetupError> {
        self.root.check_expiry(now)?;
        self.circuits.check_expiry(now)?;
        self.checkpoint.check_expiry(now)
    }

    /// Checks that the circuits of a program which the setup lists mean the same here and there, and that it
    /// lists those that are needed.
    ///
    /// # Errors
    ///
    /// [`ContentError::CircuitDiffers`] or [`ContentError::CircuitMissing`].
    pub fn check_circuits(
        &self,
        circuits: &Circuits,
        needed: &[CircuitId],
    ) -> Result<(), SetupError> {
        for listed in self.circuits() {
            let own = circuits.by_number(listed.number);
            let own = own.map(|circuit| circuit.key(self.chain.chain_id));
            let own = own.filter(|key| key.version() == listed.version);
            if own.is_some_and(|key| !is_listed_as(&key, listed)) {
                let (number, version) = (listed.number, listed.version);
                return Err(content(ContentError::CircuitDiffers { number, version }));
            }
        }
        for circuit in needed {
            let mut listed = self.circuits().iter();
            if !listed.any(|listed| listed.number == circuit.number()) {
                let circuit = circuit.name();
                return Err(content(ContentError::CircuitMissing { circuit }));
            }
        }
        Ok(())
    }

    /// Returns the verifying key of a circuit, if the setup lists it as active at a height: that of the header that a
    /// proof is about.
    ///
    /// # Errors
    ///
    /// [`CircuitError`]; a proof of the circuit is not even to be decoded.
    pub fn key<C: Circuit>(&self, height: u32) -> Result<VerifyingKey<C>, CircuitError> {
        let own = Key::of::<C>(self.chain.chain_id);
        self.check_listed(&own, height)?;
        Ok(VerifyingKey::listed(own.chain_id(), self.version()))
    }

    /// Checks that the setup lists the circuit of a key, as the key has it, as active at a height.
    ///
    /// # Errors
    ///
    /// [`CircuitError`].
    pub fn check_listed(&self, own: &Key, height: u32) -> Result<(), CircuitError> {
        check_listed(self.circuits(), own, height)
    }

    /// Checks that the setup lists the circuit of a key, as the key has it, at whatever heights: what it has proven at others once still counts.
    ///
    /// # Errors
    ///
    /// [`CircuitError::NotListed`].
    pub fn check_not_revoked(&self, own: &Key) -> Result<(), CircuitError> {
        check_not_revoked(self.circuits(), own)
    }

    /// Returns another version of a circuit than this program's that the setup lists as active at a height.
    pub(crate) fn other_version<C: Circuit>(&self, height: u32) -> Option<u32> {
        let (number, own) = (C::ID.number(), C::KEY.version);
        let mut others = self.circuits().iter();
        let other =
            others.find(|one| one.number == number && one.version != own && one.is_active(height));
        other.map(|other| other.version)
    }

    const fn checkpoint_of(&self, header: &NamedHeader) -> Checkpoint {
        Checkpoint {
            height: header.height,
            hash: header.hash,
            timestamp_ms: header.timestamp_ms,
            epoch_length: self.chain.epoch_length,
        }
    }

    fn signed_by<'a>(
        &self,
        role: Role,
        envelope: Envelope,
        signers: &'a [MinisignKeyId],
    ) -> SignedBy<'a> {
        let threshold = self.root().keys(role).threshold;
        SignedBy {
            role,
            envelope,
            threshold,
            signers,
        }
    }
}

/// Checks that a list has the circuit of a key, as the key has it, as active at a height.
pub(super) fn check_listed(
    circuits: &[ListedCircuit],
    own: &Key,
    height: u32,
) -> Result<(), CircuitError> {
    let (number, circuit) = (own.circuit().number(), own.circuit().name());
    let mut refusal = CircuitError::NotListed { circuit };
    for listed in circuits.iter().filter(|one| one.number == number) {
        let is_own = is_listed_as(own, listed);
        let (version, from) = (listed.version, listed.from);
        match listed.is_active(height) {
            true if is_own => return Ok(()),
            true => {
                refusal = CircuitError::UpgradeRequired {
                    circuit,
                    version,
                    from,
                };
            }
            false if is_own && matches!(refusal, CircuitError::NotListed { .. }) => {
                refusal = CircuitError::NotActive { circuit, height };
            }
            false => {}
        }
    }
    Err(refusal)
}

/// Checks that a list has the circuit of a key, as the key has it.
pub(super) fn check_not_revoked(circuits: &[ListedCircuit], own: &Key) -> Result<(), CircuitError> {
    let circuit = own.circuit().name();
    let mut listed = circuits.iter();
    match listed.any(|listed| is_listed_as(own, listed)) {
        true => Ok(()),
        false => Err(CircuitError::NotListed { circuit }),
    }
}

/// Returns whether a listed circuit is this key's, in all its constants.
fn is_listed_as(key: &Key, listed: &ListedCircuit) -> bool {
    let id = key.circuit();
    (listed.number, listed.version) == (id.number(), key.version())
        && listed.name.as_str() == id.name()
        && listed.file == ListedFile::of(&key.setup_file())
}

const fn content(fault: ContentError) -> SetupError {
    SetupError {
        file: SetupFileName::Circuits,
        fault: super::error::SetupFault::Content(fault),
    }
}
