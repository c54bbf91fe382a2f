//! Vectors for the documents about accounts and operations, in bytes and in JSON.

use rpp_verifier::{
    Accounts, Document, HeaderHash, JsonDocument, KeyAccounts, ListedTransaction, MAX_KEY_ACCOUNTS,
    MAX_PAGE_TRANSACTIONS, OperationHash, Proposer, ServedAccount, SignedOperation, Submitted,
    TransactionStatus, Transactions, TxPlace, TxTree, Validator, ValidatorSet,
};
use serde_json::Value;

use super::{Owners, PAYER, RECEIVER, TRANSFER, VACANT};
use crate::format::Case;
use crate::parts::{Bytes, Changed, JsonText, Replacement, Splice};
use crate::{Result, VectorWriter, digest, documents};

/// Writes all of them.
pub(super) fn write_served(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    write_files(writer, owners)?;
    write_encodings(writer)?;
    write_texts(writer)
}

fn write_files(writer: &VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = Accounts::genesis(owners.accounts())?;
    let account = |index| ServedAccount {
        height: 17,
        header_hash: HeaderHash(digest(1)),
        index,
        opening: accounts.open(index),
    };
    save(writer, "account", &account(PAYER))?;
    save(writer, "account-vacant", &account(VACANT))?;
    let key_accounts = KeyAccounts {
        height: 17,
        header_hash: HeaderHash(digest(1)),
        key_id: owners.payer.key_id(),
        accounts: vec![PAYER, RECEIVER],
        next: Some(u32::MAX),
    };
    save(writer, "key-accounts", &key_accounts)?;
    let listed = |height, position| ListedTransaction {
        hash: OperationHash(digest(position)),
        place: TxPlace { height, position },
    };
    let transactions = Transactions {
        account: PAYER,
        height: 17,
        transactions: vec![listed(9, 255), listed(8, 0)],
        next: Some(TxPlace {
            height: 8,
            position: 0,
        }),
    };
    save(writer, "transactions", &transactions)?;
    let signed = owners.payer.transfer(TRANSFER)?;
    write_transactions(writer, &signed)?;
    let hash = signed.hash();
    save(writer, "submitted", &Submitted { hash })?;
    save(writer, "proposer", &proposer()?)
}

fn write_transactions(writer: &VectorWriter, signed: &SignedOperation) -> Result<()> {
    let tree = TxTree::new(&[OperationHash(digest(5)), signed.hash()])?;
    let pending = TransactionStatus::Pending {
        signed: signed.clone(),
        height: 16,
    };
    save(writer, "transaction-pending", &pending)?;
    let included = TransactionStatus::Included {
        signed: signed.clone(),
        height: 17,
        position: 1,
        count: tree.count(),
        path: tree.path(1),
    };
    save(writer, "transaction-included", &included)?;
    let dropped = TransactionStatus::Dropped {
        hash: signed.hash(),
        height: 18,
        code: "operation-expired".parse()?,
    };
    save(writer, "transaction-dropped", &dropped)
}

fn proposer() -> Result<Proposer> {
    let members = [3, 4].map(|seed| Validator {
        key_id: digest(seed),
        power: 100 + seed,
        account: seed,
        start_slot: 5,
    });
    let set = ValidatorSet::new(members.to_vec())?;
    Ok(Proposer {
        height: 17,
        validator: members[1],
        path: set.path(1),
    })
}

fn save<D: Document + JsonDocument>(writer: &VectorWriter, name: &str, document: &D) -> Result<()> {
    writer.document(&format!("{name}.bin"), &document.to_bytes())?;
    writer.document(&format!("{name}.json"), &document.to_json())
}

