//! Vectors for the encoding of operations.

use super::{CHAIN, Owners, TRANSFER, parts};
use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::{Result, VectorWriter};

pub(super) fn write_encodings(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = owners.accounts();
    let file = "documents/operation.bin";
    let bytes = owners.payer.transfer(TRANSFER)?.to_bytes();
    writer.document("operation.bin", &bytes)?;
    let splice = |at, remove, insert: &str| Splice {
        at,
        remove,
        insert: insert.into(),
        times: 1,
    };
    let end = bytes.len();
    for (name, note, splice, expect) in [
        ("magic", "another magic", splice(0, 1, "53"), "bad-magic"),
        (
            "version",
            "another version",
            splice(4, 1, "02"),
            "unsupported-version",
        ),
        ("kind-0", "kind 0", splice(12, 1, "00"), "out-of-range"),
        ("kind-4", "kind 4", splice(12, 1, "04"), "out-of-range"),
        ("cut", "a byte too few", splice(end - 1, 1, ""), "truncated"),
        (
            "longer",
            "a byte too many",
            splice(end, 0, "00"),
            "trailing-bytes",
        ),
        (
            "tree-height",
            "a key of height 3",
            splice(44, 4, "03000000"),
            "out-of-range",
        ),
        (
            "element",
            "an element that is not below p",
            splice(48, 4, "01000078"),
            "non-canonical-element",
        ),
    ] {
        let operation = changed(file, splice);
        let case = Case::Operation {
            chain_id: CHAIN,
            accounts: parts(&accounts),
            operation,
            hash: String::new(),
            state_root: String::new(),
        };
        writer.write(&format!("operation-{name}"), note, expect, case)?;
    }
    let long = Splice {
        times: 2077 - bytes.len(),
        ..splice(end, 0, "00")
    };
    let case = Case::Operation {
        chain_id: CHAIN,
        accounts: parts(&accounts),
        operation: changed(file, long),
        hash: String::new(),
        state_root: String::new(),
    };
    writer.write(
        "operation-too-long",
        "a byte more than allowed",
        "too-long",
        case,
    )
}

fn changed(file: &str, splice: Splice) -> Bytes {
    Bytes::Changed(Changed {
        file: file.into(),
        splices: vec![splice],
    })
}
