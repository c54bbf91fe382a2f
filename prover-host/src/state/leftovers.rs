//! Proof files that no row lists: left by a process that was killed, or by a later history.

use std::collections::{HashMap, HashSet};

use super::blobs::Blobs;
use super::folder::DataFolder;
use super::host::HostError;
use super::identity::FolderStage;
use super::proof_id::ProofId;

/// What the database lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// The proofs that it has.
    pub(super) ids: HashSet<ProofId>,
    /// How many are due and not made.
    pub(super) unmade: usize,
}

/// Removes the proof files that are not listed.
///
/// A process that is killed between file and row leaves one, and its proof is due still. So more of
/// them than are due are of a later history than the database: an older copy of it was put back.
///
/// # Errors
///
/// [`HostError::LaterProofs`] then; [`HostError::Blobs`].
pub(super) async fn remove_unlisted(
    folder: &DataFolder,
    blobs: &Blobs,
    lengths: &HashMap<ProofId, u64>,
    listed: &Listed,
) -> Result<(), HostError> {
    let unlisted = lengths.keys().filter(|id| !listed.ids.contains(id));
    let unlisted: Vec<ProofId> = unlisted.copied().collect();
    // Earlier releases removed none.
    if folder.stage() == FolderStage::Complete && unlisted.len() > listed.unmade {
        let mut found = 0;
        for &id in &unlisted {
            // A damaged one was made again, under another name.
            found += usize::from(blobs.read(id).await.is_ok());
        }
        if found > listed.unmade {
            let due = listed.unmade;
            return Err(HostError::LaterProofs { found, due });
        }
    }
    for id in unlisted {
        tracing::info!(%id, "removing a proof that no block lists");
        blobs.remove(id).await?;
    }
    Ok(())
}
