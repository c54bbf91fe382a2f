//! The bytes of an answer.

use rpp_verifier::{Document, SignedFile};

use super::corpus::{Result, Splice, Step};
use super::world::{HOUR, NOW};
use super::{Cases, step};

/// The bytes of an answer.
pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    let honest = cases.honest();
    let length = honest.to_bytes().len();
    let splice = |at, remove, insert: &str, times| Splice {
        at,
        remove,
        insert: insert.into(),
        times,
    };
    let changed = [
        (
            "answer-empty",
            "an empty answer",
            splice(0, length, "", 1),
            "truncated",
        ),
        (
            "answer-truncated",
            "an answer without its last byte",
            splice(length - 1, 1, "", 1),
            "truncated",
        ),
        (
            "answer-extended",
            "a byte after the answer",
            splice(length, 0, "00", 1),
            "trailing-bytes",
        ),
        (
            "answer-endless",
            "more bytes than any setup has",
            splice(length, 0, "00", 5 << 20),
            "too-long",
        ),
        (
            "answer-magic",
            "another kind of document",
            splice(0, 1, "51", 1),
            "bad-magic",
        ),
        (
            "answer-version",
            "another version of the document",
            splice(4, 1, "02", 1),
            "unsupported-version",
        ),
        (
            "answer-many-roots",
            "65 roots, it says",
            splice(8, 1, "41", 1),
            "out-of-range",
        ),
        (
            "answer-long-file",
            "a file of 2^32 - 1 bytes, it says",
            splice(12, 4, "ffffffff", 1),
            "out-of-range",
        ),
    ];
    for (name, note, splice, expect) in changed {
        let step = Step {
            splice: Some(splice),
            ..step(NOW + HOUR, honest.clone(), expect)
        };
        cases.steps(name, note, &[step])?;
    }
    let mut many = honest.clone();
    let signature = many.checkpoint.signatures[0].clone();
    many.checkpoint.signatures = vec![signature; 17];
    cases.one(
        "answer-many-signatures",
        "17 signatures",
        many,
        "out-of-range",
    )?;
    let mut long = honest;
    long.checkpoint = SignedFile {
        content: vec![b' '; 1025],
        ..long.checkpoint
    };
    cases.one(
        "answer-long-checkpoint",
        "a checkpoint.json of 1,025 bytes",
        long,
        "out-of-range",
    )
}
