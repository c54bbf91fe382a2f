//! Measures one thing and prints it as JSON. `cargo xtask bench` runs it once for each figure, so
//! that the peak of memory belongs to that figure alone.

use clap::Parser;
use rpp_tests::floor;
use rpp_tests::memory::peak_rss_bytes;
use serde_json::{Value, json};

/// Measures one thing and prints it as JSON.
#[derive(Parser)]
enum Figure {
    /// Proves as many permutations with Plonky3's own Poseidon2 AIR.
    Floor {
        /// Log2 of the number of permutations.
        #[arg(long)]
        log_rows: u32,
        /// How many proofs to time.
        #[arg(long, default_value_t = 5)]
        runs: usize,
    },
}

fn main() {
    println!("{}", measure(&Figure::parse()));
}

fn measure(figure: &Figure) -> Value {
    match *figure {
        Figure::Floor { log_rows, runs } => {
            let prove_ms = floor::prove_permutations(log_rows, runs).to_json();
            json!({
                "permutations": 1u64 << log_rows,
                "prove_ms": prove_ms,
                "peak_rss_bytes": peak_rss_bytes(),
            })
        }
    }
}
