//! How often a validator has voted.

use rpp_verifier::{
    CIRCUITS, Key, MAX_WINDOW, Proof, ProofKey, Route, ServedUptime, Subject, UptimeCircuit,
    VerifiedUptime,
};

use super::Ledger;
use crate::error::{AnswerError, Error};
use crate::transport::Transport;

impl<T: Transport> Ledger<'_, T> {
    /// Returns for how many blocks of an epoch the validator at an index of its set has voted: proven, and neither more
    /// nor less than the headers of the chain say. The epoch has to be over by the block of the header.
    ///
    /// # Errors
    ///
    /// [`Error`]; [`Error::AboveHead`], [`Error::LongEpoch`] and [`Error::Circuit`] before anybody is asked. The provider makes the proof once
    /// somebody asks for it, as this does: until it is there the code is `provider-busy`, and the caller asks again.
    pub async fn uptime(&self, validator: u32, epoch: u32) -> Result<VerifiedUptime, Error> {
        let (chain, head) = (self.under.params(), self.under.header().height);
        let (first, last) = chain.voted(epoch).unwrap_or((u32::MAX, u32::MAX));
        // The votes for a block are in the header after it.
        let height = last.saturating_add(1);
        if last >= head {
            return Err(Error::AboveHead { height, head });
        }
        let heights = height.saturating_sub(first);
        if heights > MAX_WINDOW {
            let max = MAX_WINDOW;
            return Err(Error::LongEpoch {
                epoch,
                heights,
                max,
            });
        }
        let key = self.keys.key::<UptimeCircuit>(chain.chain_id(), height)?;
        let after = self.ancestor(height).await?;
        let served: ServedUptime = self.ask(&Route::Uptime { validator, epoch }).await?;
        if served.validator != validator {
            let (expected, got) = (validator, served.validator);
            return Err(AnswerError::OtherValidator { expected, got }.into());
        }
        if (served.epoch, served.first, served.last) != (epoch, first, last) {
            return Err(AnswerError::OtherEpoch { epoch }.into());
        }
        if served.header_hash != *after.hash() {
            return Err(AnswerError::OtherHeader { height }.into());
        }
        let (set, key_id) = (&served.validator_set_root, &served.key_id);
        let statement = after.uptime_statement(validator, set, key_id, served.signed)?;
        let proof = self.requested(ProofKey {
            circuit: Key::of::<UptimeCircuit>(chain.chain_id()).circuit(),
            subject: Subject::ValidatorEpoch { validator, epoch },
        });
        let proof = Proof::from_bytes(&proof.await?, &CIRCUITS)?;
        Ok(after.uptime(&key.verify(statement, &proof)?)?)
    }
}
