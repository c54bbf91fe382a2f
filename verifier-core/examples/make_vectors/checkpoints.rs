//! Vectors for certificates and checkpoints, in bytes and as text, and for routes.

use rpp_verifier::{Checkpoint, Head};
use serde_json::{Value, json};

use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter};

/// Certificates and checkpoints.
pub(crate) fn write_checkpoints(writer: &mut VectorWriter, head: &Head) -> Result<()> {
    let certificate = head.block.certificate.expect("a signed block");
    let bytes = certificate.to_bytes();
    let claim = json!({
        "signed_power": certificate.signed_power,
        "signers": certificate.signers.to_hex(),
        "set_root": certificate.set.root.to_hex(),
        "set_size": certificate.set.n,
        "total_power": certificate.set.total_power,
    });
    let checkpoint = Checkpoint::of(&head.block.header, 4);
    let pin = json!({ "text": checkpoint.to_string() });
    for (of, bytes, value, digest) in [
        ("certificate", bytes, claim, 4),
        ("checkpoint", checkpoint.to_bytes(), pin, 4),
    ] {
        let mut element = bytes.clone();
        element[digest..digest + 4].copy_from_slice(&2_013_265_921u32.to_le_bytes());
        let cases = [
            ("", bytes.clone(), "accept", value),
            ("-element", element, "non-canonical-element", Value::Null),
            (
                "-cut",
                bytes[..bytes.len() - 1].to_vec(),
                "truncated",
                Value::Null,
            ),
            (
                "-extended",
                [&bytes[..], &[0]].concat(),
                "trailing-bytes",
                Value::Null,
            ),
        ];
        for (end, bytes, expect, value) in cases {
            let case = Case::Encoding {
                of: of.into(),
                bytes: Bytes::Hex(hex::encode(bytes)),
                value,
            };
            let name = format!("bytes-{of}{end}");
            writer.write(&name, &name.replace('-', " "), expect, case)?;
        }
    }
    write_checkpoint_texts(writer, &checkpoint)
}

fn write_checkpoint_texts(writer: &mut VectorWriter, honest: &Checkpoint) -> Result<()> {
    let hash = honest.hash.to_string();
    let past = format!("{}{}", "01000078", &hash[8..]);
    let texts = [
        ("", honest.to_string(), true),
        ("-smallest", format!("0:{hash}:0:0"), true),
        (
            "-largest",
            format!("4294967295:{hash}:18446744073709551615:4294967295"),
            true,
        ),
        ("-height", format!("4294967296:{hash}:1:4"), false),
        (
            "-timestamp",
            format!("3:{hash}:18446744073709551616:4"),
            false,
        ),
        ("-epoch-length", format!("3:{hash}:1:4294967296"), false),
        ("-leading-zero", format!("03:{hash}:1:4"), false),
        ("-plus", format!("+3:{hash}:1:4"), false),
        ("-minus", format!("-0:{hash}:1:4"), false),
        ("-zero-twice", format!("3:{hash}:00:4"), false),
        ("-space", format!("3:{hash}:1:4 "), false),
        ("-line", format!("3:{hash}:1:4\n"), false),
        ("-empty", String::new(), false),
        ("-empty-part", format!("3:{hash}::4"), false),
        ("-three-parts", format!("3:{hash}:1"), false),
        ("-five-parts", format!("3:{hash}:1:4:5"), false),
        (
            "-upper-case",
            format!("3:{}:1:4", hash.to_uppercase()),
            false,
        ),
        ("-short-hash", format!("3:{}:1:4", &hash[2..]), false),
        ("-odd-hash", format!("3:{}:1:4", &hash[1..]), false),
        ("-hash-past-modulus", format!("3:{past}:1:4"), false),
        ("-other-digits", format!("\u{0663}:{hash}:1:4"), false),
    ];
    for (name, text, holds) in texts {
        let parsed = text.parse::<Checkpoint>();
        assert_eq!(parsed.is_ok(), holds, "{text}");
        let case = Case::CheckpointText {
            bytes: parsed.map_or_else(|_| String::new(), |c| hex::encode(c.to_bytes())),
            text,
        };
        let name = format!("checkpoint-text{name}");
        let expect = if holds { "accept" } else { "bad-checkpoint" };
        writer.write(&name, &name.replace('-', " "), expect, case)?;
    }
    Ok(())
}

