//! `PruningWitness`: what a pruning proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use super::{PruningStatement, PruningStatementError};
use crate::chain::{Header, HeaderHash, HistoryPath, fold_block, history_root};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::{Digest, compress, fold_path};
use crate::limits::{HISTORY_DEPTH, MAX_PRUNED, MAX_WITNESS_BYTES};
use crate::stark::{Statement as _, Witness, WitnessFault};

/// The headers of a range, and where their subtree is in the history tree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PruningWitness {
    /// The statement to prove.
    pub statement: PruningStatement,
    /// The headers, in their order.
    pub headers: Vec<Header>,
    /// The siblings from the subtree of the headers up to the root.
    pub siblings: Vec<Digest>,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PruningWitnessError {
    /// The statement is false by itself.
    #[error("{0}")]
    Statement(&'static str, &'static str),
    /// There are more or fewer headers than the range has, or more or fewer siblings.
    #[error("the witness does not have the headers and siblings of its range")]
    Length,
    /// A header is of another chain, version or height than its place says.
    #[error("the header at {height} is of another chain, version or height")]
    Place {
        /// The height of its place.
        height: u32,
    },
    /// A header does not follow the one before it, or is not the statement's first or last.
    #[error("the header at {height} is not the one that belongs there")]
    Link {
        /// Its height.
        height: u32,
    },
    /// The siblings do not lead to the history before.
    #[error("the siblings lead to another history before the range")]
    Before,
    /// The headers lead to another history after them.
    #[error("the headers lead to another history after the range")]
    After,
    /// The operations' roots lead to another fold.
    #[error("the operations' roots lead to another fold")]
    Fold,
}

impl PruningWitnessError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Statement(code, _) => code,
            Self::Length => "witness-length",
            Self::Place { .. } => "witness-place",
            Self::Link { .. } => "witness-link",
            Self::Before => "witness-before",
            Self::After => "witness-after",
            Self::Fold => "witness-fold",
        }
    }
}

impl PruningWitness {
    const FORMAT: Format = Format {
        what: "pruning witness",
        magic: *b"RPPM",
        version: 1,
        max_bytes: MAX_WITNESS_BYTES,
    };

    /// Returns the witness for the headers before `end`, the first of which has the `path` in the history of `end`, after a fold.
    ///
    /// # Errors
    ///
    /// [`PruningStatementError`]; without a header, as of no range.
    pub fn new(
        headers: Vec<Header>,
        end: &Header,
        path: &HistoryPath,
        fold_before: Digest,
    ) -> Result<Self, PruningStatementError> {
        let start = headers.first().ok_or(PruningStatementError::Range)?;
        // Before anything is hashed.
        if !PruningStatement::is_range(start.height, end.height) {
            return Err(PruningStatementError::Range);
        }
        let fold_after = fold(&fold_before, &headers);
        let statement = PruningStatement::new(start, end, [fold_before, fold_after])?;
        let level = statement
            .level()
            .and_then(|level| usize::try_from(level).ok());
        let siblings = path.0.iter().skip(level.unwrap_or(HISTORY_DEPTH));
        Ok(Self {
            statement,
            siblings: siblings.copied().collect(),
            headers,
        })
    }

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), PruningWitnessError> {
        let statement = &self.statement;
        let checked = statement.check();
        checked.map_err(|fault| PruningWitnessError::Statement(fault.code, fault.message))?;
        let level = statement.level().unwrap_or_default();
        let siblings = u32::try_from(self.siblings.len()).ok();
        let has_headers = self.headers.len() == 1 << level;
        if !has_headers || siblings.is_none_or(|siblings| siblings + level != 32) {
            return Err(PruningWitnessError::Length);
        }
        self.check_headers()?;
        let place = statement
            .start_height
            .checked_shr(level)
            .unwrap_or_default();
        let root = |node, count| history_root(count, &fold_path(node, place, &self.siblings));
        if root(statement.vacant(), statement.start_height) != statement.start_history {
            return Err(PruningWitnessError::Before);
        }
        let hashes = self.headers.iter().map(|header| header.hash().0);
        if root(subtree(hashes.collect()), statement.end_height) != statement.end_history {
            return Err(PruningWitnessError::After);
        }
        if fold(&statement.fold_before, &self.headers) != statement.fold_after {
            return Err(PruningWitnessError::Fold);
        }
        Ok(())
    }

    fn check_headers(&self) -> Result<(), PruningWitnessError> {
        let statement = &self.statement;
        let mut before: Option<HeaderHash> = None;
        for (height, header) in (statement.start_height..).zip(&self.headers) {
            let place = (header.version, header.chain_id, header.height);
            if place != (Header::VERSION, statement.chain_id, height) {
                return Err(PruningWitnessError::Place { height });
            }
            let hash = header.hash();
            let follows = match before {
                Some(before) => before.0 == header.parent_hash,
                None => hash == statement.start_hash,
            };
            if !follows {
                return Err(PruningWitnessError::Link { height });
            }
            before = Some(hash);
        }
        if before != Some(statement.last_hash) {
            let height = statement.end_height.wrapping_sub(1);
            return Err(PruningWitnessError::Link { height });
        }
        Ok(())
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let statement = PruningStatement {
            chain_id: r.u32("chain_id")?,
            start_height: r.u32("start_height")?,
            start_hash: HeaderHash(r.digest("start_hash")?),
            start_history: r.digest("start_history")?,
            end_height: r.u32("end_height")?,
            last_hash: HeaderHash(r.digest("last_hash")?),
            end_history: r.digest("end_history")?,
            fold_before: r.digest("fold_before")?,
            fold_after: r.digest("fold_after")?,
        };
        let count = r.u32_in(0, MAX_PRUNED, "headers")?;
        let headers = (0..count).map(|_| Header::read(&mut r));
        let headers = headers.collect::<Result<_, DecodeError>>()?;
        let count = r.u32_in(0, 32, "siblings")?;
        let siblings = (0..count).map(|_| r.digest("sibling"));
        let siblings = siblings.collect::<Result<_, DecodeError>>()?;
        r.finish()?;
        Ok(Self {
            statement,
            headers,
            siblings,
        })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let statement = &self.statement;
        let mut w = Writer::open(&Self::FORMAT, 0);
        w.u32(statement.chain_id);
        w.u32(statement.start_height);
        w.digest(&statement.start_hash.0);
        w.digest(&statement.start_history);
        w.u32(statement.end_height);
        w.digest(&statement.last_hash.0);
        w.digest(&statement.end_history);
        w.digest(&statement.fold_before);
        w.digest(&statement.fold_after);
        w.u32(u32::try_from(self.headers.len()).unwrap_or(u32::MAX));
        for header in &self.headers {
            header.write(&mut w);
        }
        w.u32(u32::try_from(self.siblings.len()).unwrap_or(u32::MAX));
        for sibling in &self.siblings {
            w.digest(sibling);
        }
        w.finish()
    }
}

/// Returns the fold after the headers.
fn fold(before: &Digest, headers: &[Header]) -> Digest {
    headers.iter().fold(*before, |fold, header| {
        fold_block(&fold, header.height, &header.tx_root)
    })
}

/// Returns the node over a power of two of nodes.
fn subtree(mut nodes: Vec<Digest>) -> Digest {
    while nodes.len() > 1 {
        nodes = nodes
            .chunks(2)
            .map(|pair| compress(&pair[0], &pair[pair.len() - 1]))
            .collect();
    }
    nodes.first().copied().unwrap_or_default()
}

impl Witness for PruningWitness {
    type Statement = PruningStatement;

    fn statement(&self) -> &PruningStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
