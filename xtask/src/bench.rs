//! `bench`: measures proofs, and the floor to compare them with.

mod circuit;

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::error::TaskError;
use crate::process::{build_native, json as json_of, native_program};
use crate::say::tell;
use crate::step::step;
use crate::toolchain::Choice;
use crate::{machine, package, sizes, wasm, web, workspace};

/// Options of `cargo xtask bench`.
#[derive(Args)]
pub(crate) struct Options {
    /// What to measure.
    #[arg(value_enum, default_value_t = Subject::Proofs)]
    subject: Subject,
    /// The JSON file to write.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Sizes of the validator sets; every validator votes. The first set gives the headline
    /// figures.
    #[arg(long, value_delimiter = ',', default_value = "96,16,1024")]
    validators: Vec<u32>,
    /// How many proofs to time per set, in the same order; the last number applies to all further
    /// sets.
    #[arg(long, value_delimiter = ',', default_value = "20,20,5")]
    proofs: Vec<NonZeroU32>,
    /// Compares blowups instead: proves the first set at each of these ratios of evaluation domain
    /// to trace length, with the minimum number of queries that gives the same bits, and compares
    /// the times with the bare AIR at blowup 8.
    #[arg(long, value_delimiter = ',', value_name = "BLOWUP", value_parser = blowup)]
    blowup: Vec<u32>,
}

/// What is measured.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Subject {
    /// Proofs: making and verifying them, and the page.
    Proofs,
    /// Proofs of operations: blocks of transfers, one transfer, one registration.
    Ledger,
    /// Proofs about 128 headers, and about 1,024: of their range, and of a validator's votes for them.
    Headers,
    /// Proofs about the end of one epoch of 96 validators, and about as many as fit the largest trace.
    Spans,
    /// A client that comes back after 365 epochs of 96 validators: bytes, requests and the time of its checks.
    Away,
    /// A host under load: idle and half-open connections, readers of pages and of streams, and slow ones.
    Host,
    /// What a host keeps on disk, with and without pruning; extrapolated to 10,000 blocks from two heights of real chains.
    Disk,
}

/// Reads a blowup, a power of two from 8 to 128, and returns its log2.
fn blowup(text: &str) -> Result<u32, String> {
    let blowup: u32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if blowup.is_power_of_two() && (8..=128).contains(&blowup) {
        return Ok(blowup.ilog2());
    }
    Err("must be a power of two from 8 to 128, because the quotient has eight chunks".into())
}

/// Measures, prints a table and writes the file.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    match options.subject {
        Subject::Proofs => measure_proofs(options),
        Subject::Ledger => measure_ledger(options),
        Subject::Headers => measure_headers(options),
        Subject::Spans => measure_spans(options),
        Subject::Away => measure_away(options),
        Subject::Host => measure_host(options, "host_load"),
        Subject::Disk => measure_host(options, "host_disk"),
    }
}

/// Has a program measure a host, prints the figures and writes the file.
fn measure_host(options: &Options, program: &str) -> Result<(), TaskError> {
    step("build", || build_native(program))?;
    step("prover-host", || build_native("prover-host"))?;
    let mut measuring = native_program(program);
    measuring.arg(native_program("prover-host").get_program());
    let measured = step(program, || json_of(&mut measuring))?;
    let figures = flattened(&measured);
    print_column(&figures);
    let report = json!({
        "commit": machine::commit(),
        "machine": machine::describe(),
        "figures": figures,
    });
    match &options.json {
        Some(file) => write(file, &report),
        None => Ok(()),
    }
}

/// Measures proofs of operations, and the bare AIR beside each; prints the figures and writes the file.
fn measure_ledger(options: &Options) -> Result<(), TaskError> {
    step("build", || build_native("figures"))?;
    let modules = step("wasm modules", || wasm::build(Choice::Auto))?;
    step("page", web::build)?;
    let runs = options.proofs.first().map_or(10, |runs| runs.get());
    let mut all = named("wasm_bytes", &sizes::of(&modules.verifier)?);
    for transfers in [64, 256] {
        let name = format!("state_{transfers}");
        let folder = workspace::bench().join(&name);
        let count = transfers.to_string();
        json_of(
            figures()
                .args(["transfers", "--transfers", &count])
                .arg(&folder),
        )?;
        let measured = step(&name, || circuit::everywhere("state", &name, runs, &folder))?;
        all.extend(measured);
        let prove_ms = all[&format!("{name}_prove_ms_p50")].as_f64();
        let per_second = prove_ms.map(|ms| (f64::from(transfers) * 10_000.0 / ms).round() / 10.0);
        all.insert(format!("{name}_operations_per_second"), json!(per_second));
    }
    for circuit in ["transaction", "identity"] {
        let folder = workspace::bench().join(circuit);
        json_of(
            figures()
                .args(["operation", "--circuit", circuit])
                .arg(&folder),
        )?;
        all.extend(step(circuit, || {
            circuit::everywhere(circuit, circuit, runs, &folder)
        })?);
    }
    all.extend(step("a wallet", measure_wallet)?);
    finish(options, &all)
}

