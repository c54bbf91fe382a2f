//! The encoding of witnesses.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::Val;
use rpp_verifier::{Header, MAX_WITNESS_BYTES};

use super::ends::Ends;
use crate::circuits::{over, write_witness};
use crate::parts::Splice;
use crate::{Result, VectorWriter};

/// Where the length of an epoch is, and the digests of the statement.
const EPOCH_LENGTH: usize = 3 * 4;
const SET_ROOT: usize = EPOCH_LENGTH + 2 * 4;
const LAST_HASH: usize = SET_ROOT + 32 + 4;
/// Where the number of ends is, and what the first has.
const ENDS: usize = LAST_HASH + 32;
const HEADER: usize = ENDS + 4;
const SET: usize = HEADER + Header::BYTES;
const HAS_PATH: usize = SET + 32 + 2 * 4;
const VOTES: usize = HAS_PATH + 4;
/// Where the first vote has its key, behind its index, the member and that one's path.
const KEY_HEIGHT: usize = VOTES + 4 + 4 + 32 + 3 * 4 + 10 * 32;

/// Where the second end has its header, the siblings of the first, and its number of votes; and the end of the file.
struct Second {
    header: usize,
    path: usize,
    votes: usize,
    end: usize,
}

impl Second {
    fn of(ends: &Ends) -> Self {
        let mut witness = ends.witness.clone();
        let end = witness.to_bytes().len();
        witness.ends.truncate(1);
        let header = witness.to_bytes().len();
        let path = header + Header::BYTES + 32 + 2 * 4 + 4;
        Self {
            header,
            path,
            votes: path + 32 * 32,
            end,
        }
    }
}

pub(super) fn write_encodings(writer: &mut VectorWriter, ends: &Ends) -> Result<()> {
    let second = Second::of(ends);
    let cases = lengths(&second).into_iter();
    let cases = cases.chain(elements(&second)).chain(counts(&second));
    for (name, splices, expect) in cases {
        write_witness(writer, "span", name, expect, splices)?;
    }
    Ok(())
}

type Written = (&'static str, Vec<Splice>, &'static str);

fn lengths(second: &Second) -> Vec<Written> {
    let end = second.end;
    let splice = |at, remove, insert: &str, times| {
        let insert = insert.into();
        vec![Splice {
            at,
            remove,
            insert,
            times,
        }]
    };
    let cut = |left: usize| splice(left, end - left, "", 1);
    let append = |times| splice(end, 0, "00", times);
    vec![
        ("cut", cut(end - 1), "truncated"),
        ("without-magic", cut(3), "truncated"),
        ("without-ends", cut(HEADER), "truncated"),
        ("without-second", cut(second.header), "truncated"),
        ("without-path", cut(second.path), "truncated"),
        ("without-votes", cut(second.votes), "truncated"),
        ("extended", append(1), "trailing-bytes"),
        (
            "at-the-limit",
            append(MAX_WITNESS_BYTES - end),
            "trailing-bytes",
        ),
        ("too-long", append(MAX_WITNESS_BYTES - end + 1), "too-long"),
        ("magic", word(0, 0), "bad-magic"),
        ("version", word(4, 2), "unsupported-version"),
    ]
}

fn elements(second: &Second) -> Vec<Written> {
    let at = |name, at| (name, word(at, Val::ORDER_U32), "non-canonical-element");
    vec![
        at("set-root-element", SET_ROOT),
        at("last-hash-element", LAST_HASH),
        at("header-element", HEADER + 28),
        at("set-element", SET),
        at("member-element", VOTES + 8),
        at("path-element", second.path),
        at("signature-element", second.end - 4),
    ]
}

fn counts(second: &Second) -> Vec<Written> {
    vec![
        ("no-epoch", word(EPOCH_LENGTH, 0), "out-of-range"),
        ("file-of-no-end", word(ENDS, 0), "trailing-bytes"),
        ("file-of-one-end", word(ENDS, 1), "trailing-bytes"),
        ("file-of-1024-ends", word(ENDS, 1024), "truncated"),
        ("file-of-1025-ends", word(ENDS, 1025), "out-of-range"),
        ("two-paths", word(HAS_PATH, 2), "out-of-range"),
        (
            "no-vote-for-the-last",
            word(second.votes, 0),
            "trailing-bytes",
        ),
        ("1024-votes", word(second.votes, 1024), "truncated"),
        ("1025-votes", word(second.votes, 1025), "out-of-range"),
        ("key-height-3", word(KEY_HEIGHT, 3), "out-of-range"),
        ("key-height-21", word(KEY_HEIGHT, 21), "out-of-range"),
    ]
}

fn word(at: usize, x: u32) -> Vec<Splice> {
    vec![over(at, &x.to_le_bytes())]
}
