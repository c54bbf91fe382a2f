//! The host from outside: its routes, its files, its commands.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod audit;
mod binary;
mod cors;
mod damage;
mod encodings;
mod events;
mod faults;
mod files;
mod kill;
mod lost;
mod new_circuit;
mod passing;
mod proofs;
mod routes;
mod strangers;
mod support;
mod web;
