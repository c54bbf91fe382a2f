//! `Signer`: signs an account's operations, one message at each leaf of its key.

mod error;
pub(super) mod journal;
mod opening;
mod outgoing;
mod reserve;
mod settle;

use core::fmt;

use rpp_key_file::{Lock, Passphrase, Random};
use rpp_verifier::{OperationHash, SecretKey, Transfer, VerifiedAccount};

pub use self::error::SignerError;
use self::journal::{Change, Journal, Next, TRIES};
pub use self::outgoing::{Outgoing, SignerStatus};
pub use self::reserve::Payment;
use self::reserve::Terms;
pub use self::settle::Settled;
use super::account_key::AccountKey;
use super::contents::{Contents, Entry};
use super::record::FORMAT;
use super::signer_store::SignerStore;

/// Signs an account's operations.
///
/// An operation is *reserved* first: with its leaf it is written to the store, durably. Then it is signed,
/// and the signature is written together with the key's next secrets, over those that it used. Only then
/// does it leave. So a crash at any moment loses nothing and signs nothing twice: [`Signer::pending`] returns
/// the same bytes again, as often as they are needed. Section 27 of `docs/PROTOCOL.md` has the order.
///
/// One operation is under way at a time: until the account shows that it was taken ([`Signer::settle`]), or
/// its owner gives it up ([`Signer::abandon`]), nothing else is signed, so that a payment whose answer was lost is
/// sent again rather than made again. A call that signs ends nothing: it is refused with
/// [`SignerError::Unsettled`] where the account it is given would end what is under way. A registration is not given
/// up, and a change of key is only replaced by the same change at another leaf ([`Signer::rekey_again`]).
///
/// Several signers may share a store, in one process or in several. A call that is dropped may have been
/// done or not, as after a crash.
///
/// ```no_run
/// use rpp_light_client::*;
/// # fn send(_: Vec<u8>) {}
/// # async fn pay(seen: &rpp_verifier::VerifiedAccount) -> Result<(), Box<dyn std::error::Error>> {
///
/// let entropy = Entropy::draw(&SystemRandom)?;
/// let words = entropy.words(); // to be written down: they are shown this once
/// let key = AccountKey::generate(entropy, 7, AccountKey::DEFAULT_TREE_HEIGHT, &|_done| ())?;
/// let (store, passphrase) = (FileSignerStore::open("account.key")?, Passphrase::new("…"));
/// let mut signer = Signer::create(store, SystemRandom, key, &passphrase).await?;
/// send(signer.register().await?.to_bytes());
///
/// // Later, with the account as it was verified under the client's head. Write its number down with the words.
/// if let Some(unsettled) = signer.pending().await? {
///     // Whether a block has it, its inclusion says: tell the owner before it is settled.
///     send(unsettled.to_bytes());
///     signer.settle(seen).await?;
///     return Ok(()); // it may be the very payment that is to be made
/// }
/// let (to, amount, fee) = (9, 1_000, 1);
/// let transfer = signer.transfer(seen, &Payment { to, amount, fee }).await?;
/// send(transfer.to_bytes());
/// # Ok(())
/// # }
/// ```
pub struct Signer<S, R> {
    journal: Journal<S, R>,
}

impl<S: SignerStore, R: Random> Signer<S, R> {
    /// Returns where the signer stands.
    ///
    /// # Errors
    ///
    /// Why the store cannot be read.
    pub async fn status(&mut self) -> Result<SignerStatus, SignerError> {
        let stored = self.journal.load().await?;
        let status = SignerStatus::of(stored.contents());
        self.journal.keep(stored);
        Ok(status)
    }

    /// Returns the operation that is under way, if there is one: always the same bytes, also after a crash.
    ///
    /// # Errors
    ///
    /// Why the store cannot be read or written.
    pub async fn pending(&mut self) -> Result<Option<Outgoing>, SignerError> {
        for _ in 0..TRIES {
            let stored = self.journal.load().await?;
            let contents = stored.contents();
            let reserved = match &contents.entry {
                None => Some(None),
                Some(Entry::Signed { signed, .. }) => {
                    Some(Some(Outgoing::new((**signed).clone(), contents.leaves())))
                }
                Some(Entry::Reserved { .. }) => None,
            };
            if let Some(outgoing) = reserved {
                self.journal.keep(stored);
                return Ok(outgoing);
            }
            let operation = contents.pending();
            let saved = self.journal.save(stored.sign()?).await;
            if let Some(stored) = saved.map_err(|error| error.about(operation))? {
                self.journal.keep(stored);
            }
        }
        Err(SignerError::Contended)
    }

