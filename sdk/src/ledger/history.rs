//! Headers that follow each other, up to one that is trusted.

use rpp_verifier::{Block, Blocks, Route, TrustedHeader};

use super::Ledger;
use crate::error::{AnswerError, Error};
use crate::transport::Transport;

/// Why headers are not asked for. It is the caller's mistake: nobody was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The last height is below the first.
    #[error("the headers from {from} to {to}: the last height is below the first")]
    Reversed {
        /// The first height.
        from: u32,
        /// The last height.
        to: u32,
    },
    /// There are more headers than one call returns.
    #[error("{got} headers, at most {max} at a time")]
    TooLong {
        /// The most headers of one call.
        max: u32,
        /// How many were asked for.
        got: u64,
    },
}

impl HistoryError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Reversed { .. } => "history-reversed",
            Self::TooLong { .. } => "history-too-long",
        }
    }
}

impl<T: Transport> Ledger<'_, T> {
    /// The most headers that [`Ledger::history`] returns.
    pub const MAX_HISTORY: u32 = 1024;

    /// Returns the headers at all heights from `from` to `to`, both included, by increasing height: the last is trusted as
    /// [`Ledger::ancestor`] says, and each other one because the header above it names its hash as that of its parent. That
    /// holds as well where the provider has pruned their blocks.
    ///
    /// Pages are asked for one after the other, the highest first: a lie is found before anything below it is asked for.
    ///
    /// # Errors
    ///
    /// [`Error::History`] and [`Error::AboveHead`] before anybody is asked; after [`Error::Claim`] and [`Error::Answer`] the
    /// provider lied about a header, or left one out, unless the error is transient.
    pub async fn history(&self, from: u32, to: u32) -> Result<Vec<TrustedHeader>, Error> {
        check(from, to, Self::MAX_HISTORY)?;
        let mut headers = vec![self.ancestor(to).await?];
        let mut end = to;
        while end > from {
            let start = end.saturating_sub(PAGE).max(from);
            let page = self.page(start, end).await?;
            follow(&mut headers, &page)?;
            end = start;
        }
        headers.reverse();
        Ok(headers)
    }

    /// Returns the blocks from a height to before another one, at most [`PAGE`] of them: claims.
    async fn page(&self, start: u32, end: u32) -> Result<Vec<Block>, Error> {
        let limit = end.saturating_sub(start);
        let route = Route::Blocks { from: start, limit };
        let page: Blocks = self.ask(&route).await?;
        for (expected, block) in (start..end).zip(&page.blocks) {
            let got = block.header.height;
            if got != expected {
                return Err(AnswerError::OtherHeight { expected, got }.into());
            }
        }
        let got = u32::try_from(page.blocks.len()).unwrap_or(u32::MAX);
        if got < limit && page.next.is_none() {
            // It says that its chain ends there.
            let (head, got) = (self.under.header().height, start.saturating_add(got));
            let got = got.saturating_sub(1);
            return Err(AnswerError::HeadBehind { head, got }.into());
        }
        if got != limit {
            let expected = limit;
            return Err(AnswerError::PageLength { expected, got }.into());
        }
        Ok(page.blocks)
    }
}

/// Takes the headers of a page, each because the one above it names it: `headers` are those above, the lowest last.
fn follow(headers: &mut Vec<TrustedHeader>, page: &[Block]) -> Result<(), Error> {
    for block in page.iter().rev() {
        if let Some(above) = headers.last() {
            headers.push(above.parent(&block.header)?);
        }
    }
    Ok(())
}

pub(super) fn check(from: u32, to: u32, max: u32) -> Result<(), HistoryError> {
    let Some(more) = to.checked_sub(from) else {
        return Err(HistoryError::Reversed { from, to });
    };
    if more >= max {
        let got = u64::from(more).saturating_add(1);
        return Err(HistoryError::TooLong { max, got });
    }
    Ok(())
}

/// How many blocks are asked for at once: as many as a page holds ([`rpp_verifier::MAX_PAGE_BLOCKS`]).
const PAGE: u32 = 64;
