//! The proof of what a block's operations did.

use rpp_verifier::{
    CIRCUITS, Key, Proof, ProofKey, Proposer, Route, Subject, TransitionCircuit, VerifiedTransition,
};

use super::Ledger;
use crate::error::{AnswerError, Error};
use crate::transport::{Request, Transport};

impl<T: Transport> Ledger<'_, T> {
    /// Returns that the operations of the header's block lead from the accounts of its parent to its own:
    /// proven, whoever signed the block.
    ///
    /// Checked for every block from one on, this shows that nobody made money or spent that of others
    /// since; for one block it shows what that block did.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::Circuit`] before anybody is asked. The proof comes a little after the block: until then its code is `provider-busy`. A genesis has
    /// none.
    pub async fn transition(&self) -> Result<VerifiedTransition, Error> {
        let header = self.under.header();
        let height = header.height;
        let key = self
            .keys
            .key::<TransitionCircuit>(header.chain_id, height)?;
        // The hash of the header fixes its parent's and names the set: the rest is checked against both.
        let block = self.block(height).await?;
        let candidate = block.into_candidate(None).map_err(AnswerError::from)?;
        let proposer: Proposer = self.ask(&Route::Proposer { height }).await?;
        if proposer.height != height {
            let (expected, got) = (height, proposer.height);
            return Err(AnswerError::OtherHeight { expected, got }.into());
        }
        let request = Request::proof(ProofKey {
            circuit: Key::of::<TransitionCircuit>(header.chain_id).circuit(),
            subject: Subject::Height(height),
        });
        let body = self.body(&request).await?;
        let (parent, set) = (&candidate.parent, &candidate.certificate.set);
        let (validator, path) = (&proposer.validator, &proposer.path);
        let statement = self
            .under
            .transition_statement(parent, set, validator, path)?;
        let proof = Proof::from_bytes(&body, &CIRCUITS)?;
        let verified = key.verify(statement, &proof)?;
        let transition = self
            .under
            .transition(parent, set, validator, path, &verified)?;
        Ok(transition)
    }
}
