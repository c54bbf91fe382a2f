//! How a signer comes to its key: a new one, one from words, one from a copy, or the one in a store.

use rpp_key_file::{Lock, Passphrase, Random};

use super::super::account_key::{AccountKey, RestoredKey};
use super::super::contents::{Claim, Contents};
use super::super::leaves::Standing;
use super::super::record::FORMAT;
use super::super::signer_store::SignerStore;
use super::Signer;
use super::error::SignerError;
use super::journal::Journal;

impl<S: SignerStore, R: Random> Signer<S, R> {
    /// Puts a new key into an empty store, locked with `passphrase`. This takes as long as trying a
    /// passphrase does, like every call that takes one.
    ///
    /// # Errors
    ///
    /// [`SignerError::Exists`] if the store has a key, which stays; or why it cannot be written.
    pub async fn create(
        store: S,
        random: R,
        key: AccountKey,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let contents = Contents::new(key.into_secret(), Standing::Whole, Claim::None);
        Self::put(store, random, contents, passphrase).await
    }

    /// Puts a key into an empty store that was made again from its words. It can do one thing: give its
    /// account a new key ([`Signer::rekey`]), once the account was shown to it.
    ///
    /// `account` is the number that its owner wrote down with the words. Never look it up by the key: anybody
    /// can give an account any key, and the account that is changed would be another one.
    ///
    /// It signs at the last quarter of the leaves, where no key signs that was never restored: another copy that
    /// is used on does no harm. Of two that were restored from the same words, one has to be enough: each draws its
    /// leaf, and two draws are rarely the same, but may be.
    ///
    /// # Errors
    ///
    /// As [`Signer::create`].
    pub async fn restore(
        store: S,
        random: R,
        key: RestoredKey,
        account: u32,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let account = Claim::Named(account);
        let contents = Contents::new(key.into_secret(), Standing::Restored, account);
        Self::put(store, random, contents, passphrase).await
    }

    /// Puts a copy of a key file into an empty store. The copy counts as restored, however new it is: the
    /// file that it was copied from may sign as well, and may be used on, as in [`Signer::restore`].
    ///
    /// `account` is the number of its account, as there; a copy that has signed for it knows the number.
    ///
    /// # Errors
    ///
    /// [`SignerError::AccountUnnamed`] if neither the copy nor the caller says which account it is,
    /// [`SignerError::OtherAccount`] if they disagree; as [`Signer::create`], or why the copy cannot be opened.
    pub async fn import(
        store: S,
        random: R,
        copy: &[u8],
        account: Option<u32>,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let record = Lock::open(&FORMAT, copy, passphrase)?.unseal(copy)?;
        let mut contents = Contents::decode(&record.plain)?;
        contents.name(account)?;
        contents.distrust();
        Self::put(store, random, contents, passphrase).await
    }

    /// Opens the key in a store. The store stays as it is.
    ///
    /// Where somebody put an older copy of the file there, only its account can show it: give the signer a
    /// fresh one ([`Signer::settle`]) before anything is signed.
    ///
    /// # Errors
    ///
    /// [`SignerError::NoKey`], [`SignerError::KeyFile`], or why the store cannot be read.
    pub async fn open(store: S, random: R, passphrase: &Passphrase) -> Result<Self, SignerError> {
        let file = store.load().await?.ok_or(SignerError::NoKey)?;
        let lock = Lock::open(&FORMAT, &file, passphrase)?;
        let journal = Journal::open(store, random, lock, file)?;
        Ok(Self { journal })
    }

    async fn put(
        store: S,
        random: R,
        contents: Contents,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let lock = Lock::new(&FORMAT, passphrase, &random)?;
        let journal = Journal::create(store, random, lock, contents).await?;
        Ok(Self { journal })
    }
}

impl Contents {
    /// Names the account of a copy.
    fn name(&mut self, account: Option<u32>) -> Result<(), SignerError> {
        match (self.account.index(), account) {
            (None, None) => Err(SignerError::AccountUnnamed),
            (Some(expected), Some(got)) if got != expected && self.is_bound => {
                Err(SignerError::OtherAccount { expected, got })
            }
            (known, Some(got)) if known != Some(got) => {
                self.account = Claim::Named(got);
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
