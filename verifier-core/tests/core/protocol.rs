//! `docs/PROTOCOL.md` agrees with the code: tags, codes, rule numbers and constants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use p3_air::symbolic::{AirLayout, SymbolicAirBuilder, get_symbolic_constraints};
use p3_air::{Air, BaseAir};
use p3_field::PrimeField32;
use rpp_verifier::hazmat::{Circuit, Domain, Val};
use rpp_verifier::{
    CIRCUITS, Consensus, ConsensusStatement, HISTORY_DEPTH, Header, Identity, MAX_PROOF_BYTES,
    MAX_WITNESS_BYTES, Pruning, PublicKey, SET_DEPTH, STATE_DEPTH, Span, State, TX_DEPTH,
    Transaction, Uptime, VerifyingKey, empty_root,
};

/// Every file with stable codes.
const CODES: &[&str] = &[
    "verifier-core/src/codec.rs",
    "verifier-core/src/stark/error.rs",
    "verifier-core/src/chain/error.rs",
    "verifier-core/src/follow/error.rs",
    "verifier-core/src/ledger/error.rs",
    "verifier-core/src/follow/claim.rs",
    "verifier-core/src/follow/evidence.rs",
    "verifier-core/src/signature/public_key.rs",
    "verifier-core/src/setup/error.rs",
    "verifier-core/src/setup/canonical.rs",
    "verifier-core/src/setup/fields.rs",
    "verifier-core/src/setup/minisign.rs",
    "verifier-core/src/setup/pin.rs",
    "verifier-core/src/setup/restore.rs",
    "verifier-core/src/setup/verified.rs",
    "verifier-core/src/signature/secret_key.rs",
    "verifier-core/src/circuit/consensus/statement.rs",
    "verifier-core/src/chain/validator.rs",
    "verifier-core/src/circuit/consensus/witness.rs",
    "verifier-core/src/circuit/identity/statement.rs",
    "verifier-core/src/circuit/identity/witness.rs",
    "verifier-core/src/circuit/pruning/statement.rs",
    "verifier-core/src/circuit/pruning/witness.rs",
    "verifier-core/src/circuit/span/statement.rs",
    "verifier-core/src/circuit/span/witness.rs",
    "verifier-core/src/circuit/state/statement.rs",
    "verifier-core/src/circuit/state/witness.rs",
    "verifier-core/src/circuit/transaction/witness.rs",
    "verifier-core/src/circuit/uptime/statement.rs",
    "verifier-core/src/circuit/uptime/witness.rs",
    "verifier-core/src/stark/prove.rs",
    "prover-host/src/http/problem.rs",
    "verifier-core/src/follow/checkpoint.rs",
    "verifier-core/src/wire/block.rs",
    "prover-host/src/files/error.rs",
    "prover-host/src/http/web.rs",
    "prover-host/src/pool/dropped.rs",
    "prover-host/src/prove/registry.rs",
    "prover-host/src/setup/listing.rs",
    "prover-host/src/setup/own_keys_error.rs",
    "prover-host/src/setup/place_error.rs",
    "prover-host/src/setup/public_key.rs",
    "prover-host/src/setup/release.rs",
    "prover-host/src/setup/rotation_error.rs",
    "prover-host/src/setup/signer_error.rs",
    "prover-host/src/setup/signing_error.rs",
    "prover-host/src/setup/verify.rs",
    "prover-host/src/state/blobs.rs",
    "prover-host/src/state/folder_error.rs",
    "prover-host/src/state/host.rs",
    "prover-host/src/state/sql/error.rs",
    "devnet/src/config.rs",
    "devnet/src/database/error.rs",
    "verifier-core/src/wire/document.rs",
    "verifier-core/src/wire/json/document.rs",
    "verifier-core/src/wire/route.rs",
    "sdk/src/config.rs",
    "sdk/src/conflict.rs",
    "sdk/src/error.rs",
    "sdk/src/ledger/history.rs",
    "sdk/src/provider_url.rs",
    "sdk/src/state.rs",
    "sdk/src/store.rs",
    "sdk/src/transport.rs",
    "sdk/src/trust_error.rs",
    "sdk/src/wallet/entropy.rs",
    "key-file/src/error.rs",
    "key-file/src/random.rs",
    "sdk/src/wallet/signer/error.rs",
    "prover-host/src/follow.rs",
];