/// Measures proofs about headers, and the bare AIR beside each; prints the figures and writes the file.
fn measure_headers(options: &Options) -> Result<(), TaskError> {
    step("build", || build_native("figures"))?;
    let modules = step("wasm modules", || wasm::build(Choice::Auto))?;
    step("page", web::build)?;
    let runs = options.proofs.first().map_or(10, |runs| runs.get());
    let mut all = named("wasm_bytes", &sizes::of(&modules.verifier)?);
    for (circuit, headers) in [
        ("pruning", 128),
        ("pruning", 1024),
        ("uptime", 128),
        ("uptime", 1024),
    ] {
        let name = format!("{circuit}_{headers}");
        let folder = workspace::bench().join(&name);
        let (of, count) = (["--circuit", circuit], headers.to_string());
        json_of(
            figures()
                .args(["headers", "--headers", &count])
                .args(of)
                .arg(&folder),
        )?;
        all.extend(step(&name, || {
            circuit::everywhere(circuit, &name, runs, &folder)
        })?);
    }
    finish(options, &all)
}

/// Measures proofs about ends of epochs, and the bare AIR beside each; prints the figures and writes the file.
fn measure_spans(options: &Options) -> Result<(), TaskError> {
    step("build", || build_native("figures"))?;
    let modules = step("wasm modules", || wasm::build(Choice::Auto))?;
    step("page", web::build)?;
    let runs = options.proofs.first().map_or(10, |runs| runs.get());
    let mut all = named("wasm_bytes", &sizes::of(&modules.verifier)?);
    for ends in [1, MOST_ENDS] {
        let name = format!("span_{ends}");
        let folder = workspace::bench().join(&name);
        let count = ends.to_string();
        json_of(figures().args(["ends", "--ends", &count]).arg(&folder))?;
        all.extend(step(&name, || {
            circuit::everywhere("span", &name, runs, &folder)
        })?);
    }
    finish(options, &all)
}

/// Measures what a client takes that was away; prints the figures and writes the file.
fn measure_away(options: &Options) -> Result<(), TaskError> {
    step("build", || {
        build_native("figures")?;
        build_native("away")
    })?;
    let modules = step("wasm modules", || wasm::build(Choice::Auto))?;
    step("page", web::build)?;
    let file = workspace::bench().join("away.json");
    let measured = step("away", || json_of(native_program("away").arg(&file)))?;
    let in_chromium = step("Chromium", || package::measure_away(&file))?;
    let mut all = named("wasm_bytes", &sizes::of(&modules.verifier)?);
    all.extend(flattened(&measured));
    all.extend(flattened(&in_chromium));
    finish(options, &all)
}

/// How many ends fit 2^18 rows, with 65 votes for each by keys of height 10: 65 · 154 + 49 rows.
const MOST_ENDS: u32 = 26;

/// Prints the figures of proofs, and writes them to the file with what they were made with.
fn finish(options: &Options, figures: &Map<String, Value>) -> Result<(), TaskError> {
    print_column(figures);
    let Some(file) = &options.json else {
        return Ok(());
    };
    let report = json!({
        "commit": machine::commit(),
        "machine": machine::describe(),
        "parameters": json_of(self::figures().arg("parameters"))?,
        "figures": figures,
    });
    write(file, &report)
}

/// Measures the verification of a signed setup, natively and in Chromium.
fn measure_setup() -> Result<Map<String, Value>, TaskError> {
    let mut measured = flattened(&json_of(figures().arg("setup"))?);
    measured.extend(flattened(&package::measure_setup()?));
    Ok(measured)
}

