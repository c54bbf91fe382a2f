//! What an operation does to the accounts, and when it may.
#![deny(clippy::arithmetic_side_effects, clippy::as_conversions)]

use super::{Account, Accounts, Operation, OperationError, Register, SignedOperation};
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
        let (expected, got) = (chain_id, signed.chain_id);
        if got != expected {
            return Err(OperationError::ChainId { expected, got });
        }
        let (leaf, accounts) = match &signed.operation {
            Operation::Register(register) => (register.leaf, self.register(register, signed)?),
            operation => self.spend(operation, signed)?,
        };
        let message = signed.hash();
        let verified = signed
            .public_key
            .verify(leaf, &message.0, &signed.signature);
        verified.map_err(|source| OperationError::Signature { leaf, source })?;
        let fee = signed.operation.fee();
        Ok(Applied { accounts, fee })
    }

    /// Applies a registration, but for its signature.
    fn register(
        &self,
        register: &Register,
        signed: &SignedOperation,
    ) -> Result<Self, OperationError> {
        let Register {
            index,
            key_id,
            leaf,
        } = *register;
        if self.get(index).is_some() {
            return Err(OperationError::Taken { index });
        }
        signed.check_key(&key_id)?;
        let account = Account {
            key_id,
            balance: 0,
            nonce: next_nonce(leaf)?,
            key_offset: 0,
        };
        Ok(self.with(index, account))
    }

    /// Applies what an account signs, but for its signature; also returns the leaf that has to sign.
    fn spend(
        &self,
        operation: &Operation,
        signed: &SignedOperation,
    ) -> Result<(u32, Self), OperationError> {
        let index = operation.signer();
        let account = self.get(index);
        let account = account.ok_or(OperationError::UnknownAccount { index })?;
        signed.check_key(&account.key_id)?;
        let (got, amount, new_key_id) = match operation {
            Operation::Transfer(transfer) => (transfer.nonce, transfer.amount, None),
            Operation::Rekey(rekey) => (rekey.nonce, 0, Some(rekey.new_key_id)),
            Operation::Register(register) => (register.leaf, 0, None),
        };
        let next = account.nonce;
        let used = OperationError::NonceUsed { next, got };
        let leaf = got.checked_sub(account.key_offset).ok_or(used)?;
        if got < next {
            return Err(used);
        }
        let nonce = next_nonce(got)?;
        let needed = u128::from(amount).saturating_add(operation.fee().into());
        let balance = account.balance;
        let left = u64::try_from(needed)
            .ok()
            .and_then(|x| balance.checked_sub(x));
        let balance = left.ok_or(OperationError::Balance { balance, needed })?;
        let spent = match new_key_id {
            None => Account {
                balance,
                nonce,
                ..*account
            },
            Some(key_id) => Account {
                key_id,
                balance,
                nonce,
                key_offset: nonce,
            },
        };
        let mut accounts = self.with(index, spent);
        if let Operation::Transfer(transfer) = operation {
            let index = transfer.to;
            let receiver = accounts.get(index);
            let receiver = receiver.ok_or(OperationError::UnknownReceiver { index })?;
            let credited = receiver.credited(transfer.amount);
            let credited = credited.ok_or(OperationError::ReceiverFull { index })?;
            accounts = accounts.with(index, credited);
        }
        Ok((leaf, accounts))
    }
}

impl Account {
    /// Returns the account with `amount` more, if it can hold it.
    pub(super) fn credited(&self, amount: u64) -> Option<Self> {
        let balance = self.balance.checked_add(amount)?;
        Some(Self { balance, ..*self })
    }
}

impl SignedOperation {
    /// O3: the key that signed is the one that signs for the account.
    fn check_key(&self, key_id: &crate::hash::Digest) -> Result<(), OperationError> {
        let index = self.operation.signer();
        let signed_by = self.public_key.key_id(KeyPurpose::Account, self.chain_id);
        if signed_by == *key_id {
            return Ok(());
        }
        Err(OperationError::Key { index })
    }
}

/// O5: returns the nonce after `got`.
fn next_nonce(got: u32) -> Result<u32, OperationError> {
    let max = MAX_NONCE;
    let next = got.checked_add(1).filter(|_| got <= max);
    next.ok_or(OperationError::NoncePastEnd { max, got })
}
