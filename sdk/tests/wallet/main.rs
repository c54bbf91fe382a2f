//! The wallet, by its public face: what a signer signs, and what it never does, whatever happens to it.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod copies;
#[cfg(unix)]
mod files;
mod kills;
mod leaves;
mod restored;
mod set_back;
mod shares;
mod signing;
mod support;
mod together;
