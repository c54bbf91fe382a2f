//! `State`: what a client keeps on disk. It is trusted only as far as it is checked again.
//!
//! It holds the last accepted header with its parent, certificate and proof, and the proof is
//! verified again when the state is read. No check can show that the header's set was reached from
//! the checkpoint: that depends on nobody else having written the state.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{
    CIRCUITS, Certificate, Checkpoint, CheckpointError, CircuitError, DecodeError, Digest,
    Evidence, EvidenceError, Format, HeadCircuit, Header, HeaderError, Key, MAX_PROOF_BYTES, Proof,
    Reader, RestoreError, SignedHeader, SpanCircuit, TrustedChain, Verified, VerifyError, Writer,
};

use crate::keys::Keys;

/// Why a stored state cannot be used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The bytes are not a valid state of this version.
    #[error(transparent)]
    Decode(DecodeError),
    /// A later release has kept it, in a form that this build does not know.
    #[error("it has {what} in form {got}, of a later release, which this one does not know")]
    LaterForm {
        /// What is in that form.
        what: &'static str,
        /// The version of the form.
        got: u32,
    },
    /// The state is of a client that was given a checkpoint in place of a setup, or the other way round.
    #[error("it is of a client with another kind of pin")]
    OtherPin,
    /// What it remembers of the setup is damaged, or of another one than the pin's.
    #[error("the setup that it remembers: {0}")]
    Setup(#[from] RestoreError),
    /// It started from an online checkpoint alone, and its owner does not want that any more.
    #[error(
        "it was started from the setup's online checkpoint alone, which this client does not take"
    )]
    Waived,
    /// The setup does not list a circuit any more that it rests on.
    #[error("it rests on what the setup has revoked: {0}")]
    Revoked(CircuitError),
    /// The state started from another checkpoint: another chain, or another choice of its owner.
    #[error("it was started from checkpoint {got}, but this client trusts {expected}")]
    OtherCheckpoint {
        /// The client's checkpoint; of a client of a setup, the offline one.
        expected: Checkpoint,
        /// The state's.
        got: Checkpoint,
    },
    /// The checkpoint's header in the state is not the one that the checkpoint names.
    #[error("its checkpoint header: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A step was verified under a key that this build does not know.
    #[error("it depends on a verifying key unknown to this build")]
    UnknownKey,
    /// The header is not above the checkpoint.
    #[error("its head is not above its checkpoint")]
    NotAhead,
    /// The header breaks one of its own rules.
    #[error("its head: {0}")]
    Header(#[from] HeaderError),
    /// The proof does not verify.
    #[error("its proof: {0}")]
    Verify(#[from] VerifyError),
    /// What it keeps of a conflict shows none.
    #[error("its evidence: {0}")]
    Evidence(#[from] EvidenceError),
}

impl StateError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Decode(error) => error.code(),
            Self::LaterForm { .. } => "upgrade-required",
            Self::OtherPin => "state-other-pin",
            Self::Setup(error) => error.code(),
            Self::Waived => "state-waived",
            Self::Revoked(_) => "state-circuit-revoked",
            Self::OtherCheckpoint { .. } => "state-other-checkpoint",
            Self::Checkpoint(error) => error.code(),
            Self::UnknownKey => "state-unknown-key",
            Self::NotAhead => "state-not-ahead",
            Self::Header(error) => error.code(),
            Self::Verify(error) => error.code(),
            Self::Evidence(error) => error.code(),
        }
    }

    /// Returns whether another release can read it, and this one cannot: it is to stay, whatever this one does.
    pub(crate) const fn needs_other_release(&self) -> bool {
        match self {
            Self::LaterForm { .. } | Self::Setup(RestoreError::LaterForm { .. }) => true,
            Self::Evidence(error) => error.needs_other_release(),
            _ => false,
        }
    }
}

impl From<DecodeError> for StateError {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::UnsupportedVersion {
                what,
                expected,
                got,
            } if got > expected => Self::LaterForm { what, got },
            error => Self::Decode(error),
        }
    }
}

/// A step that was taken, with everything that proves it.
#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) checkpoint: Checkpoint,
    /// The header that the checkpoint names: it says which chain it is.
    pub(crate) anchor: Header,
    /// Digests of the keys used to verify the steps since the checkpoint, each listed once.
    pub(crate) keys: Vec<Digest>,
    pub(crate) header: Header,
    pub(crate) parent: Header,
    pub(crate) certificate: Certificate,
    pub(crate) proof: Vec<u8>,
}

impl State {
    /// Returns the last header with what proves it.
    pub(crate) fn signed(&self) -> SignedHeader {
        SignedHeader {
            header: self.header.clone(),
            parent: self.parent.clone(),
            certificate: self.certificate,
            proof: self.proof.clone(),
        }
    }

    /// Returns the state whose last header is this one of `evidence`, and `keys` those that it rests on.
    pub(crate) fn chosen(evidence: &Evidence, signed: &SignedHeader, keys: Vec<Digest>) -> Self {
        let signed = signed.clone();
        Self {
            checkpoint: evidence.checkpoint,
            anchor: evidence.anchor.clone(),
            keys,
            header: signed.header,
            parent: signed.parent,
            certificate: signed.certificate,
            proof: signed.proof,
        }
    }
}

/// A state that has been checked again.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) state: State,
    pub(crate) chain: TrustedChain,
    pub(crate) verified: Verified<HeadCircuit>,
}

impl State {
    /// How what a client keeps begins, and how long all of it may be: evidence, and a state.
    pub(crate) const FORMAT: Format = Format {
        what: "stored state",
        magic: *b"RPPL",
        version: 1,
        max_bytes: Evidence::FORMAT.max_bytes.saturating_add(Self::MAX_BYTES),
    };

