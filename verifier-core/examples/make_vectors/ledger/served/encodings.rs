//! Vectors for the documents in bytes.

use rpp_verifier::{MAX_KEY_ACCOUNTS, MAX_PAGE_TRANSACTIONS};
use serde_json::Value;

use crate::documents::{self, splice};
use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::{Result, VectorWriter};

/// The end of a name, a change (where, how many bytes go, what comes), and what it gives.
type Edited<'a> = (&'a str, (usize, usize, &'a [u8]), &'a str);

/// A kind of document, a file of it, which is accepted as it is, and changes of it.
type Edits<'a> = (&'a str, &'a str, &'a [Edited<'a>]);

/// An element that is not canonical: the modulus.
const BEYOND: &[u8] = &[1, 0, 0, 0x78];
/// Where the path of an account starts.
const PATH: usize = 8 + 4 + 32 + 4 + 4 + 48;

const EDITS: &[Edits<'_>] = &[
    (
        "account",
        "account",
        &[
            ("magic", (0, 1, b"S"), "bad-magic"),
            ("presence", (48, 1, &[2]), "out-of-range"),
            ("key", (52, 4, BEYOND), "non-canonical-element"),
            ("sibling", (PATH, 4, BEYOND), "non-canonical-element"),
            ("cut", (1123, 1, &[]), "truncated"),
            ("too-long", (PATH, 0, &[0]), "too-long"),
        ],
    ),
    (
        "account",
        "account-vacant",
        &[("vacant-extended", (1076, 0, &[0]), "trailing-bytes")],
    ),
    (
        "key-accounts",
        "key-accounts",
        &[
            ("of-17", (76, 1, &[17]), "out-of-range"),
            ("next", (88, 1, &[2]), "out-of-range"),
        ],
    ),
    (
        "transactions",
        "transactions",
        &[
            ("of-33", (16, 1, &[33]), "out-of-range"),
            ("position", (56, 2, &[0, 1]), "out-of-range"),
            ("next", (108, 2, &[0, 1]), "out-of-range"),
        ],
    ),
    (
        "transaction",
        "transaction-pending",
        &[
            (
                "operation-length",
                (16, 4, &2077u32.to_le_bytes()),
                "out-of-range",
            ),
            ("operation-magic", (20, 1, b"S"), "bad-magic"),
            (
                "operation-short",
                (16, 4, &100u32.to_le_bytes()),
                "truncated",
            ),
        ],
    ),
    ("transaction", "transaction-included", &[]),
    (
        "transaction",
        "transaction-pruned",
        &[
            ("position", (49, 1, &[1]), "out-of-range"),
            ("count-0", (52, 1, &[0]), "out-of-range"),
        ],
    ),
    (
        "transaction",
        "transaction-dropped",
        &[
            ("state", (8, 1, &[4]), "out-of-range"),
            ("code-of-0", (48, 1, &[0]), "out-of-range"),
            ("code-space", (52, 1, b" "), "not-a-name"),
        ],
    ),
    (
        "range-proof",
        "range-proof",
        &[("name-of-0", (8 + 2 * 284 + 64, 1, &[0]), "out-of-range")],
    ),
    (
        "span",
        "span",
        &[
            ("epochs", (8, 4, &[9, 0, 0, 0]), "accept"),
            ("path", (16 + 2 * 284, 4, BEYOND), "non-canonical-element"),
            (
                "name-of-0",
                (16 + 2 * 284 + 1024 + 40, 1, &[0]),
                "out-of-range",
            ),
        ],
    ),
    (
        "submitted",
        "submitted",
        &[
            ("element", (8, 4, BEYOND), "non-canonical-element"),
            ("too-long", (8, 0, &[0]), "too-long"),
        ],
    ),
    (
        "proposer",
        "proposer",
        &[
            ("cut", (375, 1, &[]), "truncated"),
            ("version", (4, 1, &[2]), "unsupported-version"),
        ],
    ),
    (
        "uptime",
        "uptime",
        &[
            ("magic", (0, 1, b"S"), "bad-magic"),
            ("key", (88, 4, BEYOND), "non-canonical-element"),
            ("count-above", (120, 1, &[9]), "accept"),
            ("cut", (123, 1, &[]), "truncated"),
            ("too-long", (24, 0, &[0]), "too-long"),
        ],
    ),
];

/// Writes all of them.
pub(super) fn write_encodings(writer: &mut VectorWriter) -> Result<()> {
    for (of, file, edited) in EDITS {
        write_encoding(writer, (file, of, "accept"), changed(file, vec![]))?;
        for (end, (at, remove, insert), expect) in *edited {
            let name = format!("{of}-{end}");
            let splices = vec![splice(*at, *remove, insert, 1)];
            write_encoding(writer, (&name, of, expect), changed(file, splices))?;
        }
    }
    let in_json = Changed {
        file: "documents/transaction-dropped.json".into(),
        splices: vec![],
    };
    let name = "transaction-in-json";
    write_encoding(writer, (name, "transaction", "answered-json"), in_json)?;
    write_largest(writer, "key-accounts", (76, 4), MAX_KEY_ACCOUNTS)?;
    write_largest(writer, "transactions", (16, 40), MAX_PAGE_TRANSACTIONS)
}

/// Writes a list of the most there may be: its number is at `count`, an item has `size` bytes, and two are
/// there.
fn write_largest(
    writer: &mut VectorWriter,
    of: &str,
    (count, size): (usize, usize),
    most: usize,
) -> Result<()> {
    let first = count + 4;
    let item = Bytes::Changed(changed(of, vec![])).read()[first..first + size].to_vec();
    let number = u32::try_from(most)?.to_le_bytes();
    let splices = vec![
        splice(count, 4, &number, 1),
        splice(first, 0, &item, most - 2),
    ];
    let name = format!("{of}-largest");
    write_encoding(writer, (&name, of, "accept"), changed(of, splices))
}

fn changed(file: &str, splices: Vec<Splice>) -> Changed {
    let file = format!("documents/{file}.bin");
    Changed { file, splices }
}

fn write_encoding(
    writer: &mut VectorWriter,
    (name, of, expect): (&str, &str, &str),
    bytes: Changed,
) -> Result<()> {
    let bytes = Bytes::Changed(bytes);
    let decoded = documents::value(of, &bytes.read());
    let verdict = decoded.as_ref().err().copied().unwrap_or("accept");
    assert_eq!(verdict, expect, "{name}");
    let case = Case::Encoding {
        of: of.into(),
        value: decoded.map_or(Ok(Value::Null), |json| serde_json::from_slice(&json))?,
        bytes,
    };
    let note = name.replace('-', " ");
    writer.write(&format!("bytes-{name}"), &note, expect, case)
}
