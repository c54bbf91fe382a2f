//! `TrustedChain`: what a client trusts about a chain, and how its head moves.

use super::error::HeaderError;
use super::evidence::SignedHeader;
use crate::chain::{
    Certificate, ChainParams, Header, HeaderHash, HistoryPath, SetOpening, is_ancestor,
};
use crate::circuit::consensus::{Consensus, ConsensusStatement, StatementError};
use crate::hash::Digest;
use crate::limits::{MAX_CLOCK_DRIFT_MS, MAX_VALIDATORS};
use crate::stark::{Key, Verified};

/// The circuit whose proofs move a head.
pub type HeadCircuit = Consensus;
/// What has to be proven about a header before a head moves to it.
pub type HeadStatement = ConsensusStatement;

/// A header offered by a host, with everything that the header rules need.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Candidate {
    /// The header.
    pub header: Header,
    /// Its parent.
    pub parent: Header,
    /// Path of the parent, at `height - 1`, in the header's history.
    pub parent_path: HistoryPath,
    /// Path of the client's last head, at its height, in the header's history.
    pub head_path: HistoryPath,
    /// The claim about who signed the header.
    pub certificate: Certificate,
}

/// The last header that a client accepted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TrustedHead {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: HeaderHash,
    /// Its timestamp, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
}

/// What a client trusts about a chain: its parameters, its head, and the set that signs next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedChain {
    params: ChainParams,
    head: TrustedHead,
    epoch: u32,
    set_root: Digest,
}

/// A candidate that passes every header rule; its statement still has to be proven.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CheckedCandidate {
    statement: HeadStatement,
    /// What it was checked against; comparing only the head would miss other parameters.
    base: TrustedChain,
    next: TrustedChain,
}

impl CheckedCandidate {
    /// Returns the statement that has to be proven, computed from the headers.
    #[must_use]
    pub const fn statement(&self) -> &HeadStatement {
        &self.statement
    }
}

impl TrustedChain {
    /// Starts at a header that the caller trusts by its hash: the genesis or a checkpoint.
    ///
    /// # Errors
    ///
    /// [`HeaderError::TrustedHash`] if `header` does not have this hash; then rules H1, H2 and H9;
    /// at height 0 also [`HeaderError::Genesis`].
    pub fn new(
        params: ChainParams,
        header: &Header,
        trusted_hash: &HeaderHash,
    ) -> Result<Self, HeaderError> {
        if header.hash() != *trusted_hash {
            return Err(HeaderError::TrustedHash);
        }
        check_chain(&params, header)?;
        check_next_set(&params, header)?;
        if header.height == 0 {
            params.check_genesis(header, trusted_hash)?;
        }
        Ok(Self::at(params, header))
    }

    /// Returns the parameters of the chain.
    #[must_use]
    pub const fn params(&self) -> &ChainParams {
        &self.params
    }

    /// Returns the last accepted header.
    #[must_use]
    pub const fn head(&self) -> &TrustedHead {
        &self.head
    }

    /// Returns the epoch whose set is trusted: that of the next header.
    #[must_use]
    pub const fn epoch(&self) -> u32 {
        self.epoch
    }

    /// Returns the last height of [`TrustedChain::epoch`], whose header names the next set.
    #[must_use]
    pub const fn epoch_end(&self) -> u32 {
        self.params.epoch_end(self.epoch)
    }

    /// Returns the root of the set that signs the heights of [`TrustedChain::epoch`].
    #[must_use]
    pub const fn set_root(&self) -> &Digest {
        &self.set_root
    }

    /// Checks the header rules H1 to H17 for `candidate`, and returns what remains to be proven.
    ///
    /// `now_ms` is the caller's clock, in milliseconds since the Unix epoch. None of these rules
    /// involves the proof: do not trust `candidate` until its statement is proven.
    ///
    /// # Errors
    ///
    /// The first rule that `candidate` breaks, in numerical order.
    pub fn check(
        &self,
        candidate: &Candidate,
        now_ms: u64,
    ) -> Result<CheckedCandidate, HeaderError> {
        self.check_offer(candidate, now_ms)?;
        self.check_head_path(candidate)?;
        check_power(&candidate.certificate)?;
        let header = &candidate.header;
        let statement = statement(header, &candidate.parent, &candidate.certificate)?;
        Ok(CheckedCandidate {
            statement,
            base: self.clone(),
            next: Self::at(self.params, header),
        })
    }

    /// Checks the header rules H1 to H15, all that come before the head's path is looked at: so that
    /// nothing more is fetched about a candidate that breaks one of them. [`TrustedChain::check`]
    /// checks them again.
    ///
    /// # Errors
    ///
    /// The first rule that `candidate` breaks, in the order of their numbers.
    pub fn check_offer(&self, candidate: &Candidate, now_ms: u64) -> Result<(), HeaderError> {
        let header = &candidate.header;
        check_chain(&self.params, header)?;
        self.check_ahead(header)?;
        self.check_epoch(header)?;
        self.check_trusted_set(header)?;
        check_members(header, &candidate.certificate.set)?;
        check_next_set(&self.params, header)?;
        check_parent(header, &candidate.parent)?;
        check_clock(header, now_ms)?;
        check_parent_path(header, &candidate.parent, &candidate.parent_path)
    }

