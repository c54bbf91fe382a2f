//! What a host keeps: the chain in memory, on top of its database and its proof files.
//!
//! [`Host`] is shared; readers use its ledger, and every change is made in `publish`.

mod accounts;
mod blobs;
mod folder;
mod folder_error;
mod footprint;
mod history_log;
mod host;
mod identity;
mod intake;
mod kept_proof;
mod ledger;
mod leftovers;
mod load;
mod proof_id;
mod pruning;
mod publish;
mod ranges;
mod requests;
mod retention;
mod retire;
mod room;
mod setup;
mod space;
mod spans;
mod sql;
mod tallies;
mod windows;

pub use self::accounts::{AccountHistory, HeightError};
pub use self::blobs::{BlobError, Blobs};
pub use self::folder::DataFolder;
pub use self::folder_error::FolderError;
pub(crate) use self::footprint::Footprint;
pub use self::history_log::HistoryLog;
pub use self::host::{Host, HostError};
pub use self::identity::{FolderId, FolderStage};
pub use self::intake::{Checked, IntakeError};
pub use self::kept_proof::KeptProofError;
pub(crate) use self::kept_proof::{KeptCheck, KeptProof};
pub use self::ledger::{
    Lane, Ledger, NotNextError, ProofStatus, PruneReport, SpanReport, StoredAncestor, StoredBlock,
    StoredParent,
};
pub(crate) use self::ledger::{SpanWork, Unserved};
pub use self::proof_id::{ProofId, ProofIdError};
pub use self::pruning::{ParsePruneBehindError, PruneBehind, PrunedRange};
pub use self::publish::PublishError;
pub use self::ranges::RangeFolds;
pub use self::requests::RequestError;
pub use self::retention::{ParseRetentionError, Retention};
pub use self::space::{FreeSpace, SpaceGuard, SpaceReport, SpaceWarning};
pub(crate) use self::spans::SpanPlan;
pub use self::spans::{EpochSpan, ParseSpanEpochsError, SpanEpochs};
pub use self::sql::{Database, DatabaseError, ProofFile};