#[test]
fn domain_tags_are_those_of_the_code() {
    let listed: BTreeSet<_> = column_pairs("tag", "domain").into_iter().collect();
    let domains = Domain::ALL.iter();
    let expected = domains
        .map(|domain| {
            let name = screaming_snake(&format!("{domain:?}"));
            (domain.tag().as_canonical_u32().to_string(), name)
        })
        .collect();
    assert_eq!(listed, expected);
}

#[test]
fn codes_are_those_of_the_code() {
    let listed = listed_codes();
    let expected: BTreeSet<_> = CODES
        .iter()
        .flat_map(|path| codes(&source(path)))
        .map(|(_, code)| code)
        .collect();
    assert_eq!(
        listed.difference(&expected).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "codes that the code lacks"
    );
    assert_eq!(
        expected.difference(&listed).collect::<Vec<_>>(),
        Vec::<&String>::new(),
        "codes that the document lacks"
    );
}

/// A new file with a `code` function would otherwise go unnoticed.
#[test]
fn no_other_file_has_codes() {
    for package in [
        "verifier-core/src",
        "key-file/src",
        "sdk/src",
        "prover-host/src",
        "devnet/src",
    ] {
        for path in rust_files(package) {
            let has_codes = !codes(&source(&path)).is_empty();
            assert_eq!(has_codes, CODES.contains(&path.as_str()), "{path}");
        }
    }
}

#[test]
fn steps_and_rules_have_the_numbers_of_the_code() {
    let listed: BTreeSet<_> = column_pairs("rule", "code").into_iter().collect();
    let mut counted = 0;
    for path in [
        "verifier-core/src/stark/error.rs",
        "verifier-core/src/circuit/consensus/statement.rs",
        "verifier-core/src/chain/error.rs",
        "verifier-core/src/follow/error.rs",
        "verifier-core/src/ledger/error.rs",
    ] {
        let source = source(path);
        let codes = codes(&source);
        for (number, variant) in numbered_variants(&source) {
            if WRAPPED.contains(&number.as_str()) {
                continue;
            }
            // If enums share a variant's name, the numbered one is the last in its file.
            let code = codes.iter().rev().find(|(name, _)| *name == variant);
            let pair = (number, code.unwrap().1.clone());
            assert!(listed.contains(&pair), "{pair:?} is not in the document");
            counted += 1;
        }
    }
    let (chain, ledger) = (17 + 11, 8 + 4);
    let rules = "H1 to H17; V5 and V7 to V16; O1 to O8; B1, B2, B4 and B5";
    assert_eq!(counted, chain + ledger, "{rules}");
    for (letter, most) in [("V", 16), ("H", 17), ("O", 9), ("B", 5)] {
        let numbers: BTreeSet<_> = listed
            .iter()
            .filter_map(|(rule, _)| rule.strip_prefix(letter)?.parse::<u32>().ok())
            .collect();
        assert_eq!(numbers, (1..=most).collect(), "{letter} rules");
    }
}

/// Rules whose codes are those of what they are about.
const WRAPPED: [&str; 2] = ["O9", "B3"];

