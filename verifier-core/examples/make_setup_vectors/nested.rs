//! The objects in the longer files.

use rpp_verifier::SetupBundle;

use super::Cases;
use super::corpus::Result;
use super::text::{replaced, text};

/// Fields that nobody knows, and values of other kinds, in the objects of the longer files.
pub(crate) fn write(cases: &mut Cases) -> Result<()> {
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
        (name, replaced(&good, from, to), expect)
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
