//! Which signatures of a file a client keeps, so that nobody has one forgotten.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::envelope::{Envelope, Parsed, SetupFile};
use super::minisign::{MinisignKeyId, MinisignSignature};
use super::role::Role;
use super::signed::{SetupSignature, SignedFile};
use super::trust::SetupTrust;
use crate::limits::MAX_SETUP_SIGNATURES;

impl SetupTrust {
    /// Returns a file that was taken, as it is to be kept: where it is the one of before, with the signatures of before as well.
    ///
    /// Those that count now come first, one of each key, since whoever has a key can make others of it that say the same; then, the newest
    /// first, those of keys that a later root may name. Of these, anybody can make more than fit, so that none is safe for long.
    pub(super) fn kept<F: SetupFile>(&self, served: &SignedFile, parsed: &Parsed<F>) -> SignedFile {
        let last = match F::ROLE {
            Role::Checkpoint => &self.last.checkpoint,
            Role::Circuits | Role::Root => &self.last.circuits,
        };
        let before: &[SetupSignature] = match last.content == served.content {
            true => &last.signatures,
            false => &[],
        };
        let all = served.signatures.iter().chain(before);
        let (counted, others): (Vec<_>, Vec<_>) = all
            .filter_map(|one| Some((id(one)?, one)))
            .partition(|(_, one)| self.counts(one, &served.content, parsed));
        let mut ids = Vec::new();
        let mut signatures: Vec<SetupSignature> = Vec::new();
        for (id, one) in counted {
            if !ids.contains(&id) {
                ids.push(id);
                signatures.push(one.clone());
            }
        }
        for (_, one) in others {
            if !signatures.contains(one) {
                signatures.push(one.clone());
            }
        }
        signatures.truncate(MAX_SETUP_SIGNATURES);
        let content = served.content.clone();
        SignedFile {
            content,
            signatures,
        }
    }

    /// Returns whether a signature counts by itself, under the newest root.
    fn counts<F: SetupFile>(
        &self,
        one: &SetupSignature,
        content: &[u8],
        parsed: &Parsed<F>,
    ) -> bool {
        let Some(root) = &self.root else {
            return false;
        };
        let Envelope {
            chain_id, version, ..
        } = parsed.envelope;
        let alone = SignedFile {
            content: content.to_vec(),
            signatures: Vec::from([one.clone()]),
        };
        let keys = root.parsed.file.keys(F::ROLE);
        !alone.signers(F::ROLE, chain_id, version, keys).is_empty()
    }
}

fn id(one: &SetupSignature) -> Option<MinisignKeyId> {
    let half = MinisignSignature::parse(&one.ed25519).ok()?;
    Some(half.key_id)
}
