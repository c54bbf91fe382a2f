//! The walk from root to root, each signed by the keys of the one before and by its own.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::envelope::Parsed;
use super::error::{SetupError, SetupFault};
use super::memory::{Memory, Seen};
use super::minisign::MinisignKeyId;
use super::pin::RootPin;
use super::role::{Role, RoleKeys};
use super::root::RootFile;
use super::signed::{Asked, By, SignedFile, Validity, check_signed_version, signers, verify};
use super::trust::{SetupTrust, Trusted, of_root};
use crate::limits::MAX_ROOTS;
use crate::wire::FileDigest;

impl SetupTrust {
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
        if self.contradicts(version, &signed.content, &sha256) {
            if !self.is_borrowed() {
                return Err(of_root(version, SetupFault::TwoContents { version }));
            }
            self.forget_borrowed();
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
    pub(super) fn believe(
        &mut self,
        parsed: Parsed<RootFile>,
        signers: Vec<MinisignKeyId>,
        sha256: FileDigest,
    ) {
        let version = parsed.envelope.version;
        if version >= self.memory.root.version {
            self.borrowed.clear();
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
