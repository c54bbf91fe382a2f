//! What the files say, and the bytes of an answer.

use rpp_verifier::{Document, ListedFile, Parsed, RootFile, SetupBundle, SetupFile, SignedFile};

use super::corpus::{Result, Splice, Step};
use super::world::{CHAIN, HOUR, NOW, header, header_hash};
use super::{Cases, step};

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_form(cases)?;
    write_fields(cases)?;
    write_nested(cases)?;
    write_envelope(cases)?;
    write_roots(cases)?;
    write_root_keys(cases)?;
    write_circuits(cases)?;
    write_heights(cases)?;
    write_checkpoints(cases)?;
    write_chain(cases)?;
    write_answers(cases)
}

/// Returns the setup with a checkpoint file of these bytes, well signed.
fn with_checkpoint(cases: &Cases, content: Vec<u8>) -> SetupBundle {
    SetupBundle {
        checkpoint: cases.world.sign(content, 1, "f"),
        ..cases.honest()
    }
}

fn text<F: SetupFile>(file: &Parsed<F>) -> String {
    String::from_utf8(file.encode()).expect("ASCII")
}

/// JSON that is not in the canonical form; each is signed.
fn write_form(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from, to| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        changed
    };
    let changed = [
        (
            "json-duplicate-field",
            "a field twice, with the same value",
            replaced("\"height\":16", "\"height\":16,\"height\":16"),
            "setup-duplicate-field",
        ),
        (
            "json-field-order",
            "two fields the other way round",
            replaced(
                "\"chain_id\":7,\"circuits_version\":1",
                "\"circuits_version\":1,\"chain_id\":7",
            ),
            "setup-field-order",
        ),
        (
            "json-white-space",
            "a space",
            replaced(":", ": "),
            "setup-white-space",
        ),
        (
            "json-line-end",
            "a line end after the file",
            format!("{good}\n"),
            "setup-white-space",
        ),
        (
            "json-trailing",
            "something after the file",
            format!("{good}1"),
            "setup-json-trailing",
        ),
        (
            "json-truncated",
            "a signed file without its last byte",
            good[..good.len() - 1].to_owned(),
            "setup-json-truncated",
        ),
        (
            "json-fraction",
            "a number with a fraction",
            replaced("\"height\":16", "\"height\":16.0"),
            "setup-number",
        ),
        (
            "json-exponent",
            "a number with an exponent",
            replaced("\"height\":16", "\"height\":16e0"),
            "setup-number",
        ),
        (
            "json-leading-zero",
            "a number with a leading zero",
            replaced("\"height\":16", "\"height\":016"),
            "setup-number",
        ),
        (
            "json-negative",
            "a negative number",
            replaced("\"height\":16", "\"height\":-16"),
            "setup-number",
        ),
        (
            "json-large",
            "a number above 2^53 - 1",
            replaced("\"height\":16", "\"height\":9007199254740992"),
            "setup-number",
        ),
        (
            "json-escape",
            "an escape in a text",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"checkpoin\\u0074\""),
            "setup-text",
        ),
        (
            "json-not-ascii",
            "a character that is not ASCII",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"checkpo\u{ee}nt\""),
            "setup-text",
        ),
        (
            "json-true",
            "a value that no setup file has",
            replaced("\"height\":16", "\"height\":true"),
            "setup-json",
        ),
        (
            "json-deep",
            "lists in lists",
            replaced("\"height\":16", "\"height\":[[[[[[]]]]]]"),
            "setup-depth",
        ),
    ];
    for (name, note, content, expect) in changed {
        let served = with_checkpoint(cases, content.into_bytes());
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

fn write_fields(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from: &str, to: &str| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        changed
    };
    let keys = text(&cases.world.first_root());
    let keys = &keys[keys.find("\"keys\":").expect("keys")..];
    let keys = &keys[..=keys.find(']').expect("their end")];
    let changed = [
        (
            "checkpoint-names-keys",
            "a checkpoint.json that names keys",
            replaced("\"root_version\"", &format!("{keys},\"root_version\"")),
            "setup-unknown-field",
        ),
        (
            "unknown-field",
            "a field that nobody knows",
            replaced("\"root_version\"", "\"memo\":\"x\",\"root_version\""),
            "setup-unknown-field",
        ),
        (
            "missing-field",
            "no height",
            replaced("\"height\":16,", ""),
            "setup-missing-field",
        ),
        (
            "no-version",
            "no version",
            replaced(",\"version\":1", ""),
            "setup-missing-field",
        ),
        (
            "height-past-32-bits",
            "a height of 2^32",
            replaced("\"height\":16", "\"height\":4294967296"),
            "setup-field-value",
        ),
        (
            "height-as-text",
            "a height as a text",
            replaced("\"height\":16", "\"height\":\"16\""),
            "setup-field-value",
        ),
        (
            "height-null",
            "a height that is null",
            replaced("\"height\":16", "\"height\":null"),
            "setup-field-value",
        ),
        (
            "hash-upper-case",
            "a hash with an upper-case digit",
            upper_case_hash(&good),
            "setup-field-value",
        ),
        (
            "list-for-a-file",
            "a list in place of the file",
            "[]".into(),
            "setup-field-value",
        ),
    ];
    for (name, note, content, expect) in changed {
        let served = with_checkpoint(cases, content.into_bytes());
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// Fields that nobody knows, and values of other kinds, in the objects of the longer files.
fn write_nested(cases: &mut Cases) -> Result<()> {
    let root = text(&cases.world.root(2, ["ab", "de", "f"]));
    for (name, from) in [
        ("roles", "\"roles\":{"),
        ("role", "\"checkpoint\":{"),
        ("root-role", "\"root\":{"),
        ("key", "[{"),
    ] {
        let content = root.replacen(from, &format!("{from}\"also\":1,"), 1);
        let served = SetupBundle {
            roots: vec![cases.world.sign(content.into_bytes(), 2, "ab")],
            ..cases.honest()
        };
        let note = "a field that nobody knows in an object of the root";
        cases.one(
            &format!("unknown-field-in-{name}"),
            note,
            served,
            "setup-unknown-field",
        )?;
    }
    let good = text(&cases.world.circuits(1));
    let other = |name: &'static str, from: &str, to: &str, expect: &'static str| {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        (name, changed, expect)
    };
    let unknown = |name, from: &str| {
        other(
            name,
            from,
            &format!("{from}\"also\":1,"),
            "setup-unknown-field",
        )
    };
    let value = |name, from, to| other(name, from, to, "setup-field-value");
    let more = (0..17).map(|i| {
        format!(
            "{{\"length\":1,\"name\":\"{i:02}\",\"sha256\":\"{}\"}}",
            "00".repeat(32)
        )
    });
    let more = more.collect::<Vec<_>>().join(",");
    let start = good.find("\"releases\":[").expect("releases");
    let end = start + good[start..].find(']').expect("their end");
    let many = format!("{}\"releases\":[{more}{}", &good[..start], &good[end..]);
    let changed = [
        unknown("unknown-field-in-chain", "\"chain\":{"),
        unknown("unknown-field-in-checkpoint", "\"checkpoint\":{"),
        unknown("unknown-field-in-circuit", "\"circuits\":[{"),
        unknown("unknown-field-in-release", "\"releases\":[{"),
        value("until-as-text", "\"until\":null", "\"until\":\"9\""),
        value(
            "until-past-32-bits",
            "\"until\":null",
            "\"until\":4294967296",
        ),
        value("number-past-16-bits", "\"number\":1,", "\"number\":65537,"),
        value(
            "circuit-name",
            "\"name\":\"consensus\"",
            "\"name\":\"Consensus\"",
        ),
        value("sha256-upper-case", "\"sha256\":\"", "\"sha256\":\"A"),
        value(
            "hash-past-the-modulus",
            "\"hash\":\"",
            &format!("\"hash\":\"{}", "ff".repeat(4)),
        ),
        ("releases-too-many", many, "setup-too-many"),
    ];
    for (name, content, expect) in changed {
        let mut content = content.into_bytes();
        // Digits in place of others, and not beside them.
        if matches!(name, "sha256-upper-case" | "hash-past-the-modulus") {
            content = shortened(name, &content);
        }
        let served = SetupBundle {
            circuits: cases.world.sign(content, 1, "de"),
            ..cases.honest()
        };
        let note =
            "an object of circuits.json with an unknown field, or with a value of another kind";
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// Takes as many digits away as came before them.
fn shortened(name: &str, content: &[u8]) -> Vec<u8> {
    let (field, more) = if name == "sha256-upper-case" {
        ("\"sha256\":\"", 1)
    } else {
        ("\"hash\":\"", 8)
    };
    let text = std::str::from_utf8(content).expect("ASCII");
    let start = text.find(field).expect("the field") + field.len() + more;
    [&content[..start], &content[start + more..]].concat()
}

/// Writes the first letter of the hash in upper case.
fn upper_case_hash(good: &str) -> String {
    let start = good.find("\"hash\":\"").expect("a hash") + 8;
    let letter = good[start..].find(|c: char| c.is_ascii_lowercase());
    let at = start + letter.expect("a letter");
    let mut changed = good.to_owned();
    changed[at..=at].make_ascii_uppercase();
    changed
}

fn write_envelope(cases: &mut Cases) -> Result<()> {
    let good = text(&cases.world.checkpoint(1));
    let replaced = |from: &str, to: &str| good.replacen(from, to, 1).into_bytes();
    let changed = [
        (
            "other-type",
            "a file of another type",
            replaced("\"type\":\"checkpoint\"", "\"type\":\"circuits\""),
            "setup-type",
        ),
        (
            "other-spec",
            "a file of another specification",
            replaced("\"spec\":1", "\"spec\":2"),
            "setup-spec",
        ),
        (
            "other-chain",
            "a file of another chain",
            replaced("\"chain_id\":7", "\"chain_id\":8"),
            "setup-chain",
        ),
    ];
    for (name, note, content, expect) in changed {
        let served = with_checkpoint(cases, content);
        cases.one(name, note, served, expect)?;
    }
    let zero = cases.world.checkpoint(0);
    let served = SetupBundle {
        checkpoint: cases.checkpoint(&zero),
        ..cases.honest()
    };
    cases.one(
        "version-0",
        "version 0, signed at leaf 0",
        served,
        "setup-version-range",
    )?;
    let mut past = cases.world.checkpoint(1);
    past.envelope.version = 16_384;
    let served = with_checkpoint(cases, past.encode());
    let note = "a version above all leaves of the key, signed as another";
    cases.one("version-past-the-key", note, served, "setup-signed-version")?;
    // Whoever swaps two files of one setup.
    let honest = cases.honest();
    let served = SetupBundle {
        checkpoint: honest.circuits.clone(),
        ..honest.clone()
    };
    let note = "circuits.json, as it was signed, in place of checkpoint.json";
    cases.one("circuits-as-checkpoint", note, served, "out-of-range")?;
    let served = SetupBundle {
        circuits: honest.checkpoint.clone(),
        ..honest
    };
    let note = "checkpoint.json, as it was signed, in place of circuits.json";
    cases.one("checkpoint-as-circuits", note, served, "setup-other-role")
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

fn write_circuits(cases: &mut Cases) -> Result<()> {
    type Change = fn(&mut rpp_verifier::CircuitsFile);
    let changed: [(&str, &str, Change, &'static str); 13] = [
        (
            "circuit-exchanged",
            "a circuit is listed with the file of another",
            |file| {
                file.circuits[0].file = file.circuits[1].file;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-changed",
            "a circuit is listed with another SHA-256",
            |file| {
                file.circuits[0].file.sha256.0[0] ^= 1;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-length",
            "a circuit is listed with another length",
            |file| {
                file.circuits[0].file.length += 1;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-renamed",
            "a circuit is listed with the name of another",
            |file| {
                file.circuits[0].name = file.circuits[1].name.clone();
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-missing",
            "the circuit of heads is not listed",
            |file| {
                file.circuits.remove(0);
            },
            "setup-circuit-missing",
        ),
        (
            "circuit-unknown",
            "a circuit that this program does not have, for nothing that it needs",
            |file| {
                let last = file.circuits.last_mut().expect("circuits");
                last.number = 99;
            },
            "accept",
        ),
        (
            "circuit-newer",
            "the next version of a circuit, from a height on",
            |file| {
                let mut next = file.circuits[0].clone();
                next.version = 2;
                next.from = 100;
                next.file.sha256.0[0] ^= 1;
                file.circuits[0].until = Some(120);
                file.circuits.insert(1, next);
            },
            "accept",
        ),
        (
            "circuit-twice",
            "a circuit is listed twice",
            |file| {
                file.circuits.insert(1, file.circuits[0].clone());
            },
            "setup-order",
        ),
        (
            "circuits-out-of-order",
            "the circuits are listed in another order",
            |file| file.circuits.swap(0, 1),
            "setup-order",
        ),
        (
            "circuit-for-no-height",
            "a circuit ends where it begins",
            |file| {
                file.circuits[0].from = 5;
                file.circuits[0].until = Some(5);
            },
            "setup-no-heights",
        ),
        (
            "release-twice",
            "a released file is listed twice",
            |file| {
                file.releases.push(file.releases[0].clone());
            },
            "setup-order",
        ),
        (
            "release-name",
            "a released file with a path for a name",
            |file| {
                file.releases[0].name = "../module".into();
            },
            "setup-field-value",
        ),
        (
            "circuits-too-many",
            "33 circuits",
            |file| {
                for version in 2..31 {
                    let mut next = file.circuits[0].clone();
                    next.version = version;
                    next.number = 50;
                    file.circuits.push(next);
                }
            },
            "setup-too-many",
        ),
    ];
    for (name, note, change, expect) in changed {
        let mut file = cases.world.circuits(1);
        change(&mut file.file);
        let served = SetupBundle {
            circuits: cases.circuits(&file),
            ..cases.honest()
        };
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// At which heights a proof of the circuit of heads is looked at.
fn write_heights(cases: &mut Cases) -> Result<()> {
    type Change = fn(&mut rpp_verifier::CircuitsFile);
    type Heads = Vec<(u32, &'static str)>;
    let all: [(&str, &str, Change, Heads); 4] = [
        (
            "heights-all",
            "the circuit is listed for all heights",
            |_| {},
            vec![(0, "accept"), (u32::MAX, "accept")],
        ),
        (
            "heights-from-until",
            "the circuit is listed for some heights: it was revoked, and nothing came in its place",
            |file| {
                file.circuits[0].from = 100;
                file.circuits[0].until = Some(120);
            },
            vec![
                (99, "circuit-not-active"),
                (100, "accept"),
                (119, "accept"),
                (120, "circuit-not-active"),
            ],
        ),
        (
            "heights-of-two-versions",
            "the circuit and its next version overlap",
            |file| {
                let mut next = file.circuits[0].clone();
                next.version = 2;
                next.from = 100;
                next.file.sha256.0[0] ^= 1;
                file.circuits[0].until = Some(120);
                file.circuits.insert(1, next);
            },
            vec![(99, "accept"), (119, "accept"), (120, "upgrade-required")],
        ),
        (
            "heights-of-the-next-version",
            "only the next version of the circuit is listed",
            |file| {
                let first = &mut file.circuits[0];
                first.version = 2;
                first.from = 100;
                first.file.sha256.0[0] ^= 1;
            },
            vec![(99, "circuit-not-listed"), (100, "upgrade-required")],
        ),
    ];
    for (name, note, change, heads) in all {
        let mut file = cases.world.circuits(1);
        change(&mut file.file);
        let served = SetupBundle {
            circuits: cases.circuits(&file),
            ..cases.honest()
        };
        let step = Step {
            heads,
            ..step(NOW + HOUR, served, "accept")
        };
        cases.steps(name, note, &[step])?;
    }
    Ok(())
}

/// The online checkpoint against the offline one, which is at height 8.
fn write_checkpoints(cases: &mut Cases) -> Result<()> {
    let at = |height, other| {
        let mut header = header(height);
        if other {
            header.hash = header_hash(99);
        }
        header
    };
    for (name, note, header, expect) in [
        (
            "checkpoint-the-same",
            "the header of circuits.json",
            at(8, false),
            "accept",
        ),
        (
            "checkpoint-on-another-chain",
            "another header at the height of the one in circuits.json",
            at(8, true),
            "setup-other-checkpoint",
        ),
        (
            "checkpoint-behind",
            "a header below the one in circuits.json",
            at(7, false),
            "setup-checkpoint-behind",
        ),
    ] {
        let mut file = cases.world.checkpoint(1);
        file.file.header = header;
        let served = SetupBundle {
            checkpoint: cases.checkpoint(&file),
            ..cases.honest()
        };
        cases.one(name, note, served, expect)?;
    }
    let mut file = cases.world.checkpoint(1);
    file.file.header.timestamp_ms = NOW + 1;
    let served = SetupBundle {
        checkpoint: cases.checkpoint(&file),
        ..cases.honest()
    };
    let note = "a header from after the file was issued";
    cases.one("checkpoint-ahead", note, served, "setup-checkpoint-ahead")?;
    let mut file = cases.world.circuits(1);
    file.file.checkpoint.timestamp_ms = NOW + 1;
    let served = SetupBundle {
        circuits: cases.circuits(&file),
        ..cases.honest()
    };
    let note = "the same in circuits.json";
    cases.one(
        "offline-checkpoint-ahead",
        note,
        served,
        "setup-checkpoint-ahead",
    )?;
    let mut genesis = cases.world.circuits(1);
    genesis.file.checkpoint = at(0, true);
    let served = SetupBundle {
        circuits: cases.circuits(&genesis),
        ..cases.honest()
    };
    let note = "a checkpoint in circuits.json at height 0, which is not the genesis";
    cases.one(
        "offline-checkpoint-other-genesis",
        note,
        served,
        "setup-other-checkpoint",
    )?;
    genesis.file.checkpoint = at(0, false);
    let served = SetupBundle {
        circuits: cases.circuits(&genesis),
        ..cases.honest()
    };
    let note = "the genesis as the checkpoint in circuits.json";
    cases.one("offline-checkpoint-genesis", note, served, "accept")
}

/// The chain file, which circuits.json lists.
fn write_chain(cases: &mut Cases) -> Result<()> {
    let good = String::from_utf8(cases.world.chain.encode())?;
    let mut other = cases.honest();
    other.chain = good
        .replacen("\"epoch_length\":8", "\"epoch_length\":9", 1)
        .into_bytes();
    cases.one(
        "chain-exchanged",
        "another chain file than the listed one",
        other,
        "setup-digest",
    )?;
    let mut other = cases.honest();
    other.chain.pop();
    cases.one(
        "chain-truncated",
        "a chain file that is cut short",
        other,
        "setup-length",
    )?;
    let listed = |cases: &Cases, chain: Vec<u8>| {
        let mut file = cases.world.circuits(1);
        file.file.chain = ListedFile::of(&chain);
        SetupBundle {
            circuits: cases.circuits(&file),
            chain,
            ..cases.honest()
        }
    };
    for (name, note, chain, expect) in [
        (
            "chain-limits",
            "more operations in a block than this program takes",
            good.replacen("\"max_operations\":256", "\"max_operations\":257", 1),
            "setup-limits",
        ),
        (
            "chain-registrations",
            "more registrations in a block than this program takes",
            good.replacen("\"max_registrations\":16", "\"max_registrations\":17", 1),
            "setup-limits",
        ),
        (
            "chain-epoch-length",
            "epochs of one block",
            good.replacen("\"epoch_length\":8", "\"epoch_length\":1", 1),
            "setup-field-value",
        ),
        (
            "chain-of-another-id",
            "the file of another chain",
            good.replacen(&format!("\"chain_id\":{CHAIN}"), "\"chain_id\":8", 1),
            "setup-chain",
        ),
        (
            "chain-of-another-type",
            "a listed file of another type",
            good.replacen("\"type\":\"chain\"", "\"type\":\"root\"", 1),
            "setup-type",
        ),
        (
            "chain-unknown-field",
            "a field that nobody knows",
            good.replacen("\"spec\"", "\"more\":1,\"spec\"", 1),
            "setup-unknown-field",
        ),
    ] {
        let served = listed(cases, chain.into_bytes());
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// The bytes of an answer.
fn write_answers(cases: &mut Cases) -> Result<()> {
    let honest = cases.honest();
    let length = honest.to_bytes().len();
    let splice = |at, remove, insert: &str, times| Splice {
        at,
        remove,
        insert: insert.into(),
        times,
    };
    let changed = [
        (
            "answer-empty",
            "an empty answer",
            splice(0, length, "", 1),
            "truncated",
        ),
        (
            "answer-truncated",
            "an answer without its last byte",
            splice(length - 1, 1, "", 1),
            "truncated",
        ),
        (
            "answer-extended",
            "a byte after the answer",
            splice(length, 0, "00", 1),
            "trailing-bytes",
        ),
        (
            "answer-endless",
            "more bytes than any setup has",
            splice(length, 0, "00", 5 << 20),
            "too-long",
        ),
        (
            "answer-magic",
            "another kind of document",
            splice(0, 1, "51", 1),
            "bad-magic",
        ),
        (
            "answer-version",
            "another version of the document",
            splice(4, 1, "02", 1),
            "unsupported-version",
        ),
        (
            "answer-many-roots",
            "65 roots, it says",
            splice(8, 1, "41", 1),
            "out-of-range",
        ),
        (
            "answer-long-file",
            "a file of 2^32 - 1 bytes, it says",
            splice(12, 4, "ffffffff", 1),
            "out-of-range",
        ),
    ];
    for (name, note, splice, expect) in changed {
        let step = Step {
            splice: Some(splice),
            ..step(NOW + HOUR, honest.clone(), expect)
        };
        cases.steps(name, note, &[step])?;
    }
    let mut many = honest.clone();
    let signature = many.checkpoint.signatures[0].clone();
    many.checkpoint.signatures = vec![signature; 17];
    cases.one(
        "answer-many-signatures",
        "17 signatures",
        many,
        "out-of-range",
    )?;
    let mut long = honest;
    long.checkpoint = SignedFile {
        content: vec![b' '; 1025],
        ..long.checkpoint
    };
    cases.one(
        "answer-long-checkpoint",
        "a checkpoint.json of 1,025 bytes",
        long,
        "out-of-range",
    )
}
