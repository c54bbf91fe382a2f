//! The host from outside: its routes, its files, its commands.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod binary;
mod cors;
mod files;
mod proofs;
mod routes;
mod support;
