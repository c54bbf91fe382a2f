//! One SQLite file with one connection: how a prover host and a devnet keep what they must not lose.
//!
//! A commit is on disk when it returns, and a commit that fails leaves nothing behind. What is in the
//! file is for whoever opens it to say.

mod connection;
mod fault;

pub use self::connection::{BUSY, Pool, Transaction, begin, connect, damage};
pub use self::fault::{Fault, fault, is_constraint};
