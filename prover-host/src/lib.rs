//! Turns blocks into proofs and serves them.
//!
//! The rooms, each of which knows only those before it: [`source`] says where blocks come from; [`pool`]
//! which operations wait for one; [`state`] keeps and changes what is served; [`prove`] makes what is due;
//! [`http`] serves it. The circuits are a table that whoever starts a host passes in. No secret is in any of
//! them.
#![forbid(unsafe_code)]

pub mod check;
pub mod clock;
mod descriptor;
pub mod files;
pub mod follow;
pub mod http;
#[cfg(feature = "devnet")]
pub mod load;
pub mod out_file;
pub mod outlet;
pub mod pool;
pub mod print;
pub mod progress;
pub mod prove;
pub mod setup;
pub mod shutdown;
pub mod source;
pub mod state;
pub mod steps;
mod terminal;
pub mod verdict;