    /// Takes note of what a verified account says: of the key's own account, or of the number that is to be
    /// registered. Give it a new one whenever there is a new head, and before anything is signed.
    ///
    /// # Errors
    ///
    /// [`SignerError::OtherKey`] if neither this key nor the next one signs for the account,
    /// [`SignerError::OtherAccount`], [`SignerError::AccountUnproven`], [`SignerError::AccountUnnamed`],
    /// [`SignerError::ChainId`], or why the store cannot be written. Where it is [`SignerError::Interrupted`], that
    /// may be done, and [`SignerStatus::last`] tells what was settled.
    pub async fn settle(&mut self, seen: &VerifiedAccount) -> Result<Settled, SignerError> {
        let settle = |contents: &mut Contents| contents.settle(seen);
        let about = |settled: &Settled| settled.operation().copied();
        self.change(settle, about).await
    }

    /// Takes the owner's word that `account` is the key's, where neither chain nor key file shows it: an account
    /// with a key offset that this key has signed nothing for yet.
    ///
    /// Ask the owner, and compare with what they wrote down, before this is called: anybody can give an account
    /// any key. A number that was wrong can be put right with this until a leaf was given out for it.
    ///
    /// # Errors
    ///
    /// [`SignerError::OtherAccount`] if a leaf was given out for another account, [`SignerError::Pending`] or
    /// [`SignerError::RekeyPending`], or why the store cannot be written.
    pub async fn vouch_for_account(&mut self, account: u32) -> Result<(), SignerError> {
        let vouch = |contents: &mut Contents| contents.vouch(account);
        self.change(vouch, |()| None).await
    }

    /// Signs a transfer from the key's account, as it was last verified. The next nonce is chosen.
    ///
    /// # Errors
    ///
    /// [`SignerError`]; where it is [`SignerError::Interrupted`] or [`SignerError::Overtaken`], the transfer may be
    /// under way, or done, all the same.
    pub async fn transfer(
        &mut self,
        seen: &VerifiedAccount,
        payment: &Payment,
    ) -> Result<Outgoing, SignerError> {
        let reserve = |contents: &mut Contents| contents.reserve_payment(seen, payment);
        self.sign(seen, reserve).await
    }

    /// Signs this very transfer. If it is the one that is under way, it is returned as it was signed; a nonce
    /// whose leaf was given to anything else is refused.
    ///
    /// # Errors
    ///
    /// [`SignerError::LeafUsed`], [`SignerError::LeafAhead`], or as [`Signer::transfer`].
    pub async fn transfer_at(
        &mut self,
        seen: &VerifiedAccount,
        transfer: Transfer,
    ) -> Result<Outgoing, SignerError> {
        let reserve = |contents: &mut Contents| contents.reserve_transfer(seen, transfer);
        self.sign(seen, reserve).await
    }

    /// Signs the registration of an account for the key, at a number that is drawn. Send it until there is an
    /// account at that number. If that is none of this key's making, [`Signer::settle`] returns [`Settled::Taken`];
    /// call this again then: it draws again, and signs with the next leaf. Before, another one would be refused,
    /// since a block could take both.
    ///
    /// # Errors
    ///
    /// [`SignerError::Registered`], or as [`Signer::transfer`].
    pub async fn register(&mut self) -> Result<Outgoing, SignerError> {
        let index = self.draw()?;
        let reserve = |contents: &mut Contents| contents.reserve_registration(index);
        let about = |operation: &OperationHash| Some(*operation);
        let operation = self.change(reserve, about).await?;
        self.finish(operation).await
    }

    /// Signs the change of the account's key to `new_key`, which is stored first. Once an account with the
    /// new key is shown to [`Signer::settle`], the signer goes on with that, and forgets the old one.
    ///
    /// This is all that a restored key does. It needs a fresh account, verified under a header of the last
    /// five minutes by the caller's clock, `now_ms`, which shows whether another copy has changed the key by then,
    /// and signs at leaves of its own: see [`Standing::Restored`](super::Standing::Restored).
    ///
    /// # Errors
    ///
    /// [`SignerError::StaleAccount`], [`SignerError::RekeyPending`], or as [`Signer::transfer`]. Where this account is the
    /// first to show that another copy of the key has signed, [`SignerError::Restored`]: that is noted then, and
    /// the next call, with a new key again, is about a restored one.
    pub async fn rekey(
        &mut self,
        seen: &VerifiedAccount,
        new_key: AccountKey,
        fee: u64,
        now_ms: u64,
    ) -> Result<Outgoing, SignerError> {
        let drawn = self.draw()?;
        let terms = Terms { fee, now_ms, drawn };
        // Where another handle is quicker, it is tried again with the same key.
        let (tree, state) = new_key.parts();
        let reserve = |contents: &mut Contents| {
            let successor = SecretKey::from_parts(&tree, &state)?;
            contents.reserve_rekey(seen, successor, terms)
        };
        self.sign(seen, reserve).await
    }

