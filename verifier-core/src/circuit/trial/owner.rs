//! `Owner`: somebody with an account.

use crate::hash::Digest;
use crate::ledger::{Account, Operation, SignedOperation, Transfer};
use crate::signature::{KeyPurpose, PublicKey, SecretKey};

/// The chain of all tests: both limbs are in use.
pub(in crate::circuit) const CHAIN: u32 = 0x0005_0007;

/// Somebody with a key of sixteen leaves.
#[derive(Clone, Copy, Debug)]
pub(in crate::circuit) struct Owner(pub u8);

impl Owner {
    pub(in crate::circuit) fn secret(self) -> SecretKey {
        SecretKey::generate([self.0; 32], KeyPurpose::Account, CHAIN, 4, &|_| ()).unwrap()
    }

    pub(in crate::circuit) fn public_key(self) -> PublicKey {
        *self.secret().public_key()
    }

    pub(in crate::circuit) fn key_id(self) -> Digest {
        self.public_key().key_id(KeyPurpose::Account, CHAIN)
    }

    pub(in crate::circuit) fn account(self, balance: u64) -> Account {
        Account {
            key_id: self.key_id(),
            balance,
            nonce: 0,
            key_offset: 0,
        }
    }

    /// Signs an operation for the chain, at any leaf.
    pub(in crate::circuit) fn sign(self, leaf: u32, operation: Operation) -> SignedOperation {
        self.sign_other(leaf, operation, &operation.hash(CHAIN).0)
    }

    /// Signs another message than that of the operation.
    pub(in crate::circuit) fn sign_other(
        self,
        leaf: u32,
        operation: Operation,
        message: &Digest,
    ) -> SignedOperation {
        SignedOperation {
            chain_id: CHAIN,
            operation,
            public_key: self.public_key(),
            signature: self.secret().sign(leaf, message).unwrap(),
        }
    }
}

/// Returns a transfer.
pub(in crate::circuit) const fn transfer(
    from: u32,
    to: u32,
    amount: u64,
    fee: u64,
    nonce: u32,
) -> Operation {
    Operation::Transfer(Transfer {
        from,
        to,
        amount,
        fee,
        nonce,
    })
}
