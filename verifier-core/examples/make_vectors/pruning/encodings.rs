//! The encoding of witnesses.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::Val;
use rpp_verifier::{Header, MAX_WITNESS_BYTES};

use super::chain::Chain;
use crate::circuits::{over, write_witness};
use crate::parts::Splice;
use crate::{Result, VectorWriter};

/// Where the number of headers is, and the number of siblings behind them.
const HEADERS: usize = 4 * 4 + 2 * 32 + 4 + 4 * 32;
const SIBLINGS: usize = HEADERS + 4 + 8 * Header::BYTES;

pub(super) fn write_encodings(writer: &mut VectorWriter, chain: &Chain) -> Result<()> {
    let end = chain.witness(8, 16)?.to_bytes().len();
    let word = |at, x: u32| vec![over(at, &x.to_le_bytes())];
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
    let cases = [
        ("cut", cut(end - 1), "truncated"),
        ("without-magic", cut(3), "truncated"),
        ("without-siblings", cut(SIBLINGS), "truncated"),
        ("extended", append(1), "trailing-bytes"),
        (
            "at-the-limit",
            append(MAX_WITNESS_BYTES - end),
            "trailing-bytes",
        ),
        ("too-long", append(MAX_WITNESS_BYTES - end + 1), "too-long"),
        ("magic", word(0, 0), "bad-magic"),
        ("version", word(4, 2), "unsupported-version"),
        ("element", word(16, Val::ORDER_U32), "non-canonical-element"),
        (
            "header-element",
            word(HEADERS + 4 + 28, Val::ORDER_U32),
            "non-canonical-element",
        ),
        (
            "sibling-element",
            word(end - 4, Val::ORDER_U32),
            "non-canonical-element",
        ),
        ("1024-headers", word(HEADERS, 1024), "truncated"),
        ("1025-headers", word(HEADERS, 1025), "out-of-range"),
        ("30-siblings", word(SIBLINGS, 30), "truncated"),
        ("28-siblings", word(SIBLINGS, 28), "trailing-bytes"),
        ("33-siblings", word(SIBLINGS, 33), "out-of-range"),
    ];
    for (name, splices, expect) in cases {
        write_witness(writer, "pruning", name, expect, splices)?;
    }
    Ok(())
}
