//! The wallet, by its public face: what a signer signs, and what it never does, whatever happens to it.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[cfg(unix)]
mod files;
mod kills;
mod leaves;
mod restored;
mod signing;
mod support;
mod together;
