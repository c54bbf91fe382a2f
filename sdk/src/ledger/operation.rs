//! `OperationState`: what became of an operation.

use rpp_verifier::{
    DropCode, HeaderHash, OperationHash, Route, SignedOperation, TransactionStatus, TxPath,
    VerifiedInclusion,
};

use super::Ledger;
use crate::error::{AnswerError, Error};
use crate::transport::Transport;

/// What became of an operation. That it is in a block is shown; anything else is the provider's word.
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub enum OperationState {
    /// It is in the block of a trusted header.
    Included(VerifiedInclusion),
    /// A block above the trusted header has it, the provider says: it is shown once that block is verified.
    Ahead {
        /// Height of the block.
        height: u32,
    },
    /// It waits for a block, the provider says. It may wait for ever.
    Pending {
        /// Height of the newest block when the provider took it.
        height: u32,
    },
    /// The provider took it and dropped it, it says. The same bytes may be handed in again, here or elsewhere.
    Dropped {
        /// Height of the newest block when it was dropped.
        height: u32,
        /// The code of the rule by which it was dropped.
        code: DropCode,
    },
    /// The provider has no such operation, it says: it never took it, or dropped it long ago.
    Unknown,
}

impl OperationState {
    /// Returns its name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Included(_) => "included",
            Self::Ahead { .. } => "ahead",
            Self::Pending { .. } => "pending",
            Self::Dropped { .. } => "dropped",
            Self::Unknown => "unknown",
        }
    }
}

impl<T: Transport> Ledger<'_, T> {
    /// Returns what became of an operation.
    ///
    /// # Errors
    ///
    /// [`Error`]; after [`Error::Claim`] the provider lied about the block that has it.
    pub async fn operation(&self, hash: &OperationHash) -> Result<OperationState, Error> {
        let route = Route::Transaction { hash: *hash };
        let status: TransactionStatus = match self.ask(&route).await {
            Err(error) if is_unknown(&error) => return Ok(OperationState::Unknown),
            status => status?,
        };
        if status.hash() != *hash {
            return Err(AnswerError::OtherOperation.into());
        }
        match status {
            TransactionStatus::Pending { height, .. } => Ok(OperationState::Pending { height }),
            TransactionStatus::Dropped { height, code, .. } => {
                Ok(OperationState::Dropped { height, code })
            }
            TransactionStatus::Included {
                height,
                position,
                count,
                path,
                ..
            }
            | TransactionStatus::Pruned {
                height,
                position,
                count,
                path,
                ..
            } => self.included(hash, height, (position, count, path)).await,
        }
    }

    /// Returns what became of an operation that somebody else has handed over, who says that the block with this hash has it:
    /// [`OperationState::Included`] is in that block. The provider may have pruned it: what is asked of it is the place of the
    /// operation, whose hash is computed here.
    ///
    /// # Errors
    ///
    /// [`Error`], as [`Ledger::operation`]; with [`ClaimError::OtherBlock`](rpp_verifier::ClaimError::OtherBlock), which is of the kind `config`, whoever
    /// handed it over is wrong, and not the provider: it is shown to be in another block.
    pub async fn transaction_in_history(
        &self,
        operation: &SignedOperation,
        block: &HeaderHash,
    ) -> Result<OperationState, Error> {
        match self.operation(&operation.hash()).await? {
            OperationState::Included(included) => {
                Ok(OperationState::Included(included.in_block(block)?))
            }
            state => Ok(state),
        }
    }

    async fn included(
        &self,
        hash: &OperationHash,
        height: u32,
        (position, count, path): (u32, u32, TxPath),
    ) -> Result<OperationState, Error> {
        if height > self.under.header().height {
            return Ok(OperationState::Ahead { height });
        }
        let header = self.ancestor(height).await?;
        let included = header.inclusion(*hash, position, count, &path)?;
        Ok(OperationState::Included(included))
    }
}

/// Whether the provider itself says that it has no such operation: what stands in between does not know.
fn is_unknown(error: &Error) -> bool {
    let code = match error {
        Error::Problem(problem) if problem.status == 404 => problem.provider_code.as_deref(),
        _ => None,
    };
    code == Some("unknown-operation")
}
