//! What own keys have prepared: signed and published, or discarded where people were faster.

use std::fs;
use std::path::Path;

use rpp_verifier::{Role, SetupError, SetupFileName};

use super::agreement::Agreement;
use super::content::envelopes_of;
use super::folder::SetupFolder;
use super::follows::check_follows;
use super::listing::check_listing;
use super::own_keys::{OwnKeys, exists};
use super::own_keys_error::OwnKeysError;
use super::place_lock::PlaceLock;
use super::signer::Signer;
use super::signer_error::SignerError;
use super::signing::Signing;
use super::signing_error::SigningError;
use super::verify::verify_folder;
use crate::files::{folder_of, io_error, move_aside, sync_dir};

impl OwnKeys {
    /// Signs and publishes what is prepared; returns whether something was published. The caller has the lock of the
    /// published folder.
    ///
    /// Between preparing and signing, people may have signed the same versions with these keys, or have published others. What
    /// is prepared then leads nowhere: it is discarded, and prepared again upon what is published.
    pub(super) fn finish(&self, lock: &PlaceLock, now_ms: u64) -> Result<bool, OwnKeysError> {
        let folder = self.prepared();
        if !exists(&folder) {
            return Ok(false);
        }
        let published = self.publish_prepared(lock, now_ms);
        let published = published.map_err(|source| {
            let source = Box::new(source);
            OwnKeysError::Prepared { folder, source }
        })?;
        if !published {
            let folder = self.prepared();
            tracing::warn!(
                "what is prepared in {} leads nowhere, for others were published meanwhile, or the clock was ahead: it is discarded",
                folder.display()
            );
        }
        self.remove(&self.prepared())?;
        Ok(published)
    }

    fn publish_prepared(&self, lock: &PlaceLock, now_ms: u64) -> Result<bool, OwnKeysError> {
        let prepared = SetupFolder::read(&self.prepared())?;
        let published = match exists(self.setup()) {
            true => Some(SetupFolder::read(self.setup())?),
            false => None,
        };
        if published.is_none() && !is_first(&prepared)? {
            let (setup, keys) = (self.setup().to_path_buf(), self.keys().to_path_buf());
            return Err(OwnKeysError::Missing { setup, keys });
        }
        let root_alone = published.as_ref();
        let root_alone = root_alone.and_then(|published| with_root(published, &prepared));
        let mut signers = self.signers()?;
        // What is prepared has no signature yet that could show it.
        for signer in &mut signers {
            published
                .iter()
                .for_each(|published| signer.compare(published));
        }
        for mut folder in [Some(prepared.clone()), root_alone].into_iter().flatten() {
            let before = published.as_ref();
            before
                .into_iter()
                .for_each(|before| take_signatures(before, &mut folder));
            if !Role::ALL
                .into_iter()
                .any(|role| is_news(role, &folder, before))
            {
                // It was published just before its process ended.
                return Ok(true);
            }
            let follows = before.is_none_or(|before| follows(before, &folder));
            // People sign as well: what is published already needs no signature of these keys.
            let mut due: Vec<_> = signers
                .iter_mut()
                .filter(|signer| is_news(signer.role(), &folder, before))
                .collect();
            if !follows {
                continue;
            }
            match can_sign(&folder, &mut due, now_ms) {
                Err(SigningError::IssuedAhead { .. }) if before.is_some() => continue,
                Err(SigningError::Signer(error)) if is_late(&error) => continue,
                able => able?,
            }
            let folder = sign(folder, &mut due)?;
            check(&folder)?;
            lock.place(&folder)?;
            return Ok(true);
        }
        if let Some(published) = &published {
            self.keep_root(published, &prepared, &signers)?;
        }
        Ok(false)
    }

    /// Opens the keys that are there.
    fn signers(&self) -> Result<Vec<Signer>, SignerError> {
        let there = Role::ALL.into_iter().filter(|role| self.has(*role));
        there.map(|role| self.open(role)).collect()
    }

