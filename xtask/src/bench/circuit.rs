//! The figures of one witness: proving and verifying it, and the floor to compare that with.

use std::path::Path;

use serde_json::{Map, Value};

use super::{figures, named, ratio};
use crate::error::TaskError;
use crate::process::json as json_of;
use crate::{package, wasm};

/// Measures the witness in a folder, natively and as a client in Node and in Chromium verifies it.
pub(super) fn everywhere(
    circuit: &str,
    name: &str,
    runs: u32,
    folder: &Path,
) -> Result<Map<String, Value>, TaskError> {
    let mut measured = natively(circuit, name, runs, folder)?;
    let in_node = wasm::measure_ledger(folder)?;
    let in_chromium = package::measure_ledger(folder)?;
    for (figure, of) in [
        ("verify_node_ms", &in_node),
        ("verify_chromium_ms", &in_chromium),
    ] {
        measured.extend(named(&format!("{name}_{figure}"), &of[figure]));
    }
    let memory = format!("{name}_wasm_peak_memory_bytes");
    measured.insert(memory, in_chromium["wasm_peak_memory_bytes"].clone());
    Ok(measured)
}

/// Measures the witness in a folder, whose proof it writes there, with the floor beside it. Each figure has a process of
/// its own, so that the peak memory is the prover's.
fn natively(
    circuit: &str,
    name: &str,
    runs: u32,
    folder: &Path,
) -> Result<Map<String, Value>, TaskError> {
    let of = ["--circuit", circuit];
    let times = ["--runs", &runs.to_string()];
    let proved = json_of(figures().arg("prove").args(of).args(times).arg(folder))?;
    let verified = json_of(figures().arg("verify").args(of).arg(folder))?;
    let rows = proved["trace_rows"].as_u64().unwrap_or(0);
    let log_rows = ["--log-rows", &rows.ilog2().to_string()];
    let floor = json_of(figures().arg("floor").args(log_rows).args(times))?;
    let mut measured = Map::new();
    for (figure, of) in [("prove_ms", &proved), ("verify_native_ms", &verified)] {
        measured.extend(named(&format!("{name}_{figure}"), &of[figure]));
    }
    for figure in [
        "proof_bytes",
        "trace_rows",
        "trace_columns",
        "peak_rss_bytes",
    ] {
        measured.insert(format!("{name}_{figure}"), proved[figure].clone());
    }
    let floor_ms = format!("{name}_poseidon2_air_prove_ms");
    measured.extend(named(&floor_ms, &floor["prove_ms"]));
    measured.insert(
        format!("{name}_prove_to_floor_ratio"),
        ratio(&proved, &floor),
    );
    Ok(measured)
}
