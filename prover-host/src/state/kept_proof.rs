//! Proofs of ranges that a host makes by itself, keeps for good, and rests on: of the headers that it prunes, and of the ends of epochs.

use rpp_verifier::{CIRCUITS, Circuit, Proof, ProofKey, Pruning, Span, VerifyError, VerifyingKey};
use tokio::task::spawn_blocking;

use super::host::Host;
use super::ledger::ProofStatus;
use super::{
    BlobError, DatabaseError, EpochSpan, ProofId, PrunedRange, PublishError, RequestError,
};
use crate::steps::Stopped;

/// A proof of a range that the host has decided on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeptProof {
    /// Of headers that follow each other.
    Headers(PrunedRange),
    /// Of the ends of epochs that follow each other.
    Epochs(EpochSpan),
}

/// Whether anything may rest on a kept proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum KeptCheck {
    /// The proof is on disk in this file, and proves what the headers say.
    Verified(ProofId),
    /// There is no proof, or it was damaged: it is to be made.
    Missing,
}

impl KeptProof {
    pub(crate) fn key(self) -> ProofKey {
        match self {
            Self::Headers(range) => range.key(),
            Self::Epochs(span) => span.key(),
        }
    }
}

impl Host {
    /// Has a proof made, unless it is made or waits already, and keeps it for good.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`].
    pub(crate) async fn make_kept_proof(&self, proof: KeptProof) -> Result<(), KeptProofError> {
        let _asked = self.requests.lock().await;
        let key = proof.key();
        let status = self.change(|ledger| {
            ledger.keep(key);
            ledger.status(&key)
        });
        match (status, proof) {
            (ProofStatus::Waiting | ProofStatus::Listed(_), _) => {}
            (_, KeptProof::Headers(range)) => self.make_range(range).await?,
            (_, KeptProof::Epochs(span)) => self.make_span(span).await?,
        }
        Ok(())
    }

    /// Reads a proof, and verifies that it proves what the headers of this host say.
    ///
    /// # Errors
    ///
    /// [`KeptProofError`]; a proof of something else is not served any more, and is to be made anew.
    pub(crate) async fn check_kept_proof(
        &self,
        proof: KeptProof,
    ) -> Result<KeptCheck, KeptProofError> {
        let key = proof.key();
        match proof {
            KeptProof::Headers(range) => {
                let statement = self.range_statement(range)?;
                self.check_proof::<Pruning>(key, statement).await
            }
            KeptProof::Epochs(span) => {
                let statement = self.span_statement(span)?;
                self.check_proof::<Span>(key, statement).await
            }
        }
    }

    /// Verifies that the proof under `key` proves `statement`; `None` if the headers make none.
    async fn check_proof<C: Circuit<Statement: Send>>(
        &self,
        key: ProofKey,
        statement: Option<C::Statement>,
    ) -> Result<KeptCheck, KeptProofError> {
        let ProofStatus::Listed(file) = self.ledger().status(&key) else {
            return Ok(KeptCheck::Missing);
        };
        let (Some(statement), Some(bytes)) = (statement, self.read_proof(file.id).await?) else {
            return Ok(KeptCheck::Missing);
        };
        let verifying = VerifyingKey::<C>::new(self.chain.chain_id);
        let verified = spawn_blocking(move || {
            let proof = Proof::from_bytes(&bytes, &CIRCUITS)?;
            verifying.verify(statement, &proof).map(drop)
        });
        if let Err(source) = verified.await.map_err(PublishError::from)? {
            self.withdraw_refused(&key, file.id).await?;
            return Err(KeptProofError::Refused { key, source });
        }
        // What it was made from is there without it.
        self.database.forget_witness(&key).await?;
        Ok(KeptCheck::Verified(file.id))
    }
}

/// Why nothing rests on a kept proof, for the moment or at all.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeptProofError {
    /// What the proof is made from cannot be read or saved.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// Something cannot be saved or served.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The proof, or a file that is to be deleted, cannot be used.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The stored proof proves something else.
    #[error(
        "the stored proof {key} does not prove what the headers say: {source}; it is not served any more"
    )]
    Refused {
        /// The proof.
        key: ProofKey,
        /// The rule that it breaks.
        source: VerifyError,
    },
    /// No proof came of what there is to make it from.
    #[error("the proof {key} was attempted, and there is none")]
    NotMade {
        /// The proof.
        key: ProofKey,
    },
    /// A test stopped it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

impl KeptProofError {
    /// Returns whether the same may work later, without anybody mending anything.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::Request(RequestError::Publish(error)) | Self::Publish(error) => {
                error.is_passing()
            }
            Self::Request(RequestError::Database(error)) | Self::Database(error) => {
                error.is_passing()
            }
            Self::Blob(error) => error.is_passing(),
            Self::Request(_) | Self::Refused { .. } => false,
            Self::NotMade { .. } | Self::Stopped(_) => false,
        }
    }

    /// Returns whether nothing but this proof and what rests on it is affected: the chain goes on without.
    #[must_use]
    pub const fn spares_the_chain(&self) -> bool {
        match self {
            Self::Request(RequestError::Publish(_) | RequestError::Database(_)) => false,
            Self::Publish(_) | Self::Blob(_) | Self::Database(_) | Self::Stopped(_) => false,
            Self::Request(_) | Self::Refused { .. } | Self::NotMade { .. } => true,
        }
    }

    /// Returns the stable code of what is wrong with the data folder; `None` for other faults.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self {
            Self::Request(RequestError::Publish(error)) | Self::Publish(error) => error.code(),
            Self::Request(RequestError::Database(error)) | Self::Database(error) => {
                Some(error.code())
            }
            Self::Blob(error) => Some(error.code()),
            Self::Refused { source, .. } => Some(source.code()),
            Self::Request(_) | Self::NotMade { .. } | Self::Stopped(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use rpp_verifier::PruningStatementError;

    use super::*;
    use crate::state::NotNextError;
    use crate::steps::Step;

    #[test]
    fn a_fault_of_what_a_range_is_made_from_stops_no_chain() {
        let key = PrunedRange { first: 0, last: 3 }.key();
        let (last, newest) = (3, 3);
        for spares in [
            KeptProofError::Request(RequestError::NoHeaderAfter { last, newest }),
            KeptProofError::Request(RequestError::Statement(PruningStatementError::Range)),
            KeptProofError::Request(RequestError::OtherRange),
            KeptProofError::NotMade { key },
        ] {
            assert!(
                spares.spares_the_chain() && !spares.is_passing(),
                "{spares}"
            );
            assert_eq!(spares.code(), None, "{spares}");
        }
        let stopped = PublishError::Stopped(Stopped(Step::RangeSaved));
        let not_next = NotNextError { latest: 3, got: 3 };
        for stops in [
            KeptProofError::Stopped(Stopped(Step::RangeSaved)),
            KeptProofError::Publish(PublishError::NotNext(not_next)),
            KeptProofError::Request(RequestError::Publish(stopped)),
        ] {
            assert!(!stops.spares_the_chain(), "{stops}");
        }
    }
}
