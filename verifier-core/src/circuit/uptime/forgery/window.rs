//! Windows of headers to forge from.

use alloc::vec::Vec;

use super::super::{UptimeStatement, UptimeWitness};
use crate::chain::{Bitmap, Header, SetOpening, Validator};
use crate::hash::{Digest, Domain, MerklePath, fold_path, hash, u32_limbs};
use crate::limits::SET_DEPTH;

/// The chain.
const CHAIN: u32 = 0x0003_0007;

/// Returns the witness of a validator, by its index in a set of made-up siblings, and of so many headers from a height on.
pub(crate) fn window(first: u32, voted: u32, index: u32) -> UptimeWitness {
    let member = Validator {
        key_id: digest(200),
        power: 0x0001_0002,
        account: 0x0003_0004,
        start_slot: 0x0005_0006,
    };
    let path: [Digest; SET_DEPTH] =
        core::array::from_fn(|i| digest(300 + u32::try_from(i).unwrap_or_default()));
    let set = SetOpening {
        root: fold_path(member.leaf(), index, &path),
        n: 1024,
        total_power: 0x0007_0008,
    };
    let votes: Vec<_> = (first..first + voted)
        .map(|height| votes(height, index))
        .collect();
    let mut headers: Vec<Header> = Vec::new();
    for (height, place) in (first..=first + voted).zip(0..) {
        let parent = headers.last().map_or(digest(100), |parent| parent.hash().0);
        let before = usize::checked_sub(place, 1).map(|before| &votes[before]);
        let root = before.map_or(digest(101), Bitmap::participation_root);
        headers.push(header(height, parent, root, set.set_root()));
    }
    let counted = votes.iter().filter(|votes| votes.contains(index)).count();
    let head = headers.last().map_or(digest(100), |head| head.hash().0);
    let statement = UptimeStatement {
        chain_id: CHAIN,
        head_hash: crate::chain::HeaderHash(head),
        first,
        last: first + voted - 1,
        validator_set_root: set.set_root(),
        index,
        key_id: member.key_id,
        signed: u32::try_from(counted).unwrap_or_default(),
    };
    UptimeWitness {
        statement,
        headers,
        votes,
        member,
        path: MerklePath(path),
        set,
    }
}

/// Returns who voted for a header: of each three, the validator for two, and some others.
fn votes(height: u32, index: u32) -> Bitmap {
    let mut votes = Bitmap::default();
    if !height.is_multiple_of(3) {
        votes.insert(index);
    }
    for other in [0, 1, 7, 100, 511, 1022] {
        if other != index && (height + other).is_multiple_of(2) {
            votes.insert(other);
        }
    }
    votes
}

fn header(
    height: u32,
    parent_hash: Digest,
    participation_root: Digest,
    validator_set_root: Digest,
) -> Header {
    Header {
        version: Header::VERSION,
        chain_id: CHAIN,
        height,
        slot: height ^ 5,
        proposer: height % 3,
        timestamp_ms: 1 << 40 | u64::from(height),
        parent_hash,
        state_root: digest(height ^ 1),
        tx_root: digest(height ^ 2),
        validator_set_root,
        next_validator_set_root: digest(height ^ 4),
        participation_root,
        history_root: digest(height ^ 5),
        randomness: digest(height ^ 6),
    }
}

/// Some digest.
fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}
