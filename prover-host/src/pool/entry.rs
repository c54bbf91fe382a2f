//! `Entry`: an operation that waits.

use std::sync::Arc;

use rpp_verifier::{
    Account, Accounts, Digest, KeyPurpose, Operation, OperationError, OperationHash,
    SignedOperation,
};

/// An operation whose signature was checked, and what it takes to see whether it is still valid.
#[derive(Clone, Debug)]
pub struct Entry {
    signed: Arc<SignedOperation>,
    hash: OperationHash,
    number: u64,
    height: u32,
    /// The offset at which the signature was checked; of a registration none.
    key_offset: Option<u32>,
    key_id: Digest,
}

impl Entry {
    /// Returns the entry of an operation that is valid on `accounts`; it is the `number`th, and came when
    /// the block at `height` was the newest.
    #[must_use]
    pub fn new(signed: SignedOperation, accounts: &Accounts, number: u64, height: u32) -> Self {
        let account = accounts.get(signed.operation.signer());
        Self {
            hash: signed.hash(),
            number,
            height,
            key_offset: account.map(|account| account.key_offset),
            key_id: signed
                .public_key
                .key_id(KeyPurpose::Account, signed.chain_id),
            signed: Arc::new(signed),
        }
    }

    /// Returns the operation.
    #[must_use]
    pub fn signed(&self) -> &SignedOperation {
        &self.signed
    }

    pub(super) fn shared(&self) -> Arc<SignedOperation> {
        self.signed.clone()
    }

    /// Returns its hash.
    #[must_use]
    pub const fn hash(&self) -> OperationHash {
        self.hash
    }

    /// Returns its place among all that ever waited.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Returns the height of the newest block when it came.
    #[must_use]
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Returns what its account needs for it.
    pub(super) fn needed(&self) -> u128 {
        let operation = &self.signed.operation;
        let amount = match operation {
            Operation::Transfer(transfer) => transfer.amount,
            Operation::Register(_) | Operation::Rekey(_) => 0,
        };
        u128::from(amount) + u128::from(operation.fee())
    }

    /// Checks that it is still valid on `accounts`, when `spent` of its account's balance is spoken for.
    ///
    /// The signature was checked once: it is checked again only if another leaf would have to sign.
    ///
    /// # Errors
    ///
    /// The first rule that it breaks.
    pub(super) fn check(&self, accounts: &Accounts, spent: u128) -> Result<(), OperationError> {
        let operation = &self.signed.operation;
        let index = operation.signer();
        match (operation, accounts.get(index)) {
            (Operation::Register(_), None) => Ok(()),
            (Operation::Register(_), Some(_)) => Err(OperationError::Taken { index }),
            (_, None) => Err(OperationError::UnknownAccount { index }),
            (_, Some(account)) => self.check_account(account, accounts, spent),
        }
    }

    fn check_account(
        &self,
        account: &Account,
        accounts: &Accounts,
        spent: u128,
    ) -> Result<(), OperationError> {
        let operation = &self.signed.operation;
        let index = operation.signer();
        if account.key_id != self.key_id {
            return Err(OperationError::Key { index });
        }
        let (next, got) = (account.nonce, operation.nonce());
        if got < next {
            return Err(OperationError::NonceUsed { next, got });
        }
        let (balance, needed) = (account.balance, spent.saturating_add(self.needed()));
        if needed > u128::from(balance) {
            return Err(OperationError::Balance { balance, needed });
        }
        if self.key_offset == Some(account.key_offset) {
            return Ok(());
        }
        let applied = accounts.apply(self.signed.chain_id, &self.signed);
        applied.map(drop)
    }
}
