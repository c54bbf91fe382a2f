//! The devnet from outside: its blocks, its keys over time, and a folder that is not as it was left.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod bits;
mod clock;
mod damage;
mod faucet;
mod first;
mod keys;
mod load;
mod lost;
mod older;
mod operations;
mod restart;
mod support;
mod wallet;
