//! The files that `circuits.json` lists: whether they are what it says that they are.

use rpp_verifier::{
    CIRCUITS, ChainFile, CircuitsFile, ContentError, FieldError, ListedCircuit, Parsed, SetupError,
    SetupFault, SetupFileName,
};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::content::{file_of, read_chain};
use super::folder::{SetupFolder, missing};

/// Checks that a folder has the files that a list names, that the list pins just these, and that they are files of a chain and of
/// circuits; and returns the chain. Whoever signs the list signs them as well, with the half that `minisign` knows: so
/// none may be one that is signed with both halves, such as another list.
///
/// # Errors
///
/// [`SetupError`].
pub(super) fn check_listed_files(
    folder: &SetupFolder,
    list: &Parsed<CircuitsFile>,
) -> Result<ChainFile, SetupError> {
    let file = SetupFileName::Chain;
    let content = folder.file(&file).ok_or_else(|| missing(file.clone()))?;
    let pinned = list.file.chain.check(content);
    pinned.map_err(|fault| SetupError { file, fault })?;
    let chain = read_chain(folder, list.envelope.chain_id)?;
    for circuit in &list.file.circuits {
        let file = file_of(circuit);
        let content = folder.file(&file).ok_or_else(|| missing(file.clone()))?;
        let checked = circuit.file.check(content);
        let checked = checked.and_then(|()| check_circuit(content, circuit, chain.chain_id));
        checked.map_err(|fault| SetupError { file, fault })?;
    }
    Ok(chain)
}

/// A circuit's file. Clients compare it with their own and read nothing in it; so does this program, where it has the circuit.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CircuitFile {
    name: String,
    number: u16,
    version: u32,
    #[serde(rename = "type")]
    _kind: String,
    #[serde(rename = "spec")]
    _spec: u32,
    #[serde(rename = "suite")]
    _suite: u32,
    #[serde(rename = "fingerprint")]
    _fingerprint: String,
    #[serde(rename = "fri")]
    _fri: Map<String, Value>,
    #[serde(rename = "hash_bits")]
    _hash_bits: u32,
    #[serde(rename = "key_digest")]
    _key_digest: String,
    #[serde(rename = "log_rows")]
    _log_rows: Map<String, Value>,
    #[serde(rename = "public_values")]
    _public_values: Vec<Value>,
    #[serde(rename = "stark_bits")]
    _stark_bits: Map<String, Value>,
}

fn check_circuit(content: &[u8], listed: &ListedCircuit, chain_id: u32) -> Result<(), SetupFault> {
    let own = CIRCUITS.by_number(listed.number);
    let own = own.map(|circuit| circuit.key(chain_id));
    if let Some(own) = own.filter(|own| own.version() == listed.version) {
        let (number, version) = (listed.number, listed.version);
        let differs = ContentError::CircuitDiffers { number, version };
        let is_own = own.setup_file() == content;
        return is_own.then_some(()).ok_or_else(|| differs.into());
    }
    // One of another release.
    let expected = "circuit";
    let parsed: Result<Map<String, Value>, _> = serde_json::from_slice(content);
    let parsed = parsed.map_err(|_| SetupFault::Type { expected })?;
    if parsed.get("type").and_then(Value::as_str) != Some(expected) {
        return Err(SetupFault::Type { expected });
    }
    let file: CircuitFile = serde_json::from_value(Value::Object(parsed)).map_err(|_| {
        let what = "the circuit's file";
        ContentError::from(FieldError::Unknown { what })
    })?;
    let field = match () {
        () if file.name != listed.name.to_string() => "name",
        () if file.number != listed.number => "number",
        () if file.version != listed.version => "version",
        () => return Ok(()),
    };
    Err(ContentError::from(FieldError::Value { field }).into())
}
