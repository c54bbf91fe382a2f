//! Texts of a head.

use super::Text;

/// Changes of a head.
pub(super) const HEADS: &[Text] = &[
    ("head", &[], "accept"),
    ("spaces", &[("{", "\t\r\n {", 1), (":", " : ", 1)], "accept"),
    (
        "escapes",
        &[
            ("\"height\"", "\"\\u0068eight\"", 1),
            ("\"proposer\"", "\"\\u0070roposer\"", 1),
        ],
        "accept",
    ),
    (
        "unknown-field",
        &[(
            "{",
            "{\"later\":[1.5e3,-0,null,true,{\"a\":\"\\u00e9\\n\"}],",
            1,
        )],
        "accept",
    ),
    (
        "unknown-field-twice",
        &[("{", "{\"later\":1,\"later\":2,", 1)],
        "accept",
    ),
    (
        "unknown-surrogate",
        &[("{", "{\"later\":\"\\ud800\",", 1)],
        "accept",
    ),
    (
        "name-with-surrogate",
        &[("{", "{\"\\ud800\":1,", 1)],
        "bad-json",
    ),
    (
        "latest-height-below",
        &[("\"latest_height\":3", "\"latest_height\":0", 1)],
        "accept",
    ),
    ("empty", &[("{", "", 1)], "bad-json"),
    ("trailing-brace", &[("{", "{\"later\":1}{", 1)], "bad-json"),
    ("byte-order-mark", &[("{", "\u{feff}{", 1)], "bad-json"),
    (
        "control-character",
        &[("{", "{\"later\":\"\t\",", 1)],
        "bad-json",
    ),
    (
        "field-twice",
        &[("{", "{\"latest_height\":3,", 1)],
        "bad-json",
    ),
    (
        "field-twice-in-header",
        &[("\"version\":1", "\"version\":1,\"version\":1", 1)],
        "bad-json",
    ),
    (
        "absent-field",
        &[("\"latest_height\"", "\"was\"", 1)],
        "bad-json",
    ),
    (
        "field-in-other-case",
        &[("\"latest_height\"", "\"Latest_Height\"", 1)],
        "bad-json",
    ),
    (
        "fraction",
        &[("\"latest_height\":3", "\"latest_height\":3.0", 1)],
        "bad-json",
    ),
    (
        "exponent",
        &[("\"latest_height\":3", "\"latest_height\":3e0", 1)],
        "bad-json",
    ),
    (
        "minus-zero",
        &[("\"latest_height\":3", "\"latest_height\":-0", 1)],
        "bad-json",
    ),
    (
        "minus",
        &[("\"latest_height\":3", "\"latest_height\":-3", 1)],
        "bad-json",
    ),
    (
        "leading-zero",
        &[("\"latest_height\":3", "\"latest_height\":03", 1)],
        "bad-json",
    ),
    (
        "past-32-bits",
        &[("\"latest_height\":3", "\"latest_height\":4294967296", 1)],
        "bad-json",
    ),
    (
        "number-in-quotes",
        &[("\"latest_height\":3", "\"latest_height\":\"3\"", 1)],
        "bad-json",
    ),
    (
        "null-number",
        &[("\"latest_height\":3", "\"latest_height\":null", 1)],
        "bad-json",
    ),
    (
        "boolean",
        &[("\"latest_height\":3", "\"latest_height\":true", 1)],
        "bad-json",
    ),
    (
        "not-a-number",
        &[("\"latest_height\":3", "\"latest_height\":NaN", 1)],
        "bad-json",
    ),
    (
        "timestamp-number",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":1700000000003",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-plus",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\"+1\"",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-leading-zero",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\"01\"",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-empty",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\"\"",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-space",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\" 1\"",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-fraction",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\"1.0\"",
            1,
        )],
        "bad-json",
    ),
    (
        "timestamp-past-64-bits",
        &[(
            "\"timestamp_ms\":\"1700000000003\"",
            "\"timestamp_ms\":\"18446744073709551616\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-upper-case",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"000000000000000000000000000000000000000000000000000000000000000A\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-short",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"00000000000000000000000000000000000000000000000000000000000000\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-odd",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"000000000000000000000000000000000000000000000000000000000000000\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-long",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"000000000000000000000000000000000000000000000000000000000000000000\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-past-modulus",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"0100007800000000000000000000000000000000000000000000000000000000\"",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-number",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":0",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-null",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":null",
            1,
        )],
        "bad-json",
    ),
    (
        "digest-largest",
        &[(
            "\"state_root\":\"0000000000000000000000000000000000000000000000000000000000000000\"",
            "\"state_root\":\"0000007800000000000000000000000000000000000000000000000000000000\"",
            1,
        )],
        "block-label",
    ),
    (
        "label-in-head",
        &[("\"height\":3,\"hash\"", "\"height\":2,\"hash\"", 1)],
        "block-label",
    ),
];
