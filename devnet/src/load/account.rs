//! `LoadAccount`: an account of the load, and what it needs next.

use std::time::Duration;

use rand::{Rng, RngExt};
use rpp_verifier::{
    Account, Accounts, KeyPurpose, Operation, Register, Rekey, SecretKey, SignError,
    SignedOperation, Transfer,
};
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::supply::FAUCET_ACCOUNT;

/// An account of the load. Its key is in memory only.
#[derive(Debug)]
pub(super) struct LoadAccount {
    chain_id: u32,
    index: u32,
    /// `None` while a thread signs with it.
    key: Option<SecretKey>,
    /// The key that an operation on its way will give the account.
    next_key: Option<SecretKey>,
    /// What it waits for, and until when.
    waits: Option<(Need, Instant)>,
    /// What its operations do that wait for a block.
    sent: Sent,
}

/// What was seen of operations that an account has sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// The nonce that the account had last.
    nonce: u32,
    /// When that was seen first, or nothing was waiting.
    since: Instant,
    /// Those of lower nonces were refused, or are lost: no block will have them.
    from: u32,
}

/// What an account waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Need {
    Registration,
    Funds,
    Key,
}

/// What an account needs to be sent before it can pay.
#[derive(Debug)]
pub(super) enum Ask {
    Nothing,
    ForFunds,
    ForKey,
    /// Another account: its key has signed with all its leaves, and no block has taken what the last of them
    /// signed.
    ForAnother,
    /// This operation to be in a block.
    ToTake(Box<SignedOperation>),
}

/// A transfer to sign, on a thread that may block.
#[derive(Debug)]
pub(super) struct Unsigned {
    chain_id: u32,
    operation: Operation,
    leaf: u32,
    key: SecretKey,
}

/// What came of signing, with the key.
type Signed = (SecretKey, Result<SignedOperation, SignError>);

/// Draws a key of 2^`height` leaves.
pub(super) fn draw_key(chain_id: u32, height: u32) -> Result<SecretKey, SignError> {
    let mut seed = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(&mut *seed);
    SecretKey::generate(*seed, KeyPurpose::Account, chain_id, height, &|_| {})
}

impl LoadAccount {
    /// Draws a key, and a number as any wallet does.
    pub(super) fn draw(chain_id: u32, height: u32) -> Result<Self, SignError> {
        Ok(Self {
            chain_id,
            index: draw_index(),
            key: Some(draw_key(chain_id, height)?),
            next_key: None,
            waits: None,
            sent: Sent {
                nonce: 0,
                since: Instant::now(),
                from: 0,
            },
        })
    }

    pub(super) const fn index(&self) -> u32 {
        self.index
    }

    /// Looks at the account on this state: where its nonce has not risen for `patience` although something
    /// was sent, that waits no longer.
    pub(super) fn look(&mut self, state: &Accounts, patience: Duration) {
        let Some(account) = state.get(self.index).copied() else {
            return;
        };
        let waiting = self.waiting(&account);
        if account.nonce != self.sent.nonce || waiting == 0 {
            (self.sent.nonce, self.sent.since) = (account.nonce, Instant::now());
        } else if self.sent.since.elapsed() >= patience {
            tracing::warn!(
                account = self.index,
                "{waiting} operations of an account of the load came into no block, and are given up"
            );
            let from = account.nonce.max(self.sent.from) + waiting;
            (self.sent.from, self.sent.since) = (from, Instant::now());
        }
    }

    /// Returns what the account needs on this state, unless it waits for it.
    pub(super) fn ask(&mut self, state: &Accounts, patience: Duration) -> Result<Ask, SignError> {
        let found = state.get(self.index).copied();
        let took = |key: &SecretKey| found.is_some_and(|found| found.key_id == key.key_id());
        if let Some(next) = self.next_key.take_if(|next| took(next)) {
            (self.key, self.waits) = (Some(next), None);
        }
        let Some(key) = &self.key else {
            return Ok(Ask::Nothing);
        };
        let need = match found.filter(|_| took(key)) {
            None => Need::Registration,
            Some(account) if account.balance < RESERVE => Need::Funds,
            Some(_) if !is_low(key) => return Ok(Ask::Nothing),
            // What waits for a block would be lost with the old key.
            Some(account) if self.waiting(&account) > 0 => return Ok(Ask::Nothing),
            Some(_) => Need::Key,
        };
        if self
            .waits
            .is_some_and(|(what, until)| what == need && Instant::now() < until)
        {
            return Ok(Ask::Nothing);
        }
        if is_used_up(key) && need != Need::Funds {
            return Ok(Ask::ForAnother);
        }
        self.waits = Some((need, Instant::now() + patience / PAUSES));
        match need {
            Need::Registration => {
                if found.is_some() {
                    // Somebody else was faster.
                    self.index = draw_index();
                    self.sent.from = 0;
                }
                self.register()
            }
            Need::Funds => Ok(Ask::ForFunds),
            Need::Key => Ok(Ask::ForKey),
        }
    }

