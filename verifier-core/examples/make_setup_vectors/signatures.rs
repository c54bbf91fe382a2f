//! Signatures: who signed, both halves, and the bytes of each.

use base64ct::{Base64, Encoding};
use blake2::{Blake2b512, Digest as _};
use curve25519_dalek::Scalar;
use curve25519_dalek::scalar::clamp_integer;
use rpp_verifier::{MinisignKeyId, Role, SetupBundle, SetupSignature, SignedFile};
use sha2::Sha512;

use super::Cases;
use super::corpus::Result;
use super::world::Half;

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_keys(cases)?;
    write_halves(cases)?;
    write_leaves(cases)?;
    write_files(cases)?;
    write_ed25519(cases)
}

/// Which keys have signed.
fn write_keys(cases: &mut Cases) -> Result<()> {
    let by = |cases: &Cases, letters| SetupBundle {
        circuits: cases.world.signed(&cases.world.circuits(1), letters),
        ..cases.honest()
    };
    for (name, note, letters, expect) in [
        (
            "too-few-keys",
            "one of two keys has signed",
            "d",
            "setup-too-few-keys",
        ),
        (
            "no-signature",
            "nobody has signed",
            "",
            "setup-too-few-keys",
        ),
        (
            "signed-twice",
            "one key has signed twice",
            "dd",
            "setup-signed-twice",
        ),
        (
            "signed-by-another-role",
            "the root's keys have signed circuits.json",
            "ab",
            "setup-other-role",
        ),
        (
            "signed-by-a-stranger",
            "a key that no root names has signed as well as one that it does",
            "dh",
            "setup-unknown-key",
        ),
        (
            "signed-by-more",
            "the signature of a stranger comes first, and counts for nothing",
            "hde",
            "accept",
        ),
        (
            "signed-by-one-of-many",
            "sixteen signatures of one key, then one of the other",
            "dddddddddddddddd",
            "setup-signed-twice",
        ),
    ] {
        let served = by(cases, letters);
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// Returns the setup with another signature of the checkpoint.
fn with_signature(cases: &Cases, change: impl FnOnce(&mut SetupSignature)) -> SetupBundle {
    let mut served = cases.honest();
    change(&mut served.checkpoint.signatures[0]);
    served
}

fn write_halves(cases: &mut Cases) -> Result<()> {
    let served = with_signature(cases, |signature| signature.ed25519.clear());
    cases.one(
        "no-ed25519-half",
        "a signature without its Ed25519 half",
        served,
        "setup-half-missing",
    )?;
    let served = with_signature(cases, |signature| signature.hash.clear());
    cases.one(
        "no-hash-half",
        "a signature without its hash-based half",
        served,
        "setup-half-missing",
    )?;
    let stranger = cases.world.checkpoint(1).encode();
    let stranger = cases.world.signer('g').sign(&stranger, 1);
    let SetupSignature { ed25519, hash } = stranger;
    let served = with_signature(cases, |signature| signature.hash = hash);
    cases.one(
        "hash-half-by-another-key",
        "the two halves are by two keys",
        served,
        "setup-hash-key",
    )?;
    let served = with_signature(cases, |signature| signature.ed25519 = ed25519);
    let note = "the same, the other way round";
    cases.one(
        "ed25519-half-by-another-key",
        note,
        served,
        "setup-unknown-key",
    )?;

    // The halves of two keys, crossed: each half is valid, and no key has both.
    let mut served = cases.honest();
    let [first, second] = &mut served.circuits.signatures[..] else {
        return Err("two signatures".into());
    };
    std::mem::swap(&mut first.hash, &mut second.hash);
    cases.one(
        "halves-crossed",
        "two keys have signed, with their halves crossed",
        served,
        "setup-hash-key",
    )?;
    let mut served = cases.honest();
    served.circuits.signatures[1].hash.clear();
    let note = "one key has signed with both halves, the other with one";
    cases.one("half-of-one-missing", note, served, "setup-half-missing")
}

/// What the hash-based half signs, and at which leaf.
fn write_leaves(cases: &mut Cases) -> Result<()> {
    let content = cases.world.checkpoint(1).encode();
    let honest = cases.world.signer('f').honest(1);
    let forged: [(&str, &str, Half, &'static str); 5] = [
        (
            "leaf-of-another-version",
            "signed as version 1, at the leaf of version 2",
            Half { leaf: 2, ..honest },
            "setup-hash-signature",
        ),
        (
            "another-version-at-the-leaf",
            "signed as version 2, at the leaf of version 1, and it says 2",
            Half {
                version: 2,
                ..honest
            },
            "setup-hash-signature",
        ),
        (
            "signed-as-another-version",
            "signed as version 2 at its leaf, but the file says 1",
            Half {
                version: 2,
                leaf: 2,
                ..honest
            },
            "setup-signed-version",
        ),
        (
            "signed-as-another-role",
            "signed as circuits.json",
            Half {
                role: Role::Circuits,
                ..honest
            },
            "setup-hash-signature",
        ),
        (
            "signed-for-another-chain",
            "signed for another chain",
            Half {
                chain_id: 8,
                ..honest
            },
            "setup-hash-signature",
        ),
    ];
    for (name, note, half, expect) in forged {
        let hash = cases.world.signer('f').half(&content, half);
        let served = with_signature(cases, |signature| signature.hash = hash);
        cases.one(name, note, served, expect)?;
    }
    let content = cases.world.circuits(1).encode();
    let signer = cases.world.signer('e');
    let mut served = cases.honest();
    served.circuits.signatures[1].hash = signer.half(&content, signer.honest(2));
    let note = "two keys have signed, one of them as version 2, and the file says 1";
    cases.one(
        "signed-as-two-versions",
        note,
        served,
        "setup-signed-version",
    )?;
    let root = cases.world.root(2, ["abc", "de", "f"]);
    let content = root.encode();
    let mut served = cases.with_roots(&[(&root, "abc")]);
    let signer = cases.world.signer('c');
    served.roots[0].signatures[2].hash = signer.half(&content, signer.honest(3));
    let note = "three keys have signed where two have to, one of them as another version";
    cases.one("signed-as-two-versions-by-enough", note, served, "accept")?;

    let other = cases.world.checkpoint(2).encode();
    let hash = cases.world.signer('f').half(&other, honest);
    let served = with_signature(cases, |signature| signature.hash = hash);
    let note = "the hash-based half signs another file";
    cases.one(
        "hash-half-of-another-file",
        note,
        served,
        "setup-hash-signature",
    )
}

/// The bytes of both files.
fn write_files(cases: &mut Cases) -> Result<()> {
    let served = with_signature(cases, |signature| {
        signature.hash.pop();
    });
    let note = "the hash-based half is cut short";
    cases.one("hash-half-truncated", note, served, "setup-hash-encoding")?;
    let served = with_signature(cases, |signature| signature.hash.push(0));
    let note = "a byte follows the hash-based half";
    cases.one("hash-half-extended", note, served, "setup-hash-encoding")?;

    type Change = fn(&str) -> String;
    let changed: [(&str, &str, Change, &'static str); 12] = [
        (
            "fifth-line",
            "a fifth line",
            |text| format!("{text}more\n"),
            "setup-minisign-lines",
        ),
        (
            "fifth-line-empty",
            "an empty fifth line",
            |text| format!("{text}\n"),
            "setup-minisign-lines",
        ),
        (
            "no-line-end",
            "the last line has no end",
            |text| text.trim_end().into(),
            "setup-minisign-lines",
        ),
        (
            "three-lines",
            "the global signature is missing",
            |text| {
                let lines: Vec<_> = text.lines().take(3).collect();
                lines.join("\n") + "\n"
            },
            "setup-minisign-lines",
        ),
        (
            "carriage-returns",
            "lines end as on another system",
            |text| text.replace('\n', "\r\n"),
            "setup-minisign-lines",
        ),
        (
            "not-ascii",
            "a comment that is not ASCII",
            |text| text.replacen("signature of", "s\u{ef}gnature", 1),
            "setup-minisign-lines",
        ),
        (
            "no-untrusted-comment",
            "the first line is no comment",
            |text| text.replacen("untrusted comment: ", "comment: ", 1),
            "setup-minisign-comment",
        ),
        (
            "no-trusted-comment",
            "the third line is no comment",
            |text| text.replacen("\ntrusted comment: ", "\ncomment: ", 1),
            "setup-minisign-comment",
        ),
        (
            "trusted-comment-changed",
            "another trusted comment",
            |text| text.replacen("for tests", "for tasts", 1),
            "setup-trusted-comment",
        ),
        (
            "untrusted-comment-changed",
            "another untrusted comment, which nothing signs",
            |text| text.replacen("signature of", "somebody signed with", 1),
            "accept",
        ),
        (
            "base64-without-padding",
            "base64 without its padding",
            |text| text.replacen("=\n", "\n", 1),
            "setup-base64",
        ),
        (
            "base64-not-canonical",
            "bits of base64 that are not used, and not zero",
            unused_bits,
            "setup-base64",
        ),
    ];
    for (name, note, change, expect) in changed {
        let served = with_signature(cases, |signature| {
            let text = String::from_utf8(signature.ed25519.clone()).expect("text");
            signature.ed25519 = change(&text).into_bytes();
        });
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// Sets a bit of the second line that no byte has.
fn unused_bits(text: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let end = text.find("=\n").expect("padding") - 1;
    let last = text.as_bytes()[end];
    let place = ALPHABET.iter().position(|&b| b == last).expect("base64");
    let mut changed = text.as_bytes().to_vec();
    changed[end] = ALPHABET[place + 1];
    String::from_utf8(changed).expect("ASCII")
}

/// Ed25519 signatures that some verifiers take.
fn write_ed25519(cases: &mut Cases) -> Result<()> {
    let content = cases.world.checkpoint(1).encode();
    let seed = *cases.world.signer('f').ed25519.seed();
    let id = cases.world.signer('f').ed25519.public_key().id;
    let honest = signature_bytes(&cases.world.signer('f').minisig(&content));

    let mut not_hashed = cases.honest();
    let older = ed25519(&seed, &content);
    not_hashed.checkpoint.signatures[0].ed25519 = file_of(b"Ed", id, &older, &seed);
    let note = "the older algorithm, which signs the file itself";
    cases.one(
        "legacy-algorithm",
        note,
        not_hashed,
        "setup-minisign-algorithm",
    )?;

    let mut changed = honest;
    changed[0] ^= 1;
    let mut zero_r = [0; 64];
    zero_r[0] = 1;
    zero_r[32..].copy_from_slice(&small_order_scalar(&seed, &content).to_bytes());
    let mut past_order = honest;
    past_order[32..].copy_from_slice(&plus_order(&honest[32..]));
    for (name, note, signature) in [
        ("ed25519-changed", "another bit in the signature", changed),
        (
            "ed25519-small-order",
            "a valid signature whose point has a small order",
            zero_r,
        ),
        (
            "ed25519-not-canonical",
            "the order of the group is added to the scalar",
            past_order,
        ),
    ] {
        let mut served = cases.honest();
        served.checkpoint.signatures[0].ed25519 = file_of(b"ED", id, &signature, &seed);
        cases.one(name, note, served, "setup-ed25519")?;
    }
    let good = String::from_utf8(file_of(b"ED", id, &honest, &seed))?;
    let (rest, global) = good.trim_end().rsplit_once('\n').expect("four lines");
    let mut global: [u8; 64] = Base64::decode_vec(global).expect("base64")[..].try_into()?;
    let scalar = plus_order(&global[32..]);
    global[32..].copy_from_slice(&scalar);
    let mut served = cases.honest();
    let global = Base64::encode_string(&global);
    served.checkpoint.signatures[0].ed25519 = format!("{rest}\n{global}\n").into_bytes();
    let note = "the order of the group is added to the scalar of the global signature";
    cases.one(
        "global-signature-not-canonical",
        note,
        served,
        "setup-trusted-comment",
    )?;
    let mut served = cases.honest();
    served.checkpoint.signatures[0].ed25519 = file_of(b"ED", id, &honest, &seed);
    let note = "the same file, put together from its parts";
    cases.one("ed25519-put-together", note, served, "accept")?;
    let mut served = cases.honest();
    let content = &mut served.checkpoint.content;
    let digit = content
        .iter()
        .position(u8::is_ascii_digit)
        .expect("a number");
    content[digit] = b'8';
    let note = "one digit of a signed file is another";
    cases.one("content-changed", note, served, "setup-ed25519")?;
    let mut served = cases.honest();
    let SignedFile { content, .. } = &mut served.checkpoint;
    content.pop();
    cases.one(
        "content-truncated",
        "a signed file is cut short",
        served,
        "setup-ed25519",
    )
}

/// Returns a signature of the seed's key.
fn ed25519(seed: &[u8; 32], message: &[u8]) -> [u8; 64] {
    use ed25519_dalek::Signer as _;
    let key = ed25519_dalek::SigningKey::from_bytes(seed);
    key.sign(message).to_bytes()
}

/// Returns a signature file with this algorithm and signature, and a good global one.
fn file_of(
    algorithm: &[u8; 2],
    id: MinisignKeyId,
    signature: &[u8; 64],
    seed: &[u8; 32],
) -> Vec<u8> {
    let line = [&algorithm[..], &id.0, signature].concat();
    let comment = "for tests";
    let global = ed25519(seed, &[&signature[..], comment.as_bytes()].concat());
    format!(
        "untrusted comment: put together\n{}\ntrusted comment: {comment}\n{}\n",
        Base64::encode_string(&line),
        Base64::encode_string(&global),
    )
    .into_bytes()
}

/// Returns the signature in a signature file.
fn signature_bytes(file: &[u8]) -> [u8; 64] {
    let text = std::str::from_utf8(file).expect("text");
    let line = text.lines().nth(1).expect("four lines");
    let bytes = Base64::decode_vec(line).expect("base64");
    bytes[10..].try_into().expect("a signature")
}

/// Returns the scalar of a signature whose point is the neutral element: `H(R, A, M) · a`. It satisfies the equation of
/// Ed25519.
fn small_order_scalar(seed: &[u8; 32], file: &[u8]) -> Scalar {
    let expanded: [u8; 64] = Sha512::digest(seed).into();
    let half: [u8; 32] = expanded[..32].try_into().expect("half of it");
    let secret = Scalar::from_bytes_mod_order(clamp_integer(half));
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let public = ed25519_dalek::SigningKey::from_bytes(seed).verifying_key();
    let hash: [u8; 64] = Sha512::new()
        .chain_update(neutral)
        .chain_update(public.to_bytes())
        .chain_update(Blake2b512::digest(file))
        .finalize()
        .into();
    Scalar::from_bytes_mod_order_wide(&hash) * secret
}

/// Returns a scalar plus the order of the group: the same scalar, in 32 bytes that are not its canonical ones.
fn plus_order(scalar: &[u8]) -> [u8; 32] {
    const ORDER: [u8; 32] = [
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde,
        0x14, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
    ];
    let mut carry = 0;
    std::array::from_fn(|i| {
        let sum = u16::from(scalar[i]) + u16::from(ORDER[i]) + carry;
        carry = sum >> 8;
        sum.to_le_bytes()[0]
    })
}
