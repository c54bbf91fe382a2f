//! `OnRequest`: proofs about an operation, which a host makes from the accounts that it has; and which others it makes when somebody asks.

use rpp_verifier::{
    Accounts, CircuitId, HeadCircuit, Identity, IdentityWitness, Key, Operation, OperationHash,
    ProofKey, Pruning, SignedOperation, Span, Subject, Transaction, TransactionWitness,
    UptimeCircuit,
};

/// A kind of proof about one operation that is made when somebody asks for it.
#[derive(Clone, Copy, Debug)]
pub struct OnRequest {
    circuit: fn() -> CircuitId,
    witness: fn(&Accounts, &SignedOperation) -> Option<Vec<u8>>,
}

impl OnRequest {
    /// Returns whether a host makes such a proof when somebody asks for it: about an operation, a range of headers or of epochs, or a validator in an epoch.
    #[must_use]
    pub fn makes(key: &ProofKey) -> bool {
        match key.subject {
            Subject::Operation(_) => Self::ALL.iter().any(|kind| kind.circuit() == key.circuit),
            Subject::Range { first, last } => {
                *key == Self::range(first, last) || *key == Self::span(first, last)
            }
            Subject::ValidatorEpoch { .. } => key.circuit == Key::of::<UptimeCircuit>(0).circuit(),
            _ => false,
        }
    }

    /// Returns the proof about the headers from `first` to `last`.
    #[must_use]
    pub fn range(first: u32, last: u32) -> ProofKey {
        ProofKey {
            circuit: Key::of::<Pruning>(0).circuit(),
            subject: Subject::Range { first, last },
        }
    }

    /// Returns the proof about the ends of the epochs from `first` to `last`.
    #[must_use]
    pub fn span(first: u32, last: u32) -> ProofKey {
        ProofKey {
            circuit: Key::of::<Span>(0).circuit(),
            subject: Subject::Range { first, last },
        }
    }

    /// Returns the proof that a block was signed, which nobody asks for.
    #[must_use]
    pub fn signed(height: u32) -> ProofKey {
        ProofKey {
            circuit: Key::of::<HeadCircuit>(0).circuit(),
            subject: Subject::Height(height),
        }
    }

    /// Returns the proofs about an operation.
    pub fn of_operation(hash: OperationHash) -> impl Iterator<Item = ProofKey> {
        let subject = Subject::Operation(hash.0);
        let kinds = Self::ALL.iter();
        kinds.map(move |kind| ProofKey {
            circuit: kind.circuit(),
            subject,
        })
    }

    /// The kinds that verifier-core has circuits for.
    pub const ALL: &'static [Self] = &[
        Self {
            circuit: || Key::of::<Transaction>(0).circuit(),
            witness: |accounts, signed| match signed.operation {
                Operation::Register(_) => None,
                _ => Some(TransactionWitness::new(accounts, signed).to_bytes()),
            },
        },
        Self {
            circuit: || Key::of::<Identity>(0).circuit(),
            witness: |accounts, signed| match signed.operation {
                Operation::Register(_) => Some(IdentityWitness::new(accounts, signed).to_bytes()),
                _ => None,
            },
        },
    ];

    /// Returns the circuit of the proofs.
    #[must_use]
    pub fn circuit(&self) -> CircuitId {
        (self.circuit)()
    }

    /// Returns what the proof is made from that an operation is valid on these accounts; `None` if the
    /// circuit is not about such operations.
    #[must_use]
    pub fn witness(&self, accounts: &Accounts, signed: &SignedOperation) -> Option<Vec<u8>> {
        (self.witness)(accounts, signed)
    }
}
