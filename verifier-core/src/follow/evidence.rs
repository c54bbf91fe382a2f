//! `Evidence`: two signed headers of which a chain can have only one.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::{Checkpoint, CheckpointError, HeadCircuit, HeadStatement, HeaderError, TrustedChain};
use crate::chain::{Certificate, Header, HeaderHash, HistoryPath, is_ancestor};
use crate::circuit::CIRCUITS;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::MerklePath;
use crate::limits::MAX_PROOF_BYTES;
use crate::setup::{CircuitError, VerifiedSetup};
use crate::stark::{Circuit as _, Proof, Verified, VerifyError, VerifyingKey};

/// A header, with what proves that more than two thirds of its set signed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SignedHeader {
    /// The header.
    pub header: Header,
    /// Its parent.
    pub parent: Header,
    /// The claim about who signed it.
    pub certificate: Certificate,
    /// The proof file.
    pub proof: Vec<u8>,
}

/// Which header a later one has in its history.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Ancestry {
    /// Hash of the earlier header.
    pub header_hash: HeaderHash,
    /// Its path in the later header's history.
    pub history_path: HistoryPath,
}

/// Two headers of which a chain can have only one: either they are at one height, or the higher one
/// has another header in its history where the lower one should be.
///
/// Nothing in it is to be believed before [`Evidence::check`]; that needs nothing but this crate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Evidence {
    /// Where trust starts.
    pub checkpoint: Checkpoint,
    /// The header that the checkpoint names.
    pub anchor: Header,
    /// The head of the client that found the conflict; `None` if it was still at its checkpoint.
    pub head: Option<SignedHeader>,
    /// The header that conflicts with it, at its height or above.
    pub conflicting: SignedHeader,
    /// Path of the conflicting header's parent in its history.
    pub parent_path: HistoryPath,
    /// What the conflicting header has at the height of the head; `None` if it is itself there.
    pub ancestry: Option<Ancestry>,
}

/// Evidence that has been checked; only [`Evidence::check`] makes one.
#[derive(Clone, Debug)]
#[must_use]
pub struct Conflict {
    head: Option<Verified<HeadCircuit>>,
    conflicting: Verified<HeadCircuit>,
    at_head: TrustedChain,
    at_conflicting: TrustedChain,
}

/// Why evidence shows no conflict.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The header does not belong to the checkpoint.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A header breaks a rule of its own.
    #[error("header: {0}")]
    Header(#[from] HeaderError),
    /// One chain can have both headers.
    #[error("one chain can have both headers")]
    NoConflict,
    /// The setup does not list the circuit of a proof for its header.
    #[error(transparent)]
    Circuit(#[from] CircuitError),
    /// A proof does not verify, and may be one by another version of its circuit: the setup lists both for its header.
    #[error(
        "proof: {error}, as it would not if version {version} of the circuit {circuit} has made it, which this program does not have"
    )]
    OtherVersion {
        /// The circuit.
        circuit: &'static str,
        /// The other version.
        version: u32,
        /// Why it does not verify by this program's.
        error: VerifyError,
    },
    /// A proof does not prove that its header was signed.
    #[error("proof: {0}")]
    Verify(#[from] VerifyError),
}

impl EvidenceError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::Header(error) => error.code(),
            Self::NoConflict => "evidence-no-conflict",
            Self::Circuit(error) => error.code(),
            Self::OtherVersion { .. } => "upgrade-required",
            Self::Verify(error) => error.code(),
        }
    }

    /// Returns whether another release can check the evidence, and this one cannot: where the setup lists a later version of its circuit
    /// for its header, or any other one beside its own. What an earlier version alone has proven is nobody's any more that does not have that.
    #[must_use]
    pub const fn needs_other_release(&self) -> bool {
        let own = HeadCircuit::KEY.version;
        match self {
            Self::Circuit(CircuitError::UpgradeRequired { version, .. }) => *version > own,
            Self::OtherVersion { .. } => true,
            _ => false,
        }
    }
}

impl Conflict {
    /// Returns what is proven about the head; `None` if that is the checkpoint.
    #[must_use]
    pub const fn head(&self) -> Option<&Verified<HeadCircuit>> {
        self.head.as_ref()
    }

    /// Returns what is proven about the conflicting header.
    pub const fn conflicting(&self) -> &Verified<HeadCircuit> {
        &self.conflicting
    }

    /// Returns what is trusted by whoever takes the head for the chain's.
    #[must_use]
    pub const fn at_head(&self) -> &TrustedChain {
        &self.at_head
    }

