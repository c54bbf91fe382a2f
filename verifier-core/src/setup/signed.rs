//! `SignedFile`: bytes with their signatures; and the one function that checks them, whatever the file.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::envelope::{Envelope, Opened, Parsed, SetupFile, check_version};
use super::error::{SetupFault, SignatureFault};
use super::hash_half::{HashHalf, setup_message};
use super::minisign::{FileHash, MinisignKeyId, MinisignSignature};
use super::role::{Role, RoleKeys};
use super::root::RootFile;
use crate::codec::{DecodeError, Reader, Writer};
use crate::limits::MAX_SETUP_SIGNATURES;
use crate::signature::KeyPurpose;
use crate::wire::FileDigest;

/// How far a file may be issued ahead of the clock, in milliseconds: a day.
pub const MAX_ISSUED_AHEAD_MS: u64 = 24 * 60 * 60 * 1000;

/// A file exactly as it was signed, and its signatures.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SignedFile {
    /// The bytes of the file.
    pub content: Vec<u8>,
    /// Its signatures, each of two halves.
    pub signatures: Vec<SetupSignature>,
}

/// The two halves of a signature, as their files have them; empty where one is missing.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SetupSignature {
    /// The Ed25519 half: a signature file of `minisign`.
    pub ed25519: Vec<u8>,
    /// The hash-based half: a [`HashHalf`].
    pub hash: Vec<u8>,
}

/// Who may sign a file.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) chain_id: u32,
    /// The keys that sign it.
    pub(super) keys: &'a RoleKeys,
    /// The root that names these keys, where there is one: it says what other keys are.
    pub(super) root: Option<&'a RootFile>,
}

/// What a signed file has to be.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    pub(super) by: By<'a>,
    /// The caller's clock, in milliseconds since the Unix epoch: no file may be issued long after that.
    pub(super) now_ms: u64,
    /// The same, but never before the latest time that was verified: no file may have expired by then.
    pub(super) time_ms: u64,
    /// Whether the file has to be valid at that time.
    pub(super) validity: Validity,
}

/// Whether a file has to be valid now.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(super) enum Validity {
    /// It has to.
    Now,
    /// It may have expired: a root on the way to a later one.
    Once,
}

/// A key that signed, and the version that its hash-based half signed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Signer {
    index: usize,
    pub(super) key_id: MinisignKeyId,
    version: u32,
}

/// Checks a signed file: length, signatures, form, type, chain, version, dates, content, in this order.
///
/// `check_order` says which version may come. It is asked before the dates are looked at: an old file is
/// refused as an old file.
pub(super) fn verify<F: SetupFile>(
    signed: &SignedFile,
    asked: &Asked<'_>,
    check_order: &dyn Fn(u32) -> Result<(), SetupFault>,
) -> Result<(Parsed<F>, Vec<MinisignKeyId>), SetupFault> {
    let (max, got) = (F::ROLE.max_bytes(), signed.content.len());
    if got > max {
        return Err(SetupFault::TooLong { max, got });
    }
    let signers = signers(signed, F::ROLE, &asked.by)?;
    let opened = Opened::read(&signed.content, F::ROLE, Some(asked.by.chain_id))?;
    let envelope = opened.envelope;
    let signers = check_signed_version(&signers, envelope.version, asked.by.keys)?;
    check_version(F::ROLE, envelope.version)?;
    check_order(envelope.version)?;
    check_dates(&envelope, F::ROLE, asked)?;
    Ok((opened.content()?, signers))
}

/// Returns the keys of the role that have signed, if they are enough.
pub(super) fn signers(
    signed: &SignedFile,
    role: Role,
    by: &By<'_>,
) -> Result<Vec<Signer>, SetupFault> {
    let (signers, first) = counted(signed, role, by);
    let (needed, got) = (by.keys.threshold, signers.len());
    let got = u32::try_from(got).unwrap_or(u32::MAX);
    // A threshold of zero never comes this far; it would accept what nobody signed.
    if got < needed.max(1) {
        return Err(SetupFault::Signatures {
            role,
            needed,
            got,
            first,
        });
    }
    Ok(signers)
}

