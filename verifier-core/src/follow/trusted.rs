//! `TrustedChain`: what a client trusts about a chain, and how its head moves.

use super::error::HeaderError;
use super::evidence::SignedHeader;
use super::rules::{
    check_chain, check_clock, check_members, check_next_set, check_parent, check_parent_path,
    check_power, is_in_history,
};
use crate::chain::{Certificate, ChainParams, Header, HeaderHash, HistoryPath};
use crate::circuit::consensus::{Consensus, ConsensusStatement, StatementError};
use crate::hash::Digest;
use crate::stark::{Circuit, Key, Verified};

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
    is_between: bool,
}

/// A header that passes every header rule, and to which trust moves once its statement is proven.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CheckedMove<S> {
    statement: S,
    /// What it was checked against; comparing only the head would miss other parameters.
    base: TrustedChain,
    next: TrustedChain,
}

/// A candidate that passes every header rule; its statement still has to be proven.
pub type CheckedCandidate = CheckedMove<HeadStatement>;

impl<S> CheckedMove<S> {
    pub(super) fn new(statement: S, base: &TrustedChain, next: TrustedChain) -> Self {
        let base = base.clone();
        Self {
            statement,
            base,
            next,
        }
    }

    /// Returns the statement that has to be proven, computed from the headers.
    #[must_use]
    pub const fn statement(&self) -> &S {
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

    /// Returns the last accepted header, which the next one has to have in its history.
    #[must_use]
    pub const fn head(&self) -> &TrustedHead {
        &self.head
    }

    /// Returns whether the head is the last header of a span: signed, but without a proof of its own. Nothing is believed under it, and it is
    /// neither shown nor stored.
    #[must_use]
    pub const fn is_between(&self) -> bool {
        self.is_between
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
        let next = Self::at(self.params, header);
        Ok(CheckedMove::new(statement, self, next))
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
        self.take(checked, verified)
    }

    /// Moves to `checked`, if `verified` is its statement, proven under the key of the circuit.
    pub(super) fn take<C: Circuit>(
        &mut self,
        checked: CheckedMove<C::Statement>,
        verified: &Verified<C>,
    ) -> Result<(), HeaderError>
    where
        C::Statement: PartialEq,
    {
        // A key with weaker parameters makes verified statements as well.
        let key = Key::of::<C>(self.params.chain_id());
        let is_proven = *verified.statement() == checked.statement;
        if !is_proven || *verified.key_digest() != key.digest() {
            return Err(HeaderError::NotProven);
        }
        self.advance(checked)
    }

    /// Moves to `checked`; only for [`TrustedChain::take`] and tests.
    pub(super) fn advance<S>(&mut self, checked: CheckedMove<S>) -> Result<(), HeaderError> {
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
            is_between: false,
        }
    }

    /// Returns what is trusted once the last header of a span is.
    pub(super) fn at_span_end(&self, header: &Header) -> Self {
        Self {
            is_between: true,
            ..Self::at(self.params, header)
        }
    }

    /// H3.
    pub(super) const fn check_ahead(&self, header: &Header) -> Result<(), HeaderError> {
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
