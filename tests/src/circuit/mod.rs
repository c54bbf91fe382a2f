//! A circuit that exists only in tests, and the registry that lists it.
//!
//! It shows what a new circuit needs: a folder, and a line here.

pub mod preimage;

use rpp_verifier::{Circuits, Consensus, Registered};

use self::preimage::Preimage;

/// The circuit that moves a head, plus the test circuit.
pub static CIRCUITS: Circuits =
    Circuits::new(&[&Registered::<Consensus>::NEW, &Registered::<Preimage>::NEW]);
