//! Vectors for secret keys: how they are made, kept and used.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::Val;
use rpp_verifier::{KeyPurpose, SecretKey};
use serde_json::{Value, json};

use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_signer(writer: &mut VectorWriter) -> Result<()> {
    write_generate(writer)?;
    let mut secret = SecretKey::generate([2; 32], KeyPurpose::Vote, 7, 4, &|_| ())?;
    let fresh = secret.to_bytes().to_vec();
    writer.document("secret-key-fresh.bin", &fresh)?;
    secret.sign(9, &digest(1))?;
    let used = secret.to_bytes().to_vec();
    writer.document("secret-key-used.bin", &used)?;
    let mut spent = SecretKey::from_bytes(&used)?;
    spent.sign(15, &digest(2))?;
    write_sign(writer, &spent)?;
    write_encodings(writer, &fresh, &used, &spent)
}

fn write_generate(writer: &mut VectorWriter) -> Result<()> {
    for (name, purpose, tree_height, expect) in [
        ("generate-vote", KeyPurpose::Vote, 4, "accept"),
        ("generate-account", KeyPurpose::Account, 4, "accept"),
        ("generate-setup", KeyPurpose::Setup, 4, "accept"),
        ("generate-too-low", KeyPurpose::Vote, 3, "sign-tree-height"),
        (
            "generate-too-high",
            KeyPurpose::Vote,
            21,
            "sign-tree-height",
        ),
    ] {
        let seed = core::array::from_fn(|i| u8::try_from(i).unwrap_or(0));
        let key = SecretKey::generate(seed, purpose, 7, tree_height, &|_| ()).ok();
        let text = |bytes: Option<Vec<u8>>| bytes.map_or_else(String::new, hex::encode);
        let case = Case::Generate {
            seed: hex::encode(seed),
            purpose: match purpose {
                KeyPurpose::Vote => "vote".into(),
                KeyPurpose::Account => "account".into(),
                KeyPurpose::Setup => "setup".into(),
            },
            chain_id: 7,
            tree_height,
            public_key: text(key.as_ref().map(|key| key.public_key().to_bytes())),
            secret_key: text(key.as_ref().map(|key| key.to_bytes().to_vec())),
        };
        writer.write(name, "a key from a seed", expect, case)?;
    }
    Ok(())
}

/// A secret key, changed.
fn stored(file: &str, splices: Vec<Splice>) -> Bytes {
    let file = format!("documents/{file}");
    Bytes::Changed(Changed { file, splices })
}

/// Puts `insert` in place of as many bytes.
fn over(at: usize, insert: &[u8]) -> Splice {
    Splice {
        at,
        remove: insert.len(),
        insert: hex::encode(insert),
        times: 1,
    }
}

fn write_sign(writer: &mut VectorWriter, spent: &SecretKey) -> Result<()> {
    let fresh = || stored(FRESH, vec![]);
    let used = || stored(USED, vec![]);
    let at_end = || Bytes::Hex(hex::encode(&*spent.to_bytes()));
    // The tree then says something else about leaf 15 than what its secrets give.
    let end = FRESH_BYTES;
    let broken = || stored(FRESH, vec![over(end - 32, &digest(9).to_bytes())]);
    let cases = [
        (
            "sign-fresh",
            "leaf 0 of a fresh key",
            fresh(),
            0,
            1,
            "accept",
        ),
        ("sign-skip", "leaves are skipped", fresh(), 9, 1, "accept"),
        (
            "sign-again",
            "the same message at its leaf",
            used(),
            9,
            1,
            "accept",
        ),
        (
            "sign-last",
            "the last leaf, again",
            at_end(),
            15,
            2,
            "accept",
        ),
        (
            "sign-other-message",
            "another message at its leaf",
            used(),
            9,
            2,
            "sign-leaf-used",
        ),
        (
            "sign-erased",
            "a leaf before",
            used(),
            8,
            1,
            "sign-leaf-erased",
        ),
        (
            "sign-past-tree",
            "a leaf after the last",
            fresh(),
            16,
            1,
            "sign-leaf-past-tree",
        ),
        (
            "sign-used-up",
            "a leaf of a key that is used up",
            at_end(),
            0,
            1,
            "sign-leaf-erased",
        ),
        (
            "sign-broken",
            "a damaged leaf of the tree",
            broken(),
            15,
            1,
            "sign-broken-key",
        ),
    ];
    for (name, note, secret_key, leaf, message, expect) in cases {
        let mut key = SecretKey::from_bytes(&secret_key.read())?;
        let signature = key.sign(leaf, &digest(message));
        let signature = signature.map(|s| hex::encode(s.to_bytes()));
        let code = signature.as_ref().err().map_or("accept", |e| e.code());
        assert_eq!(code, expect, "{name}");
        let case = Case::Sign {
            secret_key,
            leaf,
            message: digest(message).to_hex(),
            signature: signature.unwrap_or_default(),
        };
        writer.write(name, note, expect, case)?;
    }
    Ok(())
}

