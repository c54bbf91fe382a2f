//! The encoding of witnesses.

use p3_field::PrimeField32;
use rpp_verifier::MAX_WITNESS_BYTES;
use rpp_verifier::hazmat::Val;

use super::super::proven::Proven;
use crate::circuits::{over, write_witness};
use crate::parts::Splice;
use crate::{Result, VectorWriter};

/// Where the length of the first operation stands in a witness, and the most bytes of one.
struct Layout {
    circuit: &'static str,
    length: usize,
    most: usize,
}

const LAYOUTS: [Layout; 3] = [
    Layout {
        circuit: "transaction",
        length: 8 + 32,
        most: 4272,
    },
    Layout {
        circuit: "identity",
        length: 8 + 2 * 32,
        most: 3228,
    },
    Layout {
        circuit: "state",
        length: 8 + 4 + 3 * 32 + 4 + 4,
        most: MAX_WITNESS_BYTES,
    },
];

pub(super) fn write_encodings(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let files = [
        proven.transaction.to_bytes(),
        proven.identity.to_bytes(),
        proven.state.to_bytes(),
    ];
    for (layout, bytes) in LAYOUTS.iter().zip(&files) {
        let end = bytes.len();
        let word = |at, x: u32| vec![over(at, &x.to_le_bytes())];
        let append = |times| {
            vec![Splice {
                at: end,
                remove: 0,
                insert: "00".into(),
                times,
            }]
        };
        let cut = |left: usize| {
            vec![Splice {
                at: left,
                remove: end - left,
                insert: String::new(),
                times: 1,
            }]
        };
        let length = u32::from_le_bytes(bytes[layout.length..layout.length + 4].try_into()?);
        let flag = layout.length + 4 + usize::try_from(length)?;
        let operation = layout.length + 4;
        for (name, splices, expect) in [
            ("cut", cut(end - 1), "truncated"),
            ("without-magic", cut(3), "truncated"),
            ("without-opening", cut(flag), "truncated"),
            ("extended", append(1), "trailing-bytes"),
            ("at-the-limit", append(layout.most - end), "trailing-bytes"),
            ("too-long", append(layout.most - end + 1), "too-long"),
            ("magic", word(0, 0), "bad-magic"),
            ("version", word(4, 2), "unsupported-version"),
            ("element", word(12, Val::ORDER_U32), "non-canonical-element"),
            ("operation-2077", word(layout.length, 2077), "out-of-range"),
            ("operation-0", word(layout.length, 0), "truncated"),
            (
                "operation-short",
                word(layout.length, length - 1),
                "truncated",
            ),
            (
                "operation-long",
                word(layout.length, length + 1),
                "trailing-bytes",
            ),
            ("operation-magic", word(operation, 0), "bad-magic"),
            ("operation-kind", word(operation + 12, 4), "out-of-range"),
            ("opening-2", word(flag, 2), "out-of-range"),
        ] {
            write_witness(writer, layout.circuit, name, expect, splices)?;
        }
    }
    let count = LAYOUTS[2].length - 4;
    for (name, x, expect) in [
        ("257-operations", 257, "out-of-range"),
        ("256-operations", 256, "truncated"),
        ("fewer-operations", 2, "out-of-range"),
    ] {
        write_witness(
            writer,
            "state",
            name,
            expect,
            vec![over(count, &u32::to_le_bytes(x))],
        )?;
    }
    Ok(())
}
