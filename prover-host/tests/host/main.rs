//! The host from outside: its routes, its files, its commands.

mod cors;
mod proofs;
mod routes;
mod support;
