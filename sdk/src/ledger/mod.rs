//! `Ledger`: accounts and operations under a trusted header.

mod history;
mod operation;
mod range;
mod submit;
mod transition;
mod uptime;

use std::sync::Arc;

use rpp_verifier::{
    Ancestor, Block, Digest, Document, KeyAccounts, ProofKey, Route, ServedAccount, TrustedHeader,
    VerifiedAccount, VerifiedSetup,
};

pub use self::history::HistoryError;
pub use self::operation::OperationState;
pub use self::submit::submit;
use crate::error::{AnswerError, Error};
use crate::keys::Keys;
use crate::transport::{Request, Transport};

/// The accounts and operations of a chain up to a header that is trusted, as one provider tells them:
/// what it says is believed where the header shows it, and named as the provider's word where nothing can.
///
/// [`LightClient::ledger`](crate::LightClient::ledger) makes one, which borrows the client. One over a transport
/// of your own is of use as long as the provider has the accounts after the header's block: at least for the next 256 blocks.
///
/// Each question is asked anew and changes nothing, so that its future can be dropped at any time.
#[derive(Debug)]
pub struct Ledger<'a, T> {
    transport: &'a T,
    under: TrustedHeader,
    keys: Keys,
}

/// The accounts of a key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct KeyLedger {
    /// Accounts that the key signs for, each verified.
    pub accounts: Vec<VerifiedAccount>,
    /// Whether these are all, the provider says; otherwise there may be more than were looked at.
    pub is_whole: bool,
}

impl<'a, T: Transport> Ledger<'a, T> {
    /// Returns the ledger under a trusted header, as the provider behind `transport` tells it.
    ///
    /// Proofs are verified by the circuits of this build, unless [`Ledger::listed`] names a setup.
    pub const fn new(transport: &'a T, under: TrustedHeader) -> Self {
        Self {
            transport,
            under,
            keys: Keys::Built,
        }
    }

    /// Takes proofs of those circuits alone that a setup lists for the height of the block.
    #[must_use]
    pub fn listed(mut self, setup: Arc<VerifiedSetup>) -> Self {
        self.keys = Keys::Listed(setup);
        self
    }

    /// Takes proofs under those keys alone that count for a client, as [`LightClient::ledger`](crate::LightClient::ledger) does.
    #[must_use]
    pub fn keyed(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Returns the header that everything is checked under.
    pub const fn under(&self) -> &TrustedHeader {
        &self.under
    }

    /// Returns what is at an account number, after the block of the header: an account, or verifiably
    /// nothing.
    ///
    /// # Errors
    ///
    /// [`Error`]; after [`Error::Claim`] the provider lied.
    pub async fn account(&self, index: u32) -> Result<VerifiedAccount, Error> {
        let height = self.under.header().height;
        let route = Route::Account {
            index,
            height: Some(height),
        };
        let served: ServedAccount = self.ask(&route).await?;
        if served.index != index {
            let (expected, got) = (index, served.index);
            return Err(AnswerError::OtherAccount { expected, got }.into());
        }
        if served.height != height {
            let (expected, got) = (height, served.height);
            return Err(AnswerError::OtherHeight { expected, got }.into());
        }
        Ok(self.under.account(index, &served.opening)?)
    }

    /// Returns the accounts that a key signs for, after the block of the header, in the order of their
    /// numbers: each is verified, and what the provider leaves out nothing shows.
    ///
    /// Anybody can give an account any key, so never take an account for a key's own because it is listed
    /// here. At most `most` numbers are looked at.
    ///
    /// # Errors
    ///
    /// [`Error`].
    pub async fn accounts_of(&self, key_id: &Digest, most: usize) -> Result<KeyLedger, Error> {
        let key_id = *key_id;
        let (mut accounts, mut from, mut left) = (Vec::new(), 0, most);
        loop {
            let page: KeyAccounts = self.ask(&Route::Key { key_id, from }).await?;
            if page.key_id != key_id {
                return Err(AnswerError::OtherKey.into());
            }
            // The lowest number that may come next; none after the highest there is.
            let mut lowest = Some(from);
            for &index in &page.accounts {
                if lowest.is_none_or(|lowest| index < lowest) {
                    return Err(AnswerError::Order.into());
                }
                lowest = index.checked_add(1);
                let Some(less) = left.checked_sub(1) else {
                    let is_whole = false;
                    return Ok(KeyLedger { accounts, is_whole });
                };
                left = less;
                let account = self.account(index).await?;
                // It may have come, or changed its key, after the header's block.
                if account.account().is_some_and(|a| a.key_id == key_id) {
                    accounts.push(account);
                }
            }
            let Some(next) = page.next else {
                let is_whole = true;
                return Ok(KeyLedger { accounts, is_whole });
            };
            if lowest.is_none_or(|lowest| next < lowest) || next == from {
                return Err(AnswerError::Order.into());
            }
            // A page on which nothing is left counts as well, so that the pages end.
            left = left.saturating_sub(usize::from(page.accounts.is_empty()));
            if left == 0 {
                let is_whole = false;
                return Ok(KeyLedger { accounts, is_whole });
            }
            from = next;
        }
    }

    /// Returns the header at a height as a trusted one: this one, its parent, or one that is in its history.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Claim`] if the provider lied, [`Error::AboveHead`] if the height is above this header's.
    pub async fn ancestor(&self, height: u32) -> Result<TrustedHeader, Error> {
        let within = self.under.header().height;
        if height == within {
            return Ok(self.under.clone());
        }
        if height > within {
            let head = within;
            return Err(Error::AboveHead { height, head });
        }
        let block = self.block(height).await?;
        if height.checked_add(1) == Some(within) {
            return Ok(self.under.parent(&block.header)?);
        }
        let route = Route::Ancestor { height, within };
        let ancestor: Ancestor = self.ask(&route).await?;
        if (ancestor.height, ancestor.within) != (height, within) {
            return Err(AnswerError::OtherAncestor { height, within }.into());
        }
        Ok(self.under.ancestor(&block.header, &ancestor.history_path)?)
    }

    /// Returns the ledger as it was after an earlier block, which is trusted as
    /// [`Ledger::ancestor`] says.
    ///
    /// # Errors
    ///
    /// [`Error`], as [`Ledger::ancestor`].
    pub async fn at(&self, height: u32) -> Result<Self, Error> {
        let under = self.ancestor(height).await?;
        Ok(Self {
            transport: self.transport,
            under,
            keys: self.keys.clone(),
        })
    }

    /// Returns a proof that the provider makes for whoever asks, and has it made where it is not there.
    async fn requested(&self, key: ProofKey) -> Result<Vec<u8>, Error> {
        let request = Request::proof(key);
        match self.body(&request).await {
            Err(Error::Problem(problem)) if problem.is_unmade() => {}
            answered => return answered,
        }
        self.body(&Request::prove(key)).await?;
        self.body(&request).await
    }

    /// Returns the block at a height: a claim.
    async fn block(&self, height: u32) -> Result<Block, Error> {
        let block: Block = self.ask(&Route::Block { height }).await?;
        let (expected, got) = (height, block.header.height);
        if got != expected {
            return Err(AnswerError::OtherHeight { expected, got }.into());
        }
        Ok(block)
    }

    async fn ask<D: Document>(&self, route: &Route) -> Result<D, Error> {
        let request = Request::document::<D>(route);
        let body = self.body(&request).await?;
        Ok(D::from_bytes(&body)?)
    }

    async fn body(&self, request: &Request) -> Result<Vec<u8>, Error> {
        let answer = self.transport.send(request).await?;
        Ok(answer.into_body(request)?)
    }
}
