//! Ranges of headers: what a proof about one is made from, and what a client needs beside it.

use rpp_verifier::{Digest, Header, HistoryPath, PruningWitness};
use tokio::task::spawn_blocking;

use super::host::Host;
use super::pruning::PrunedRange;
use super::requests::RequestError;
use crate::source::DueProof;

/// The folds of operations around a range of headers.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RangeFolds {
    /// Over the blocks before the range.
    pub before: Digest,
    /// Over those and the range.
    pub after: Digest,
}

impl Host {
    /// Returns the folds around the headers from `first` to `last`; `None` if the chain has no header after them.
    #[must_use]
    pub fn range_folds(&self, first: u32, last: u32) -> Option<RangeFolds> {
        let ledger = self.ledger();
        let (before, after) = (ledger.fold(first)?, ledger.fold(last.checked_add(1)?)?);
        Some(RangeFolds { before, after })
    }

    /// Has the proof of a range made, whatever became of an earlier one. Called under the lock of `requests`.
    pub(super) async fn make_range(&self, range: PrunedRange) -> Result<(), RequestError> {
        let key = range.key();
        let witness = self.range_witness(range.first, range.last).await?;
        self.publish_anew(DueProof { key, witness }).await
    }

    /// Returns what a proof about the headers from `first` to `last` is made from.
    async fn range_witness(&self, first: u32, last: u32) -> Result<Vec<u8>, RequestError> {
        let newest = self.ledger().latest_height();
        let headers = self.headers_through(first, last);
        let headers = headers.ok_or(RequestError::NoHeaderAfter { last, newest })?;
        let witness = spawn_blocking(move || {
            let Through {
                range,
                after,
                path,
                fold,
            } = headers;
            PruningWitness::new(range, &after, &path, fold)
        });
        Ok(witness.await??.to_bytes())
    }

    fn headers_through(&self, first: u32, last: u32) -> Option<Through> {
        let end = last.checked_add(1)?;
        let ledger = self.ledger();
        Some(Through {
            after: ledger.header(end)?.clone(),
            range: ledger.headers(first, end)?,
            path: ledger.ancestor(first, end)?.history_path,
            fold: ledger.fold(first)?,
        })
    }
}

/// The headers of a range, and what is around them.
struct Through {
    range: Vec<Header>,
    /// The one after them.
    after: Header,
    /// The first one's, in the history of that.
    path: HistoryPath,
    /// Over the blocks before.
    fold: Digest,
}
