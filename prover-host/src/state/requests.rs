//! Proofs that somebody asks for: about one operation, on a state that the host still has, about a range of headers or of
//! epochs, or about a validator in an epoch.

use rpp_verifier::{
    Accounts, OperationError, OperationHash, ProofKey, PruningStatement, PruningStatementError,
    SignedOperation, SpanStatementError, Subject, UptimeStatementError,
};
use tokio::task::{JoinError, spawn_blocking};

use super::accounts::HeightError;
use super::host::Host;
use super::ledger::{Ledger, ProofStatus};
use super::pruning::PrunedRange;
use super::publish::PublishError;
use super::retire::Retired;
use super::spans::EpochSpan;
use super::sql::DatabaseError;
use crate::source::{DueProof, OnRequest};
use crate::steps::Step;

/// Why a proof is not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The host makes no such proofs on request.
    #[error("proofs of this kind are not made on request")]
    UnknownKind,
    /// The circuit is about other operations.
    #[error("the circuit is not about operations of this kind")]
    OtherKind,
    /// The circuit is about other ranges.
    #[error(
        "the circuit is not about such ranges: they are of 2^k headers, at most 1,024, from a multiple of that on"
    )]
    OtherRange,
    /// The circuit is about other epochs.
    #[error(
        "no proof is about such an epoch: it has more than 1,024 heights, or no header can be after it"
    )]
    OtherWindow,
    /// The circuit is about other runs of epochs.
    #[error("no span is of such epochs: it has from 2 to 1,024, and a header can end the last one")]
    OtherSpan,
    /// The epochs are more than one proof can be about.
    #[error("a span from epoch {first} on ends before epoch {epoch}: more does not fit one proof", first = span.first)]
    SpanTooLong {
        /// The epochs that were asked for.
        span: EpochSpan,
        /// The first one that does not fit.
        epoch: u32,
    },
    /// An epoch is not over yet.
    #[error("epoch {last} has no end yet; the newest header is at {newest}", last = span.last)]
    NoEnd {
        /// The epochs that were asked for.
        span: EpochSpan,
        /// The newest height.
        newest: u32,
    },
    /// The set of the epoch has no such member.
    #[error("the set of that epoch has {n} members, and so no validator {validator}")]
    UnknownValidator {
        /// The index that was asked about.
        validator: u32,
        /// How many members the set has.
        n: u32,
    },
    /// An earlier release saved the blocks of the epoch, or the first ones of it, and kept no votes.
    #[error(
        "this host does not know the votes of epoch {epoch}: an earlier release saved its blocks"
    )]
    VotesUnknown {
        /// The epoch.
        epoch: u32,
    },
    /// Headers and votes make no statement: a fault of the host.
    #[error("the headers of the epoch make no statement: {0}")]
    Votes(#[from] UptimeStatementError),
    /// The ends of epochs make no statement: a fault of the host.
    #[error("the ends of the epochs make no statement: {0}")]
    Ends(#[from] SpanStatementError),
    /// The headers make no statement: a fault of the host.
    #[error("the headers of the range make no statement: {0}")]
    Statement(#[from] PruningStatementError),
    /// There is no header after the range, or the epoch, yet.
    #[error("no header is after {last} yet; the newest is at {newest}")]
    NoHeaderAfter {
        /// The height of the last header.
        last: u32,
        /// The newest height.
        newest: u32,
    },
    /// The host has no such operation.
    #[error("this host has no operation {hash}")]
    UnknownOperation {
        /// Its hash.
        hash: OperationHash,
    },
    /// The block that has the operation is pruned, or is as soon as the proofs about it are made that others asked for.
    #[error("block {height} has the operation, and is pruned")]
    Pruned {
        /// Its height.
        height: u32,
        /// The range that it is proven in.
        range: PrunedRange,
    },
    /// The accounts are not known any more.
    #[error(transparent)]
    Height(#[from] HeightError),
    /// The operation is not valid on the state that it would be proven on.
    #[error("on the state before its block: {0}")]
    Invalid(OperationError),
    /// As many proofs are asked for as the host makes in a while.
    #[error("{MAX_WAITING} proofs that were asked for are still to be made")]
    Full,
    /// The disk has too little room.
    #[error("the disk of the data folder has too little room")]
    NoRoom,
    /// It cannot be saved.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A thread died.
    #[error("a thread died: {0}")]
    Thread(#[from] JoinError),
}

impl Host {
    /// Has a proof about an operation, a range of headers or of epochs, or a validator in an epoch made, unless it is made or waits already. Returns the
    /// height of the header that the statement is under: the one whose state root the operation is valid on, the one after the range or the epoch,
    /// or the one that ends the last epoch.
    ///
    /// An operation that waits is proven on the newest state; one of a block on that before the block,
    /// where it is valid if none before it in the block has to come first.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn request_proof(&self, key: ProofKey) -> Result<u32, RequestError> {
        self.check_kind(&key)?;
        // One at a time, so that their number is what it is compared with.
        let _asked = self.requests.lock().await;
        {
            let ledger = self.ledger();
            if let Some(height) = self.under(&ledger, &key) {
                return Ok(height);
            }
            if ledger.requests() >= MAX_WAITING {
                return Err(RequestError::Full);
            }
        }
        if self.is_full().await {
            return Err(RequestError::NoRoom);
        }
        match key.subject {
            Subject::Operation(hash) => {
                let (witness, height) = self.operation_witness(&key, OperationHash(hash)).await?;
                self.publish_due(height, DueProof { key, witness }).await?;
                Ok(height)
            }
            Subject::Range { first, last } => {
                match EpochSpan::of(&key) {
                    Some(span) => self.make_span(span).await?,
                    None => self.make_range(PrunedRange { first, last }).await?,
                }
                Ok(self.head_of(&key).unwrap_or(u32::MAX))
            }
            Subject::ValidatorEpoch { validator, epoch } => {
                let witness = self.window_witness(validator, epoch).await?;
                let witness = witness.to_bytes();
                self.publish_anew(DueProof { key, witness }).await?;
                Ok(self.head_of(&key).unwrap_or(u32::MAX))
            }
            Subject::Height(_) => Err(RequestError::UnknownKind),
        }
    }

    /// Saves that a proof is due which may be kept no longer, or be lost.
    pub(super) async fn publish_anew(&self, due: DueProof) -> Result<(), RequestError> {
        let newest = self.ledger().latest_height();
        self.database.forget_proof(&due.key).await?;
        self.change(|ledger| ledger.forget_due(&due.key));
        Ok(self.publish_due(newest, due).await?)
    }

    /// Returns the height of the header that a proof is under, where it does not have to be made. What one about headers is
    /// made from is always there, so that it is made again where it is kept no longer.
    fn under(&self, ledger: &Ledger, key: &ProofKey) -> Option<u32> {
        let due = ledger.due_height(key)?;
        let Some(head) = self.head_of(key) else {
            return Some(due);
        };
        match ledger.status(key) {
            ProofStatus::Waiting | ProofStatus::Listed(_) => Some(head),
            _ => None,
        }
    }

    /// Returns the height of the header that a proof about headers is under; `None` of any other.
    fn head_of(&self, key: &ProofKey) -> Option<u32> {
        if let Some(span) = EpochSpan::of(key) {
            return Some(span.heights(self.chain.epoch_length)?.1);
        }
        match key.subject {
            Subject::Range { last, .. } => last.checked_add(1),
            Subject::ValidatorEpoch { epoch, .. } => self.window(epoch)?.1.checked_add(1),
            _ => None,
        }
    }

    /// Checks what needs nothing of the chain but its numbers.
    fn check_kind(&self, key: &ProofKey) -> Result<(), RequestError> {
        if !OnRequest::makes(key) {
            return Err(RequestError::UnknownKind);
        }
        if let Some(span) = EpochSpan::of(key) {
            let can_be = span.is_run() && span.heights(self.chain.epoch_length).is_some();
            return can_be.then_some(()).ok_or(RequestError::OtherSpan);
        }
        let is_range = |first, last: u32| {
            let end = last.checked_add(1);
            end.is_some_and(|end| PruningStatement::is_range(first, end))
        };
        match key.subject {
            Subject::Range { first, last } if !is_range(first, last) => {
                Err(RequestError::OtherRange)
            }
            _ => Ok(()),
        }
    }

    /// Stops serving the oldest of the proofs that were asked for, where there are more than are kept.
    ///
    /// # Errors
    ///
    /// [`PublishError::Stopped`].
    pub(crate) async fn unserve_requested(&self) -> Result<Retired, PublishError> {
        let _upkeep = self.upkeep.lock().await;
        // One that pruning keeps meanwhile is not retired.
        let retired = self.change(|ledger| {
            let retired = ledger.requested_beyond(MAX_KEPT);
            let each = retired.iter();
            each.for_each(|(key, id)| ledger.set_retired(key, *id));
            retired
        });
        if !retired.is_empty() {
            self.step(Step::ProofsUnserved)?;
        }
        Ok(retired)
    }

    /// Returns what a proof about an operation is made from, with the height of the newest state that the
    /// operation was valid on.
    async fn operation_witness(
        &self,
        key: &ProofKey,
        hash: OperationHash,
    ) -> Result<(Vec<u8>, u32), RequestError> {
        let of_kind = |kind: &&OnRequest| kind.circuit() == key.circuit;
        let kind = OnRequest::ALL.iter().find(of_kind);
        let kind = kind.ok_or(RequestError::UnknownKind)?;
        let waiting = self.pool().get(&hash).map(|entry| entry.signed().clone());
        let refused = match waiting {
            None => RequestError::UnknownOperation { hash },
            Some(signed) => {
                let (height, accounts) = self.newest_accounts();
                match self.witness_on(kind, signed, (height, accounts)).await {
                    // A block may have taken it just now.
                    Err(invalid @ RequestError::Invalid(_)) => invalid,
                    made => return made,
                }
            }
        };
        let stored = self.database.operation(&hash).await?;
        let stored = stored.ok_or(refused)?;
        let height = stored.place.height;
        // The operation may still be there.
        if let Some(range) = self.ledger().closed_range(height) {
            return Err(RequestError::Pruned { height, range });
        }
        let damaged = || self.database.other_operations(height);
        let signed = stored.signed.ok_or_else(damaged)?;
        let (height, _, accounts) = self.accounts_at(Some(height.saturating_sub(1)))?;
        self.witness_on(kind, signed, (height, accounts)).await
    }

    async fn witness_on(
        &self,
        kind: &'static OnRequest,
        signed: SignedOperation,
        (height, accounts): (u32, Accounts),
    ) -> Result<(Vec<u8>, u32), RequestError> {
        let chain_id = self.chain.chain_id;
        let witness = spawn_blocking(move || {
            accounts.apply(chain_id, &signed)?;
            Ok(kind.witness(&accounts, &signed))
        });
        let witness = witness.await?.map_err(RequestError::Invalid)?;
        Ok((witness.ok_or(RequestError::OtherKind)?, height))
    }
}

/// As many as are made in about ten seconds.
const MAX_WAITING: usize = 16;
/// How many of the proofs that were made are kept: a few hundred megabytes.
const MAX_KEPT: usize = 1024;
