//! An account of a test's own.

use rpp_verifier::{
    Account, Accounts, Digest, KeyPurpose, Operation, Register, SecretKey, SignedOperation,
    Transfer,
};

use crate::support::CONFIG;

pub(crate) struct Wallet {
    pub(crate) index: u32,
    key: SecretKey,
}

impl Wallet {
    /// Makes a key of 2^`height` leaves, whose account is not registered yet.
    pub(crate) fn new(index: u32, height: u32) -> Self {
        let mut seed = [7; 32];
        seed[..4].copy_from_slice(&index.to_le_bytes());
        let purpose = KeyPurpose::Account;
        let key = SecretKey::generate(seed, purpose, CONFIG.chain_id, height, &|_| {});
        Self {
            index,
            key: key.unwrap(),
        }
    }

    pub(crate) fn key_id(&self) -> Digest {
        self.key.key_id()
    }

    pub(crate) fn register(&mut self) -> SignedOperation {
        self.sign(Operation::Register(Register {
            index: self.index,
            key_id: self.key_id(),
            leaf: self.key.next_leaf(),
        }))
    }

    pub(crate) fn transfer(&mut self, to: u32, amount: u64, fee: u64) -> SignedOperation {
        self.sign(Operation::Transfer(Transfer {
            from: self.index,
            to,
            amount,
            fee,
            nonce: self.key.next_leaf(),
        }))
    }

    /// Signs at the leaf of the operation's nonce.
    fn sign(&mut self, operation: Operation) -> SignedOperation {
        let chain_id = CONFIG.chain_id;
        let message = operation.hash(chain_id).0;
        let signature = self.key.sign(operation.nonce(), &message).unwrap();
        SignedOperation {
            chain_id,
            operation,
            public_key: *self.key.public_key(),
            signature,
        }
    }

    pub(crate) fn account<'a>(&self, state: &'a Accounts) -> &'a Account {
        state.get(self.index).unwrap()
    }
}
