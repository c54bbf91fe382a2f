//! WebAssembly module of the wallet: glue only, no decision is made here.
//!
//! It is a module of its own, so that whoever only verifies loads no wallet. It has no I/O: a [`Wallet`] says what it
//! needs of its store, and takes what was found. What is thrown is an `Error` with a stable `code`. A trap is a crash:
//! whoever holds the instance drops it, and with it the key; the key file is what was saved last.

mod exchange;
mod new_key;
// All that this module has in common with the verifier's.
#[path = "../../src/plain.rs"]
mod plain;
mod progress;
mod refusal;
mod said;
mod seen;
mod wallet;
mod web_random;

pub use crate::new_key::NewKey;
pub use crate::wallet::Wallet;
