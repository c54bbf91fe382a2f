//! Files as text, and changed.

use rpp_verifier::{Parsed, SetupFile};

/// Returns a file as text.
pub(crate) fn text<F: SetupFile>(file: &Parsed<F>) -> String {
    String::from_utf8(file.encode()).expect("ASCII")
}

/// Returns a text with the first `from` replaced, which it has to have.
pub(crate) fn replaced(good: &str, from: &str, to: &str) -> String {
    let changed = good.replacen(from, to, 1);
    assert_ne!(changed, good, "{from}");
    changed
}
