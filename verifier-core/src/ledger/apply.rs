//! What an operation does to the accounts, and when it may.
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions)]

use super::{Account, Accounts, Operation, OperationError, Register, SignedOperation, Transfer};
use crate::hash::Digest;
use crate::limits::MAX_NONCE;
use crate::signature::KeyPurpose;

/// What an operation leaves behind.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The accounts after it. Its fee is in none of them yet.
    pub accounts: Accounts,
    /// What the block's proposer gets.
    pub fee: u64,
}

impl Accounts {
    /// Returns the accounts after `signed`, on the chain `chain_id`.
    ///
    /// The cheap rules come first, the signature last, so that a flood of operations that could not be
    /// paid for costs little.
    ///
    /// # Errors
    ///
    /// The first rule that the operation breaks, in the order of the variants of [`OperationError`].
    pub fn apply(
        &self,
        chain_id: u32,
        signed: &SignedOperation,
    ) -> Result<Applied, OperationError> {
        let index = signed.operation.signer();
        let signer = self.get(index);
        let mut accounts = self.with(index, signed.signer_after(chain_id, signer)?);
        if let Operation::Transfer(transfer) = &signed.operation {
            let receiver = transfer.receiver_after(accounts.get(transfer.to))?;
            accounts = accounts.with(transfer.to, receiver);
        }
        signed.check_signature(signer)?;
        let fee = signed.operation.fee();
        Ok(Applied { accounts, fee })
    }
}

impl SignedOperation {
    /// O1 to O6: returns the account that signs as it is after the operation, before it may receive.
    pub(crate) fn signer_after(
        &self,
        chain_id: u32,
        before: Option<&Account>,
    ) -> Result<Account, OperationError> {
        let (expected, got) = (chain_id, self.chain_id);
        if got != expected {
            return Err(OperationError::ChainId { expected, got });
        }
        match (&self.operation, before) {
            (Operation::Register(register), None) => self.registered(register),
            (Operation::Register(Register { index, .. }), Some(_)) => {
                Err(OperationError::Taken { index: *index })
            }
            (operation, None) => Err(OperationError::UnknownAccount {
                index: operation.signer(),
            }),
            (Operation::Transfer(transfer), Some(account)) => {
                self.check_key(&account.key_id)?;
                account.spent(transfer.nonce, transfer.amount, transfer.fee)
            }
            (Operation::Rekey(rekey), Some(account)) => {
                self.check_key(&account.key_id)?;
                let spent = account.spent(rekey.nonce, 0, rekey.fee)?;
                Ok(Account {
                    key_id: rekey.new_key_id,
                    key_offset: spent.nonce,
                    ..spent
                })
            }
        }
    }

    /// O9: the signature verifies at the leaf of the nonce, where `before` is the account that signs.
    pub(crate) fn check_signature(&self, before: Option<&Account>) -> Result<(), OperationError> {
        let offset = before.map_or(0, |account| account.key_offset);
        let leaf = self.operation.nonce().wrapping_sub(offset);
        let verified = self
            .public_key
            .verify(leaf, &self.hash().0, &self.signature);
        verified.map_err(|source| OperationError::Signature { leaf, source })
    }

    /// Returns the account that a registration makes.
    fn registered(&self, register: &Register) -> Result<Account, OperationError> {
        let key_id = register.key_id;
        self.check_key(&key_id)?;
        Ok(Account {
            key_id,
            balance: 0,
            nonce: next_nonce(register.leaf)?,
            key_offset: 0,
        })
    }

    /// O3: the key that signed is the one that signs for the account.
    fn check_key(&self, key_id: &Digest) -> Result<(), OperationError> {
        let index = self.operation.signer();
        let signed_by = self.public_key.key_id(KeyPurpose::Account, self.chain_id);
        if signed_by == *key_id {
            return Ok(());
        }
        Err(OperationError::Key { index })
    }
}

impl Transfer {
    /// O7, O8: returns the account that receives as it is after the transfer.
    pub(crate) fn receiver_after(
        &self,
        before: Option<&Account>,
    ) -> Result<Account, OperationError> {
        let index = self.to;
        let before = before.ok_or(OperationError::UnknownReceiver { index })?;
        let after = before.credited(self.amount);
        after.ok_or(OperationError::ReceiverFull { index })
    }
}

impl Account {
    /// Returns the account with `amount` more, if it can hold it.
    pub(crate) fn credited(&self, amount: u64) -> Option<Self> {
        let balance = self.balance.checked_add(amount)?;
        Some(Self { balance, ..*self })
    }

    /// O4 to O6: returns the account after an operation with this nonce paid amount and fee.
    fn spent(&self, got: u32, amount: u64, fee: u64) -> Result<Self, OperationError> {
        let next = self.nonce;
        // No account has a key offset above its nonce; where one had, no leaf would be that of `got`.
        if got < next || got < self.key_offset {
            return Err(OperationError::NonceUsed { next, got });
        }
        let nonce = next_nonce(got)?;
        let needed = u128::from(amount).saturating_add(fee.into());
        let balance = self.balance;
        let left = u64::try_from(needed)
            .ok()
            .and_then(|x| balance.checked_sub(x));
        let balance = left.ok_or(OperationError::Balance { balance, needed })?;
        Ok(Self {
            balance,
            nonce,
            ..*self
        })
    }
}

/// O5: returns the nonce after `got`.
fn next_nonce(got: u32) -> Result<u32, OperationError> {
    let max = MAX_NONCE;
    let next = got.checked_add(1).filter(|_| got <= max);
    next.ok_or(OperationError::NoncePastEnd { max, got })
}