    /// Most bytes of a state alone.
    const MAX_BYTES: usize = MAX_PROOF_BYTES.saturating_add(4 << 10);
    /// The most keys that a state may name.
    const MAX_KEYS: u32 = 16;

    /// Returns the encoding: magic `RPPL`, version (`u32`), checkpoint, its header, number of keys
    /// (`u32`) and their digests, header, parent, certificate, then the proof file up to the end.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, self.proof.len().saturating_add(4 << 10));
        w.bytes(&self.checkpoint.to_bytes());
        self.anchor.write(&mut w);
        w.u32(u32::try_from(self.keys.len()).unwrap_or(u32::MAX));
        self.keys.iter().for_each(|key| w.digest(key));
        self.header.write(&mut w);
        self.parent.write(&mut w);
        self.certificate.write(&mut w);
        w.bytes(&self.proof);
        w.finish()
    }

    /// Decodes the bytes and checks everything that can be checked again. `pinned` is the checkpoint that its owner
    /// gave; a setup's moves on, and what began at an earlier one is good all the same.
    pub(crate) fn restore(
        bytes: &[u8],
        pinned: Option<&Checkpoint>,
        keys: &Keys,
    ) -> Result<Restored, StateError> {
        let state = Self::from_bytes(bytes)?;
        check_checkpoint(&state.checkpoint, pinned, keys)?;
        let anchor = state.checkpoint.start(&state.anchor)?;
        let chain_id = anchor.params().chain_id();
        check_chain_id(chain_id, keys)?;
        let known = [
            Key::of::<HeadCircuit>(chain_id),
            Key::of::<SpanCircuit>(chain_id),
        ];
        let known = known.map(|key| key.digest());
        let [head, _] = &known;
        let are_known = state.keys.iter().all(|digest| known.contains(digest));
        if !are_known || !state.keys.contains(head) {
            return Err(StateError::UnknownKey);
        }
        if state.header.height <= state.checkpoint.height {
            return Err(StateError::NotAhead);
        }
        let (header, parent) = (&state.header, &state.parent);
        check_keys(&state.keys, chain_id, header.height, keys)?;
        let key = keys.key::<HeadCircuit>(chain_id, header.height);
        let key = key.map_err(StateError::Revoked)?;
        let (chain, statement) = anchor.resume(header, parent, &state.certificate)?;
        let proof = Proof::from_bytes(&state.proof, &CIRCUITS)?;
        let verified = key.verify(statement, &proof)?;
        Ok(Restored {
            state,
            chain,
            verified,
        })
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let format = Format {
            max_bytes: Self::MAX_BYTES,
            ..Self::FORMAT
        };
        let mut r = Reader::open(bytes, &format)?;
        let checkpoint = Checkpoint::read(&mut r)?;
        let anchor = Header::read(&mut r)?;
        let keys = (0..r.u32_in(1, Self::MAX_KEYS, "number of keys")?)
            .map(|_| r.digest("keys"))
            .collect::<Result<Vec<_>, _>>()?;
        if keys
            .iter()
            .enumerate()
            .any(|(i, key)| keys.iter().skip(i).skip(1).any(|k| k == key))
        {
            let (field, min, max, got) = ("number of the same key", 1, 1, 2);
            return Err(DecodeError::OutOfRange {
                field,
                min,
                max,
                got,
            });
        }
        Ok(Self {
            checkpoint,
            anchor,
            keys,
            header: Header::read(&mut r)?,
            parent: Header::read(&mut r)?,
            certificate: Certificate::read(&mut r)?,
            proof: r.rest().to_vec(),
        })
    }
}

/// Checks that a checkpoint is the one that the owner gave, or one of the setup's chain.
pub(crate) fn check_checkpoint(
    checkpoint: &Checkpoint,
    pinned: Option<&Checkpoint>,
    keys: &Keys,
) -> Result<(), StateError> {
    let offline = keys.setup().map(|setup| setup.offline_checkpoint());
    let is_other = match (pinned, &offline) {
        (Some(pinned), _) => checkpoint != pinned,
        // Only the genesis binds the length of an epoch.
        (None, Some(offline)) => checkpoint.epoch_length != offline.epoch_length,
        (None, None) => false,
    };
    match pinned.or(offline.as_ref()).filter(|_| is_other) {
        None => Ok(()),
        Some(&expected) => {
            let got = *checkpoint;
            Err(StateError::OtherCheckpoint { expected, got })
        }
    }
}

/// Checks that the circuits count which a head at a height rests on, by the digests of their keys: that of its own proof for its height, and
/// that of the spans on the way still.
pub(crate) fn check_keys(
    digests: &[Digest],
    chain_id: u32,
    height: u32,
    keys: &Keys,
) -> Result<(), StateError> {
    let head = keys.key::<HeadCircuit>(chain_id, height);
    head.map_err(StateError::Revoked)?;
    let span = Key::of::<SpanCircuit>(chain_id).digest();
    if !digests.contains(&span) {
        return Ok(());
    }
    let listed = keys.check_not_revoked::<SpanCircuit>(chain_id);
    listed.map_err(StateError::Revoked)
}

/// Checks that a chain is the one of the setup.
pub(crate) fn check_chain_id(got: u32, keys: &Keys) -> Result<(), HeaderError> {
    match keys.setup().map(|setup| setup.chain().chain_id) {
        Some(expected) if expected != got => Err(HeaderError::ChainId { expected, got }),
        _ => Ok(()),
    }
}
