//! Texts of a chain, a page of blocks and an ancestor.

use super::Text;

/// Changes of a chain.
pub(super) const CHAINS: &[Text] = &[
    ("chain", &[], "accept"),
    (
        "unknown-field-of-chain",
        &[("{", "{\"later\":1,", 1)],
        "accept",
    ),
    (
        "largest-numbers",
        &[
            ("\"block_time_ms\":4000", "\"block_time_ms\":4294967295", 1),
            (
                "\"timestamp_ms\":\"1700000000000\"",
                "\"timestamp_ms\":\"18446744073709551615\"",
                1,
            ),
        ],
        "accept",
    ),
    (
        "zero-epochs",
        &[("\"epoch_length\":4", "\"epoch_length\":0", 1)],
        "accept",
    ),
    (
        "other-header-version",
        &[("\"version\":1", "\"version\":2", 1)],
        "accept",
    ),
];

/// Changes of a page.
pub(super) const PAGES: &[Text] = &[
    ("page", &[], "accept"),
    (
        "unknown-field-of-page",
        &[("{", "{\"later\":1,", 1)],
        "accept",
    ),
    ("absent-next", &[("\"next\"", "\"was\"", 1)], "accept"),
    ("null-next", &[("\"next\":4", "\"next\":null", 1)], "accept"),
    (
        "trailing-comma",
        &[("\"next\":4", "\"next\":4,", 1)],
        "bad-json",
    ),
    (
        "comment",
        &[("\"next\":4", "\"next\":4/**/", 1)],
        "bad-json",
    ),
    (
        "no-break-space",
        &[("\"next\":4", "\"next\":\u{a0}4", 1)],
        "bad-json",
    ),
    ("single-quotes", &[("\"next\"", "'next'", 1)], "bad-json"),
    (
        "optional-field-twice",
        &[("\"next\":4", "\"next\":4,\"next\":4", 1)],
        "bad-json",
    ),
    (
        "label-in-page",
        &[("\"height\":3,\"hash\"", "\"height\":2,\"hash\"", 1)],
        "block-label",
    ),
];

/// Changes of an ancestor.
pub(super) const ANCESTORS: &[Text] = &[
    ("ancestor", &[], "accept"),
    (
        "unknown-field-of-ancestor",
        &[("{", "{\"later\":1,", 1)],
        "accept",
    ),
    (
        "ancestor-above",
        &[("\"height\":0", "\"height\":9", 1)],
        "accept",
    ),
    (
        "path-of-33",
        &[(
            "\"history_path\":[",
            "\"history_path\":[\"0000000000000000000000000000000000000000000000000000000000000000\",",
            1,
        )],
        "bad-json",
    ),
    (
        "path-empty",
        &[("\"history_path\":[", "\"history_path\":[],\"was\":[", 1)],
        "bad-json",
    ),
    (
        "path-null",
        &[("\"history_path\":[", "\"history_path\":null,\"was\":[", 1)],
        "bad-json",
    ),
    (
        "list-for-document",
        &[
            ("{\"height\":", "[", 1),
            ("\"in\":", "", 1),
            ("\"header_hash\":", "", 1),
            ("\"history_path\":", "", 1),
            ("]}", "]]", 1),
        ],
        "bad-json",
    ),
];
