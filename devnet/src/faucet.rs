//! `Faucet`: gives the devnet's funds away, to whoever asks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rpp_verifier::{Operation, SecretKey, SignError, SignedOperation, Transfer};
use tokio::sync::Mutex;
use tokio::task::{JoinError, spawn_blocking};

use crate::database::{Database, DatabaseError, StoredAccount};
use crate::steps::{Step, Steps, Stopped};
use crate::supply::FAUCET_ACCOUNT;
use crate::vote_key::StoredKeyError;

/// Gives from the account that all funds of the devnet are in at first.
///
/// **One leaf, one message**, whenever the process ends: a file beside the database says that leaves up to
/// this one may sign, leaf and message are saved, then the transfer is signed, then the key is saved without
/// the secrets of that leaf, and only then does the transfer go out. Every gift has a leaf of its own: a leaf
/// whose transfer did not go out is skipped, and each start begins after all those that the file names,
/// since the database may be an older copy that nothing shows to be one.
#[derive(Debug)]
pub struct Faucet {
    chain_id: u32,
    database: Database,
    steps: Steps,
    signer: Arc<Mutex<Signer>>,
    /// Gifts since the newest header was saved.
    given: AtomicU32,
}

#[derive(Debug)]
struct Signer {
    secret: SecretKey,
    /// The first leaf that was never asked to sign; it signs the nonce of the same number.
    next: u32,
}

/// Why the faucet gives nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaucetError {
    /// It has given as much as it may before the next block.
    #[error("the faucet gives {max} times for each block: try again after the next one")]
    Busy {
        /// Gifts for each block.
        max: u32,
    },
    /// Its key has no leaf left.
    #[error("the faucet has given {leaves} times, all that its key can sign")]
    UsedUp {
        /// Leaves of its key.
        leaves: u32,
    },
    /// Its key cannot be saved.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Its key does not sign.
    #[error("the faucet cannot sign: {0}")]
    Sign(#[from] SignError),
    /// A thread of the devnet died.
    #[error("a thread of the devnet died: {0}")]
    Thread(#[from] JoinError),
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl FaucetError {
    /// Returns whether the same may work later, without anybody mending anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Busy { .. } => true,
            Self::Database(error) => error.is_passing(),
            Self::UsedUp { .. } | Self::Sign(_) | Self::Thread(_) | Self::Stopped(_) => false,
        }
    }
}

impl Faucet {
    /// What each gift moves, in the smallest unit.
    pub const AMOUNT: u64 = 1_000_000;
    /// What the faucet pays for each gift to be in a block, in the same unit.
    pub const FEE: u64 = 100;
    /// Gifts for each block: a flood of requests does not use up the key, nor keep the disk from the chain.
    pub const GIFTS_PER_BLOCK: u32 = 16;

    /// Returns the faucet whose account is among those that the chain started with.
    ///
    /// # Errors
    ///
    /// [`StoredKeyError`] if its key is another one.
    pub(crate) fn restore(
        chain_id: u32,
        stored: &StoredAccount,
        next: u32,
        database: Database,
        steps: Steps,
    ) -> Result<Self, StoredKeyError> {
        let serial = stored.number;
        let secret = SecretKey::from_parts(&stored.tree, &stored.state)
            .map_err(|source| StoredKeyError::Decode { serial, source })?;
        if secret.key_id() != stored.account.key_id {
            return Err(StoredKeyError::OtherKey { serial });
        }
        let next = next.max(secret.next_leaf());
        Ok(Self {
            chain_id,
            database,
            steps,
            signer: Arc::new(Mutex::new(Signer { secret, next })),
            given: AtomicU32::new(0),
        })
    }

    /// Signs a transfer of [`Faucet::AMOUNT`] to the account `to`.
    ///
    /// Nothing is known here of the accounts: a transfer to a number without one is invalid, and the leaf
    /// that signed it is lost. Whoever asks looks first.
    ///
    /// # Errors
    ///
    /// [`FaucetError`].
    pub async fn give(&self, to: u32) -> Result<SignedOperation, FaucetError> {
        let mut signer = self.signer.clone().lock_owned().await;
        let (leaf, leaves) = (signer.next, signer.leaves());
        if leaf >= leaves {
            return Err(FaucetError::UsedUp { leaves });
        }
        let max = Self::GIFTS_PER_BLOCK;
        if self.given.load(Ordering::SeqCst) >= max {
            return Err(FaucetError::Busy { max });
        }
        let database = self.database.clone();
        let marked = spawn_blocking(move || database.mark_given(leaf));
        marked.await??;
        self.steps.reached(Step::GiftMarked)?;
        self.given.fetch_add(1, Ordering::SeqCst);
        // Whatever becomes of this gift: if saving the leaf fails, it may be saved all the same.
        signer.next += 1;
        let operation = Operation::Transfer(Transfer {
            from: FAUCET_ACCOUNT,
            to,
            amount: Self::AMOUNT,
            fee: Self::FEE,
            nonce: leaf,
        });
        let message = operation.hash(self.chain_id).0;
        let database = &self.database;
        let saved = database.save_account_leaf(FAUCET_ACCOUNT, leaf, &message);
        saved.await?;
        self.steps.reached(Step::GiftSaved)?;
        let signed = spawn_blocking(move || {
            let signature = signer.secret.sign(leaf, &message)?;
            Ok::<_, SignError>((signature, signer))
        });
        let (signature, signer) = signed.await??;
        self.steps.reached(Step::GiftSigned)?;
        let state = signer.secret.state_to_bytes();
        database.save_account_state(FAUCET_ACCOUNT, &state).await?;
        database.erase().await?;
        self.steps.reached(Step::GiftErased)?;
        Ok(SignedOperation {
            chain_id: self.chain_id,
            operation,
            public_key: *signer.secret.public_key(),
            signature,
        })
    }

    /// Returns the chain that it is of.
    pub(crate) const fn chain_id(&self) -> u32 {
        self.chain_id
    }

    /// Says that a header was saved: as many gifts as before may follow.
    pub(crate) fn header_is_saved(&self) {
        self.given.store(0, Ordering::SeqCst);
    }
}

impl Signer {
    fn leaves(&self) -> u32 {
        1 << self.secret.public_key().tree_height
    }
}
