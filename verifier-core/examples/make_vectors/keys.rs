//! Vectors for public keys, for signatures at the edge of a rule, and for what breaks two rules.

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use rpp_verifier::hazmat::{self, Val};
use rpp_verifier::{Digest, KeyPurpose, MAX_TREE_HEIGHT, PublicKey, SecretKey, Signature};
use serde_json::Value;

use crate::format::Case;
use crate::highest::{LEAF, highest};
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest, key};

/// Writes all of them.
pub(crate) fn write_keys(writer: &mut VectorWriter) -> Result<()> {
    let mut secret = SecretKey::generate([1; 32], KeyPurpose::Vote, 7, 4, &|_| ())?;
    let public = *secret.public_key();
    write_ids(writer, &public)?;
    write_encodings(writer, &public)?;
    let first = secret.sign(0, &digest(1))?;
    write(
        writer,
        "first-leaf",
        "the first leaf",
        "accept",
        &public,
        0,
        &first,
    )?;
    let last = secret.sign(15, &digest(1))?;
    write(
        writer,
        "last-leaf",
        "the last leaf",
        "accept",
        &public,
        15,
        &last,
    )?;
    let (note, code) = ("a leaf after the last", "signature-leaf-past-tree");
    write(writer, "leaf-after-last", note, code, &public, 16, &last)?;
    let note = "the largest leaf";
    write(writer, "largest-leaf", note, code, &public, u32::MAX, &last)?;
    let (key, signature) = highest()?;
    let note = "the last leaf of the largest tree";
    write(
        writer,
        "highest-key",
        note,
        "accept",
        &key,
        LEAF,
        &signature,
    )?;
    let (note, code) = (
        "a leaf after the last of the largest tree",
        "signature-leaf-past-tree",
    );
    write(
        writer,
        "leaf-after-highest",
        note,
        code,
        &key,
        LEAF + 1,
        &signature,
    )?;
    write_pairs(writer, &public, &last)
}

fn write(
    writer: &mut VectorWriter,
    name: &str,
    note: &str,
    expect: &str,
    public: &PublicKey,
    leaf: u32,
    signature: &Signature,
) -> Result<()> {
    let case = Case::Signature {
        public_key: key(public),
        leaf,
        message: digest(1).to_hex(),
        signature: hex::encode(signature.to_bytes()),
    };
    let name = format!("signature-{name}");
    writer.write(&name, note, expect, case)
}

/// A key and a signature at leaf 15 that break a rule and the next one.
fn write_pairs(writer: &mut VectorWriter, public: &PublicKey, signed: &Signature) -> Result<()> {
    let height = |tree_height| of_height(public, tree_height);
    let mut long = signed.clone();
    long.path.push(Digest::ZERO);
    let mut missed = long.clone();
    hazmat::randomizer_mut(&mut missed)[6] += Val::ONE;
    let mut off = signed.clone();
    hazmat::randomizer_mut(&mut off)[6] += Val::ONE;
    off.slot_digest = Digest::ZERO;
    let too_high = MAX_TREE_HEIGHT + 1;
    let cases = [
        (
            "key-too-high",
            "signature-tree-height",
            height(too_high),
            15,
            signed,
        ),
        (
            "order-s1-s2",
            "signature-tree-height",
            height(3),
            15,
            signed,
        ),
        (
            "order-s2-s3",
            "signature-leaf-past-tree",
            *public,
            31,
            &long,
        ),
        ("order-s3-s4", "signature-path-length", *public, 15, &missed),
        ("order-s4-s5", "signature-target-sum", *public, 15, &off),
        (
            "path-of-another-key",
            "signature-path-length",
            height(5),
            15,
            signed,
        ),
    ];
    for (name, code, public, leaf, signature) in cases {
        let note = name.replace('-', " ");
        write(writer, name, &note, code, &public, leaf, signature)?;
    }
    let mut two = signed.to_bytes();
    (two[0], two[4]) = (2, 3);
    let case = Case::Signature {
        public_key: key(public),
        leaf: 15,
        message: digest(1).to_hex(),
        signature: hex::encode(two),
    };
    let (name, note) = (
        "signature-order-version-height",
        "another version and height",
    );
    writer.write(name, note, "unsupported-version", case)
}

/// Ids that belong to another purpose, chain or key.
fn write_ids(writer: &mut VectorWriter, public: &PublicKey) -> Result<()> {
    let other = of_height(public, 5);
    let key_id = public.key_id(KeyPurpose::Vote, 7);
    for (name, note, public, purpose, chain_id) in [
        ("purpose", "the id of a key for votes", public, "account", 7),
        ("chain", "the id on another chain", public, "vote", 8),
        (
            "height",
            "the id of a key of another height",
            &other,
            "vote",
            7,
        ),
    ] {
        let case = Case::KeyId {
            public_key: key(public),
            purpose: purpose.into(),
            chain_id,
            key_id: key_id.to_hex(),
        };
        writer.write(&format!("key-id-other-{name}"), note, "mismatch", case)?;
    }
    Ok(())
}

/// Returns a key that says another height of itself.
fn of_height(public: &PublicKey, tree_height: u32) -> PublicKey {
    let mut other = *public;
    other.tree_height = tree_height;
    other
}

fn write_encodings(writer: &mut VectorWriter, public: &PublicKey) -> Result<()> {
    let bytes = public.to_bytes();
    let with = |at: usize, x: u32| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&x.to_le_bytes());
        bytes
    };
    let cases = [
        ("", "a public key", bytes.clone(), "accept"),
        ("-highest", "the largest height", with(0, 20), "accept"),
        ("-too-low", "height 3", with(0, 3), "out-of-range"),
        ("-too-high", "height 21", with(0, 21), "out-of-range"),
        (
            "-parameter",
            "an element at the modulus",
            with(4, Val::ORDER_U32),
            "non-canonical-element",
        ),
        (
            "-root",
            "an element past the modulus",
            with(52, u32::MAX),
            "non-canonical-element",
        ),
        ("-cut", "a byte too few", bytes[..55].to_vec(), "truncated"),
        (
            "-extended",
            "a byte too many",
            [&bytes[..], &[0]].concat(),
            "trailing-bytes",
        ),
    ];
    for (name, note, bytes, expect) in cases {
        let value = PublicKey::from_bytes(&bytes).map(|public| serde_json::to_value(key(&public)));
        let case = Case::Encoding {
            of: "public-key".into(),
            bytes: Bytes::Hex(hex::encode(&bytes)),
            value: value.ok().transpose()?.unwrap_or(Value::Null),
        };
        writer.write(&format!("public-key{name}"), note, expect, case)?;
    }
    Ok(())
}