/// Returns the keys of the role that have signed, each once, and why the first signature that does not count does not.
fn counted(signed: &SignedFile, role: Role, by: &By<'_>) -> (Vec<Signer>, Option<SignatureFault>) {
    let file_hash = FileHash::of(&signed.content);
    let digest = super::sha256(&signed.content);
    let (mut signers, mut first) = (Vec::new(), None);
    for signature in signed.signatures.iter().take(MAX_SETUP_SIGNATURES) {
        match check_pair(signature, &file_hash, &digest, role, by, &signers) {
            Ok(signer) => signers.push(signer),
            Err(fault) => first = first.or(Some(fault)),
        }
    }
    (signers, first)
}

/// Checks both halves of a signature.
fn check_pair(
    signature: &SetupSignature,
    file_hash: &FileHash,
    digest: &FileDigest,
    role: Role,
    by: &By<'_>,
    signers: &[Signer],
) -> Result<Signer, SignatureFault> {
    if signature.ed25519.is_empty() {
        let half = "Ed25519";
        return Err(SignatureFault::HalfMissing { half });
    }
    let ed25519 = MinisignSignature::parse(&signature.ed25519)?;
    let key_id = ed25519.key_id;
    let mut keys = by.keys.keys.iter().enumerate();
    let Some((index, key)) = keys.find(|(_, key)| key.ed25519.id == key_id) else {
        return Err(unknown(key_id, by.root));
    };
    // Distinct keys are counted: one that signs twice is still one.
    if signers.iter().any(|signer| signer.index == index) {
        return Err(SignatureFault::SignedTwice);
    }
    key.ed25519.verify(file_hash, &ed25519)?;
    if signature.hash.is_empty() {
        let half = "hash-based";
        return Err(SignatureFault::HalfMissing { half });
    }
    let half = HashHalf::from_bytes(&signature.hash).map_err(SignatureFault::HashEncoding)?;
    let is_the_other_half = half.key.tree_height == role.tree_height()
        && half.key.key_id(KeyPurpose::Setup, by.chain_id) == key.hash;
    if !is_the_other_half {
        return Err(SignatureFault::HashKey);
    }
    let version = half.version;
    let message = setup_message(by.chain_id, role, version, digest);
    let signed = half.key.verify(version, &message, &half.signature);
    signed.map_err(SignatureFault::Hash)?;
    Ok(Signer {
        index,
        key_id,
        version,
    })
}

/// Returns why a signature by a key that the role does not have counts for nothing.
fn unknown(key_id: MinisignKeyId, root: Option<&RootFile>) -> SignatureFault {
    let has = |role: &Role| {
        let mut keys = root.into_iter().flat_map(|root| &root.keys(*role).keys);
        keys.any(|key| key.ed25519.id == key_id)
    };
    match Role::ALL.into_iter().find(has) {
        Some(role) => SignatureFault::OtherRole { role },
        None => SignatureFault::UnknownKey,
    }
}

/// Returns the signers of the version that the file has, if they are enough: what was signed as another version
/// was signed at a leaf that is another file's.
pub(super) fn check_signed_version(
    signers: &[Signer],
    file: u32,
    keys: &RoleKeys,
) -> Result<Vec<MinisignKeyId>, SetupFault> {
    let other = signers.iter().find(|signer| signer.version != file);
    let other = other.map(|signer| signer.version);
    let of_this = signers.iter().filter(|signer| signer.version == file);
    let of_this: Vec<_> = of_this.map(|signer| signer.key_id).collect();
    let threshold = usize::try_from(keys.threshold).unwrap_or(usize::MAX);
    match other {
        Some(signed) if of_this.len() < threshold => {
            Err(SetupFault::SignedVersion { file, signed })
        }
        _ => Ok(of_this),
    }
}

