//! `TrustedHeader`: a header that this process trusts, and what can be believed because of it.

use core::num::NonZeroU32;

use super::claim::{
    ClaimError, VerifiedAccount, VerifiedInclusion, VerifiedTransition, VerifiedUptime,
};
use super::{TransitionCircuit, TransitionStatement, TrustedChain, UptimeCircuit};
use crate::chain::{
    ChainParams, Header, HeaderHash, HistoryPath, SetOpening, SetPath, Validator, is_ancestor,
};
use crate::circuit::uptime::{UptimeClaim, UptimeStatement, UptimeStatementError};
use crate::hash::Digest;
use crate::ledger::{Opening, OperationHash, TxPath};
use crate::stark::{Key, Verified};

/// A header that this process trusts: the head of a [`TrustedChain`], or one of those before it. Only
/// these methods make one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TrustedHeader {
    header: Header,
    hash: HeaderHash,
    params: ChainParams,
}

impl TrustedChain {
    /// Returns `header` as a trusted one, if it is the head, and has a proof of its own or was given.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotHead`].
    pub fn trusted(&self, header: &Header) -> Result<TrustedHeader, ClaimError> {
        let hash = header.hash();
        if self.is_between() || hash != self.head().hash {
            return Err(ClaimError::NotHead);
        }
        Ok(TrustedHeader {
            header: header.clone(),
            hash,
            params: *self.params(),
        })
    }
}

impl TrustedHeader {
    /// Returns the header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Returns its hash.
    #[must_use]
    pub const fn hash(&self) -> &HeaderHash {
        &self.hash
    }

    /// Returns the parameters of its chain.
    #[must_use]
    pub const fn params(&self) -> &ChainParams {
        &self.params
    }

    /// Returns another header of the chain, which is trusted because this one is.
    pub(super) fn also(&self, header: &Header, hash: HeaderHash) -> Self {
        Self {
            header: header.clone(),
            hash,
            params: self.params,
        }
    }

    /// Returns `header` as a trusted one, if `path` shows that it is in this header's history.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotAncestor`].
    pub fn ancestor(&self, header: &Header, path: &HistoryPath) -> Result<Self, ClaimError> {
        let (hash, height) = (header.hash(), header.height);
        let Header {
            height: count,
            history_root: root,
            ..
        } = &self.header;
        if !is_ancestor(&hash, height, path, *count, root) {
            return Err(ClaimError::NotAncestor { height });
        }
        Ok(self.also(header, hash))
    }

    /// Returns `header` as a trusted one, if this header names it as its parent.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotParent`].
    pub fn parent(&self, header: &Header) -> Result<Self, ClaimError> {
        let hash = header.hash();
        // A genesis has the hash of its parameters there, which no header hashes to.
        if hash.0 != self.header.parent_hash {
            return Err(ClaimError::NotParent);
        }
        Ok(self.also(header, hash))
    }

    /// Returns what is at `index` in the accounts after this header's block, if `opening` shows it.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Account`].
    pub fn account(&self, index: u32, opening: &Opening) -> Result<VerifiedAccount, ClaimError> {
        if opening.root(index) != self.header.state_root {
            let height = self.header.height;
            return Err(ClaimError::Account { index, height });
        }
        let account = opening.account;
        Ok(VerifiedAccount::new(self, index, account))
    }

    /// Returns that an operation is in this header's block, if `path` shows that it is at `position` of the
    /// `count` there.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Inclusion`].
    pub fn inclusion(
        &self,
        operation: OperationHash,
        position: u32,
        count: u32,
        path: &TxPath,
    ) -> Result<VerifiedInclusion, ClaimError> {
        if !operation.is_in_block(position, path, count, &self.header.tx_root) {
            let height = self.header.height;
            return Err(ClaimError::Inclusion { position, height });
        }
        Ok(VerifiedInclusion::new(self, operation, position))
    }

    /// Returns what has to be proven about the operations of this header's block, computed from the header,
    /// its parent, and its proposer: `validator`, with its path in the set that `set` opens.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Statement`].
    pub fn transition_statement(
        &self,
        parent: &Header,
        set: &SetOpening,
        validator: &Validator,
        path: &SetPath,
    ) -> Result<TransitionStatement, ClaimError> {
        let statement = TransitionStatement::new(&self.header, parent, set, validator, path);
        Ok(statement?)
    }

    /// Returns that the operations of this header's block lead from the accounts of its parent to its own,
    /// if `verified` proves that.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Statement`]; [`ClaimError::NotProven`] if `verified` is for another statement, or
    /// under another key than that of the circuit for this chain.
    pub fn transition(
        &self,
        parent: &Header,
        set: &SetOpening,
        validator: &Validator,
        path: &SetPath,
        verified: &Verified<TransitionCircuit>,
    ) -> Result<VerifiedTransition, ClaimError> {
        let statement = self.transition_statement(parent, set, validator, path)?;
        let key = Key::of::<TransitionCircuit>(self.header.chain_id);
        // A key with weaker parameters makes verified statements as well.
        let is_proven = *verified.statement() == statement;
        if !is_proven || *verified.key_digest() != key.digest() {
            return Err(ClaimError::NotProven);
        }
        Ok(VerifiedTransition::new(self, verified.clone()))
    }

    /// Returns what has to be proven about a validator's votes for the headers before this one, as far as they are
    /// of one epoch; computed from this header, where nothing else is claimed: which set signs those headers, the key
    /// of the member at `validator`, and for how many of them it has voted.
    ///
    /// A block's votes are in the header after it: under the first header of an epoch, these are all of the epoch before.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Uptime`].
    pub fn uptime_statement(
        &self,
        validator: u32,
        validator_set_root: &Digest,
        key_id: &Digest,
        signed: u32,
    ) -> Result<UptimeStatement, ClaimError> {
        let epoch = self.params.epoch(self.header.height.saturating_sub(1));
        let (first, _) = self.params.voted(epoch).unwrap_or_default();
        let claim = UptimeClaim {
            first,
            validator_set_root: *validator_set_root,
            index: validator,
            key_id: *key_id,
            signed,
        };
        let epoch_length = NonZeroU32::new(self.params.epoch_length());
        let epoch_length = epoch_length.ok_or(UptimeStatementError::Epoch)?;
        Ok(UptimeStatement::new(&self.header, epoch_length, &claim)?)
    }

    /// Returns how often a validator has voted for the headers before this one, as far as they are of one epoch, if
    /// `verified` proves that.
    ///
    /// # Errors
    ///
    /// [`ClaimError::Uptime`]; [`ClaimError::NotProven`] if `verified` is for another statement than
    /// [`TrustedHeader::uptime_statement`] makes, or under another key than that of the circuit for this chain.
    pub fn uptime(&self, verified: &Verified<UptimeCircuit>) -> Result<VerifiedUptime, ClaimError> {
        let proven = verified.statement();
        let (set, key_id) = (&proven.validator_set_root, &proven.key_id);
        let statement = self.uptime_statement(proven.index, set, key_id, proven.signed)?;
        let key = Key::of::<UptimeCircuit>(self.header.chain_id);
        if *proven != statement || *verified.key_digest() != key.digest() {
            return Err(ClaimError::NotProven);
        }
        let epoch = self.params.epoch(statement.last);
        Ok(VerifiedUptime::new(self, epoch, verified.clone()))
    }
}
