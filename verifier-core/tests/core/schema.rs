//! JSON Schemas of the setup's files, from the limits of the code.
//!
//! They are for people and their tools: a file that a schema takes may still be refused. No schema sees the order of fields, or
//! a duplicate one.

use rpp_verifier::{
    MAX_LISTED_CIRCUITS, MAX_OPERATIONS, MAX_REGISTRATIONS, MAX_RELEASES, MAX_ROLE_KEYS, Role,
    SETUP_SPEC,
};
use serde_json::{Map, Value, json};

/// Returns each schema as a text, with the name of its file.
pub(crate) fn all() -> Vec<(&'static str, String)> {
    let schemas = [
        ("root.schema.json", "root.N.json", root()),
        ("circuits.schema.json", "circuits.json", circuits()),
        ("checkpoint.schema.json", "checkpoint.json", checkpoint()),
        ("chain.schema.json", "chain.json", chain()),
        ("circuit.schema.json", "the file of a circuit", circuit()),
    ];
    let text = |title, mut schema: Value| {
        schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
        schema["title"] = json!(title);
        let text = serde_json::to_string_pretty(&schema);
        text.unwrap_or_default() + "\n"
    };
    let texts = schemas.map(|(name, title, schema)| (name, text(title, schema)));
    texts.into()
}

/// An object with exactly these fields.
fn object(fields: &[(&str, Value)]) -> Value {
    let required: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
    let properties = fields
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()));
    json!({
        "type": "object",
        "properties": properties.collect::<Map<_, _>>(),
        "required": required,
        "additionalProperties": false,
    })
}

fn integer(min: u64, max: u64) -> Value {
    json!({ "type": "integer", "minimum": min, "maximum": max })
}

fn number() -> Value {
    integer(0, u32::MAX.into())
}

fn time() -> Value {
    json!({
        "type": "integer", "minimum": 0, "maximum": (1_u64 << 53) - 1,
        "description": "milliseconds since the Unix epoch",
    })
}

fn text(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

fn digest() -> Value {
    text("^[0-9a-f]{64}$")
}

fn length() -> Value {
    integer(0, (1 << 53) - 1)
}

fn list(items: &Value, min: usize, max: usize) -> Value {
    json!({ "type": "array", "items": items, "minItems": min, "maxItems": max })
}

/// A signed file: the envelope and these fields.
fn signed(role: Role, fields: &[(&str, Value)]) -> Value {
    let mut all = vec![
        ("type", json!({ "const": role.name() })),
        ("spec", json!({ "const": SETUP_SPEC })),
        ("chain_id", number()),
        ("version", version(role)),
        ("issued", time()),
        ("expires", time()),
    ];
    all.extend_from_slice(fields);
    object(&all)
}

fn version(role: Role) -> Value {
    integer(1, role.max_version().into())
}

fn root() -> Value {
    let key = object(&[("ed25519", text("^[A-Za-z0-9+/]{56}$")), ("hash", digest())]);
    let keys = list(&key, 1, MAX_ROLE_KEYS);
    let max = u64::try_from(MAX_ROLE_KEYS).unwrap_or(u64::MAX);
    let threshold = integer(1, max);
    let delegation = |role| {
        object(&[
            ("keys", keys.clone()),
            ("min_version", version(role)),
            ("threshold", threshold.clone()),
        ])
    };
    let top = object(&[("keys", keys.clone()), ("threshold", threshold.clone())]);
    let roles = object(&[
        ("root", top),
        ("circuits", delegation(Role::Circuits)),
        ("checkpoint", delegation(Role::Checkpoint)),
    ]);
    signed(Role::Root, &[("roles", roles)])
}

fn header() -> [(&'static str, Value); 3] {
    [
        ("hash", digest()),
        ("height", number()),
        ("timestamp_ms", time()),
    ]
}

fn circuits() -> Value {
    let file = object(&[("length", length()), ("sha256", digest())]);
    let until = json!({ "type": ["integer", "null"], "minimum": 1, "maximum": u32::MAX });
    let circuit = object(&[
        ("from", number()),
        ("length", length()),
        ("name", text("^[a-z0-9-]{1,32}$")),
        ("number", integer(0, u16::MAX.into())),
        ("sha256", digest()),
        ("until", until),
        ("version", number()),
    ]);
    let release = object(&[
        ("length", length()),
        ("name", text("^[A-Za-z0-9._-]{1,64}$")),
        ("sha256", digest()),
    ]);
    signed(
        Role::Circuits,
        &[
            ("chain", file),
            ("checkpoint", object(&header())),
            ("circuits", list(&circuit, 0, MAX_LISTED_CIRCUITS)),
            ("releases", list(&release, 0, MAX_RELEASES)),
        ],
    )
}

fn checkpoint() -> Value {
    let mut fields = header().to_vec();
    fields.push(("circuits_version", version(Role::Circuits)));
    fields.push(("root_version", version(Role::Root)));
    signed(Role::Checkpoint, &fields)
}

fn chain() -> Value {
    object(&[
        ("type", json!({ "const": "chain" })),
        ("spec", json!({ "const": SETUP_SPEC })),
        ("chain_id", number()),
        ("genesis_hash", digest()),
        ("epoch_length", number()),
        ("max_operations", json!({ "const": MAX_OPERATIONS })),
        ("max_registrations", json!({ "const": MAX_REGISTRATIONS })),
    ])
}

fn circuit() -> Value {
    let range = object(&[("largest", number()), ("smallest", number())]);
    let value = object(&[("elements", number()), ("name", text("^[a-z_]+$"))]);
    let parameters = [
        "batch_proof_of_work_bits",
        "cap_height",
        "commit_proof_of_work_bits",
        "log_blowup",
        "log_final_poly_len",
        "max_log_arity",
        "num_queries",
        "ood_proof_of_work_bits",
        "query_proof_of_work_bits",
    ];
    let parameters = parameters.map(|name| (name, number()));
    object(&[
        ("type", json!({ "const": "circuit" })),
        ("spec", json!({ "const": SETUP_SPEC })),
        ("name", text("^[a-z0-9-]{1,32}$")),
        ("number", integer(0, u16::MAX.into())),
        ("version", number()),
        ("suite", number()),
        ("fingerprint", digest()),
        ("key_digest", digest()),
        ("fri", object(&parameters)),
        ("log_rows", range.clone()),
        ("public_values", list(&value, 1, 64)),
        ("stark_bits", range),
        ("hash_bits", number()),
    ])
}