    /// In one step: what is half removed would not be finished by the next start.
    pub(super) fn remove(&self, folder: &Path) -> Result<(), OwnKeysError> {
        let gone = move_aside(folder, "remove")?;
        sync_dir(folder_of(folder))?;
        Ok(fs::remove_dir_all(&gone).map_err(io_error("remove", &gone))?)
    }
}

/// Returns whether a folder that is prepared is the first setup: any later one follows one that was published.
fn is_first(prepared: &SetupFolder) -> Result<bool, SetupError> {
    let envelopes = envelopes_of(prepared)?;
    Ok(envelopes.iter().all(|(_, envelope)| envelope.version == 1))
}

/// Returns whether a folder that is prepared leads on from what is published, and lists nothing again that people have revoked.
fn follows(published: &SetupFolder, folder: &SetupFolder) -> bool {
    check_follows(published, folder).is_ok() && check_listing(Some(published), folder, &[]).is_ok()
}

/// Returns what is published with the next root, where one is prepared. The key may have signed it, and no root may be skipped: so
/// it is published even where nothing else of what is prepared can be.
pub(super) fn with_root(published: &SetupFolder, prepared: &SetupFolder) -> Option<SetupFolder> {
    let version = published.newest_root().saturating_add(1);
    let file = SetupFileName::Root { version };
    let _ = prepared.file(&file)?;
    let mut folder = published.clone();
    folder.take(prepared, &file);
    Some(folder)
}

/// Takes the signatures of what is published already into a folder that is prepared: that has none before all are made.
fn take_signatures(published: &SetupFolder, folder: &mut SetupFolder) {
    let same = |file: &SetupFileName| folder.file(file) == published.file(file);
    let same: Vec<_> = folder.files().filter(same).collect();
    for file in same {
        for (key, signature) in published.signatures(&file) {
            folder.put_signature(&file, key, signature);
        }
    }
}

/// Returns whether a folder has a file of a role that is not published.
fn is_news(role: Role, folder: &SetupFolder, published: Option<&SetupFolder>) -> bool {
    let Some(published) = published else {
        return true;
    };
    let differs = |file| folder.file(&file) != published.file(&file);
    match role {
        Role::Root => folder.newest_root() > published.newest_root(),
        Role::Circuits => differs(SetupFileName::Circuits),
        Role::Checkpoint => differs(SetupFileName::Checkpoint),
    }
}

/// Checks that the keys sign a folder: not if they have signed other files of these versions, nor if the clock has been
/// put right since it was prepared.
fn can_sign(
    folder: &SetupFolder,
    signers: &mut [&mut Signer],
    now_ms: u64,
) -> Result<(), SigningError> {
    let agreed = Agreement::default().at(now_ms);
    for signer in signers {
        let signing = Signing::of(folder, signer).map(|signing| signing.agreed(agreed.clone()));
        let checked = signing.and_then(|signing| signing.check());
        match checked {
            // Others have taken the role over.
            Ok(()) | Err(SigningError::NotNamed { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

const fn is_late(error: &SignerError) -> bool {
    matches!(
        error,
        SignerError::VersionSigned { .. }
            | SignerError::VersionPassed { .. }
            | SignerError::RootSigned { .. }
            | SignerError::RootPassed { .. }
    )
}

fn sign(mut folder: SetupFolder, signers: &mut [&mut Signer]) -> Result<SetupFolder, SigningError> {
    for signer in signers {
        folder = match Signing::of(&folder, signer) {
            Err(SigningError::NotNamed { .. }) => continue,
            signing => signing?.sign_in_memory()?,
        };
    }
    Ok(folder)
}

/// Verifies a folder as of when its newest file was issued, which may be long ago: what has expired since is issued
/// again.
pub(super) fn check(folder: &SetupFolder) -> Result<(), SetupError> {
    let issued = envelopes_of(folder)?.map(|(_, envelope)| envelope.issued);
    let at = issued.into_iter().max().unwrap_or(0);
    verify_folder(folder, None, at).map(|_| ())
}
