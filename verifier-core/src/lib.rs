//! Verifies the proofs of an rpp chain.
//!
//! Everything here is pure: no clock, I/O, randomness, logging or globals. Time, trust and limits
//! are arguments. The rules are numbered in `docs/PROTOCOL.md`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod air;
pub mod bitmap;
pub mod chain;
pub mod checkpoint;
pub mod codec;
pub mod digest;
pub mod domain;
pub mod error;
pub mod field;
pub mod hash;
pub mod header;
pub mod history;
pub mod key;
pub mod limits;
pub mod merkle;
pub mod proof;
#[cfg(feature = "prover")]
pub mod prove;
pub mod signature;
pub mod statement;
pub mod suite;
pub mod validator;
pub mod verify;
#[cfg(feature = "json")]
pub mod wire;
#[cfg(feature = "prover")]
pub mod witness;
