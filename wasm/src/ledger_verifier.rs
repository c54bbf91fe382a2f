//! `LedgerVerifier`: single proofs about accounts and operations.

use rpp_verifier::{
    CIRCUITS, Circuit, Identity, IdentityStatement, OperationHash, Proof, State, StateStatement,
    Transaction, TransactionStatement, VerifyingKey,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::digest::digest;
use crate::error::Failure;
use crate::plain::Plain;
use crate::verdict;

/// Verifies the proofs of one chain that are about its accounts: `state`, `transaction` and `identity`.
///
/// Digests are 64 lower-case hexadecimal digits. Where the roots come from is for the caller to check.
#[wasm_bindgen]
#[derive(Debug)]
pub struct LedgerVerifier {
    chain_id: u32,
}

#[wasm_bindgen]
impl LedgerVerifier {
    /// Returns the verifier of the chain `chain_id`.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(chain_id: u32) -> Self {
        Self { chain_id }
    }

    /// Checks that the operations of `tx_root` lead from one root of the accounts to the other, with their fees to
    /// the account `proposer`.
    ///
    /// # Errors
    ///
    /// The first rule that the proof breaks, with its code.
    pub fn state(
        &self,
        before: &str,
        after: &str,
        tx_root: &str,
        proposer: u32,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let statement = StateStatement {
            chain_id: self.chain_id,
            before: digest(before)?,
            after: digest(after)?,
            tx_root: digest(tx_root)?,
            proposer,
        };
        let named = Plain::new()
            .with("before", before)
            .with("after", after)
            .with("txRoot", tx_root)
            .with("proposerAccount", proposer);
        self.verify::<State>(statement, named, proof)
    }

    /// Checks that an operation is valid on a root of the accounts.
    ///
    /// # Errors
    ///
    /// As [`LedgerVerifier::state`].
    pub fn transaction(
        &self,
        state_root: &str,
        operation: &str,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let statement = TransactionStatement {
            chain_id: self.chain_id,
            state_root: digest(state_root)?,
            operation: OperationHash(digest(operation)?),
        };
        let named = Plain::new()
            .with("stateRoot", state_root)
            .with("operation", operation);
        self.verify::<Transaction>(statement, named, proof)
    }

    /// Checks that a registration leads from one root of the accounts to the other.
    ///
    /// # Errors
    ///
    /// As [`LedgerVerifier::state`].
    pub fn identity(
        &self,
        before: &str,
        after: &str,
        operation: &str,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let statement = IdentityStatement {
            chain_id: self.chain_id,
            before: digest(before)?,
            after: digest(after)?,
            operation: OperationHash(digest(operation)?),
        };
        let named = Plain::new()
            .with("before", before)
            .with("after", after)
            .with("operation", operation);
        self.verify::<Identity>(statement, named, proof)
    }

    fn verify<C: Circuit>(
        &self,
        statement: C::Statement,
        named: Plain,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let proof = Proof::from_bytes(proof, &CIRCUITS)?;
        let verified = VerifyingKey::<C>::new(self.chain_id).verify(statement, &proof)?;
        let named = named
            .with("kind", verified.circuit().name())
            .with("chainId", self.chain_id);
        Ok(verdict::of(&verified, named).into())
    }
}