    /// Notes that what it needs is on its way, so that it can wait longer.
    pub(super) fn sent(&mut self, patience: Duration) {
        if let Some((_, until)) = &mut self.waits {
            *until = Instant::now() + patience;
        }
    }

    /// Returns whether the account can pay, and few of its operations wait.
    pub(super) fn may_pay(&self, state: &Accounts) -> bool {
        let (Some(account), Some(key)) = (state.get(self.index), &self.key) else {
            return false;
        };
        account.key_id == key.key_id()
            && account.balance >= RESERVE
            && !is_low(key)
            && self.waiting(account) < WAITING_AT_MOST
    }

    /// Returns a transfer of the smallest amount to sign. The key goes with it.
    ///
    /// # Panics
    ///
    /// If it may not pay.
    pub(super) fn transfer(&mut self, to: u32, state: &Accounts) -> Unsigned {
        let account = state.get(self.index).expect("who pays has an account");
        let key = self.key.take().expect("who pays has a key");
        let nonce = self.next_nonce(&key, account);
        let operation = Operation::Transfer(Transfer {
            from: self.index,
            to,
            amount: 1,
            fee: FEE,
            nonce,
        });
        Unsigned {
            chain_id: self.chain_id,
            operation,
            leaf: nonce - account.key_offset,
            key,
        }
    }

    /// Takes back the key, and returns what it signed.
    pub(super) fn signed(&mut self, (key, signed): Signed) -> Result<SignedOperation, SignError> {
        self.key = Some(key);
        signed
    }

    /// Returns the operation that gives the account the key `new`.
    pub(super) fn rekey(
        &mut self,
        new: SecretKey,
        state: &Accounts,
    ) -> Result<SignedOperation, SignError> {
        let account = state.get(self.index).copied();
        let account = account.expect("who needs another key has an account");
        let key = self.key.take().expect("who needs another key has one");
        let nonce = self.next_nonce(&key, &account);
        let operation = Operation::Rekey(Rekey {
            index: self.index,
            new_key_id: new.key_id(),
            fee: FEE,
            nonce,
        });
        self.next_key = Some(new);
        let unsigned = Unsigned {
            chain_id: self.chain_id,
            operation,
            leaf: nonce - account.key_offset,
            key,
        };
        let signed = unsigned.sign();
        self.signed(signed)
    }

    /// Returns the operation that makes the account, at a leaf that has signed nothing.
    fn register(&mut self) -> Result<Ask, SignError> {
        let Some(key) = self.key.take() else {
            return Ok(Ask::Nothing);
        };
        let leaf = key.next_leaf();
        let operation = Operation::Register(Register {
            index: self.index,
            key_id: key.key_id(),
            leaf,
        });
        let unsigned = Unsigned {
            chain_id: self.chain_id,
            operation,
            leaf,
            key,
        };
        let signed = unsigned.sign();
        self.signed(signed).map(Box::new).map(Ask::ToTake)
    }

    /// Returns how many of its operations wait for a block, as far as it knows.
    fn waiting(&self, account: &Account) -> u32 {
        let next = self
            .key
            .as_ref()
            .map_or(0, |key| self.next_nonce(key, account));
        next.saturating_sub(account.nonce.max(self.sent.from))
    }

    /// Returns the lowest nonce that the chain takes, and whose leaf has not signed.
    fn next_nonce(&self, key: &SecretKey, account: &Account) -> u32 {
        account.nonce.max(account.key_offset + key.next_leaf())
    }
}

impl Unsigned {
    /// Signs; it takes milliseconds.
    pub(super) fn sign(self) -> Signed {
        let Self {
            chain_id,
            operation,
            leaf,
            mut key,
        } = self;
        let signature = key.sign(leaf, &operation.hash(chain_id).0);
        let public_key = *key.public_key();
        let signed = signature.map(|signature| SignedOperation {
            chain_id,
            operation,
            public_key,
            signature,
        });
        (key, signed)
    }
}

/// Returns whether a tenth of the leaves is left: enough to change the key.
fn is_low(key: &SecretKey) -> bool {
    let leaves = 1 << key.public_key().tree_height;
    key.next_leaf() >= leaves - leaves / 10
}

/// Returns whether no leaf is left.
fn is_used_up(key: &SecretKey) -> bool {
    key.next_leaf() >= 1 << key.public_key().tree_height
}

/// Returns a number above those of the validators and the faucet.
fn draw_index() -> u32 {
    rand::rng().random_range(FAUCET_ACCOUNT + 1..=u32::MAX)
}

/// What each operation pays.
const FEE: u64 = 1;
/// An account with less takes from the faucet.
const RESERVE: u64 = 1000;
/// Operations of an account that may wait for a block.
const WAITING_AT_MOST: u32 = 48;
/// How often it asks again for what was refused, while it would wait for what was taken: each time takes
/// another leaf.
const PAUSES: u32 = 12;
/// How long it waits for what was taken to be in a block.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
