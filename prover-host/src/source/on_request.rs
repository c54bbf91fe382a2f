//! `OnRequest`: proofs about an operation, which a host makes from the accounts that it has; and which others it makes when somebody asks.

use rpp_verifier::{
    Accounts, CircuitId, Identity, IdentityWitness, Key, Operation, ProofKey, Pruning,
    SignedOperation, Subject, Transaction, TransactionWitness, UptimeCircuit,
};

/// A kind of proof about one operation that is made when somebody asks for it.
#[derive(Clone, Copy, Debug)]
pub struct OnRequest {
    circuit: fn() -> CircuitId,
    witness: fn(&Accounts, &SignedOperation) -> Option<Vec<u8>>,
}

impl OnRequest {
    /// Returns whether a host makes such a proof when somebody asks for it: about an operation, a range of headers, or a validator in an epoch.
    #[must_use]
    pub fn makes(key: &ProofKey) -> bool {
        match key.subject {
            Subject::Operation(_) => Self::ALL.iter().any(|kind| kind.circuit() == key.circuit),
            Subject::Range { .. } => key.circuit == Key::of::<Pruning>(0).circuit(),
            Subject::ValidatorEpoch { .. } => key.circuit == Key::of::<UptimeCircuit>(0).circuit(),
            _ => false,
        }
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