    /// Returns what is trusted by whoever takes the conflicting header for the chain's.
    #[must_use]
    pub const fn at_conflicting(&self) -> &TrustedChain {
        &self.at_conflicting
    }
}

// All of it that is long is `#[inline]`: a client compiles it with its own code, for size, and verifies these
// proofs by the same copy of the verifier as all others.

/// Both headers, what would be trusted at each, and what has to be proven about each.
struct Checked {
    at_head: TrustedChain,
    head: Option<HeadStatement>,
    at_conflicting: TrustedChain,
    conflicting: HeadStatement,
}

impl Evidence {
    /// How the encoding begins, and how long it may be: two proofs, and little more.
    pub const FORMAT: Format = Format {
        what: "evidence",
        magic: *b"RPPE",
        version: 1,
        max_bytes: MAX_PROOF_BYTES.saturating_mul(2).saturating_add(8 << 10),
    };

    /// Checks that both headers are signed, and that no chain can have both.
    ///
    /// For the head these are the rules for a header that was stored ([`TrustedChain::resume`]); for the
    /// conflicting one H1, H2 and H6 to H15, H17, and that the same set signs it: at the head's height
    /// the set that signed the head, above it the one that follows (H4, H5). Both proofs are verified.
    /// What no evidence can show is that a set of a later epoch than the checkpoint's is the chain's:
    /// compare `validator_set_root` in the statements with what you know.
    ///
    /// # Errors
    ///
    /// The first rule that is broken: by the checkpoint, the head, the conflicting header, then
    /// [`EvidenceError::NoConflict`], then the conflicting header's proof and the head's.
    #[inline]
    pub fn check(&self) -> Result<Conflict, EvidenceError> {
        let key = VerifyingKey::new(self.anchor.chain_id);
        self.check_by(&|_| Ok(key.clone()), &|_, error| error.into())
    }

    /// Checks the same under the keys that a setup lists for the heights of both headers.
    ///
    /// # Errors
    ///
    /// As [`Evidence::check`]; [`EvidenceError::Circuit`] before a proof is decoded, and [`EvidenceError::OtherVersion`] where one does not
    /// verify for whose header the setup lists another version of the circuit as well.
    #[inline]
    pub fn check_under(&self, setup: &VerifiedSetup) -> Result<Conflict, EvidenceError> {
        let key = |height| setup.key(height);
        self.check_by(&key, &|height, error| {
            let (circuit, other) = (
                HeadCircuit::ID.name(),
                setup.other_version::<HeadCircuit>(height),
            );
            match other {
                Some(version) => EvidenceError::OtherVersion {
                    circuit,
                    version,
                    error,
                },
                None => error.into(),
            }
        })
    }

    #[inline]
    fn check_by(
        &self,
        key: &dyn Fn(u32) -> Result<VerifyingKey<HeadCircuit>, CircuitError>,
        fault: &dyn Fn(u32, VerifyError) -> EvidenceError,
    ) -> Result<Conflict, EvidenceError> {
        let checked = self.checked()?;
        let prove = |statement: HeadStatement, proof: &[u8]| -> Result<_, EvidenceError> {
            let height = statement.height;
            let key = key(height)?;
            let proof = Proof::from_bytes(proof, &CIRCUITS);
            let verified = proof.and_then(|proof| key.verify(statement, &proof));
            verified.map_err(|error| fault(height, error))
        };
        let conflicting = prove(checked.conflicting, &self.conflicting.proof)?;
        let head = match (&self.head, checked.head) {
            (Some(head), Some(statement)) => Some(prove(statement, &head.proof)?),
            _ => None,
        };
        Ok(Conflict {
            head,
            conflicting,
            at_head: checked.at_head,
            at_conflicting: checked.at_conflicting,
        })
    }

    /// Checks all but the two proofs.
    ///
    /// # Errors
    ///
    /// As [`Evidence::check`].
    #[inline]
    pub fn check_headers(&self) -> Result<(), EvidenceError> {
        self.checked().map(|_| ())
    }

    /// Returns the header of the client's head.
    #[must_use]
    pub fn head_header(&self) -> &Header {
        self.head.as_ref().map_or(&self.anchor, |head| &head.header)
    }

    /// Returns the hash that the conflicting header's branch has at the height of the head.
    #[must_use]
    pub fn other_hash(&self) -> HeaderHash {
        let itself = || self.conflicting.header.hash();
        self.ancestry.map_or_else(itself, |other| other.header_hash)
    }

