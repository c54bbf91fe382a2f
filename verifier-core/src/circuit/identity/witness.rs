//! `IdentityWitness`: what an identity proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use super::IdentityStatement;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::gadget::operation::OperationPlan;
use crate::ledger::{Accounts, Opening, Operation, OperationError, SignedOperation};
use crate::limits::MAX_OPERATION_BYTES;
use crate::stark::{Witness, WitnessFault};

/// A signed registration with the place that it takes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct IdentityWitness {
    /// The statement to prove.
    pub statement: IdentityStatement,
    /// The registration.
    pub signed: SignedOperation,
    /// What is at its number on the root before: nothing.
    pub place: Opening,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityWitnessError {
    /// The operation is not a registration.
    #[error("the operation is not a registration: the transaction circuit proves it")]
    Kind,
    /// The operation is not the statement's.
    #[error("the operation is not that of the statement")]
    Operation,
    /// The place is not what it is opened as.
    #[error("the account {index} is not what it is opened as")]
    Opening {
        /// Its number.
        index: u32,
    },
    /// The registration breaks a rule.
    #[error(transparent)]
    Rule(#[from] OperationError),
    /// The root after it is another one.
    #[error("the registration leads to another root than the statement's")]
    After,
}

impl IdentityWitnessError {
    /// Returns the stable code; that of the operation's rule if it is about one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Kind => "witness-kind",
            Self::Operation => "witness-operation",
            Self::Opening { .. } => "witness-opening",
            Self::Rule(error) => error.code(),
            Self::After => "witness-after",
        }
    }
}

impl IdentityWitness {
    const FORMAT: Format = Format {
        what: "identity witness",
        magic: *b"RPPI",
        version: 1,
        max_bytes: 8 + 2 * 32 + 4 + MAX_OPERATION_BYTES + 4 + 48 + 32 * 32,
    };

    /// Returns the witness for an operation on `accounts`, valid or not.
    #[must_use]
    pub fn new(accounts: &Accounts, signed: &SignedOperation) -> Self {
        let index = signed.operation.signer();
        let place = accounts.open(index);
        let after = OperationPlan::new(signed, &place, None).payer.after;
        let statement = IdentityStatement {
            chain_id: signed.chain_id,
            before: accounts.root(),
            after: place.root_with(index, &after),
            operation: signed.hash(),
        };
        Self {
            statement,
            signed: signed.clone(),
            place,
        }
    }

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), IdentityWitnessError> {
        let Self {
            statement,
            signed,
            place,
        } = self;
        let index = signed.operation.signer();
        let Operation::Register(_) = signed.operation else {
            return Err(IdentityWitnessError::Kind);
        };
        if signed.hash() != statement.operation {
            return Err(IdentityWitnessError::Operation);
        }
        if place.root(index) != statement.before {
            return Err(IdentityWitnessError::Opening { index });
        }
        let after = signed.signer_after(statement.chain_id, place.account.as_ref())?;
        signed.check_signature(place.account.as_ref())?;
        if place.root_with(index, &after) != statement.after {
            return Err(IdentityWitnessError::After);
        }
        Ok(())
    }

    /// Returns what the rows of the trace depend on.
    pub(crate) fn plan(&self) -> OperationPlan<'_> {
        OperationPlan::new(&self.signed, &self.place, None)
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let (before, after) = (r.digest("before")?, r.digest("after")?);
        let signed = SignedOperation::read(&mut r)?;
        let place = Opening::read(&mut r)?;
        r.finish()?;
        let statement = IdentityStatement {
            chain_id: signed.chain_id,
            before,
            after,
            operation: signed.hash(),
        };
        Ok(Self {
            statement,
            signed,
            place,
        })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, Self::FORMAT.max_bytes);
        w.digest(&self.statement.before);
        w.digest(&self.statement.after);
        self.signed.write(&mut w);
        self.place.write(&mut w);
        w.finish()
    }
}

impl Witness for IdentityWitness {
    type Statement = IdentityStatement;

    fn statement(&self) -> &IdentityStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
