//! Forgeries of proofs about operations, for the circuits that apply them; `rowwise` has those of the circuits over headers.
//!
//! Everything after a change is computed from it: the operation is signed again, the accounts are put
//! into a tree that has them, and the claim is what the trace reaches, so that only the link that was
//! changed is false.

#![allow(
    clippy::unwrap_used,
    reason = "a forgery that cannot be made is a fault of this module"
)]

pub(super) mod alone;
mod block;
mod found;
mod kinds;
mod named;
pub(super) mod operation;
mod places;
pub(super) mod redundant;
pub(super) mod rowwise;
mod search;
pub(super) mod signature;
pub(super) mod world;

pub(super) use self::block::{Block, Planned, Subject, forge};
pub(super) use self::found::find;
pub(super) use self::kinds::OPERATION;
#[cfg(test)]
pub(super) use self::kinds::{kind_columns, kind_of};
pub(super) use self::named::named;
#[cfg(test)]
pub(super) use self::named::{names_of, table_of};
pub(super) use self::operation::{a_rekey, a_transfer, operations};
pub(super) use self::places::Places;
pub(super) use self::search::{first_root, number, rows_of, searched};
pub(super) use self::signature::{REDUNDANT, digests};
pub(super) use self::world::COLLECTOR;
