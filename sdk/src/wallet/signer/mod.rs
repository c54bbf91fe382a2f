//! `Signer`: signs an account's operations, one message at each leaf of its key.

mod error;
pub(super) mod journal;
mod outgoing;
mod reserve;
mod settle;

use core::fmt;

use rpp_verifier::{Operation, OperationHash, SecretKey, Transfer, VerifiedAccount};

pub use self::error::SignerError;
use self::journal::{Change, Journal, Next, TRIES};
pub use self::outgoing::{Outgoing, SignerStatus};
pub use self::reserve::Payment;
use self::reserve::Terms;
pub use self::settle::Settled;
use super::account_key::{AccountKey, RestoredKey};
use super::contents::{Contents, Entry};
use super::key_file::Lock;
use super::leaves::Standing;
use super::passphrase::Passphrase;
use super::random::Random;
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
/// sent again rather than made again.
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
/// // Later, with the account as it was verified under the client's head:
/// if let Some(unsettled) = signer.pending().await? {
///     send(unsettled.to_bytes());
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
        let contents = Contents::new(key.into_secret(), Standing::Whole);
        Self::put(store, random, contents, passphrase).await
    }

    /// Puts a key into an empty store that was made again from its words. It can do one thing: give its
    /// account a new key ([`Signer::rekey`]), once the account was shown to it.
    ///
    /// # Errors
    ///
    /// As [`Signer::create`].
    pub async fn restore(
        store: S,
        random: R,
        key: RestoredKey,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let contents = Contents::new(key.into_secret(), Standing::Restored);
        Self::put(store, random, contents, passphrase).await
    }

    /// Puts a copy of a key file into an empty store. The copy counts as restored, however new it is: the
    /// file that it was copied from may sign as well.
    ///
    /// # Errors
    ///
    /// As [`Signer::create`], or why the copy cannot be opened.
    pub async fn import(
        store: S,
        random: R,
        copy: &[u8],
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let record = Lock::open(copy, passphrase)?.unseal(copy)?;
        let mut contents = Contents::decode(&record.plain)?;
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
        let lock = Lock::open(&file, passphrase)?;
        let journal = Journal::open(store, random, lock, file)?;
        Ok(Self { journal })
    }

    async fn put(
        store: S,
        random: R,
        contents: Contents,
        passphrase: &Passphrase,
    ) -> Result<Self, SignerError> {
        let lock = Lock::new(passphrase, &random)?;
        let journal = Journal::create(store, random, lock, contents).await?;
        Ok(Self { journal })
    }

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
            if let Some(stored) = self.journal.save(stored.sign()?).await? {
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
    /// [`SignerError::OtherAccount`], [`SignerError::ChainId`], or why the store cannot be written.
    pub async fn settle(&mut self, seen: &VerifiedAccount) -> Result<Settled, SignerError> {
        self.change(|contents| contents.settle(seen)).await
    }

    /// Signs a transfer from the key's account, as it was last verified. The next nonce is chosen.
    ///
    /// # Errors
    ///
    /// [`SignerError`]; where it is [`SignerError::Store`], the transfer may be under way all the same.
    pub async fn transfer(
        &mut self,
        seen: &VerifiedAccount,
        payment: &Payment,
    ) -> Result<Outgoing, SignerError> {
        self.settle(seen).await?;
        let reserve = |contents: &mut Contents| contents.reserve_payment(seen, payment);
        let operation = self.change(reserve).await?;
        self.finish(&operation).await
    }

    /// Signs this very transfer. If it is the one that is under way, it is returned as it was signed; a nonce
    /// whose leaf was given to anything else is refused.
    ///
    /// # Errors
    ///
    /// [`SignerError::LeafUsed`], or as [`Signer::transfer`].
    pub async fn transfer_at(
        &mut self,
        seen: &VerifiedAccount,
        transfer: Transfer,
    ) -> Result<Outgoing, SignerError> {
        self.settle(seen).await?;
        let reserve = |contents: &mut Contents| contents.reserve_transfer(seen, transfer);
        let operation = self.change(reserve).await?;
        self.finish(&operation).await
    }

    /// Signs the registration of an account for the key, at a number that is drawn. If an account of another
    /// key is there, [`Signer::settle`] returns [`Settled::Taken`]; call this again then: it draws again, and
    /// signs with the next leaf.
    ///
    /// # Errors
    ///
    /// [`SignerError::Registered`], or as [`Signer::transfer`].
    pub async fn register(&mut self) -> Result<Outgoing, SignerError> {
        let index = self.draw()?;
        let reserve = |contents: &mut Contents| contents.reserve_registration(index);
        let operation = self.change(reserve).await?;
        self.finish(&operation).await
    }

    /// Signs the change of the account's key to `new_key`, which is stored first. Once an account with the
    /// new key is shown to [`Signer::settle`], the signer goes on with that, and forgets the old one.
    ///
    /// This is all that a restored key does. It needs a fresh account, verified under a header of the last
    /// five minutes by the caller's clock, `now_ms`, and signs at a leaf far past the account's: see
    /// [`Standing::Restored`].
    ///
    /// # Errors
    ///
    /// [`SignerError::StaleAccount`], or as [`Signer::transfer`].
    pub async fn rekey(
        &mut self,
        seen: &VerifiedAccount,
        new_key: AccountKey,
        fee: u64,
        now_ms: u64,
    ) -> Result<Outgoing, SignerError> {
        self.settle(seen).await?;
        let drawn = self.draw()?;
        let terms = Terms { fee, now_ms, drawn };
        // Where another handle is quicker, it is tried again with the same key.
        let (tree, state) = new_key.parts();
        let reserve = |contents: &mut Contents| {
            let successor = SecretKey::from_parts(&tree, &state)?;
            contents.reserve_rekey(seen, successor, terms)
        };
        let operation = self.change(reserve).await?;
        self.finish(&operation).await
    }

    /// Signs the change of key that is under way once more, at another leaf and with another fee. Either of
    /// the two may be taken; both name the same key.
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
        self.settle(seen).await?;
        let drawn = self.draw()?;
        let terms = Terms { fee, now_ms, drawn };
        let reserve = |contents: &mut Contents| contents.reserve_rekey_again(seen, terms);
        let operation = self.change(reserve).await?;
        self.finish(&operation).await
    }

    /// Gives up the operation that is under way, and returns its hash; its leaf signs nothing else.
    ///
    /// This does not take it back: whoever has its bytes may still send them, until an operation with a
    /// higher nonce is taken. A change of key cannot be given up, only [signed again](Signer::rekey_again).
    ///
    /// # Errors
    ///
    /// [`SignerError::Pending`] if it is a change of key, or why the store cannot be written.
    pub async fn abandon(&mut self) -> Result<Option<OperationHash>, SignerError> {
        let give_up = |contents: &mut Contents| {
            let Some(entry) = &contents.entry else {
                return Ok(Change::None(None));
            };
            let operation = contents.hash(entry.operation());
            if entry.is_rekey() {
                return Err(SignerError::Pending { operation });
            }
            contents.burn();
            Ok(Change::Made(Some(operation)))
        };
        self.change(give_up).await
    }

    /// Locks the key file with another passphrase. Other handles have to be opened again, with that one;
    /// copies that were made before keep the old one.
    ///
    /// # Errors
    ///
    /// Why the store cannot be read or written; the old passphrase then holds.
    pub async fn change_passphrase(&mut self, passphrase: &Passphrase) -> Result<(), SignerError> {
        let lock = Lock::new(passphrase, self.journal.random())?;
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

    /// Changes what is stored, again from the start wherever another handle was quicker.
    async fn change<T>(
        &mut self,
        change: impl Fn(&mut Contents) -> Result<Change<T>, SignerError>,
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
                    if let Some(stored) = self.journal.save(draft).await? {
                        self.journal.keep(stored);
                        return Ok(value);
                    }
                }
            }
        }
        Err(SignerError::Contended)
    }

    /// Signs what was reserved.
    async fn finish(&mut self, operation: &Operation) -> Result<Outgoing, SignerError> {
        let outgoing = self.pending().await?;
        // Another handle may have given it up since, and begun something else.
        let outgoing = outgoing.filter(|outgoing| outgoing.signed().operation == *operation);
        outgoing.ok_or(SignerError::Contended)
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
