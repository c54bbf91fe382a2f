//! `StateWitness`: what a state proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use p3_maybe_rayon::prelude::*;

use super::StateStatement;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::gadget::operation::OperationPlan;
use crate::ledger::{
    Account, Accounts, BlockOperationsError, Opening, Operation, OperationError, OperationHash,
    SignedOperation, TxTree,
};
use crate::limits::{MAX_OPERATIONS, MAX_REGISTRATIONS, MAX_WITNESS_BYTES};
use crate::stark::{Witness, WitnessFault};

/// An operation of a block, with the accounts that it changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AppliedOperation {
    /// The operation.
    pub signed: SignedOperation,
    /// The account that signs, on the root that the operation before left.
    pub payer: Opening,
    /// The account that receives, on the root after the debit; of a transfer only.
    pub receiver: Option<Opening>,
}

impl AppliedOperation {
    /// Returns what the rows of the trace depend on.
    pub(super) fn plan(&self) -> OperationPlan<'_> {
        OperationPlan::new(&self.signed, &self.payer, self.receiver.as_ref())
    }
}

/// The operations of a block, with the accounts that they change.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StateWitness {
    /// The statement to prove.
    pub statement: StateStatement,
    /// The operations, in their order.
    pub operations: Vec<AppliedOperation>,
    /// The proposer's account, after them.
    pub proposer: Opening,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StateWitnessError {
    /// The block breaks a rule.
    #[error(transparent)]
    Rule(#[from] BlockOperationsError),
    /// An account that is opened is not under its root.
    #[error("the account {index} is not what it is opened as")]
    Opening {
        /// Its number.
        index: u32,
    },
    /// The operations are not those of the statement.
    #[error("the operations are not those of the statement")]
    Operations,
    /// They lead to another root.
    #[error("the operations lead to another root than the statement's")]
    After,
}

impl StateWitnessError {
    /// Returns the stable code; that of the block's rule if it is about one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Rule(error) => error.code(),
            Self::Opening { .. } => "witness-opening",
            Self::Operations => "witness-operations",
            Self::After => "witness-after",
        }
    }
}

impl StateWitness {
    const FORMAT: Format = Format {
        what: "state witness",
        magic: *b"RPPU",
        version: 1,
        max_bytes: MAX_WITNESS_BYTES,
    };

