//! Turns blocks into proofs and serves them.
#![forbid(unsafe_code)]

pub mod check;
pub mod cli;
pub mod clock;
pub mod command;
pub mod database;
pub mod devnet;
pub mod follow;
pub mod history_log;
pub mod host;
pub mod ledger;
pub mod pipeline;
pub mod problem;
pub mod progress;
pub mod proof_id;
pub mod prove;
pub mod reply;
mod routes;
pub mod service;
pub mod shutdown;
pub mod source;
pub mod steps;
pub mod store;
mod stream;
pub mod verdict;
pub mod web;
pub mod witness;
