//! A root that its own key has signed, and that cannot be published yet: a clock that was ahead has issued it.

use std::path::PathBuf;

use rpp_verifier::{Envelope, MAX_ISSUED_AHEAD_MS, Role, SetupFileName};

use super::content::envelope_of;
use super::folder::SetupFolder;
use super::own_keys::{OwnKeys, exists};
use super::own_keys_error::OwnKeysError;
use super::prepared::with_root;
use super::signer::Signer;
use super::status::Date;

impl OwnKeys {
    /// Keeps the next root of what is prepared, where its key has signed it: it signs no other one as this version, and none may be
    /// skipped. What else was signed is discarded, for its versions may be.
    pub(super) fn keep_root(
        &self,
        published: &SetupFolder,
        prepared: &SetupFolder,
        signers: &[Signer],
    ) -> Result<(), OwnKeysError> {
        let Some((root, envelope)) = next_root(published, prepared) else {
            return Ok(());
        };
        let content = prepared.file(&root).unwrap_or_default();
        let mut signers = signers.iter().filter(|key| key.role() == Role::Root);
        if !signers.any(|key| key.has_signed(envelope.version, content)) {
            return Ok(());
        }
        let mut kept = SetupFolder::default();
        kept.put(&root, content.to_vec());
        kept.place(&self.kept_root())?;
        tracing::warn!(
            "{root}, which its key has signed, is kept in {} until the clock has come to {}",
            self.kept_root().display(),
            Date(envelope.issued.saturating_sub(MAX_ISSUED_AHEAD_MS))
        );
        Ok(())
    }

    /// Returns what is published with the root that was kept, once its time has come.
    pub(super) fn with_kept_root(
        &self,
        published: &SetupFolder,
        now_ms: u64,
    ) -> Result<Option<SetupFolder>, OwnKeysError> {
        let path = self.kept_root();
        if !exists(&path) {
            return Ok(None);
        }
        let kept = SetupFolder::read(&path)?;
        if kept.newest_root() <= published.newest_root() {
            // It was published, or people have signed another one.
            self.remove(&path)?;
            return Ok(None);
        }
        let Some((root, envelope)) = next_root(published, &kept) else {
            return Ok(None);
        };
        let is_ahead = envelope.issued > now_ms.saturating_add(MAX_ISSUED_AHEAD_MS);
        let content = kept.file(&root).unwrap_or_default();
        if is_ahead || !self.has_signed(envelope.version, content)? {
            return Ok(None);
        }
        Ok(with_root(published, &kept))
    }

    /// Returns the version of the root that waits.
    pub(super) fn waiting_root(&self) -> Result<Option<u32>, OwnKeysError> {
        let path = self.kept_root();
        Ok(match exists(&path) {
            true => Some(SetupFolder::read(&path)?.newest_root()),
            false => None,
        })
    }

    fn has_signed(&self, version: u32, root: &[u8]) -> Result<bool, OwnKeysError> {
        Ok(self.has(Role::Root) && self.open(Role::Root)?.has_signed(version, root))
    }

    /// Returns where a root waits.
    pub(super) fn kept_root(&self) -> PathBuf {
        self.beside("root")
    }
}

/// Returns the root in a folder that comes next, and what it says of itself.
fn next_root(published: &SetupFolder, folder: &SetupFolder) -> Option<(SetupFileName, Envelope)> {
    let version = published.newest_root().saturating_add(1);
    let file = SetupFileName::Root { version };
    let envelope = envelope_of(Role::Root, folder.file(&file)?).ok()?;
    Some((file, envelope))
}
