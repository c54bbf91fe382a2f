//! Texts of a block.

use super::Text;

/// Changes of a block.
pub(super) const BLOCKS: &[Text] = &[
    ("block", &[], "accept"),
    (
        "unknown-field-of-block",
        &[("{", "{\"later\":1,", 1)],
        "accept",
    ),
    (
        "unknown-field-of-proof",
        &[("\"kind\"", "\"later\":1,\"kind\"", 1)],
        "accept",
    ),
    (
        "empty-proofs",
        &[("\"proofs\":[{", "\"proofs\":[],\"were\":[{", 1)],
        "accept",
    ),
    ("absent-parent", &[("\"parent\"", "\"was\"", 1)], "accept"),
    (
        "absent-certificate",
        &[("\"certificate\"", "\"was\"", 1)],
        "accept",
    ),
    (
        "absent-proofs",
        &[("\"proofs\"", "\"were\"", 1)],
        "bad-json",
    ),
    (
        "absent-field-of-header",
        &[("\"version\":1,", "", 1)],
        "bad-json",
    ),
    (
        "absent-field-of-certificate",
        &[("\"signed_power\":201,", "", 1)],
        "bad-json",
    ),
    (
        "absent-field-of-proof",
        &[("\"kind\":\"consensus\",", "", 1)],
        "bad-json",
    ),
    (
        "unknown-field-of-header",
        &[("\"version\":1", "\"later\":1,\"version\":1", 1)],
        "bad-json",
    ),
    (
        "unknown-field-of-parent",
        &[("\"parent\":{", "\"parent\":{\"later\":1,", 1)],
        "bad-json",
    ),
    (
        "unknown-field-of-certificate",
        &[("\"certificate\":{", "\"certificate\":{\"later\":1,", 1)],
        "bad-json",
    ),
    (
        "unknown-field-of-set",
        &[("\"set\":{", "\"set\":{\"later\":1,", 1)],
        "bad-json",
    ),
    (
        "list-for-object",
        &[
            ("\"set\":{\"root\":", "\"set\":[", 1),
            ("\"n\":2", "2", 1),
            ("\"total_power\":201}", "201]", 1),
        ],
        "bad-json",
    ),
    (
        "object-for-proofs",
        &[("\"proofs\":[{", "\"proofs\":{},\"were\":[{", 1)],
        "bad-json",
    ),
    (
        "null-proofs",
        &[("\"proofs\":[{", "\"proofs\":null,\"were\":[{", 1)],
        "bad-json",
    ),
    (
        "16-proofs",
        &[
            ("\"proofs\":[", "\"proofs\":[PPP", 1),
            (
                "PPP",
                "{\"kind\":\"a\",\"id\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"bytes\":0,\"circuit\":\"a\"},",
                15,
            ),
        ],
        "accept",
    ),
    (
        "17-proofs",
        &[
            ("\"proofs\":[", "\"proofs\":[PPP", 1),
            (
                "PPP",
                "{\"kind\":\"a\",\"id\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"bytes\":0,\"circuit\":\"a\"},",
                16,
            ),
        ],
        "bad-json",
    ),
    (
        "circuit-number",
        &[("\"circuit\":\"consensus\"", "\"circuit\":1", 1)],
        "bad-json",
    ),
    (
        "circuit-upper-case",
        &[("\"circuit\":\"consensus\"", "\"circuit\":\"Consensus\"", 1)],
        "bad-json",
    ),
    (
        "circuit-empty",
        &[("\"circuit\":\"consensus\"", "\"circuit\":\"\"", 1)],
        "bad-json",
    ),
    (
        "circuit-of-33",
        &[(
            "\"circuit\":\"consensus\"",
            "\"circuit\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"",
            1,
        )],
        "bad-json",
    ),
    (
        "circuit-unknown",
        &[
            ("\"kind\":\"consensus\"", "\"kind\":\"later-1\"", 1),
            ("\"circuit\":\"consensus\"", "\"circuit\":\"later-1\"", 1),
        ],
        "accept",
    ),
    (
        "circuit-other-than-kind",
        &[("\"circuit\":\"consensus\"", "\"circuit\":\"later-1\"", 1)],
        "block-label",
    ),
    (
        "id-upper-case",
        &[("\"id\":\"00", "\"id\":\"0A", 1)],
        "bad-json",
    ),
    (
        "id-past-modulus",
        &[("\"id\":\"00000000", "\"id\":\"ffffffff", 1)],
        "accept",
    ),
    (
        "bytes-negative",
        &[("\"bytes\":150459", "\"bytes\":-1", 1)],
        "bad-json",
    ),
    (
        "label-height",
        &[("\"height\":3", "\"height\":2", 1)],
        "block-label",
    ),
    (
        "label-hash",
        &[("\"hash\":\"1b", "\"hash\":\"1c", 1)],
        "block-label",
    ),
    (
        "order-json-label",
        &[
            ("\"height\":3", "\"height\":2", 1),
            ("\"n\":2", "\"n\":\"2\"", 1),
        ],
        "bad-json",
    ),
];
