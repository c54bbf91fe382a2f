//! The form of the files, their fields and what they say of themselves, on a checkpoint.

use rpp_verifier::SetupBundle;

use super::Cases;
use super::corpus::Result;
use super::text::{replaced, text};

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_form(cases)?;
    write_fields(cases)?;
    write_envelope(cases)
}

/// JSON that is not in the canonical form; each is signed.
fn write_form(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from: &str, to: &str| replaced(&good, from, to);
    let changed = [
        (
            "json-duplicate-field",
            "a field twice, with the same value",
            replaced("\"height\":16", "\"height\":16,\"height\":16"),
            "setup-duplicate-field",
        ),
        (
            "json-field-order",
            "two fields the other way round",
            replaced(
                "\"chain_id\":7,\"circuits_version\":1",
                "\"circuits_version\":1,\"chain_id\":7",
            ),
            "setup-field-order",
        ),
        (
            "json-white-space",
            "a space",
            replaced(":", ": "),
            "setup-white-space",
        ),
        (
            "json-line-end",
            "a line end after the file",
            format!("{good}\n"),
            "setup-white-space",
        ),
        (
            "json-trailing",
            "something after the file",
            format!("{good}1"),
            "setup-json-trailing",
        ),
        (
            "json-truncated",
            "a signed file without its last byte",
            good[..good.len() - 1].to_owned(),
            "setup-json-truncated",
        ),
        (
            "json-fraction",
            "a number with a fraction",
            replaced("\"height\":16", "\"height\":16.0"),
            "setup-number",
        ),
        (
            "json-exponent",
            "a number with an exponent",
            replaced("\"height\":16", "\"height\":16e0"),
            "setup-number",
        ),
        (
            "json-leading-zero",
            "a number with a leading zero",
            replaced("\"height\":16", "\"height\":016"),
            "setup-number",
        ),
        (
            "json-negative",
            "a negative number",
            replaced("\"height\":16", "\"height\":-16"),
            "setup-number",
        ),
        (
            "json-large",
            "a number above 2^53 - 1",
            replaced("\"height\":16", "\"height\":9007199254740992"),
            "setup-number",
        ),
        (
            "json-escape",
            "an escape in a text",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"checkpoin\\u0074\""),
            "setup-text",
        ),
        (
            "json-not-ascii",
            "a character that is not ASCII",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"checkpo\u{ee}nt\""),
            "setup-text",
        ),
        (
            "json-true",
            "a value that no setup file has",
            replaced("\"height\":16", "\"height\":true"),
            "setup-json",
        ),
        (
            "json-deep",
            "lists in lists",
            replaced("\"height\":16", "\"height\":[[[[[[]]]]]]"),
            "setup-depth",
        ),
    ];
    cases.checkpoints(changed)
}

fn write_fields(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from: &str, to: &str| replaced(&good, from, to);
    let keys = text(&cases.world.first_root());
    let keys = &keys[keys.find("\"keys\":").expect("keys")..];
    let keys = &keys[..=keys.find(']').expect("their end")];
    let changed = [
        (
            "checkpoint-names-keys",
            "a checkpoint.json that names keys",
            replaced("\"root_version\"", &format!("{keys},\"root_version\"")),
            "setup-unknown-field",
        ),
        (
            "unknown-field",
            "a field that nobody knows",
            replaced("\"root_version\"", "\"memo\":\"x\",\"root_version\""),
            "setup-unknown-field",
        ),
        (
            "missing-field",
            "no height",
            replaced("\"height\":16,", ""),
            "setup-missing-field",
        ),
        (
            "no-version",
            "no version",
            replaced(",\"version\":1", ""),
            "setup-missing-field",
        ),
        (
            "height-past-32-bits",
            "a height of 2^32",
            replaced("\"height\":16", "\"height\":4294967296"),
            "setup-field-value",
        ),
        (
            "height-as-text",
            "a height as a text",
            replaced("\"height\":16", "\"height\":\"16\""),
            "setup-field-value",
        ),
        (
            "height-null",
            "a height that is null",
            replaced("\"height\":16", "\"height\":null"),
            "setup-field-value",
        ),
        (
            "hash-upper-case",
            "a hash with an upper-case digit",
            upper_case_hash(&good),
            "setup-field-value",
        ),
        (
            "list-for-a-file",
            "a list in place of the file",
            "[]".into(),
            "setup-field-value",
        ),
    ];
    cases.checkpoints(changed)
}

fn write_envelope(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from: &str, to: &str| replaced(&good, from, to);
    let changed = [
        (
            "other-type",
            "a file of another type",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"circuits\""),
            "setup-type",
        ),
        (
            "other-spec",
            "a file of another specification",
            replaced("\"spec\":1", "\"spec\":2"),
            "setup-spec",
        ),
        (
            "other-chain",
            "a file of another chain",
            replaced("\"chain_id\":7", "\"chain_id\":8"),
            "setup-chain",
        ),
    ];
    cases.checkpoints(changed)?;
    let zero = cases.world.checkpoint(0);
    let served = cases.with_checkpoint(&zero);
    cases.one(
        "version-0",
        "version 0, signed at leaf 0",
        served,
        "setup-version-range",
    )?;
    let mut past = cases.world.checkpoint(1);
    past.envelope.version = 16_384;
    let served = cases.with_checkpoint_of(past.encode());
    let note = "a version above all leaves of the key, signed as another";
    cases.one("version-past-the-key", note, served, "setup-signed-version")?;
    // Whoever swaps two files of one setup.
    let honest = cases.honest();
    let served = SetupBundle {
        checkpoint: honest.circuits.clone(),
        ..honest.clone()
    };
    let note = "circuits.json, as it was signed, in place of checkpoint.json";
    cases.one("circuits-as-checkpoint", note, served, "out-of-range")?;
    let served = SetupBundle {
        circuits: honest.checkpoint.clone(),
        ..honest
    };
    let note = "checkpoint.json, as it was signed, in place of circuits.json";
    cases.one("checkpoint-as-circuits", note, served, "setup-other-role")
}

/// Writes the first letter of the hash in upper case.
fn upper_case_hash(good: &str) -> String {
    let start = good.find("\"hash\":\"").expect("a hash") + 8;
    let letter = good[start..].find(|c: char| c.is_ascii_lowercase());
    let at = start + letter.expect("a letter");
    let mut changed = good.to_owned();
    changed[at..=at].make_ascii_uppercase();
    changed
}