    #[inline]
    fn checked(&self) -> Result<Checked, EvidenceError> {
        let anchor = self.checkpoint.start(&self.anchor)?;
        let (at_head, head) = match &self.head {
            None => (anchor, None),
            Some(SignedHeader {
                header,
                parent,
                certificate,
                ..
            }) => {
                let (chain, statement) = anchor.resume(header, parent, certificate)?;
                (chain, Some(statement))
            }
        };
        let header = self.head_header();
        let (other, path) = (&self.conflicting, &self.parent_path);
        let (at_conflicting, conflicting) = at_head.branch(header, other, path)?;
        if !self.is_conflict() {
            return Err(EvidenceError::NoConflict);
        }
        Ok(Checked {
            at_head,
            head,
            at_conflicting,
            conflicting,
        })
    }

    #[inline]
    fn is_conflict(&self) -> bool {
        let (head, other) = (self.head_header(), &self.conflicting.header);
        let differs = self.other_hash() != head.hash();
        let is_there = match &self.ancestry {
            None => other.height == head.height,
            Some(Ancestry {
                header_hash,
                history_path,
            }) => {
                let (count, root) = (other.height, &other.history_root);
                is_ancestor(header_hash, head.height, history_path, count, root)
            }
        };
        differs && is_there
    }

    /// Returns the encoding: magic `RPPE`, version (`u32`), checkpoint, its header, whether there is a
    /// head (`u32`, 0 or 1) and that, the conflicting header, the path of its parent, whether there is
    /// an ancestry (`u32`) and that. A signed header is header, parent, certificate, length of the proof
    /// file (`u32`), proof file; an ancestry is hash and path.
    #[must_use]
    #[inline]
    pub fn to_bytes(&self) -> Vec<u8> {
        let proofs = self.head.iter().chain([&self.conflicting]);
        let length = proofs.fold(8 << 10, |sum: usize, signed| {
            sum.saturating_add(signed.proof.len())
        });
        let mut w = Writer::open(&Self::FORMAT, length);
        w.bytes(&self.checkpoint.to_bytes());
        self.anchor.write(&mut w);
        w.u32(self.head.is_some().into());
        if let Some(head) = &self.head {
            head.write(&mut w);
        }
        self.conflicting.write(&mut w);
        write_path(&mut w, &self.parent_path);
        w.u32(self.ancestry.is_some().into());
        if let Some(ancestry) = &self.ancestry {
            w.digest(&ancestry.header_hash.0);
            write_path(&mut w, &ancestry.history_path);
        }
        w.finish()
    }

    /// Decodes what [`Evidence::to_bytes`] returns.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    #[inline]
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let evidence = Self {
            checkpoint: Checkpoint::read(&mut r)?,
            anchor: Header::read(&mut r)?,
            head: if r.u32_in(0, 1, "head")? == 1 {
                Some(SignedHeader::read(&mut r)?)
            } else {
                None
            },
            conflicting: SignedHeader::read(&mut r)?,
            parent_path: read_path(&mut r)?,
            ancestry: if r.u32_in(0, 1, "ancestry")? == 1 {
                Some(Ancestry {
                    header_hash: HeaderHash(r.digest("ancestor hash")?),
                    history_path: read_path(&mut r)?,
                })
            } else {
                None
            },
        };
        r.finish()?;
        Ok(evidence)
    }
}

impl SignedHeader {
    #[inline]
    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        self.parent.write(w);
        self.certificate.write(w);
        w.u32(u32::try_from(self.proof.len()).unwrap_or(u32::MAX));
        w.bytes(&self.proof);
    }

    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Header::read(r)?,
            parent: Header::read(r)?,
            certificate: Certificate::read(r)?,
            proof: {
                let max = u32::try_from(MAX_PROOF_BYTES).unwrap_or(u32::MAX);
                let length = r.u32_in(0, max, "length of the proof")?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                r.bytes(length, "proof")?.to_vec()
            },
        })
    }
}

#[inline]
fn write_path(w: &mut Writer, path: &HistoryPath) {
    path.0.iter().for_each(|node| w.digest(node));
}

#[inline]
fn read_path(r: &mut Reader<'_>) -> Result<HistoryPath, DecodeError> {
    r.digests("history path").map(MerklePath)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A release has one version of each circuit, so that it lacks the earlier ones as well.
    #[test]
    fn only_a_later_version_needs_a_newer_release() {
        let own = HeadCircuit::KEY.version;
        for (version, expected) in [(own - 1, false), (own + 1, true)] {
            let (circuit, from) = (HeadCircuit::ID.name(), 0);
            let error = CircuitError::UpgradeRequired {
                circuit,
                version,
                from,
            };
            assert_eq!(
                EvidenceError::Circuit(error).needs_other_release(),
                expected
            );
        }
    }
}
