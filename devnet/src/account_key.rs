//! `AccountKey`: the key of an account that a devnet starts with.

use rand::Rng;
use rpp_verifier::{Account, KeyPurpose, SecretKey, SignError};
use zeroize::Zeroizing;

use crate::database::StoredAccount;

/// An account that a devnet starts with, and its key, which has signed nothing.
#[derive(Debug)]
pub(crate) struct AccountKey {
    number: u32,
    balance: u64,
    secret: SecretKey,
}

impl AccountKey {
    /// Draws a key of 2^`height` leaves for the account `number`; `progress` is told how many of them are
    /// done.
    ///
    /// # Errors
    ///
    /// [`SignError::TreeHeight`].
    pub(crate) fn draw(
        chain_id: u32,
        (number, balance): (u32, u64),
        height: u32,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Self, SignError> {
        let mut seed = Zeroizing::new([0; 32]);
        rand::rng().fill_bytes(&mut *seed);
        let secret = SecretKey::generate(*seed, KeyPurpose::Account, chain_id, height, progress)?;
        Ok(Self {
            number,
            balance,
            secret,
        })
    }

    /// Returns number and account.
    pub(crate) fn account(&self) -> (u32, Account) {
        let account = Account {
            key_id: self.secret.key_id(),
            balance: self.balance,
            nonce: 0,
            key_offset: 0,
        };
        (self.number, account)
    }

    /// Returns account and key in the form to save.
    pub(crate) fn to_stored(&self) -> StoredAccount {
        let (number, account) = self.account();
        StoredAccount {
            number,
            account,
            tree: self.secret.tree_to_bytes(),
            state: self.secret.state_to_bytes(),
        }
    }
}
