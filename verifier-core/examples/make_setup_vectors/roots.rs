//! Keys and thresholds in a root.

use rpp_verifier::{RootFile, SetupBundle};

use super::Cases;
use super::corpus::Result;
use super::text::text;

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_roots(cases)?;
    write_root_keys(cases)
}

/// Keys and thresholds in a root, which its own signers have signed.
fn write_roots(cases: &mut Cases) -> Result<()> {
    type Change = fn(&Cases, &mut RootFile);
    let changed: [(&str, &str, Change, &'static str); 11] = [
        (
            "key-twice",
            "a role has a key twice",
            |cases, root| root.root = cases.world.keys("aba", 2),
            "setup-key-twice",
        ),
        (
            "ed25519-half-twice",
            "two keys of a role share the Ed25519 half",
            |cases, root| {
                root.circuits.keys.keys[1].ed25519 = cases.world.signer('d').key().ed25519;
            },
            "setup-key-twice",
        ),
        (
            "hash-half-twice",
            "two keys of a role share the hash-based half",
            |cases, root| {
                root.circuits.keys.keys[1].hash = cases.world.signer('d').key().hash;
            },
            "setup-key-twice",
        ),
        (
            "key-in-two-roles",
            "a key has two roles",
            |cases, root| root.checkpoint.keys = cases.world.keys("d", 1),
            "setup-key-in-two-roles",
        ),
        (
            "half-in-two-roles",
            "one half of a key has two roles",
            |cases, root| {
                root.checkpoint.keys.keys[0].ed25519 = cases.world.signer('a').key().ed25519;
            },
            "setup-key-in-two-roles",
        ),
        (
            "hash-half-in-two-roles",
            "the hash-based half of a second key has two roles",
            |cases, root| {
                root.circuits.keys.keys[1].hash = cases.world.signer('b').key().hash;
            },
            "setup-key-in-two-roles",
        ),
        (
            "threshold-0",
            "nobody has to sign",
            |_, root| root.checkpoint.keys.threshold = 0,
            "setup-threshold",
        ),
        (
            "threshold-above-keys",
            "more have to sign than there are",
            |_, root| root.checkpoint.keys.threshold = 2,
            "setup-threshold",
        ),
        (
            "no-keys",
            "a role without keys",
            |cases, root| root.checkpoint.keys = cases.world.keys("", 0),
            "setup-threshold",
        ),
        (
            "minimum-0",
            "a lowest version of 0",
            |_, root| root.checkpoint.min_version = 0,
            "setup-field-value",
        ),
        (
            "minimum-past-the-key",
            "a lowest version above all leaves",
            |_, root| root.circuits.min_version = 1024,
            "setup-field-value",
        ),
    ];
    for (name, note, change, expect) in changed {
        let mut root = cases.world.root(2, ["ab", "de", "f"]);
        change(cases, &mut root.file);
        let served = cases.with_roots(&[(&root, "ab")]);
        cases.one(name, note, served, expect)?;
    }
    let mut root = cases.world.root(2, ["ab", "de", "f"]);
    root.file.checkpoint.keys = cases.world.keys("fffffffff", 1);
    let served = cases.with_roots(&[(&root, "ab")]);
    cases.one(
        "nine-keys",
        "a role with nine keys",
        served,
        "setup-too-many",
    )
}

/// Ed25519 keys that are none, in a root that is signed.
fn write_root_keys(cases: &mut Cases) -> Result<()> {
    use base64ct::{Base64, Encoding};
    let of = |algorithm: &[u8], point: [u8; 32]| {
        let bytes = [algorithm, &[9; 8], &point].concat();
        Base64::encode_string(&bytes)
    };
    let mut neutral = [0; 32];
    neutral[0] = 1;
    // The neutral element once more, with the modulus added to its coordinate.
    let mut not_canonical = [0xff; 32];
    not_canonical[0] = 0xee;
    not_canonical[31] = 0x7f;
    let mut no_point = [0; 32];
    no_point[0] = 2;
    let good = cases.world.signer('f').key().ed25519.to_string();
    let unpadded = good[..55].to_owned();
    let padded = Base64::encode_string(&[&b"Ed"[..], &[9; 8], &[7; 31]].concat());
    let bytes = |letter| Base64::decode_vec(&cases.world.signer(letter).key().ed25519.to_string());
    let (a, f) = (bytes('a').expect("base64"), bytes('f').expect("base64"));
    let with_id = Base64::encode_string(&[&a[..10], &f[10..]].concat());
    let with_point = Base64::encode_string(&[&f[..10], &a[10..]].concat());
    for (name, note, key, expect) in [
        (
            "key-small-order",
            "a key of small order, under which anybody can sign",
            of(b"Ed", neutral),
            "setup-key-small-order",
        ),
        (
            "key-not-canonical",
            "the same, in another encoding",
            of(b"Ed", not_canonical),
            "setup-key-point",
        ),
        (
            "key-no-point",
            "a key that is no point of the curve",
            of(b"Ed", no_point),
            "setup-key-point",
        ),
        (
            "key-other-algorithm",
            "a key of another algorithm",
            of(b"RS", neutral),
            "setup-key-algorithm",
        ),
        (
            "key-base64",
            "a key without its last character",
            unpadded,
            "setup-key-base64",
        ),
        (
            "key-padded",
            "a key of 41 bytes, with padding",
            padded,
            "setup-key-base64",
        ),
        (
            "key-with-the-id-of-another",
            "two keys share an id",
            with_id,
            "setup-key-in-two-roles",
        ),
        (
            "key-with-the-point-of-another",
            "two keys share a point",
            with_point,
            "setup-key-in-two-roles",
        ),
    ] {
        let root = cases.world.root(2, ["ab", "de", "f"]);
        let content = text(&root).replacen(&good, &key, 1);
        let served = SetupBundle {
            roots: vec![cases.world.sign(content.into_bytes(), 2, "ab")],
            ..cases.honest()
        };
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}
