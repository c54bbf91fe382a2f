//! `LedgerVerifier`: single proofs of all circuits but `consensus`.

use std::num::NonZeroU32;

use rpp_verifier::{
    CIRCUITS, Circuit, Header, Identity, IdentityStatement, OperationHash, Proof, Pruning,
    PruningStatement, Span, SpanStatement, State, StateStatement, Transaction,
    TransactionStatement, Uptime, UptimeClaim, UptimeStatement, VerifyingKey,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::digest::digest;
use crate::error::Failure;
use crate::plain::Plain;
use crate::verdict;

/// Verifies the proofs of one chain that are about its accounts, `state`, `transaction` and `identity`, about ranges of
/// its headers, `pruning`, about votes, `uptime`, and about ends of epochs, `span`.
///
/// Digests are 64 lower-case hexadecimal digits. Where the roots and headers come from is for the caller to check.
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

    /// Checks that the headers from `start` to before `end`, 2^k of them, follow each other, are what the history of `end`
    /// has and that of `start` does not, and lead from one fold of their operations' roots to the other.
    ///
    /// Both headers are 284 bytes. The verdict has their hashes, for the caller to compare: whoever trusts that of `end` may
    /// trust what the statement says of the range.
    ///
    /// # Errors
    ///
    /// As [`LedgerVerifier::state`], or the rule of a header or of the range that is broken.
    pub fn pruning(
        &self,
        start: &[u8],
        end: &[u8],
        fold_before: &str,
        fold_after: &str,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let (start, end) = (Header::from_bytes(start)?, Header::from_bytes(end)?);
        let folds = [digest(fold_before)?, digest(fold_after)?];
        let statement = PruningStatement::new(&start, &end, folds)?;
        let named = Plain::new()
            .with("startHeight", statement.start_height)
            .with("startHash", statement.start_hash.to_string())
            .with("startHistory", statement.start_history.to_hex())
            .with("endHeight", statement.end_height)
            .with("endHash", end.hash().to_string())
            .with("lastHash", statement.last_hash.to_string())
            .with("endHistory", statement.end_history.to_hex())
            .with("foldBefore", fold_before)
            .with("foldAfter", fold_after);
        self.verify::<Pruning>(statement, named, proof)
    }

    /// Checks that the headers from height `first` to before `head` follow each other and name one set, in which a key is at
    /// an index, and that by what the header after each says, it voted for exactly `signed` of them.
    ///
    /// The header is 284 bytes, and the headers before it, from `first` on, are of one epoch of `epoch_length` heights. The
    /// verdict has its hash, for the caller to compare: whoever trusts that may trust what the statement says of the votes.
    ///
    /// # Errors
    ///
    /// As [`LedgerVerifier::state`], or the rule of a header or of the window that is broken.
    #[expect(
        clippy::too_many_arguments,
        reason = "an object would have to be taken apart here"
    )]
    pub fn uptime(
        &self,
        head: &[u8],
        epoch_length: u32,
        first: u32,
        validator_set_root: &str,
        index: u32,
        key_id: &str,
        signed: u32,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let head = Header::from_bytes(head)?;
        let epoch_length = epoch(epoch_length)?;
        let claim = UptimeClaim {
            first,
            validator_set_root: digest(validator_set_root)?,
            index,
            key_id: digest(key_id)?,
            signed,
        };
        let statement = UptimeStatement::new(&head, epoch_length, &claim)?;
        let named = Plain::new()
            .with("headHash", statement.head_hash.to_string())
            .with("first", first)
            .with("last", statement.last)
            .with("validatorSetRoot", validator_set_root)
            .with("index", index)
            .with("keyId", key_id)
            .with("signed", signed);
        self.verify::<Uptime>(statement, named, proof)
    }

    /// Checks that there are headers at the ends of epochs of `epoch_length` heights, the first at `first_height` and signed by a
    /// set, each other one signed by the set that the one before names as the next, and each in the history of the next, up to
    /// `last`.
    ///
    /// The header is 284 bytes. Whoever trusts the set at the first height may trust what the last header says of the next.
    ///
    /// # Errors
    ///
    /// As [`LedgerVerifier::state`], or the rule of a header or of the span that is broken.
    pub fn span(
        &self,
        last: &[u8],
        first_height: u32,
        epoch_length: u32,
        validator_set_root: &str,
        proof: &[u8],
    ) -> Result<JsValue, Failure> {
        let last = Header::from_bytes(last)?;
        let set_root = digest(validator_set_root)?;
        let epoch_length = epoch(epoch_length)?;
        let statement = SpanStatement::new(first_height, epoch_length, set_root, &last)?;
        let named = Plain::new()
            .with("epochLength", epoch_length.get())
            .with("firstHeight", first_height)
            .with("validatorSetRoot", validator_set_root)
            .with("ends", statement.ends)
            .with("lastHash", statement.last_hash.to_string());
        self.verify::<Span>(statement, named, proof)
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

/// Returns the length of an epoch.
fn epoch(length: u32) -> Result<NonZeroU32, Failure> {
    NonZeroU32::new(length).ok_or_else(|| Failure::config(&"an epoch has no height"))
}
