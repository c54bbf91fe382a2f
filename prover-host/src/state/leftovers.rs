//! Proof files that no row lists: left by a process that was killed, or by a later history; and those
//! of proofs that are kept no longer.

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
    /// Those that it had: they are retired, or their files are damaged.
    pub(super) given_up: HashSet<ProofId>,
    /// How many it never had, or no longer: a process may have been killed between file and row.
    pub(super) unmade: usize,
}

/// Removes the proof files that are not listed, and those of proofs that were given up.
///
/// A process that is killed between file and row leaves one, and its proof is due still: not made, with
/// its witness. So more of
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
    let (given_up, unlisted): (Vec<ProofId>, Vec<ProofId>) =
        unlisted.partition(|id| listed.given_up.contains(id));
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
    for id in given_up {
        tracing::info!(%id, "removing a proof that is kept no longer");
        blobs.remove(id).await?;
    }
    for id in unlisted {
        tracing::info!(%id, "removing a proof that no block lists");
        blobs.remove(id).await?;
    }
    Ok(())
}
