//! Turns blocks into proofs and serves them.
#![forbid(unsafe_code)]

pub mod history_log;
pub mod host;
pub mod ledger;
pub mod problem;
pub mod proof_id;
pub mod reply;
mod routes;
pub mod service;
pub mod store;
pub mod wire;