/// Measures a wallet's keys and signatures.
fn measure_wallet() -> Result<Map<String, Value>, TaskError> {
    let measured = json_of(figures().arg("wallet").arg(workspace::bench()))?;
    Ok(flattened(&measured))
}

fn measure_proofs(options: &Options) -> Result<(), TaskError> {
    step("build", || build_native("figures"))?;
    if !options.blowup.is_empty() {
        return compare_blowups(options);
    }
    let modules = step("wasm modules", || wasm::build(Choice::Auto))?;
    step("prover-host", || build_native("prover-host"))?;
    step("page", web::build)?;
    let parameters = json_of(figures().arg("parameters"))?;
    let mut columns = Vec::new();
    let last = options.proofs.last().copied();
    let runs = options.proofs.iter().copied();
    let runs = runs.chain(std::iter::repeat(last.unwrap_or(NonZeroU32::MIN)));
    for (&validators, proofs) in options.validators.iter().zip(runs) {
        let title = format!("{validators} validators");
        let measured = step(&title, || measure(validators, proofs))?;
        columns.push((validators, measured));
    }
    let mut common = named("wasm_bytes", &sizes::of(&modules.verifier)?);
    common.extend(named("wallet_wasm_bytes", &sizes::of(&modules.wallet)?));
    common.extend(named_as_they_are(&step(
        "a wallet in Node",
        wasm::measure_wallet,
    )?));
    common.extend(step("a signed setup", measure_setup)?);
    for bits in ["stark_bits", "hash_bits"] {
        common.insert(bits.into(), parameters[bits].clone());
    }
    if let Some(validators) = options.validators.first() {
        let folder = block_folder(*validators);
        let in_chromium = step("Chromium", || package::measure(&folder))?;
        common.extend(named_as_they_are(&in_chromium));
    }
    print_table("validators", &columns);
    print_column(&common);
    let report = report(&parameters, common, columns);
    match &options.json {
        Some(file) => write(file, &report),
        None => Ok(()),
    }
}

/// Measures one validator set. Each figure has a process of its own, so that the peak memory is the
/// prover's.
fn measure(validators: u32, proofs: NonZeroU32) -> Result<Map<String, Value>, TaskError> {
    let folder = block_folder(validators);
    let (validators, runs) = (validators.to_string(), proofs.to_string());
    json_of(
        figures()
            .args(["block", "--validators", &validators])
            .arg(&folder),
    )?;
    let proved = json_of(figures().args(["prove", "--runs", &runs]).arg(&folder))?;
    let verified = json_of(figures().arg("verify").arg(&folder))?;
    let in_node = wasm::measure(&folder)?;
    let rows = proved["trace_rows"].as_u64().unwrap_or(0);
    let log_rows = rows.ilog2().to_string();
    let floor = json_of(figures().args(["floor", "--log-rows", &log_rows]))?;

    let mut measured = Map::new();
    measured.extend(named("consensus_prove_ms", &proved["prove_ms"]));
    measured.extend(named(
        "consensus_verify_native_ms",
        &verified["verify_native_ms"],
    ));
    measured.extend(named(
        "consensus_verify_node_ms",
        &in_node["verify_node_ms"],
    ));
    measured.insert(
        "consensus_proof_bytes".into(),
        proved["proof_bytes"].clone(),
    );
    measured.insert("consensus_trace_rows".into(), proved["trace_rows"].clone());
    measured.insert(
        "consensus_trace_columns".into(),
        proved["trace_columns"].clone(),
    );
    measured.insert(
        "prover_peak_rss_bytes".into(),
        proved["peak_rss_bytes"].clone(),
    );
    measured.extend(named("poseidon2_air_prove_ms", &floor["prove_ms"]));
    measured.insert("prove_to_floor_ratio".into(), ratio(&proved, &floor));
    Ok(measured)
}