/// Paths and queries of requests.
pub(crate) fn write_routes(writer: &mut VectorWriter) -> Result<()> {
    let zeros = "00".repeat(32);
    let by_id = format!("/v1/proofs/{zeros}");
    let operation = format!("/v1/proofs/consensus/{zeros}");
    let cut = format!("/v1/proofs/{}", &zeros[1..]);
    let key = format!("/v1/keys/{zeros}");
    let key_from = format!("/v1/keys/{zeros}?from=4294967295");
    let key_past = format!("/v1/keys/01000078{}", &zeros[8..]);
    let key_query = format!("/v1/keys/{zeros}?from=01");
    let transaction = format!("/v1/transactions/{zeros}");
    let upper = format!("/v1/transactions/{}", "0A".repeat(32));
    for (name, target, expect) in [
        ("chain", "/v1/chain", "accept"),
        ("head", "/v1/head", "accept"),
        ("events", "/v1/head/events", "accept"),
        ("block", "/v1/blocks/4294967295", "accept"),
        ("page", "/v1/blocks?from=7&limit=64", "accept"),
        ("proof", "/v1/blocks/3/proofs/consensus", "accept"),
        ("proof-by-id", &by_id, "accept"),
        ("proof-of-operation", &operation, "accept"),
        ("proof-of-validator", "/v1/proofs/consensus/5@2", "accept"),
        ("proof-of-range", "/v1/proofs/consensus/4-4", "accept"),
        ("proof-of-pruning", "/v1/proofs/pruning/8-15", "accept"),
        ("proof-of-uptime", "/v1/proofs/uptime/5@2", "accept"),
        ("proof-of-span", "/v1/proofs/span/0-23", "accept"),
        ("ancestor", "/v1/ancestors/0?in=3", "accept"),
        ("smallest-page", "/v1/blocks?from=0&limit=1", "accept"),
        ("other-path", "/v1/nothing", "unknown-path"),
        ("from-leading-zero", "/v1/blocks?from=01", "bad-query"),
        (
            "circuit-of-subject",
            "/v1/proofs/nothing/3",
            "unknown-proof-kind",
        ),
        ("version", "/v2/head", "unknown-path"),
        ("slash", "/v1/head/", "unknown-path"),
        ("height-past-32-bits", "/v1/blocks/4294967296", "bad-height"),
        ("height-leading-zero", "/v1/blocks/01", "bad-height"),
        ("height-plus", "/v1/blocks/+1", "bad-height"),
        ("query", "/v1/head?x=1", "bad-query"),
        ("limit-0", "/v1/blocks?limit=0", "bad-query"),
        ("limit-65", "/v1/blocks?limit=65", "bad-query"),
        ("from-twice", "/v1/blocks?from=1&from=2", "bad-query"),
        ("within-missing", "/v1/ancestors/1", "bad-query"),
        ("id-of-63-digits", &cut, "bad-proof-id"),
        (
            "other-circuit",
            "/v1/blocks/1/proofs/nothing",
            "unknown-proof-kind",
        ),
        (
            "range-backwards",
            "/v1/proofs/consensus/31-16",
            "bad-subject",
        ),
        (
            "range-leading-zero",
            "/v1/proofs/consensus/01-16",
            "bad-subject",
        ),
        ("proposer", "/v1/blocks/3/proposer", "accept"),
        ("uptime", "/v1/uptime/1023?epoch=4294967295", "accept"),
        (
            "uptime-leading-zero",
            "/v1/uptime/05?epoch=2",
            "bad-validator",
        ),
        ("uptime-without-epoch", "/v1/uptime/5", "bad-query"),
        ("uptime-epoch-plus", "/v1/uptime/5?epoch=+2", "bad-query"),
        (
            "uptime-order-validator-epoch",
            "/v1/uptime/x?epoch=y",
            "bad-validator",
        ),
        ("pruning", "/v1/pruning/8-15", "accept"),
        ("pruning-height", "/v1/pruning/8", "bad-subject"),
        ("pruning-backwards", "/v1/pruning/15-8", "bad-subject"),
        ("pruning-query", "/v1/pruning/8-15?x=1", "bad-query"),
        ("account", "/v1/accounts/4294967295", "accept"),
        ("account-at", "/v1/accounts/0?height=3", "accept"),
        ("account-leading-zero", "/v1/accounts/01", "bad-account"),
        (
            "account-past-32-bits",
            "/v1/accounts/4294967296",
            "bad-account",
        ),
        ("account-height", "/v1/accounts/0?height=03", "bad-query"),
        ("account-empty-query", "/v1/accounts/0?", "bad-query"),
        (
            "account-transactions",
            "/v1/accounts/7/transactions",
            "accept",
        ),
        (
            "account-transactions-after",
            "/v1/accounts/7/transactions?cursor=17.255",
            "accept",
        ),
        (
            "account-transactions-cursor",
            "/v1/accounts/7/transactions?cursor=17.256",
            "bad-query",
        ),
        ("key", &key, "accept"),
        ("key-from", &key_from, "accept"),
        ("key-query", &key_query, "bad-query"),
        ("key-past-modulus", &key_past, "bad-key-id"),
        ("key-short", "/v1/keys/00", "bad-key-id"),
        ("submit", "/v1/transactions", "accept"),
        ("submit-query", "/v1/transactions?x=1", "bad-query"),
        ("transaction", &transaction, "accept"),
        ("transaction-upper-case", &upper, "bad-operation-hash"),
    ] {
        let name = format!("route-{name}");
        let target = target.to_owned();
        writer.write(
            &name,
            &name.replace('-', " "),
            expect,
            Case::Route { target },
        )?;
    }
    Ok(())
}