    /// Returns the witness for a block of operations on `accounts`, valid or not.
    ///
    /// # Errors
    ///
    /// [`BlockOperationsError::TooMany`].
    pub fn new(
        accounts: &Accounts,
        chain_id: u32,
        operations: &[SignedOperation],
        proposer: u32,
    ) -> Result<Self, BlockOperationsError> {
        let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
        let tx_root = TxTree::new(&hashes)?.tx_root();
        let mut accounts = accounts.clone();
        let before = accounts.root();
        let mut fees = 0_u64;
        let apply = |signed: &SignedOperation| {
            let index = signed.operation.signer();
            let payer = accounts.open(index);
            let after = OperationPlan::new(signed, &payer, None).payer.after;
            accounts = accounts.with(index, after);
            let receiver = match &signed.operation {
                Operation::Transfer(transfer) => {
                    let receiver = accounts.open(transfer.to);
                    let plan = OperationPlan::new(signed, &payer, Some(&receiver));
                    let after = plan.receiver.map(|change| change.after);
                    accounts =
                        after.map_or_else(|| accounts.clone(), |a| accounts.with(transfer.to, a));
                    Some(receiver)
                }
                _ => None,
            };
            fees = fees.wrapping_add(signed.operation.fee());
            AppliedOperation {
                signed: signed.clone(),
                payer,
                receiver,
            }
        };
        let operations = operations.iter().map(apply).collect();
        let opened = accounts.open(proposer);
        let account = opened.account.map(|account| with_fees(&account, fees));
        let after = account.map_or_else(|| accounts.root(), |a| opened.root_with(proposer, &a));
        Ok(Self {
            statement: StateStatement {
                chain_id,
                before,
                after,
                tx_root,
                proposer,
            },
            operations,
            proposer: opened,
        })
    }

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), StateWitnessError> {
        let statement = &self.statement;
        let hashes: Vec<OperationHash> =
            self.operations.iter().map(|op| op.signed.hash()).collect();
        if TxTree::new(&hashes)?.tx_root() != statement.tx_root {
            return Err(StateWitnessError::Operations);
        }
        let is_registration =
            |op: &&AppliedOperation| matches!(op.signed.operation, Operation::Register(_));
        let got = self.operations.iter().filter(is_registration).count();
        let max = MAX_REGISTRATIONS;
        if u32::try_from(got).map_or(true, |got| got > max) {
            return Err(BlockOperationsError::TooManyRegistrations { max, got }.into());
        }
        // Signatures take nearly all of the time; the first fault in order is still the one named.
        let signatures: Vec<_> = self
            .operations
            .par_iter()
            .map(|op| op.signed.check_signature(op.payer.account.as_ref()))
            .collect();
        let mut root = statement.before;
        let mut fees = 0_u128;
        for (position, (op, signature)) in self.operations.iter().zip(signatures).enumerate() {
            let rule =
                |source: OperationError| BlockOperationsError::Operation { position, source };
            let index = op.signed.operation.signer();
            if op.payer.root(index) != root {
                return Err(StateWitnessError::Opening { index });
            }
            let signer = op.payer.account.as_ref();
            let after = op
                .signed
                .signer_after(statement.chain_id, signer)
                .map_err(rule)?;
            root = op.payer.root_with(index, &after);
            if let Operation::Transfer(transfer) = &op.signed.operation {
                let index = transfer.to;
                let opened = op
                    .receiver
                    .as_ref()
                    .filter(|opened| opened.root(index) == root);
                let opened = opened.ok_or(StateWitnessError::Opening { index })?;
                let after = transfer
                    .receiver_after(opened.account.as_ref())
                    .map_err(rule)?;
                root = opened.root_with(index, &after);
            }
            signature.map_err(rule)?;
            fees += u128::from(op.signed.operation.fee());
        }
        let index = statement.proposer;
        if self.proposer.root(index) != root {
            return Err(StateWitnessError::Opening { index });
        }
        let account = self.proposer.account.as_ref();
        let account = account.ok_or(BlockOperationsError::UnknownProposer { index })?;
        let credited = u64::try_from(fees)
            .ok()
            .and_then(|fees| account.credited(fees));
        let credited = credited.ok_or(BlockOperationsError::ProposerFull { index })?;
        if self.proposer.root_with(index, &credited) != statement.after {
            return Err(StateWitnessError::After);
        }
        Ok(())
    }

    /// Returns all fees together; what does not fit wraps around.
    pub(super) fn fees(&self) -> u64 {
        let fees = self.operations.iter().map(|op| op.signed.operation.fee());
        fees.fold(0, u64::wrapping_add)
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let statement = StateStatement {
            chain_id: r.u32("chain_id")?,
            before: r.digest("before")?,
            after: r.digest("after")?,
            tx_root: r.digest("tx_root")?,
            proposer: r.u32("proposer")?,
        };
        let count = r.u32_in(0, MAX_OPERATIONS, "operations")?;
        let read = |_| {
            let signed = SignedOperation::read(&mut r)?;
            let payer = Opening::read(&mut r)?;
            let receiver = match signed.operation {
                Operation::Transfer(_) => Some(Opening::read(&mut r)?),
                _ => None,
            };
            Ok(AppliedOperation {
                signed,
                payer,
                receiver,
            })
        };
        let operations = (0..count).map(read).collect::<Result<_, DecodeError>>()?;
        let proposer = Opening::read(&mut r)?;
        r.finish()?;
        Ok(Self {
            statement,
            operations,
            proposer,
        })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let StateStatement {
            chain_id,
            before,
            after,
            tx_root,
            proposer,
        } = &self.statement;
        let mut w = Writer::open(&Self::FORMAT, 0);
        w.u32(*chain_id);
        w.digest(before);
        w.digest(after);
        w.digest(tx_root);
        w.u32(*proposer);
        w.u32(u32::try_from(self.operations.len()).unwrap_or(u32::MAX));
        for op in &self.operations {
            op.signed.write(&mut w);
            op.payer.write(&mut w);
            if let Some(receiver) = &op.receiver {
                receiver.write(&mut w);
            }
        }
        self.proposer.write(&mut w);
        w.finish()
    }
}

/// Returns an account after it took fees; what does not fit wraps around.
pub(super) const fn with_fees(account: &Account, fees: u64) -> Account {
    Account {
        balance: account.balance.wrapping_add(fees),
        ..*account
    }
}

impl Witness for StateWitness {
    type Statement = StateStatement;

    fn statement(&self) -> &StateStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
