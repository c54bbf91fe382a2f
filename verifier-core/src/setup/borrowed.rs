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

    /// Returns whether roots that were kept begin too late to be walked to from the pin, or with one that was pinned as a file, whose
    /// signatures nobody has seen.
    pub(super) fn is_before(&self, roots: &[SignedFile]) -> bool {
        let Some((root, first)) = roots.first().and_then(|root| Some((root, version(root)?)))
        else {
            return false;
        };
        let needs_signatures = !matches!(self.pin, RootPin::Fingerprint(_));
        let is_unsigned = needs_signatures && root.signatures.is_empty();
        let next = self.next_root();
        first > next || first == next && is_unsigned
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
