//! The lists of `tests/cases`, which the clients of every language read.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

#[cfg(unix)]
mod file_store;
#[cfg(target_os = "linux")]
mod full_disk;
mod http;
#[cfg(unix)]
mod owners;
mod provider;

use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// Returns a part of the list called `name`: the cases that this language has, with what is
/// expected of it.
fn ours<T: DeserializeOwned>(name: &str, part: &str) -> Vec<T> {
    let cases = listed(name)[part].as_array().unwrap().clone();
    assert!(!cases.is_empty(), "{part}");
    cases.into_iter().filter_map(own).map(read).collect()
}

fn listed(name: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Returns the case as it is here; `None` where a language without it is this one.
fn own(mut case: Value) -> Option<Value> {
    let fields = case.as_object_mut().unwrap();
    let [rust, javascript] = ["rust", "javascript"].map(|language| fields.remove(language));
    for own in [&rust, &javascript].into_iter().flatten() {
        assert!(own["because"].is_string(), "why is {fields:?} another?");
    }
    let Some(Value::Object(mut rust)) = rust else {
        return Some(case);
    };
    rust.remove("because");
    let is_case = !rust.is_empty();
    fields.extend(rust);
    is_case.then_some(case)
}

fn read<T: DeserializeOwned>(case: Value) -> T {
    serde_json::from_value(case.clone()).unwrap_or_else(|e| panic!("{e}: {case}"))
}

#[test]
fn a_case_of_another_language_has_its_reason() {
    let case = |text: &str| own(serde_json::from_str(text).unwrap());
    let fields = |case: Option<Value>| case.map(|case| Map::len(case.as_object().unwrap()));
    assert_eq!(fields(case(r#"{"name":"x"}"#)), Some(1));
    assert_eq!(fields(case(r#"{"name":"x","rust":{"because":"y"}}"#)), None);
    assert_eq!(
        fields(case(r#"{"name":"x","javascript":{"because":"y"}}"#)),
        Some(1)
    );
    let other = case(r#"{"name":"x","save":"ok","rust":{"because":"y","save":"no"}}"#);
    assert_eq!(other.unwrap()["save"], "no");
}