/// Measures the first set at each blowup, next to the bare AIR, and prints a column for each.
fn compare_blowups(options: &Options) -> Result<(), TaskError> {
    let validators = options.validators.first().copied().unwrap_or(96);
    let folder = block_folder(validators);
    let block = ["block", "--validators", &validators.to_string()];
    json_of(figures().args(block).arg(&folder))?;
    let runs = options.proofs.first().map_or(10, |runs| runs.get());
    let runs = ["--runs", &runs.to_string()];
    let mut columns = Vec::new();
    for log_blowup in &options.blowup {
        let at = ["blowup", "--log-blowup", &log_blowup.to_string()];
        let measured = json_of(figures().args(at).args(runs).arg(&folder))?;
        let log_rows = measured["log_rows"].to_string();
        let floor = ["floor", "--log-rows", &log_rows];
        let floor = json_of(figures().args(floor).args(runs))?;
        let mut column = Map::new();
        for name in [
            "queries",
            "queries_at_every_height",
            "proof_bytes",
            "peak_rss_bytes",
        ] {
            column.insert(name.into(), measured[name].clone());
        }
        column.extend(named("prove_ms", &measured["prove_ms"]));
        column.extend(named("verify_native_ms", &measured["verify_native_ms"]));
        column.extend(named("poseidon2_air_prove_ms", &floor["prove_ms"]));
        column.insert("prove_to_floor_ratio".into(), ratio(&measured, &floor));
        columns.push((1 << log_blowup, column));
    }
    print_table("blowup", &columns);
    match &options.json {
        Some(file) => {
            let parameters = json_of(figures().arg("parameters"))?;
            write(file, &report(&parameters, Map::new(), columns))
        }
        None => Ok(()),
    }
}

/// Returns the folder with the block used to measure a set.
fn block_folder(validators: u32) -> PathBuf {
    workspace::bench().join(format!("validators-{validators}"))
}

/// Returns the report: the first set gives the headline figures, each other set has its own entry.
fn report(
    parameters: &Value,
    mut headline: Map<String, Value>,
    columns: Vec<(u32, Map<String, Value>)>,
) -> Value {
    let mut report = Map::new();
    report.insert("commit".into(), machine::commit().into());
    report.insert("machine".into(), machine::describe());
    report.insert("parameters".into(), parameters.clone());
    let mut sets = columns.into_iter();
    if let Some((validators, measured)) = sets.next() {
        headline.insert("validators".into(), validators.into());
        headline.extend(measured);
    }
    report.insert("figures".into(), Value::Object(headline));
    report.extend(sets.map(|(n, measured)| (format!("figures_{n}"), Value::Object(measured))));
    Value::Object(report)
}

/// Returns the ratio of the proof's median time to the floor's.
fn ratio(proved: &Value, floor: &Value) -> Value {
    let p50 = |figures: &Value| figures["prove_ms"]["p50"].as_f64();
    let ratio = p50(proved)
        .zip(p50(floor))
        .map(|(ours, floor)| ours / floor);
    json!(ratio.map(|ratio| (ratio * 1000.0).round() / 1000.0))
}

/// Returns the entries of `figures` with `prefix` in front of their names.
fn named(prefix: &str, figures: &Value) -> Map<String, Value> {
    let entries = figures.as_object().into_iter().flatten();
    entries
        .map(|(name, value)| (format!("{prefix}_{name}"), value.clone()))
        .collect()
}

/// Returns the entries of `figures`, those of objects in it with the object's name in front.
fn flattened(figures: &Value) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in figures.as_object().into_iter().flatten() {
        match value {
            Value::Object(_) => all.extend(named(name, value)),
            value => drop(all.insert(name.clone(), value.clone())),
        }
    }
    all
}

fn named_as_they_are(figures: &Value) -> Map<String, Value> {
    figures.as_object().cloned().unwrap_or_default()
}

fn print_table(what: &str, columns: &[(u32, Map<String, Value>)]) {
    let Some((_, first)) = columns.first() else {
        return;
    };
    let heads: String = columns.iter().map(|(n, _)| format!("{n:>14}")).collect();
    tell!("\n{what:<36}{heads}");
    for name in first.keys() {
        let cells: String = columns
            .iter()
            .map(|(_, c)| format!("{:>14}", cell(c, name)))
            .collect();
        tell!("{name:<36}{cells}");
    }
}

fn print_column(figures: &Map<String, Value>) {
    for name in figures.keys() {
        tell!("{name:<36}{:>14}", cell(figures, name));
    }
}

fn cell(figures: &Map<String, Value>, name: &str) -> String {
    figures.get(name).map_or_else(String::new, Value::to_string)
}

fn write(file: &Path, report: &Value) -> Result<(), TaskError> {
    let text = format!("{report:#}\n");
    std::fs::write(file, text).map_err(TaskError::file(file))?;
    tell!("\nwrote {}", file.display());
    Ok(())
}

fn figures() -> std::process::Command {
    native_program("figures")
}
