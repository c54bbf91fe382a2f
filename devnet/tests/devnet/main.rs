//! The devnet from outside: its blocks, its keys over time, and a folder that is not as it was left.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod damage;
mod keys;
mod restart;
mod support;
