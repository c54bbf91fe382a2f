//! Vectors for the documents in JSON.

use crate::format::Case;
use crate::parts::{JsonText, Replacement};
use crate::{Result, VectorWriter};

/// The end of a name, changes of the text, and what they give.
type Changed<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

/// A kind of document, a file of it, which is accepted as it is, and changes of it.
type Texts<'a> = (&'a str, &'a str, &'a [Changed<'a>]);

const TEXTS: &[Texts<'_>] = &[
    (
        "account",
        "account",
        &[
            ("unknown-field", &[("{", r#"{"later":1,"#)], "accept"),
            (
                "unknown-field-inside",
                &[(r#""nonce""#, r#""later":1,"nonce""#)],
                "bad-json",
            ),
            (
                "balance-number",
                &[(r#""balance":"1000""#, r#""balance":1000"#)],
                "bad-json",
            ),
            (
                "balance-past-64-bits",
                &[(r#""balance":"1000""#, r#""balance":"18446744073709551616""#)],
                "bad-json",
            ),
            (
                "largest-balance",
                &[(r#""balance":"1000""#, r#""balance":"18446744073709551615""#)],
                "accept",
            ),
            ("absent-nonce", &[(r#""nonce":2,"#, "")], "bad-json"),
            ("absent-path", &[(r#""path""#, r#""was""#)], "bad-json"),
            (
                "path-empty",
                &[(r#""path":["#, r#""path":[],"was":["#)],
                "bad-json",
            ),
        ],
    ),
    (
        "account",
        "account-vacant",
        &[("absent", &[(r#""account":null,"#, "")], "accept")],
    ),
    (
        "key-accounts",
        "key-accounts",
        &[
            ("last", &[(r#","next":4294967295"#, "")], "accept"),
            (
                "of-17",
                &[(
                    r#""accounts":["#,
                    r#""accounts":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,"#,
                )],
                "bad-json",
            ),
            (
                "of-16",
                &[(
                    r#""accounts":["#,
                    r#""accounts":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,"#,
                )],
                "accept",
            ),
            (
                "text",
                &[(r#""accounts":["#, r#""accounts":["1","#)],
                "bad-json",
            ),
        ],
    ),
    (
        "proposer",
        "proposer",
        &[
            (
                "unknown-field",
                &[(r#""power""#, r#""later":1,"power""#)],
                "bad-json",
            ),
            (
                "null",
                &[(r#""validator":{"#, r#""validator":null,"was":{"#)],
                "bad-json",
            ),
        ],
    ),
    (
        "uptime",
        "uptime",
        &[
            ("unknown-field", &[("{", r#"{"later":1,"#)], "accept"),
            (
                "signed-text",
                &[(r#""signed":3"#, r#""signed":"3""#)],
                "bad-json",
            ),
            ("absent-signed", &[(r#","signed":3"#, "")], "bad-json"),
        ],
    ),
    (
        "transactions",
        "transactions",
        &[
            ("last", &[(r#""next":"8.0""#, r#""next":null"#)], "accept"),
            (
                "cursor-position",
                &[(r#""next":"8.0""#, r#""next":"8.256""#)],
                "bad-json",
            ),
            (
                "cursor-zero",
                &[(r#""next":"8.0""#, r#""next":"08.0""#)],
                "bad-json",
            ),
            (
                "position",
                &[(r#""position":255"#, r#""position":256"#)],
                "bad-json",
            ),
            (
                "unknown-field",
                &[(r#""position":255"#, r#""position":255,"later":1"#)],
                "accept",
            ),
        ],
    ),
    (
        "transaction",
        "transaction-pending",
        &[
            ("state-of-another", &[("pending", "included")], "bad-json"),
            (
                "pending-with-code",
                &[(r#""code":null"#, r#""code":"a""#)],
                "bad-json",
            ),
            (
                "signed-upper-case",
                &[(r#""signed":"5250504f"#, r#""signed":"5250504F"#)],
                "bad-json",
            ),
            (
                "signed-odd",
                &[(r#""signed":"5250504f"#, r#""signed":"5250504f0"#)],
                "bad-json",
            ),
            (
                "signed-magic",
                &[(r#""signed":"52"#, r#""signed":"53"#)],
                "bad-json",
            ),
            (
                "label",
                &[(
                    r#""hash":""#,
                    r#""hash":"0000000000000000000000000000000000000000000000000000000000000000","was":""#,
                )],
                "block-label",
            ),
        ],
    ),
    (
        "transaction",
        "transaction-included",
        &[
            ("count-0", &[(r#""count":2"#, r#""count":0"#)], "bad-json"),
            (
                "count-257",
                &[(r#""count":2"#, r#""count":257"#)],
                "bad-json",
            ),
            (
                "position-256",
                &[(r#""position":1"#, r#""position":256"#)],
                "bad-json",
            ),
            (
                "position-past-count",
                &[(r#""position":1"#, r#""position":2"#)],
                "accept",
            ),
        ],
    ),
    (
        "range-proof",
        "range-proof",
        &[
            ("first", &[(r#""first":8"#, r#""first":9"#)], "block-label"),
            ("last", &[(r#""last":15"#, r#""last":16"#)], "block-label"),
        ],
    ),
    (
        "span",
        "span",
        &[
            ("without-set", &[(r#""n":96,"#, "")], "bad-json"),
            (
                "parent-null",
                &[(r#""parent":{"#, r#""parent":null,"was":{"#)],
                "bad-json",
            ),
        ],
    ),
    (
        "transaction",
        "transaction-pruned",
        &[
            (
                "without-path",
                &[(r#""count":2"#, r#""count":null"#)],
                "bad-json",
            ),
            ("of-another", &[(r#""pruned""#, r#""dropped""#)], "bad-json"),
        ],
    ),
    (
        "transaction",
        "transaction-dropped",
        &[
            (
                "absent",
                &[(r#""signed":null,"#, ""), (r#""path":null,"#, "")],
                "accept",
            ),
            ("state", &[("dropped", "lost")], "bad-json"),
            ("state-number", &[(r#""dropped""#, "2")], "bad-json"),
            (
                "dropped-with-more",
                &[(r#""position":null"#, r#""position":1"#)],
                "bad-json",
            ),
            (
                "code-upper-case",
                &[("operation-expired", "Expired")],
                "bad-json",
            ),
        ],
    ),
    (
        "submitted",
        "submitted",
        &[(
            "null",
            &[(r#""hash":""#, r#""hash":null,"was":""#)],
            "bad-json",
        )],
    ),
];

/// A kind of document, a file of it, and the most bytes it may have.
const LIMITS: &[(&str, &str, usize)] = &[
    ("account", "account", 8192),
    ("key-accounts", "key-accounts", 2048),
    ("transactions", "transactions", 8192),
    ("transaction", "transaction-included", 8192),
    ("range-proof", "range-proof", 8192),
    ("span", "span", 8192),
    ("submitted", "submitted", 256),
    ("proposer", "proposer", 2048),
    ("uptime", "uptime", 2048),
];

/// Writes all of them.
pub(super) fn write_texts(writer: &mut VectorWriter) -> Result<()> {
    for (of, file, changed) in TEXTS {
        write_text(writer, (file, of, "accept"), text(file, &[], 0))?;
        for (end, changes, expect) in *changed {
            let name = format!("{of}-{end}");
            write_text(writer, (&name, of, expect), text(file, changes, 0))?;
        }
    }
    for (of, file, most) in LIMITS {
        let spaces = most - text(file, &[], 0).read().len();
        for (end, spaces, expect) in [
            ("at-the-limit", spaces, "accept"),
            ("too-long", spaces + 1, "too-long"),
        ] {
            let name = format!("{of}-{end}");
            write_text(writer, (&name, of, expect), text(file, &[], spaces))?;
        }
    }
    Ok(())
}

fn text(file: &str, changes: &[(&str, &str)], spaces: usize) -> JsonText {
    let changes = changes.iter().map(|(find, replace)| Replacement {
        find: (*find).into(),
        replace: (*replace).into(),
        times: 1,
    });
    JsonText {
        file: format!("documents/{file}.json"),
        changes: changes.collect(),
        spaces,
    }
}

fn write_text(
    writer: &mut VectorWriter,
    (name, of, expect): (&str, &str, &str),
    text: JsonText,
) -> Result<()> {
    let name = format!("json-{name}");
    let of = of.into();
    let note = name.replace('-', " ");
    writer.write(&name, &note, expect, Case::Json { of, text })
}