#[test]
fn constants_are_those_of_the_code() {
    let key = VerifyingKey::<Consensus>::new(1);
    let p = key.parameters();
    let expected = [
        ("transcript seed, chain 1", key.transcript_seed().to_hex()),
        ("empty tree of depth 8", empty_root::<TX_DEPTH>().to_hex()),
        ("empty tree of depth 10", empty_root::<SET_DEPTH>().to_hex()),
        (
            "empty tree of depth 32",
            empty_root::<HISTORY_DEPTH>().to_hex(),
        ),
        ("log_blowup", p.log_blowup.to_string()),
        ("log_final_poly_len", p.log_final_poly_len.to_string()),
        ("max_log_arity", p.max_log_arity.to_string()),
        ("num_queries", p.num_queries.to_string()),
        (
            "batch_proof_of_work_bits",
            p.batch_proof_of_work_bits.to_string(),
        ),
        (
            "commit_proof_of_work_bits",
            p.commit_proof_of_work_bits.to_string(),
        ),
        (
            "query_proof_of_work_bits",
            p.query_proof_of_work_bits.to_string(),
        ),
        (
            "ood_proof_of_work_bits",
            p.ood_proof_of_work_bits.to_string(),
        ),
        ("cap_height", p.cap_height.to_string()),
        (
            "trace width",
            rpp_verifier::hazmat::CONSENSUS_WIDTH.to_string(),
        ),
        (
            "public values",
            ConsensusStatement::PUBLIC_VALUES.to_string(),
        ),
        ("header bytes", Header::BYTES.to_string()),
        ("public key bytes", PublicKey::BYTES.to_string()),
        ("largest proof file, bytes", MAX_PROOF_BYTES.to_string()),
        ("largest witness file, bytes", MAX_WITNESS_BYTES.to_string()),
    ];
    assert_eq!(STATE_DEPTH, HISTORY_DEPTH);
    let listed: BTreeMap<_, _> = column_pairs("constant", "value").into_iter().collect();
    let mut expected: BTreeMap<_, _> = expected
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    for circuit in CIRCUITS.iter() {
        let (key, name) = (circuit.key(1), circuit.id().name());
        let fingerprint = key.fingerprint().to_hex();
        expected.insert(format!("{name} fingerprint"), fingerprint);
        expected.insert(format!("{name} key digest"), key.digest().to_hex());
    }
    assert_eq!(listed, expected);
}

#[test]
fn circuits_are_those_of_the_code() {
    let expected = [
        circuit::<Transaction>(),
        circuit::<Identity>(),
        circuit::<State>(),
        circuit::<Pruning>(),
        circuit::<Uptime>(),
        circuit::<Span>(),
    ];
    let tables = tables();
    let tables = tables.iter();
    let tables = tables.filter(|table| table.header == CIRCUIT_COLUMNS);
    let rows = tables.flat_map(|table| &table.rows);
    // Numbers have commas there.
    let listed: Vec<Vec<_>> = rows
        .map(|row| row.iter().map(|cell| cell.replace(',', "")).collect())
        .collect();
    assert_eq!(listed, expected);
}

const CIRCUIT_COLUMNS: [&str; 7] = [
    "circuit",
    "number",
    "version",
    "columns",
    "public values",
    "log2 of the rows",
    "constraints",
];

/// Returns a row of the table of circuits.
fn circuit<C: Circuit<Air: Air<SymbolicAirBuilder<Val>>>>() -> Vec<String> {
    let air = C::Air::default();
    let constraints = get_symbolic_constraints::<Val, _>(&air, AirLayout::from_air(&air));
    let (min, max) = VerifyingKey::<C>::new(1).log_rows();
    vec![
        C::ID.name().to_owned(),
        C::ID.number().to_string(),
        C::KEY.version.to_string(),
        air.width().to_string(),
        air.num_public_values().to_string(),
        if min == max {
            min.to_string()
        } else {
            format!("{min} to {max}")
        },
        constraints.len().to_string(),
    ]
}

/// Returns every code that a table of the document lists.
pub(crate) fn listed_codes() -> BTreeSet<String> {
    let listed = tables();
    let codes = listed.iter().flat_map(|t| t.column("code"));
    // A rule that is about other rules has their codes, and a cell without one.
    codes.filter(|code| !code.is_empty()).collect()
}

/// A table of the document, header and rows, with backticks removed.
struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn place(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|cell| cell == name)
    }

    fn column(&self, name: &str) -> Vec<String> {
        let place = self.place(name);
        let cells = place.map(|i| self.rows.iter().map(move |row| row[i].clone()));
        // A cell may list several codes for one step.
        cells
            .into_iter()
            .flatten()
            .flat_map(|cell| split_cell(&cell))
            .collect()
    }
}

