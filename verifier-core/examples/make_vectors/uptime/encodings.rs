//! The encoding of witnesses.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::Val;
use rpp_verifier::{Bitmap, Header, MAX_WITNESS_BYTES};

use super::window::Window;
use crate::circuits::{over, write_witness};
use crate::parts::Splice;
use crate::{Result, VectorWriter};

/// Where the digests of the statement are.
const HEAD_HASH: usize = 3 * 4;
const SET_ROOT: usize = HEAD_HASH + 32 + 2 * 4;
const KEY_ID: usize = SET_ROOT + 32 + 4;
/// Where the numbers of headers and of bitmaps are, and what comes behind those.
const HEADERS: usize = KEY_ID + 32 + 4;
const VOTES: usize = HEADERS + 4 + 6 * Header::BYTES;
const MEMBER: usize = VOTES + 4 + 5 * 2 * Bitmap::LIMBS;
const PATH: usize = MEMBER + 32 + 3 * 4;
const SET: usize = PATH + 10 * 32;
const END: usize = SET + 32 + 2 * 4;

pub(super) fn write_encodings(writer: &mut VectorWriter, window: &Window) -> Result<()> {
    assert_eq!(window.witness().to_bytes().len(), END);
    for (name, splices, expect) in lengths().into_iter().chain(elements()).chain(counts()) {
        write_witness(writer, "uptime", name, expect, splices)?;
    }
    Ok(())
}

type Written = (&'static str, Vec<Splice>, &'static str);

fn lengths() -> Vec<Written> {
    let splice = |at, remove, insert: &str, times| {
        let insert = insert.into();
        vec![Splice {
            at,
            remove,
            insert,
            times,
        }]
    };
    let cut = |left: usize| splice(left, END - left, "", 1);
    let append = |times| splice(END, 0, "00", times);
    vec![
        ("cut", cut(END - 1), "truncated"),
        ("without-magic", cut(3), "truncated"),
        ("without-votes", cut(VOTES), "truncated"),
        ("without-set", cut(SET), "truncated"),
        ("extended", append(1), "trailing-bytes"),
        (
            "at-the-limit",
            append(MAX_WITNESS_BYTES - END),
            "trailing-bytes",
        ),
        ("too-long", append(MAX_WITNESS_BYTES - END + 1), "too-long"),
        ("magic", word(0, 0), "bad-magic"),
        ("version", word(4, 2), "unsupported-version"),
    ]
}

fn elements() -> Vec<Written> {
    let at = |name, at| (name, word(at, Val::ORDER_U32), "non-canonical-element");
    vec![
        at("head-hash-element", HEAD_HASH),
        at("set-root-element", SET_ROOT),
        at("key-id-element", KEY_ID),
        at("header-element", HEADERS + 4 + 28),
        at("member-element", MEMBER),
        at("path-element", SET - 4),
        at("set-element", SET),
    ]
}

fn counts() -> Vec<Written> {
    vec![
        ("1025-headers", word(HEADERS, 1025), "truncated"),
        ("1026-headers", word(HEADERS, 1026), "out-of-range"),
        ("1024-votes", word(VOTES, 1024), "truncated"),
        ("1025-votes", word(VOTES, 1025), "out-of-range"),
        ("4-votes", word(VOTES, 4), "trailing-bytes"),
        ("6-votes", word(VOTES, 6), "truncated"),
    ]
}

fn word(at: usize, x: u32) -> Vec<Splice> {
    vec![over(at, &x.to_le_bytes())]
}
