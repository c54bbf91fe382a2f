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
mod full_disk;
mod kill;
mod lost;
mod new_circuit;
mod proofs;
mod routes;
mod support;
mod web;
