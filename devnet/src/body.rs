//! `Body`: the operations of a block, and the accounts after it.

use std::sync::Arc;

use rpp_verifier::{
    Accounts, BlockOperationsError, Digest, MAX_OPERATIONS, MAX_REGISTRATIONS, Operation,
    SignedOperation, TxTree,
};

/// The operations of a block, and what follows from them.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) operations: Vec<SignedOperation>,
    pub(crate) tx_root: Digest,
    /// The root of the accounts after the operations and the fees.
    pub(crate) state_root: Digest,
}

impl Body {
    /// Puts into a block, in their order, those of the candidates that the state allows, as many as there
    /// is room for; the account `proposer` gets the fees.
    ///
    /// # Errors
    ///
    /// [`BlockOperationsError::UnknownProposer`] or [`BlockOperationsError::ProposerFull`].
    pub(crate) fn new(
        chain_id: u32,
        state: &Accounts,
        candidates: Vec<Arc<SignedOperation>>,
        proposer: u32,
    ) -> Result<Self, BlockOperationsError> {
        let mut accounts = state.clone();
        let (mut operations, mut hashes) = (Vec::new(), Vec::new());
        let (mut room, mut registrations) = (MAX_OPERATIONS, MAX_REGISTRATIONS);
        let mut fees = 0_u128;
        for candidate in candidates {
            if room == 0 {
                break;
            }
            let registers = matches!(candidate.operation, Operation::Register(_));
            if registers && registrations == 0 {
                continue;
            }
            match accounts.apply(chain_id, &candidate) {
                Ok(applied) => {
                    accounts = applied.accounts;
                    fees += u128::from(applied.fee);
                    room -= 1;
                    registrations -= u32::from(registers);
                    hashes.push(candidate.hash());
                    operations.push(Arc::unwrap_or_clone(candidate));
                }
                Err(why) => {
                    let operation = candidate.hash();
                    tracing::debug!(%operation, code = why.code(), "left out of a block: {why}");
                }
            }
        }
        Ok(Self {
            operations,
            tx_root: TxTree::new(&hashes)?.tx_root(),
            state_root: accounts.with_fees(proposer, fees)?.root(),
        })
    }
}
