//! Accounts and what their keys sign.

use rpp_verifier::{
    Account, Digest, KeyPurpose, Operation, PublicKey, Register, Rekey, SecretKey, SignedOperation,
    Transfer,
};

/// The chain of all wallets here.
pub(crate) const CHAIN_ID: u32 = 7;

/// A key of 16 leaves, made again for each signature: tests sign more than once at a leaf.
#[derive(Clone, Copy)]
pub(crate) struct Wallet {
    seed: u8,
    pub(crate) public_key: PublicKey,
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::generate([seed; 32], KeyPurpose::Account, CHAIN_ID, 4, &|_| ()).unwrap()
}

impl Wallet {
    pub(crate) fn new(seed: u8) -> Self {
        let public_key = *secret(seed).public_key();
        Self { seed, public_key }
    }

    pub(crate) fn key_id(&self) -> Digest {
        self.public_key.key_id(KeyPurpose::Account, CHAIN_ID)
    }

    pub(crate) fn account(&self, balance: u64) -> Account {
        Account {
            key_id: self.key_id(),
            balance,
            nonce: 0,
            key_offset: 0,
        }
    }

    pub(crate) fn sign(&self, leaf: u32, operation: Operation) -> SignedOperation {
        let message = operation.hash(CHAIN_ID).0;
        SignedOperation {
            chain_id: CHAIN_ID,
            operation,
            public_key: self.public_key,
            signature: secret(self.seed).sign(leaf, &message).unwrap(),
        }
    }

    /// Signs a transfer at the leaf of its nonce.
    pub(crate) fn transfer(&self, transfer: Transfer) -> SignedOperation {
        self.sign(transfer.nonce, Operation::Transfer(transfer))
    }

    pub(crate) fn register(&self, index: u32, leaf: u32) -> SignedOperation {
        let key_id = self.key_id();
        let register = Register {
            index,
            key_id,
            leaf,
        };
        self.sign(leaf, Operation::Register(register))
    }

    pub(crate) fn rekey(&self, index: u32, new: &Self, nonce: u32) -> SignedOperation {
        self.rekey_for(0, index, new, nonce)
    }

    /// Changes the key of an account for a fee.
    pub(crate) fn rekey_for(
        &self,
        fee: u64,
        index: u32,
        new: &Self,
        nonce: u32,
    ) -> SignedOperation {
        let rekey = Rekey {
            index,
            new_key_id: new.key_id(),
            fee,
            nonce,
        };
        self.sign(nonce, Operation::Rekey(rekey))
    }
}
