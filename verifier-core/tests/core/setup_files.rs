//! What is committed in `docs/setup` is what the code makes, and the schemas say what the files are.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rpp_verifier::{CIRCUITS, Document, SetupBundle};
use serde_json::Value;

use crate::schema;
use crate::vectors::setup::accepted;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/setup")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    entries.map(|entry| name(entry.unwrap())).collect()
}

#[test]
fn committed_circuits_are_those_of_the_code() {
    let mut expected = BTreeSet::new();
    for circuit in CIRCUITS.iter() {
        let key = circuit.key(7);
        let name = format!("{}.json", key.file_name());
        let committed = fs::read(folder().join("circuits").join(&name)).unwrap();
        assert_eq!(committed, key.setup_file(), "{name}");
        check("circuit", &committed);
        // It is in the canonical form, and so it is what any JSON tool writes.
        let value: Value = serde_json::from_slice(&committed).unwrap();
        assert_eq!(serde_json::to_vec(&value).unwrap(), committed, "{name}");
        expected.insert(name);
    }
    assert_eq!(names(&folder().join("circuits")), expected);
}

#[test]
fn committed_schemas_are_those_of_the_code() {
    let mut expected = BTreeSet::new();
    for (name, text) in schema::all() {
        let committed = fs::read_to_string(folder().join("schema").join(name)).unwrap();
        assert_eq!(committed, text, "{name}");
        expected.insert(name.to_owned());
    }
    assert_eq!(names(&folder().join("schema")), expected);
}

/// Every accepted file has exactly the fields of its schema, with values of their kinds; without one of them, or
/// with another, it would not.
#[test]
fn schemas_take_every_accepted_file() {
    let mut seen = 0;
    for body in accepted() {
        let SetupBundle {
            roots,
            circuits,
            checkpoint,
            chain,
        } = SetupBundle::from_bytes(&body).unwrap();
        roots.iter().for_each(|root| check("root", &root.content));
        check("circuits", &circuits.content);
        check("checkpoint", &checkpoint.content);
        check("chain", &chain);
        seen += 1;
    }
    assert!(seen > 20, "{seen} setups");
}

fn check(kind: &str, file: &[u8]) {
    let name = format!("{kind}.schema.json");
    let all = schema::all();
    let (_, text) = all.iter().find(|(other, _)| **other == name).unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    let file: Value = serde_json::from_slice(file).unwrap();
    assert_eq!(fault(&schema, &file), None, "{kind}");
    for name in schema["properties"].as_object().unwrap().keys() {
        let mut without = file.clone();
        without.as_object_mut().unwrap().remove(name);
        assert!(fault(&schema, &without).is_some(), "{kind} without {name}");
    }
    let mut with = file;
    with["more"] = Value::Null;
    assert!(fault(&schema, &with).is_some(), "{kind} with more");
}

/// Returns where a value is not what a schema says, for the words of a schema that are used here.
fn fault(schema: &Value, value: &Value) -> Option<String> {
    if let Some(expected) = schema.get("const") {
        return (expected != value).then(|| format!("{value} is not {expected}"));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        kind => vec![kind.clone()],
    };
    let kind = match value {
        Value::Null => "null",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Bool(_) => "boolean",
    };
    if !kinds.iter().any(|one| one == kind) {
        return Some(format!("{value} is of another kind"));
    }
    match value {
        Value::Number(number) => {
            let (min, max) = (schema["minimum"].as_u64(), schema["maximum"].as_u64());
            let number = number.as_u64()?;
            let is_in = min.unwrap_or(0) <= number && number <= max.unwrap_or(u64::MAX);
            (!is_in).then(|| format!("{number} is out of range"))
        }
        Value::Array(items) => {
            let most = schema["maxItems"].as_u64().unwrap();
            let too_many = u64::try_from(items.len()).unwrap() > most;
            let wrong = items.iter().find_map(|item| fault(&schema["items"], item));
            wrong.or_else(|| too_many.then(|| "too many".into()))
        }
        Value::Object(fields) => {
            let properties = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().unwrap();
            let missing = required
                .iter()
                .find(|name| !fields.contains_key(name.as_str().unwrap()));
            let unknown = fields.keys().find(|name| !properties.contains_key(*name));
            let wrong = fields.iter().find_map(|(name, value)| {
                let schema = properties.get(name)?;
                fault(schema, value).map(|fault| format!("{name}: {fault}"))
            });
            missing
                .map(|name| format!("{name} is missing"))
                .or_else(|| unknown.map(|name| format!("{name} is unknown")))
                .or(wrong)
        }
        _ => None,
    }
}
