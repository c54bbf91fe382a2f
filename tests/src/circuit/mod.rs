//! A circuit that exists in tests only, and the registry that lists it.
//!
//! It shows what a new circuit takes: a folder, and a line here.

pub mod preimage;

use rpp_verifier::{Circuits, Consensus, Registered};

use self::preimage::Preimage;

/// Every circuit of `rpp-verifier`, and the one of these tests.
pub static CIRCUITS: Circuits =
    Circuits::new(&[&Registered::<Consensus>::NEW, &Registered::<Preimage>::NEW]);
