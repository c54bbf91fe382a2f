//! What it takes to verify a setup.

use std::fs;
use std::path::PathBuf;

use rpp_verifier::{
    CIRCUITS, Document, HeadCircuit, Key, RootPin, SetupBundle, SetupTrust, VerifiedSetup,
};
use serde_json::{Value, json};

use crate::timings::Timings;

/// Times the verification of the setup in the case `accept-rotation`, by a client that was given the first root: a
/// second root is walked to. Two keys have signed each of root and `circuits.json`, and one the checkpoint.
///
/// # Panics
///
/// If the case cannot be read, or is refused.
#[must_use]
pub fn measure(runs: usize) -> Value {
    let case = fs::read(folder().join("accept-rotation.json")).expect("the case");
    let case: Value = serde_json::from_slice(&case).expect("JSON");
    let (pin, step) = (file(&case["pin"]["file"]), &case["steps"][0]);
    let served = body(step);
    let now_ms = step["now_ms"].as_str().and_then(|text| text.parse().ok());
    let now_ms = now_ms.expect("a time");
    let mut timings = Timings::default();
    for _ in 0..runs {
        let _setup = timings.time(|| verify(&pin, &served, now_ms));
    }
    json!({ "setup_verify_native_ms": timings.to_json(), "setup_bytes": served.len() })
}

/// Does all that a client does with an answer.
fn verify(pin: &[u8], served: &[u8], now_ms: u64) -> VerifiedSetup {
    let mut trust = SetupTrust::new(RootPin::File(pin.to_vec())).expect("a root file");
    let served = SetupBundle::from_bytes(served).expect("a setup");
    let setup = trust.verify(&served, now_ms).expect("a signed setup");
    let needed = [Key::of::<HeadCircuit>(0).circuit()];
    setup
        .check_circuits(&CIRCUITS, &needed)
        .expect("its circuits");
    setup
}

/// Returns the answer of a step, put together from its files.
fn body(step: &Value) -> Vec<u8> {
    let word = |x: usize| u32::try_from(x).expect("a short list").to_le_bytes();
    let roots = step["roots"].as_array().expect("roots");
    let mut body = b"RPPU\x01\0\0\0".to_vec();
    body.extend(word(roots.len()));
    for name in roots.iter().chain([&step["circuits"], &step["checkpoint"]]) {
        body.extend(file(name));
    }
    let chain = file(&step["chain"]);
    body.extend(word(chain.len()));
    body.extend(chain);
    body
}

fn file(name: &Value) -> Vec<u8> {
    let name = name.as_str().expect("a name");
    fs::read(folder().join("files").join(name)).expect("a file of the corpus")
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors/v1/setup")
}
