//! `TransactionWitness`: what a transaction proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use super::TransactionStatement;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::gadget::operation::OperationPlan;
use crate::ledger::{Accounts, Opening, Operation, OperationError, SignedOperation};
use crate::limits::MAX_OPERATION_BYTES;
use crate::stark::{Witness, WitnessFault};

/// A signed operation with the accounts that it changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TransactionWitness {
    /// The statement to prove.
    pub statement: TransactionStatement,
    /// The operation.
    pub signed: SignedOperation,
    /// The account that signs, on the root of the statement.
    pub payer: Opening,
    /// The account that receives, on the root after the debit; of a transfer only.
    pub receiver: Option<Opening>,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionWitnessError {
    /// The operation is a registration, which has a circuit of its own.
    #[error("a registration is proven by the identity circuit")]
    Kind,
    /// The operation is not the statement's.
    #[error("the operation is not that of the statement")]
    Operation,
    /// An account that is opened is not under its root.
    #[error("the account {index} is not what it is opened as")]
    Opening {
        /// Its number.
        index: u32,
    },
    /// The operation breaks a rule.
    #[error(transparent)]
    Rule(#[from] OperationError),
}

impl TransactionWitnessError {
    /// Returns the stable code; that of the operation's rule if it is about one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kind => "witness-kind",
            Self::Operation => "witness-operation",
            Self::Opening { .. } => "witness-opening",
            Self::Rule(error) => error.code(),
        }
    }
}

impl TransactionWitness {
    const FORMAT: Format = Format {
        what: "transaction witness",
        magic: *b"RPPT",
        version: 1,
        max_bytes: 8 + 32 + 4 + MAX_OPERATION_BYTES + 2 * (4 + 48 + 32 * 32),
    };

    /// Returns the witness for an operation on `accounts`, valid or not.
    #[must_use]
    pub fn new(accounts: &Accounts, signed: &SignedOperation) -> Self {
        let statement = TransactionStatement {
            chain_id: signed.chain_id,
            state_root: accounts.root(),
            operation: signed.hash(),
        };
        let payer = accounts.open(signed.operation.signer());
        let receiver = match &signed.operation {
            Operation::Transfer(transfer) => {
                let plan = OperationPlan::new(signed, &payer, None);
                let debited = accounts.with(transfer.from, plan.payer.after);
                Some(debited.open(transfer.to))
            }
            _ => None,
        };
        Self {
            statement,
            signed: signed.clone(),
            payer,
            receiver,
        }
    }

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), TransactionWitnessError> {
        let Self {
            statement,
            signed,
            payer,
            receiver,
        } = self;
        let index = signed.operation.signer();
        if let Operation::Register(_) = signed.operation {
            return Err(TransactionWitnessError::Kind);
        }
        if signed.hash() != statement.operation {
            return Err(TransactionWitnessError::Operation);
        }
        if payer.root(index) != statement.state_root {
            return Err(TransactionWitnessError::Opening { index });
        }
        let signer = payer.account.as_ref();
        let after = signed.signer_after(statement.chain_id, signer)?;
        if let Operation::Transfer(transfer) = &signed.operation {
            let (index, root) = (transfer.to, payer.root_with(index, &after));
            let receiver = receiver
                .as_ref()
                .filter(|opened| opened.root(index) == root);
            let receiver = receiver.ok_or(TransactionWitnessError::Opening { index })?;
            transfer.receiver_after(receiver.account.as_ref())?;
        }
        Ok(signed.check_signature(signer)?)
    }

    /// Returns what the rows of the trace depend on.
    pub(crate) fn plan(&self) -> OperationPlan<'_> {
        OperationPlan::new(&self.signed, &self.payer, self.receiver.as_ref())
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let state_root = r.digest("state_root")?;
        let signed = SignedOperation::read(&mut r)?;
        let payer = Opening::read(&mut r)?;
        let receiver = match signed.operation {
            Operation::Transfer(_) => Some(Opening::read(&mut r)?),
            _ => None,
        };
        r.finish()?;
        let statement = TransactionStatement {
            chain_id: signed.chain_id,
            state_root,
            operation: signed.hash(),
        };
        Ok(Self {
            statement,
            signed,
            payer,
            receiver,
        })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, Self::FORMAT.max_bytes);
        w.digest(&self.statement.state_root);
        self.signed.write(&mut w);
        self.payer.write(&mut w);
        if let Some(receiver) = &self.receiver {
            receiver.write(&mut w);
        }
        w.finish()
    }
}

impl Witness for TransactionWitness {
    type Statement = TransactionStatement;

    fn statement(&self) -> &TransactionStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
