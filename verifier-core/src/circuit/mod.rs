//! The circuits, a folder each, and their registry.

pub(crate) mod consensus;

use crate::stark::{Circuits, Registered};

/// Every circuit of this crate: the one place that lists them.
pub static CIRCUITS: Circuits = Circuits::new(&[&Registered::<consensus::Consensus>::NEW]);

/// The circuits whose constraints can be deleted one by one, by name.
#[cfg(all(feature = "prover", feature = "hazmat"))]
pub static MUTATIONS: &[crate::stark::mutation::Mutations] =
    &[crate::stark::mutation::Mutations::of::<consensus::Consensus>()];