fn check_dates(envelope: &Envelope, role: Role, asked: &Asked<'_>) -> Result<(), SetupFault> {
    let Envelope {
        issued, expires, ..
    } = *envelope;
    // The clock itself, and not the latest time that was verified: whoever has a key could otherwise move
    // that on and on, a day with each file, until everything has expired.
    let now = asked.now_ms;
    if issued > now.saturating_add(MAX_ISSUED_AHEAD_MS) {
        return Err(SetupFault::IssuedAhead { issued, now });
    }
    let now = asked.time_ms;
    if asked.validity == Validity::Now && expires <= now {
        return Err(SetupFault::Expired { expires, now });
    }
    check_lifetime(envelope, role)
}

/// Checks that a file is valid for some time, and for no longer than its role may sign.
pub(super) fn check_lifetime(envelope: &Envelope, role: Role) -> Result<(), SetupFault> {
    let Envelope {
        issued, expires, ..
    } = envelope;
    let (max, got) = (role.max_lifetime_ms(), expires.saturating_sub(*issued));
    if got == 0 || got > max {
        return Err(SetupFault::Lifetime { role, max, got });
    }
    Ok(())
}

impl SignedFile {
    /// Returns which of these keys have signed it as a file of this role, chain and version, with both halves. Nothing
    /// else of it is checked: this tells its signers who is missing.
    #[must_use]
    pub fn signers(
        &self,
        role: Role,
        chain_id: u32,
        version: u32,
        keys: &RoleKeys,
    ) -> Vec<MinisignKeyId> {
        let root = None;
        let by = By {
            chain_id,
            keys,
            root,
        };
        let (signers, _) = counted(self, role, &by);
        let mut of_this = Vec::new();
        for signer in signers.iter().filter(|signer| signer.version == version) {
            let at = of_this.partition_point(|before| *before < signer.key_id);
            of_this.insert(at, signer.key_id);
        }
        of_this
    }

    /// Takes the file off the front of `r`: its length (`u32`) and bytes, how many signatures it has (`u32`), and for each the
    /// length and bytes of both halves.
    pub(super) fn read(r: &mut Reader<'_>, role: Role) -> Result<Self, DecodeError> {
        let content = read_bytes(r, role.max_bytes(), "setup file")?;
        let max = u32::try_from(MAX_SETUP_SIGNATURES).unwrap_or(u32::MAX);
        let count = r.u32_in(0, max, "number of signatures")?;
        let mut signatures = Vec::new();
        for _ in 0..count {
            signatures.push(SetupSignature {
                ed25519: read_bytes(r, MinisignSignature::MAX_BYTES, "Ed25519 half")?,
                hash: read_bytes(r, HashHalf::MAX_BYTES, "hash-based half")?,
            });
        }
        Ok(Self {
            content,
            signatures,
        })
    }

    /// Appends the file.
    pub(super) fn write(&self, w: &mut Writer) {
        write_bytes(w, &self.content);
        w.u32(u32::try_from(self.signatures.len()).unwrap_or(u32::MAX));
        for signature in &self.signatures {
            write_bytes(w, &signature.ed25519);
            write_bytes(w, &signature.hash);
        }
    }
}

/// Takes a length (`u32`), at most `max`, and as many bytes.
pub(super) fn read_bytes(
    r: &mut Reader<'_>,
    max: usize,
    field: &'static str,
) -> Result<Vec<u8>, DecodeError> {
    let max = u32::try_from(max).unwrap_or(u32::MAX);
    let length = r.u32_in(0, max, field)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(r.bytes(length, field)?.to_vec())
}

/// Appends a length and as many bytes.
pub(super) fn write_bytes(w: &mut Writer, bytes: &[u8]) {
    w.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    w.bytes(bytes);
}