    /// Goes on from a header that was accepted before and has been in a store since, where anybody may
    /// have changed it; `self` is what is trusted about the checkpoint. Returns what is trusted if the
    /// statement about it, which is returned as well, is proven.
    ///
    /// Every rule is checked that looks neither at the head before it, which is not stored, nor at a
    /// clock: H1 to H3, H6 to H13, H17, in the checkpoint's own epoch H5, and for the checkpoint's child
    /// H16. That the set of a later epoch was reached from the checkpoint cannot be checked.
    ///
    /// # Errors
    ///
    /// The first rule that the header breaks, in numerical order.
    pub fn resume(
        &self,
        header: &Header,
        parent: &Header,
        certificate: &Certificate,
    ) -> Result<(Self, HeadStatement), HeaderError> {
        check_chain(&self.params, header)?;
        self.check_ahead(header)?;
        if self.params.epoch(header.height) == self.epoch {
            self.check_trusted_set(header)?;
        }
        check_members(header, &certificate.set)?;
        check_next_set(&self.params, header)?;
        check_parent(header, parent)?;
        if parent.height == self.head.height && parent.hash() != self.head.hash {
            return Err(HeaderError::HeadNotInHistory);
        }
        check_power(certificate)?;
        let statement = statement(header, parent, certificate)?;
        Ok((Self::at(self.params, header), statement))
    }

    /// Checks a header on another branch than this head, whose header is `head`: H1, H2 and H6 to H15 but for
    /// the clock's, H17, and that it is for the set that signed the head or, above it, the next (H3 to H5).
    /// Returns what is trusted there, and what has to be proven.
    #[inline]
    pub(super) fn branch(
        &self,
        head: &Header,
        other: &SignedHeader,
        parent_path: &HistoryPath,
    ) -> Result<(Self, HeadStatement), HeaderError> {
        let SignedHeader {
            header,
            parent,
            certificate,
            ..
        } = other;
        check_chain(&self.params, header)?;
        if header.height != head.height {
            self.check_ahead(header)?;
            self.check_epoch(header)?;
            self.check_trusted_set(header)?;
        } else if header.validator_set_root != head.validator_set_root {
            return Err(HeaderError::Set);
        }
        check_members(header, &certificate.set)?;
        check_next_set(&self.params, header)?;
        check_parent(header, parent)?;
        check_parent_path(header, parent, parent_path)?;
        check_power(certificate)?;
        let statement = statement(header, parent, certificate)?;
        Ok((Self::at(self.params, header), statement))
    }

    /// Moves the head to `checked`, whose statement `verified` proves.
    ///
    /// # Errors
    ///
    /// [`HeaderError::NotProven`] if `verified` is for another statement, or under another key than
    /// that of the circuit for this chain;
    /// [`HeaderError::HeadMoved`] if `checked` was checked against another head or other
    /// parameters. Otherwise the lower of two candidates for one head could move it back, and a
    /// candidate could bring its own epoch length.
    pub fn accept(
        &mut self,
        checked: CheckedCandidate,
        verified: &Verified<HeadCircuit>,
    ) -> Result<(), HeaderError> {
        // A key with weaker parameters makes verified statements as well.
        let key = Key::of::<HeadCircuit>(self.params.chain_id());
        let is_proven = *verified.statement() == checked.statement;
        if !is_proven || *verified.key_digest() != key.digest() {
            return Err(HeaderError::NotProven);
        }
        self.advance(checked)
    }

    /// Moves the head to `checked`; only for [`TrustedChain::accept`] and tests.
    pub(super) fn advance(&mut self, checked: CheckedCandidate) -> Result<(), HeaderError> {
        if checked.base != *self {
            let (expected, got) = (checked.base.head.height, self.head.height);
            return Err(HeaderError::HeadMoved { expected, got });
        }
        *self = checked.next;
        Ok(())
    }

    /// Returns what is trusted once `header` is; after the end of an epoch, that is the next set.
    fn at(params: ChainParams, header: &Header) -> Self {
        let head = TrustedHead {
            height: header.height,
            hash: header.hash(),
            timestamp_ms: header.timestamp_ms,
        };
        // Nothing comes after height 2^32 - 1, so its epoch does not matter.
        let epoch = params.epoch(header.height.saturating_add(1));
        let set_root = header.next_validator_set_root;
        Self {
            params,
            head,
            epoch,
            set_root,
        }
    }