fn split_cell(cell: &str) -> Vec<String> {
    cell.split(", ").map(str::to_owned).collect()
}

/// Returns the pairs of cells of two columns, from all tables that have both.
fn column_pairs(left: &str, right: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for table in tables() {
        if let (Some(i), Some(j)) = (table.place(left), table.place(right)) {
            for row in &table.rows {
                let values = if right == "code" {
                    split_cell(&row[j])
                } else {
                    vec![row[j].clone()]
                };
                pairs.extend(values.into_iter().map(|value| (row[i].clone(), value)));
            }
        }
    }
    pairs
}

fn tables() -> Vec<Table> {
    let mut tables = Vec::new();
    let mut open: Option<Table> = None;
    for line in source("docs/PROTOCOL.md").lines().chain([""]) {
        let cells = line.strip_prefix('|').and_then(|l| l.strip_suffix('|'));
        let cells = cells.filter(|cells| !cells.starts_with("--"));
        let cells = cells.map(|cells| cells.split('|').map(plain).collect::<Vec<_>>());
        match (cells, &mut open) {
            (None, _) if line.starts_with("|--") => {}
            (None, _) => tables.extend(open.take()),
            (Some(header), None) => {
                let rows = Vec::new();
                open = Some(Table { header, rows });
            }
            (Some(row), Some(table)) => {
                assert_eq!(row.len(), table.header.len(), "{line}");
                table.rows.push(row);
            }
        }
    }
    tables
}

fn plain(cell: &str) -> String {
    cell.trim().replace('`', "")
}

/// Returns the literal codes in the `code` functions of a file, with their variants, and those of
/// constants with a field `code`, with the constants' names.
fn codes(source: &str) -> Vec<(String, String)> {
    let mut codes = Vec::new();
    let mut inside = false;
    let mut constant = None;
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("const ") {
            constant = name.split(':').next();
        } else if let (Some(right), Some(name)) = (line.trim().strip_prefix("code: \""), constant) {
            codes.push((name.to_owned(), right.split('"').next().unwrap().to_owned()));
        }
        inside = (inside || line.contains("fn code(")) && line != "    }";
        let only = line
            .trim()
            .strip_prefix('"')
            .and_then(|l| l.strip_suffix('"'));
        if let Some(code) = only.filter(|_| inside) {
            codes.push((String::new(), code.to_owned()));
        }
        if let Some((left, right)) = line.split_once(" => \"").filter(|_| inside) {
            let variant = left.trim().trim_start_matches("Self::");
            let variant = variant.split([' ', '(']).next().unwrap();
            let code = right.split('"').next().unwrap();
            codes.push((variant.to_owned(), code.to_owned()));
        }
    }
    codes
}

/// Returns number and name of each variant whose documentation starts with a single number.
fn numbered_variants(source: &str) -> Vec<(String, String)> {
    let mut variants = Vec::new();
    let mut number = None;
    for line in source.lines() {
        if let Some(text) = line.trim().strip_prefix("/// ") {
            let head = text.split(':').next().unwrap();
            let is_number =
                head.starts_with(['V', 'H', 'O', 'B']) && head[1..].parse::<u32>().is_ok();
            if is_number {
                number = Some(head.to_owned());
            }
        } else if !line.trim().starts_with('#') {
            let line = line.trim();
            let name: String = line
                .trim_start_matches("const ")
                .chars()
                .take_while(|&c| c.is_alphanumeric() || c == '_')
                .collect();
            variants.extend(number.take().map(|number| (number, name)));
        }
    }
    variants
}

fn screaming_snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_uppercase());
    }
    snake
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn source(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn rust_files(folder: &str) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root().join(folder)).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{folder}/{}", entry.file_name().to_str().unwrap());
        if entry.file_type().unwrap().is_dir() {
            files.extend(rust_files(&path));
        } else if path.ends_with(".rs") {
            files.push(path);
        }
    }
    files
}