/// A name, the kind, the file, and changes of it: where, how many bytes go, what comes and how often.
type Edits<'a> = &'a [(usize, usize, &'a [u8], usize)];

fn write_encodings(writer: &mut VectorWriter) -> Result<()> {
    const BEYOND: &[u8] = &[1, 0, 0, 0x78];
    let path = 8 + 4 + 32 + 4 + 4 + 48;
    let cases: &[(&str, &str, &str, Edits<'_>, &str)] = &[
        ("account", "account", "account", &[], "accept"),
        ("account-vacant", "account", "account-vacant", &[], "accept"),
        (
            "account-magic",
            "account",
            "account",
            &[(0, 1, b"S", 1)],
            "bad-magic",
        ),
        (
            "account-presence",
            "account",
            "account",
            &[(48, 1, &[2], 1)],
            "out-of-range",
        ),
        (
            "account-key",
            "account",
            "account",
            &[(52, 4, BEYOND, 1)],
            "non-canonical-element",
        ),
        (
            "account-sibling",
            "account",
            "account",
            &[(path, 4, BEYOND, 1)],
            "non-canonical-element",
        ),
        (
            "account-cut",
            "account",
            "account",
            &[(1123, 1, &[], 1)],
            "truncated",
        ),
        (
            "account-too-long",
            "account",
            "account",
            &[(path, 0, &[0], 1)],
            "too-long",
        ),
        (
            "account-vacant-extended",
            "account",
            "account-vacant",
            &[(1076, 0, &[0], 1)],
            "trailing-bytes",
        ),
        (
            "key-accounts",
            "key-accounts",
            "key-accounts",
            &[],
            "accept",
        ),
        (
            "key-accounts-of-17",
            "key-accounts",
            "key-accounts",
            &[(76, 1, &[17], 1)],
            "out-of-range",
        ),
        (
            "key-accounts-next",
            "key-accounts",
            "key-accounts",
            &[(88, 1, &[2], 1)],
            "out-of-range",
        ),
        (
            "transactions",
            "transactions",
            "transactions",
            &[],
            "accept",
        ),
        (
            "transactions-of-33",
            "transactions",
            "transactions",
            &[(16, 1, &[33], 1)],
            "out-of-range",
        ),
        (
            "transactions-position",
            "transactions",
            "transactions",
            &[(56, 2, &[0, 1], 1)],
            "out-of-range",
        ),
        (
            "transactions-next",
            "transactions",
            "transactions",
            &[(108, 2, &[0, 1], 1)],
            "out-of-range",
        ),
        (
            "transaction-pending",
            "transaction",
            "transaction-pending",
            &[],
            "accept",
        ),
        (
            "transaction-included",
            "transaction",
            "transaction-included",
            &[],
            "accept",
        ),
        (
            "transaction-dropped",
            "transaction",
            "transaction-dropped",
            &[],
            "accept",
        ),
        (
            "transaction-state",
            "transaction",
            "transaction-dropped",
            &[(8, 1, &[3], 1)],
            "out-of-range",
        ),
        (
            "transaction-code-of-0",
            "transaction",
            "transaction-dropped",
            &[(48, 1, &[0], 1)],
            "out-of-range",
        ),
        (
            "transaction-code-space",
            "transaction",
            "transaction-dropped",
            &[(52, 1, b" ", 1)],
            "not-a-name",
        ),
        (
            "transaction-operation-length",
            "transaction",
            "transaction-pending",
            &[(16, 4, &2077u32.to_le_bytes(), 1)],
            "out-of-range",
        ),
        (
            "transaction-operation-magic",
            "transaction",
            "transaction-pending",
            &[(20, 1, b"S", 1)],
            "bad-magic",
        ),
        (
            "transaction-operation-short",
            "transaction",
            "transaction-pending",
            &[(16, 4, &100u32.to_le_bytes(), 1)],
            "truncated",
        ),
        (
            "transaction-in-json",
            "transaction",
            "transaction-dropped.json",
            &[],
            "answered-json",
        ),
        ("submitted", "submitted", "submitted", &[], "accept"),
        (
            "submitted-element",
            "submitted",
            "submitted",
            &[(8, 4, BEYOND, 1)],
            "non-canonical-element",
        ),
        (
            "submitted-too-long",
            "submitted",
            "submitted",
            &[(8, 0, &[0], 1)],
            "too-long",
        ),
        ("proposer", "proposer", "proposer", &[], "accept"),
        (
            "proposer-cut",
            "proposer",
            "proposer",
            &[(375, 1, &[], 1)],
            "truncated",
        ),
        (
            "proposer-version",
            "proposer",
            "proposer",
            &[(4, 1, &[2], 1)],
            "unsupported-version",
        ),
    ];
    for (name, of, file, edits, expect) in cases {
        let file = match file.strip_suffix(".json") {
            Some(_) => format!("documents/{file}"),
            None => format!("documents/{file}.bin"),
        };
        let splices = edits.iter().map(|&(at, remove, insert, times)| Splice {
            at,
            remove,
            insert: hex::encode(insert),
            times,
        });
        let splices = splices.collect();
        write_encoding(writer, (name, of, expect), Changed { file, splices })?;
    }
    for (of, file, count, at, item, most) in [
        ("key-accounts", "key-accounts", 76, 80, 4, MAX_KEY_ACCOUNTS),
        (
            "transactions",
            "transactions",
            16,
            20,
            40,
            MAX_PAGE_TRANSACTIONS,
        ),
    ] {
        let file = format!("documents/{file}.bin");
        let bytes = Bytes::Changed(Changed {
            file: file.clone(),
            splices: vec![],
        })
        .read();
        // Two are there.
        let first = hex::encode(&bytes[at..at + item]);
        let splice = |at, remove, insert: &str, times| Splice {
            at,
            remove,
            insert: insert.into(),
            times,
        };
        let number = hex::encode(u32::try_from(most)?.to_le_bytes());
        let splices = vec![
            splice(count, 4, &number, 1),
            splice(at, 0, &first, most - 2),
        ];
        let name = format!("{of}-largest");
        write_encoding(writer, (&name, of, "accept"), Changed { file, splices })?;
    }
    Ok(())
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

/// A name, the kind, the file, changes of its text, and what they give.
type Text<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], &'a str);

const ACCOUNTS: &[Text<'_>] = &[
    ("account", "account", "account", &[], "accept"),
    ("account-vacant", "account", "account-vacant", &[], "accept"),
    (
        "account-absent",
        "account",
        "account-vacant",
        &[("\"account\":null,", "")],
        "accept",
    ),
    (
        "account-unknown-field",
        "account",
        "account",
        &[("{", "{\"later\":1,")],
        "accept",
    ),
    (
        "account-unknown-field-inside",
        "account",
        "account",
        &[("\"nonce\"", "\"later\":1,\"nonce\"")],
        "bad-json",
    ),
    (
        "account-balance-number",
        "account",
        "account",
        &[("\"balance\":\"1000\"", "\"balance\":1000")],
        "bad-json",
    ),
    (
        "account-balance-past-64-bits",
        "account",
        "account",
        &[(
            "\"balance\":\"1000\"",
            "\"balance\":\"18446744073709551616\"",
        )],
        "bad-json",
    ),
    (
        "account-largest-balance",
        "account",
        "account",
        &[(
            "\"balance\":\"1000\"",
            "\"balance\":\"18446744073709551615\"",
        )],
        "accept",
    ),
    (
        "account-absent-nonce",
        "account",
        "account",
        &[("\"nonce\":2,", "")],
        "bad-json",
    ),
    (
        "account-absent-path",
        "account",
        "account",
        &[("\"path\"", "\"was\"")],
        "bad-json",
    ),
    (
        "account-path-empty",
        "account",
        "account",
        &[("\"path\":[", "\"path\":[],\"was\":[")],
        "bad-json",
    ),
    (
        "key-accounts",
        "key-accounts",
        "key-accounts",
        &[],
        "accept",
    ),
    (
        "key-accounts-last",
        "key-accounts",
        "key-accounts",
        &[(",\"next\":4294967295", "")],
        "accept",
    ),
    (
        "key-accounts-of-17",
        "key-accounts",
        "key-accounts",
        &[(
            "\"accounts\":[",
            "\"accounts\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,",
        )],
        "bad-json",
    ),
    (
        "key-accounts-of-16",
        "key-accounts",
        "key-accounts",
        &[(
            "\"accounts\":[",
            "\"accounts\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,",
        )],
        "accept",
    ),
    (
        "key-accounts-text",
        "key-accounts",
        "key-accounts",
        &[("\"accounts\":[", "\"accounts\":[\"1\",")],
        "bad-json",
    ),
    ("proposer", "proposer", "proposer", &[], "accept"),
    (
        "proposer-unknown-field",
        "proposer",
        "proposer",
        &[("\"power\"", "\"later\":1,\"power\"")],
        "bad-json",
    ),
    (
        "proposer-null",
        "proposer",
        "proposer",
        &[("\"validator\":{", "\"validator\":null,\"was\":{")],
        "bad-json",
    ),
];

const OPERATIONS: &[Text<'_>] = &[
    (
        "transactions",
        "transactions",
        "transactions",
        &[],
        "accept",
    ),
    (
        "transactions-last",
        "transactions",
        "transactions",
        &[("\"next\":\"8.0\"", "\"next\":null")],
        "accept",
    ),
    (
        "transactions-cursor-position",
        "transactions",
        "transactions",
        &[("\"next\":\"8.0\"", "\"next\":\"8.256\"")],
        "bad-json",
    ),
    (
        "transactions-cursor-zero",
        "transactions",
        "transactions",
        &[("\"next\":\"8.0\"", "\"next\":\"08.0\"")],
        "bad-json",
    ),
    (
        "transactions-position",
        "transactions",
        "transactions",
        &[("\"position\":255", "\"position\":256")],
        "bad-json",
    ),
    (
        "transactions-unknown-field",
        "transactions",
        "transactions",
        &[("\"position\":255", "\"position\":255,\"later\":1")],
        "accept",
    ),
    (
        "transaction-pending",
        "transaction",
        "transaction-pending",
        &[],
        "accept",
    ),
    (
        "transaction-included",
        "transaction",
        "transaction-included",
        &[],
        "accept",
    ),
    (
        "transaction-dropped",
        "transaction",
        "transaction-dropped",
        &[],
        "accept",
    ),
    (
        "transaction-absent",
        "transaction",
        "transaction-dropped",
        &[("\"signed\":null,", ""), ("\"path\":null,", "")],
        "accept",
    ),
    (
        "transaction-state",
        "transaction",
        "transaction-dropped",
        &[("dropped", "lost")],
        "bad-json",
    ),
    (
        "transaction-state-number",
        "transaction",
        "transaction-dropped",
        &[("\"dropped\"", "2")],
        "bad-json",
    ),
    (
        "transaction-state-of-another",
        "transaction",
        "transaction-pending",
        &[("pending", "included")],
        "bad-json",
    ),
    (
        "transaction-dropped-with-more",
        "transaction",
        "transaction-dropped",
        &[("\"position\":null", "\"position\":1")],
        "bad-json",
    ),
    (
        "transaction-pending-with-code",
        "transaction",
        "transaction-pending",
        &[("\"code\":null", "\"code\":\"a\"")],
        "bad-json",
    ),
    (
        "transaction-count-0",
        "transaction",
        "transaction-included",
        &[("\"count\":2", "\"count\":0")],
        "bad-json",
    ),
    (
        "transaction-count-257",
        "transaction",
        "transaction-included",
        &[("\"count\":2", "\"count\":257")],
        "bad-json",
    ),
    (
        "transaction-position-256",
        "transaction",
        "transaction-included",
        &[("\"position\":1", "\"position\":256")],
        "bad-json",
    ),
    (
        "transaction-position-past-count",
        "transaction",
        "transaction-included",
        &[("\"position\":1", "\"position\":2")],
        "accept",
    ),
    (
        "transaction-code-upper-case",
        "transaction",
        "transaction-dropped",
        &[("operation-expired", "Expired")],
        "bad-json",
    ),
    (
        "transaction-signed-upper-case",
        "transaction",
        "transaction-pending",
        &[("\"signed\":\"5250504f", "\"signed\":\"5250504F")],
        "bad-json",
    ),
    (
        "transaction-signed-odd",
        "transaction",
        "transaction-pending",
        &[("\"signed\":\"5250504f", "\"signed\":\"5250504f0")],
        "bad-json",
    ),
    (
        "transaction-signed-magic",
        "transaction",
        "transaction-pending",
        &[("\"signed\":\"52", "\"signed\":\"53")],
        "bad-json",
    ),
    (
        "transaction-label",
        "transaction",
        "transaction-pending",
        &[(
            "\"hash\":\"",
            "\"hash\":\"0000000000000000000000000000000000000000000000000000000000000000\",\"was\":\"",
        )],
        "block-label",
    ),
    ("submitted", "submitted", "submitted", &[], "accept"),
    (
        "submitted-null",
        "submitted",
        "submitted",
        &[("\"hash\":\"", "\"hash\":null,\"was\":\"")],
        "bad-json",
    ),
];

fn write_texts(writer: &mut VectorWriter) -> Result<()> {
    for (name, of, file, edits, expect) in ACCOUNTS.iter().chain(OPERATIONS) {
        let changes = edits.iter().map(|(find, replace)| Replacement {
            find: (*find).into(),
            replace: (*replace).into(),
            times: 1,
        });
        let text = JsonText {
            file: format!("documents/{file}.json"),
            changes: changes.collect(),
            spaces: 0,
        };
        write_text(writer, (name, of, expect), text)?;
    }
    for (of, file, most) in [
        ("account", "account", 8192),
        ("key-accounts", "key-accounts", 2048),
        ("transactions", "transactions", 8192),
        ("transaction", "transaction-included", 8192),
        ("submitted", "submitted", 256),
        ("proposer", "proposer", 2048),
    ] {
        let text = |spaces| JsonText {
            file: format!("documents/{file}.json"),
            changes: vec![],
            spaces,
        };
        let spaces = most - text(0).read().len();
        let name = format!("{of}-at-the-limit");
        write_text(writer, (&name, of, "accept"), text(spaces))?;
        let name = format!("{of}-too-long");
        write_text(writer, (&name, of, "too-long"), text(spaces + 1))?;
    }
    Ok(())
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