    /// H3.
    const fn check_ahead(&self, header: &Header) -> Result<(), HeaderError> {
        let (head, got) = (self.head.height, header.height);
        if got <= head {
            return Err(HeaderError::NotAhead { head, got });
        }
        Ok(())
    }

    /// H4.
    const fn check_epoch(&self, header: &Header) -> Result<(), HeaderError> {
        let (expected, got) = (self.epoch, self.params.epoch(header.height));
        if got != expected {
            return Err(HeaderError::Epoch { expected, got });
        }
        Ok(())
    }

    /// H5.
    fn check_trusted_set(&self, header: &Header) -> Result<(), HeaderError> {
        if header.validator_set_root == self.set_root {
            return Ok(());
        }
        Err(HeaderError::Set)
    }

    /// H16.
    fn check_head_path(&self, candidate: &Candidate) -> Result<(), HeaderError> {
        let (head, header) = (&self.head, &candidate.header);
        if is_in_history(&head.hash, head.height, &candidate.head_path, header) {
            return Ok(());
        }
        Err(HeaderError::HeadNotInHistory)
    }
}

/// H1 and H2.
const fn check_chain(params: &ChainParams, header: &Header) -> Result<(), HeaderError> {
    let (expected, got) = (Header::VERSION, header.version);
    if got != expected {
        return Err(HeaderError::Version { expected, got });
    }
    let (expected, got) = (params.chain_id(), header.chain_id);
    if got != expected {
        return Err(HeaderError::ChainId { expected, got });
    }
    Ok(())
}

/// H6 to H8.
fn check_members(header: &Header, set: &SetOpening) -> Result<(), HeaderError> {
    if set.set_root() != header.validator_set_root {
        return Err(HeaderError::SetOpening);
    }
    let small = usize::try_from(set.n).is_ok_and(|n| n <= MAX_VALIDATORS);
    let expected = header.slot.checked_rem(set.n).filter(|_| small);
    let got = header.proposer;
    match expected {
        None => Err(HeaderError::SetSize { got: set.n }),
        Some(expected) if expected != got => Err(HeaderError::Proposer { expected, got }),
        Some(_) => Ok(()),
    }
}

/// The statement about a header that keeps H6 and H10, without which there is none.
fn statement(
    header: &Header,
    parent: &Header,
    certificate: &Certificate,
) -> Result<HeadStatement, HeaderError> {
    HeadStatement::new(header, parent, certificate).map_err(|error| match error {
        StatementError::SetOpening => HeaderError::SetOpening,
        StatementError::ParentHash => HeaderError::ParentHash,
    })
}

/// H9.
fn check_next_set(params: &ChainParams, header: &Header) -> Result<(), HeaderError> {
    let repeats = header.next_validator_set_root == header.validator_set_root;
    if repeats || params.ends_epoch(header.height) {
        return Ok(());
    }
    Err(HeaderError::NextSet)
}

/// H10 to H13.
fn check_parent(header: &Header, parent: &Header) -> Result<(), HeaderError> {
    if parent.hash().0 != header.parent_hash {
        return Err(HeaderError::ParentHash);
    }
    let (parent_height, got) = (parent.height, header.height);
    if parent_height.checked_add(1) != Some(got) {
        return Err(HeaderError::ParentHeight {
            parent: parent_height,
            got,
        });
    }
    if parent.slot >= header.slot {
        let (parent, got) = (parent.slot, header.slot);
        return Err(HeaderError::ParentSlot { parent, got });
    }
    if parent.timestamp_ms >= header.timestamp_ms {
        let (parent, got) = (parent.timestamp_ms, header.timestamp_ms);
        return Err(HeaderError::ParentTimestamp { parent, got });
    }
    Ok(())
}

/// H14.
const fn check_clock(header: &Header, now_ms: u64) -> Result<(), HeaderError> {
    let (max, got) = (
        now_ms.saturating_add(MAX_CLOCK_DRIFT_MS),
        header.timestamp_ms,
    );
    if got > max {
        return Err(HeaderError::Future { max, got });
    }
    Ok(())
}

/// H15.
fn check_parent_path(
    header: &Header,
    parent: &Header,
    path: &HistoryPath,
) -> Result<(), HeaderError> {
    if is_in_history(&parent.hash(), parent.height, path, header) {
        return Ok(());
    }
    Err(HeaderError::ParentNotInHistory)
}

fn is_in_history(hash: &HeaderHash, height: u32, path: &HistoryPath, header: &Header) -> bool {
    is_ancestor(hash, height, path, header.height, &header.history_root)
}

/// H17. Products of a `u32` by three fit a `u64`.
fn check_power(certificate: &Certificate) -> Result<(), HeaderError> {
    let (signed, total) = (certificate.signed_power, certificate.set.total_power);
    let signed_thirds = u64::from(signed).saturating_mul(3);
    if signed_thirds > u64::from(total).saturating_mul(2) {
        return Ok(());
    }
    Err(HeaderError::SignedPower { signed, total })
}
