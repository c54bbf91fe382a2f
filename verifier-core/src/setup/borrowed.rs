//! What was seen under a later pin, such as a later release of the same application has.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;
use core::mem;

use super::bundle::SetupBundle;
use super::envelope::Parsed;
use super::memory::Memory;
use super::pin::RootPin;
use super::role::{Role, RoleKeys};
use super::root::RootFile;
use super::signed::SignedFile;
use super::trust::SetupTrust;
use crate::wire::FileDigest;

impl SetupTrust {
    /// Returns whether what is remembered was seen under a later pin, and the roots have not led from the present one to the newest of
    /// there.
    pub(super) const fn is_borrowed(&self) -> bool {
        !self.borrowed.is_empty()
    }

    /// Returns whether a root that was kept, and that the pin does not lead to, may have been pinned itself: what came before it is not
    /// there then, and nobody may have looked at its signatures.
    pub(super) fn may_be_pin(&self, root: &SignedFile) -> bool {
        let is_named = matches!(self.pin, RootPin::Fingerprint(_)) && self.root.is_none();
        let is_other = is_named && version(root) == Some(self.next_root());
        self.last.roots.is_empty() && !is_other
    }

    /// Returns the keys of a role by the newest root that was seen; none where that is not known yet.
    pub(super) fn newest_keys(&self, role: Role) -> Option<RoleKeys> {
        let decoded = self
            .borrowed
            .iter()
            .map(|root| Parsed::decode(&root.content));
        let borrowed = decoded.filter_map(Result::ok);
        let own = self.root.iter().map(|root| root.parsed.clone());
        let mut roots: Vec<Parsed<RootFile>> = borrowed.chain(own).collect();
        let newest = self.memory.root.version;
        roots.retain(|root| root.envelope.version == newest);
        Some(roots.first()?.file.keys(role).clone())
    }

    /// Takes what was seen under a later pin. Nothing passes until the roots have led from the present pin to the newest of there; if
    /// one is another than was seen by its number, nothing that was seen is of this setup.
    pub(super) fn borrow(mut self, memory: Memory, last: SetupBundle) -> Self {
        self.memory = self.memory.later(memory);
        let SetupBundle { roots, .. } = last;
        self.borrowed = roots;
        self.last = SetupBundle {
            roots: Vec::new(),
            ..last
        };
        self
    }

    /// Returns whether another root was seen by this number.
    pub(super) fn contradicts(&self, number: u32, content: &[u8], sha256: &FileDigest) -> bool {
        let is_other = |kept: &SignedFile| kept.content != content && version(kept) == Some(number);
        !self.memory.root.may_be(number, sha256) || self.borrowed.iter().any(is_other)
    }

    /// Returns whether it was seen under a later pin, and has another root by the number of one that `other` has walked to.
    pub(super) fn is_of_another_than(&self, other: &Self) -> bool {
        let contradicts = |own: &SignedFile| {
            let is_other =
                |kept: &SignedFile| kept.content != own.content && version(kept) == version(own);
            self.borrowed.iter().any(is_other)
        };
        other.last.roots.iter().any(contradicts)
    }

    /// Forgets what was seen of another setup.
    pub(super) fn forget_borrowed(&mut self) {
        self.memory = Memory::default();
        self.borrowed.clear();
        self.last = SetupBundle {
            roots: mem::take(&mut self.last.roots),
            ..SetupBundle::default()
        };
    }
}

fn version(root: &SignedFile) -> Option<u32> {
    let parsed = Parsed::<RootFile>::decode(&root.content);
    Some(parsed.ok()?.envelope.version)
}