fn write_encodings(
    writer: &mut VectorWriter,
    fresh: &[u8],
    used: &[u8],
    spent: &SecretKey,
) -> Result<()> {
    assert_eq!(fresh.len(), FRESH_BYTES);
    let word = |at, x: u32| vec![over(at, &x.to_le_bytes())];
    let cut = |length: usize| {
        vec![Splice {
            at: length - 1,
            remove: 1,
            insert: String::new(),
            times: 1,
        }]
    };
    let append = |length, times| {
        vec![Splice {
            at: length,
            remove: 0,
            insert: "00".into(),
            times,
        }]
    };
    let both = [word(0, 2), word(4, 3)].concat();
    let cases = [
        ("fresh", FRESH, vec![], "accept"),
        ("used", USED, vec![], "accept"),
        ("account", FRESH, word(4, 2), "accept"),
        ("used-up", FRESH, word(16, 16), "accept"),
        ("version", FRESH, word(0, 2), "unsupported-version"),
        ("no-purpose", FRESH, word(4, 0), "out-of-range"),
        ("other-purpose", FRESH, word(4, 4), "out-of-range"),
        ("too-low", FRESH, word(12, 3), "out-of-range"),
        ("too-high", FRESH, word(12, 21), "out-of-range"),
        ("next-leaf", FRESH, word(16, 17), "out-of-range"),
        (
            "parameter",
            FRESH,
            word(20, Val::ORDER_U32),
            "non-canonical-element",
        ),
        ("last-of-none", FRESH, word(72, 1), "out-of-range"),
        ("last-twice", USED, word(72, 2), "out-of-range"),
        ("last-leaf", USED, word(76, 10), "out-of-range"),
        ("message", USED, word(80, u32::MAX), "non-canonical-element"),
        (
            "signature-version",
            USED,
            word(144, 2),
            "unsupported-version",
        ),
        ("signature-height", USED, word(148, 5), "truncated"),
        ("cut", USED, cut(used.len()), "truncated"),
        ("extended", USED, append(used.len(), 1), "trailing-bytes"),
        (
            "too-long",
            FRESH,
            append(fresh.len(), MAX_BYTES),
            "too-long",
        ),
        ("order-version-purpose", FRESH, both, "unsupported-version"),
    ];
    for (name, file, splices, expect) in cases {
        let bytes = stored(file, splices);
        let key = SecretKey::from_bytes(&bytes.read());
        assert_eq!(
            key.as_ref().err().map_or("accept", |e| e.code()),
            expect,
            "{name}"
        );
        let value = key.map_or(Value::Null, |key| describe(&key));
        let case = Case::Encoding {
            of: "secret-key".into(),
            bytes,
            value,
        };
        let note = name.replace('-', " ");
        writer.write(&format!("secret-key-{name}"), &note, expect, case)?;
    }
    assert_eq!(spent.next_leaf(), 16);
    Ok(())
}

/// What is public about a key.
fn describe(key: &SecretKey) -> Value {
    json!({
        "purpose": match key.purpose() {
            KeyPurpose::Vote => "vote",
            KeyPurpose::Account => "account",
            KeyPurpose::Setup => "setup",
        },
        "chain_id": key.chain_id(),
        "next_leaf": key.next_leaf(),
        "public_key": hex::encode(key.public_key().to_bytes()),
    })
}

const FRESH: &str = "secret-key-fresh.bin";
const USED: &str = "secret-key-used.bin";
/// Length of a key of height 4 that has not signed.
const FRESH_BYTES: usize = 20 + 20 + 32 + 4 + 16 * 32;
/// Length of a key of height 20 that has signed.
const MAX_BYTES: usize = 20 + 20 + 32 + 4 + (4 + 64 + 1316 + 20 * 32) + (32 << 20);