    /// Signs the change of key that is under way once more, at another leaf and with another fee. Either of
    /// the two may be taken; both name the same key. Each time takes a leaf. A host has one of them wait at a time,
    /// and takes another one that pays a tenth more, and at least 1 more.
    ///
    /// # Errors
    ///
    /// [`SignerError::NothingPending`], or as [`Signer::rekey`].
    pub async fn rekey_again(
        &mut self,
        seen: &VerifiedAccount,
        fee: u64,
        now_ms: u64,
    ) -> Result<Outgoing, SignerError> {
        let drawn = self.draw()?;
        let terms = Terms { fee, now_ms, drawn };
        let reserve = |contents: &mut Contents| contents.reserve_rekey_again(seen, terms);
        self.sign(seen, reserve).await
    }

    /// Gives up this operation, if it is what is under way; its leaf signs nothing else.
    ///
    /// This does not take it back: whoever has its bytes may still send them, until an operation with a
    /// higher nonce is taken. So a registration cannot be given up, which nothing else makes invalid than an account
    /// at its number, and a change of key neither, only [signed again](Signer::rekey_again).
    ///
    /// # Errors
    ///
    /// [`SignerError::Pending`] if something else is under way, [`SignerError::NothingPending`] if nothing is,
    /// [`SignerError::RegistrationPending`], [`SignerError::RekeyPending`], or why the store cannot be written.
    pub async fn abandon(&mut self, operation: &OperationHash) -> Result<(), SignerError> {
        let abandon = |contents: &mut Contents| contents.abandon(*operation);
        self.change(abandon, |()| Some(*operation)).await
    }

    /// Locks the key file with another passphrase. Other handles have to be opened again, with that one;
    /// copies that were made before keep the old one.
    ///
    /// # Errors
    ///
    /// Why the store cannot be read or written. Where that is after it was written, the new passphrase holds: open
    /// the file again, with either of the two.
    pub async fn change_passphrase(&mut self, passphrase: &Passphrase) -> Result<(), SignerError> {
        let lock = Lock::new(&FORMAT, passphrase, self.journal.random())?;
        self.journal.relock(lock).await
    }

    /// Returns a copy of the key file, for [`Signer::import`].
    ///
    /// # Errors
    ///
    /// Why the store cannot be read.
    pub async fn copy(&mut self) -> Result<Vec<u8>, SignerError> {
        self.journal.copy().await
    }

    /// Returns the store.
    pub const fn store(&self) -> &S {
        self.journal.store()
    }

    /// Changes what is stored, again from the start wherever another handle was quicker. Where it cannot be saved,
    /// the error names the operation that the change is `about`.
    async fn change<T>(
        &mut self,
        change: impl Fn(&mut Contents) -> Result<Change<T>, SignerError>,
        about: impl Fn(&T) -> Option<OperationHash>,
    ) -> Result<T, SignerError> {
        for _ in 0..TRIES {
            let stored = self.journal.load().await?;
            let (value, next) = stored.change(&change)?;
            match next {
                Next::Keep(stored) => {
                    self.journal.keep(stored);
                    return Ok(value);
                }
                Next::Save(draft) => {
                    let saved = self.journal.save(draft).await;
                    if let Some(stored) = saved.map_err(|error| error.about(about(&value)))? {
                        self.journal.keep(stored);
                        return Ok(value);
                    }
                }
            }
        }
        Err(SignerError::Contended)
    }

    /// Takes note of an account, reserves something in the same change, and signs it.
    async fn sign(
        &mut self,
        seen: &VerifiedAccount,
        reserve: impl Fn(&mut Contents) -> Result<Change<OperationHash>, SignerError>,
    ) -> Result<Outgoing, SignerError> {
        let change = |contents: &mut Contents| contents.settle_and_reserve(seen, &reserve);
        let about = |reserved: &Result<OperationHash, SignerError>| reserved.as_ref().ok().copied();
        let operation = self.change(change, about).await??;
        self.finish(operation).await
    }

    /// Signs what was reserved.
    async fn finish(&mut self, operation: OperationHash) -> Result<Outgoing, SignerError> {
        match self.pending().await {
            Ok(Some(outgoing)) if *outgoing.hash() == operation => Ok(outgoing),
            // Another handle may have sent it and seen it taken since, or given it up: whoever tried again as if
            // nothing had happened would do it twice.
            Ok(_) | Err(SignerError::Contended) => Err(SignerError::Overtaken { operation }),
            Err(SignerError::Interrupted {
                operation: other, ..
            }) if other != operation => Err(SignerError::Overtaken { operation }),
            Err(error) => Err(error.about(Some(operation))),
        }
    }

    fn draw(&self) -> Result<u32, SignerError> {
        let mut bytes = [0; 4];
        self.journal.random().fill(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
}

impl<S, R> fmt::Debug for Signer<S, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").finish_non_exhaustive()
    }
}
