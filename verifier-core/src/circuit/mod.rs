//! The circuits, a folder each, and their registry.

pub(crate) mod consensus;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) mod forging;
pub(crate) mod identity;
pub(crate) mod pruning;
pub(crate) mod span;
pub(crate) mod state;
pub(crate) mod transaction;
#[cfg(all(test, feature = "prover"))]
mod trial;
pub(crate) mod uptime;

use crate::stark::{Circuits, Registered};

/// Every circuit of this crate: the one place that lists them.
pub static CIRCUITS: Circuits = Circuits::new(&[
    &Registered::<consensus::Consensus>::NEW,
    &Registered::<transaction::Transaction>::NEW,
    &Registered::<identity::Identity>::NEW,
    &Registered::<state::State>::NEW,
    &Registered::<uptime::Uptime>::NEW,
    &Registered::<pruning::Pruning>::NEW,
    &Registered::<span::Span>::NEW,
]);

/// The circuits whose constraints can be deleted one by one, by name.
#[cfg(all(feature = "prover", feature = "hazmat"))]
pub static MUTATIONS: &[crate::stark::mutation::Mutations] = &[
    crate::stark::mutation::Mutations::of::<consensus::Consensus>(),
    crate::stark::mutation::Mutations::of::<transaction::Transaction>(),
    crate::stark::mutation::Mutations::of::<identity::Identity>(),
    crate::stark::mutation::Mutations::of::<state::State>(),
    crate::stark::mutation::Mutations::of::<uptime::Uptime>(),
    crate::stark::mutation::Mutations::of::<pruning::Pruning>(),
    crate::stark::mutation::Mutations::of::<span::Span>(),
];
