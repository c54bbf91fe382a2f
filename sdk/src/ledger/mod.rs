//! `Ledger`: accounts and operations under a trusted header.

mod operation;
mod submit;
mod transition;

use rpp_verifier::{
    Ancestor, Block, ClaimError, Digest, Document, KeyAccounts, Route, ServedAccount,
    TrustedHeader, VerifiedAccount,
};

pub use self::operation::OperationState;
pub(crate) use self::submit::submit;
use crate::error::{AnswerError, Error};
use crate::transport::{Request, Transport};

/// The accounts and operations of a chain up to a header that is trusted, as one provider tells them:
/// what it says is believed where the header shows it, and named as the provider's word where nothing can.
///
/// It is made by [`LightClient::ledger`](crate::LightClient::ledger), and stays of use when the client's head
/// moves on; a provider has the accounts of at least the last 256 blocks.
///
/// Each question is asked anew and changes nothing, so that its future can be dropped at any time.
#[derive(Debug)]
pub struct Ledger<'a, T> {
    transport: &'a T,
    under: TrustedHeader,
}

impl<'a, T: Transport> Ledger<'a, T> {
    /// Returns the ledger under a trusted header, as the provider behind `transport` tells it.
    pub const fn new(transport: &'a T, under: TrustedHeader) -> Self {
        Self { transport, under }
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
    /// numbers. Each is verified; that there are no more is the provider's word.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Answer`] if the provider names more than `most`: a key is in use for one account,
    /// and who registers others for it can make a reader ask for each of them.
    pub async fn accounts_of(
        &self,
        key_id: &Digest,
        most: usize,
    ) -> Result<Vec<VerifiedAccount>, Error> {
        let mut accounts = Vec::new();
        let mut from = 0;
        let mut named = 0_usize;
        loop {
            let key_id = *key_id;
            let page: KeyAccounts = self.ask(&Route::Key { key_id, from }).await?;
            if page.key_id != key_id {
                return Err(AnswerError::OtherKey.into());
            }
            for &index in &page.accounts {
                named = named.saturating_add(1);
                if index < from {
                    return Err(AnswerError::Order.into());
                }
                if named > most {
                    return Err(AnswerError::TooManyAccounts { most }.into());
                }
                from = index.saturating_add(1);
                let account = self.account(index).await?;
                // It may have come, or changed its key, after the header's block.
                if account.account().is_some_and(|a| a.key_id == key_id) {
                    accounts.push(account);
                }
            }
            match page.next {
                None => return Ok(accounts),
                // What lists nothing has nothing left, and a page goes on where the last one ended.
                Some(next) if next < from || page.accounts.is_empty() => {
                    return Err(AnswerError::Order.into());
                }
                Some(next) => from = next,
            }
        }
    }

    /// Returns the header at a height as a trusted one: this one, its parent, or one that is in its history.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Claim`] if the height is above this header's, or the provider lied.
    pub async fn header_at(&self, height: u32) -> Result<TrustedHeader, Error> {
        let within = self.under.header().height;
        if height == within {
            return Ok(self.under.clone());
        }
        if height > within {
            return Err(ClaimError::NotAncestor { height }.into());
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
    /// [`Ledger::header_at`] says.
    ///
    /// # Errors
    ///
    /// [`Error`], as [`Ledger::header_at`].
    pub async fn at(&self, height: u32) -> Result<Self, Error> {
        let under = self.header_at(height).await?;
        Ok(Self::new(self.transport, under))
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
