//! Takes one measurement and prints it as JSON. `cargo xtask bench` runs this program once per
//! measurement, so that the peak memory belongs to that measurement alone.

use std::fs::{create_dir_all, read, write};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Parser;
use rpp_tests::chain::TestChain;
use rpp_tests::ends::Ends;
use rpp_tests::headers::Headers;
use rpp_tests::memory::peak_rss_bytes;
use rpp_tests::votes::Votes;
use rpp_tests::{blowup, figures, fixture, floor, ledger, setup_figures, wallet};
use rpp_verifier::{
    Account, Consensus, Digest, Document, Identity, Pruning, Span, State, Transaction, Uptime,
};
use serde_json::{Value, json};

/// The allocator of `prover-host`.
#[cfg(unix)]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Takes one measurement and prints it as JSON.
#[derive(Parser)]
enum Figure {
    /// Prints the parameters that every proof is made with.
    Parameters,
    /// Makes a block signed by all validators, and writes it with its witness to a folder.
    Block {
        /// The number of validators.
        #[arg(long)]
        validators: u32,
        /// The height of their keys' trees.
        #[arg(long, default_value_t = 10)]
        key_height: u32,
        /// The folder.
        folder: PathBuf,
    },
    /// Makes a block of transfers, and writes its witness to a folder.
    Transfers {
        /// The number of transfers, at most 256.
        #[arg(long)]
        transfers: u32,
        /// The folder.
        folder: PathBuf,
    },
    /// Makes headers, and writes to a folder what is shown of them and the headers around them: that they follow each
    /// other, or who voted for them.
    Headers {
        /// The circuit that proves it.
        #[arg(long)]
        circuit: Circuit,
        /// The number of headers, a power of two of at most 1,024.
        #[arg(long)]
        headers: u32,
        /// The folder.
        folder: PathBuf,
    },
    /// Makes ends of epochs, each signed by as few validators of equal power as make a quorum, and writes to a folder what is
    /// shown of them and the last header.
    Ends {
        /// The number of ends.
        #[arg(long)]
        ends: u32,
        /// The number of validators.
        #[arg(long, default_value_t = 96)]
        validators: u32,
        /// The height of their keys' trees.
        #[arg(long, default_value_t = 10)]
        key_height: u32,
        /// The folder.
        folder: PathBuf,
    },
    /// Makes one operation, and writes its witness to a folder.
    Operation {
        /// The circuit that proves it.
        #[arg(long)]
        circuit: Circuit,
        /// The folder.
        folder: PathBuf,
    },
    /// Proves the witness in a folder and writes the proof there.
    Prove {
        /// The circuit.
        #[arg(long, value_enum, default_value_t = Circuit::Consensus)]
        circuit: Circuit,
        /// How many proofs to time.
        #[arg(long, default_value_t = 20)]
        runs: usize,
        /// The folder.
        folder: PathBuf,
    },
    /// Verifies the proof in a folder.
    Verify {
        /// The circuit.
        #[arg(long, value_enum, default_value_t = Circuit::Consensus)]
        circuit: Circuit,
        /// How many verifications to time.
        #[arg(long, default_value_t = 100)]
        runs: usize,
        /// The folder.
        folder: PathBuf,
    },
    /// Proves and verifies the block in a folder with another blowup.
    Blowup {
        /// Log2 of the ratio of evaluation domain to trace length, at least 3.
        #[arg(long)]
        log_blowup: u32,
        /// How many proofs to time.
        #[arg(long, default_value_t = 10)]
        runs: usize,
        /// The folder.
        folder: PathBuf,
    },
    /// Proves 2^LOG_ROWS permutations with Plonky3's own Poseidon2 AIR.
    Floor {
        /// Log2 of the number of permutations.
        #[arg(long)]
        log_rows: u32,
        /// How many proofs to time.
        #[arg(long, default_value_t = 10)]
        runs: usize,
    },
    /// Prints a header and what a host serves under it, in hexadecimal: account 5 of chain 7 has a key, and 1,000,000.
    Account {
        /// Id of the key.
        #[arg(long)]
        key_id: Digest,
        /// The account's nonce.
        #[arg(long, default_value_t = 0)]
        nonce: u32,
    },
    /// Verifies a setup as a client does that was given a root: one root is walked, two keys have signed each of root and
    /// `circuits.json`, and one the checkpoint.
    Setup {
        /// How many verifications to time.
        #[arg(long, default_value_t = 100)]
        runs: usize,
    },
    /// Makes a wallet's keys, and signs with the last of them.
    Wallet {
        /// How many keys to time.
        #[arg(long, default_value_t = 5)]
        keys: usize,
        /// How many signatures to time, in memory and again in a file.
        #[arg(long, default_value_t = 100)]
        signatures: u32,
        /// The folder of the key file.
        folder: PathBuf,
    },
}

/// A circuit to measure.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Circuit {
    Consensus,
    Transaction,
    Identity,
    State,
    Uptime,
    Pruning,
    Span,
}

impl Circuit {
    fn prove(self, witness: &[u8], runs: usize) -> (Value, Vec<u8>) {
        match self {
            Self::Consensus => figures::prove::<Consensus>(witness, runs),
            Self::Transaction => figures::prove::<Transaction>(witness, runs),
            Self::Identity => figures::prove::<Identity>(witness, runs),
            Self::State => figures::prove::<State>(witness, runs),
            Self::Uptime => figures::prove::<Uptime>(witness, runs),
            Self::Pruning => figures::prove::<Pruning>(witness, runs),
            Self::Span => figures::prove::<Span>(witness, runs),
        }
    }

    fn statement(self, witness: &[u8]) -> Value {
        match self {
            Self::Consensus => figures::statement::<Consensus>(witness),
            Self::Transaction => figures::statement::<Transaction>(witness),
            Self::Identity => figures::statement::<Identity>(witness),
            Self::State => figures::statement::<State>(witness),
            Self::Uptime => figures::statement::<Uptime>(witness),
            Self::Pruning => figures::statement::<Pruning>(witness),
            Self::Span => figures::statement::<Span>(witness),
        }
    }

    fn verify(self, witness: &[u8], proof: &[u8], runs: usize) -> Value {
        match self {
            Self::Consensus => figures::verify::<Consensus>(witness, proof, runs),
            Self::Transaction => figures::verify::<Transaction>(witness, proof, runs),
            Self::Identity => figures::verify::<Identity>(witness, proof, runs),
            Self::State => figures::verify::<State>(witness, proof, runs),
            Self::Uptime => figures::verify::<Uptime>(witness, proof, runs),
            Self::Pruning => figures::verify::<Pruning>(witness, proof, runs),
            Self::Span => figures::verify::<Span>(witness, proof, runs),
        }
    }
}

fn main() -> io::Result<()> {
    let figures = measure(Figure::parse())?;
    writeln!(io::stdout(), "{figures}")
}

fn measure(figure: Figure) -> io::Result<Value> {
    match figure {
        Figure::Parameters => Ok(figures::parameters()),
        Figure::Block {
            validators,
            key_height,
            folder,
        } => {
            let progress = |done| {
                if done % 64 == 0 || done == validators {
                    let _ = writeln!(io::stderr(), "key {done} of {validators}");
                }
            };
            let block =
                TestChain::new(validators, key_height, TestChain::ENDLESS, progress).next_block();
            fixture::write_block(&folder, &block)?;
            Ok(json!({ "validators": validators, "key_height": key_height }))
        }
        Figure::Transfers { transfers, folder } => {
            let witness = ledger::transfers(transfers).to_bytes();
            write_witness(&folder, Circuit::State, &witness)
        }
        Figure::Headers {
            circuit: Circuit::Uptime,
            headers,
            folder,
        } => {
            let votes = Votes::new(headers);
            let written = write_witness(&folder, Circuit::Uptime, &votes.witness.to_bytes());
            votes.write_head(&folder)?;
            written
        }
        Figure::Headers {
            headers, folder, ..
        } => {
            let headers = Headers::new(headers);
            let written = write_witness(&folder, Circuit::Pruning, &headers.witness.to_bytes());
            headers.write_ends(&folder)?;
            written
        }
        Figure::Ends {
            ends,
            validators,
            key_height,
            folder,
        } => {
            let ends = Ends::new(ends, validators, key_height);
            let written = write_witness(&folder, Circuit::Span, &ends.witness.to_bytes());
            ends.write_last(&folder)?;
            written
        }
        Figure::Operation { circuit, folder } => {
            let (circuit, witness) = match circuit {
                Circuit::Identity => (circuit, ledger::registration().to_bytes()),
                _ => (Circuit::Transaction, ledger::transfer().to_bytes()),
            };
            write_witness(&folder, circuit, &witness)
        }
        Figure::Prove {
            circuit,
            runs,
            folder,
        } => {
            let (figures, proof) = circuit.prove(&read(folder.join(fixture::WITNESS))?, runs);
            write(folder.join(fixture::PROOF), proof)?;
            Ok(figures)
        }
        Figure::Verify {
            circuit,
            runs,
            folder,
        } => {
            let witness = read(folder.join(fixture::WITNESS))?;
            let proof = read(folder.join(fixture::PROOF))?;
            Ok(circuit.verify(&witness, &proof, runs))
        }
        Figure::Blowup {
            log_blowup,
            runs,
            folder,
        } => {
            let witness = read(folder.join(fixture::WITNESS))?;
            Ok(blowup::measure(&witness, log_blowup, runs))
        }
        Figure::Floor { log_rows, runs } => {
            let prove_ms = floor::prove_permutations(log_rows, runs).to_json();
            let peak_rss_bytes = peak_rss_bytes();
            Ok(json!({ "prove_ms": prove_ms, "peak_rss_bytes": peak_rss_bytes }))
        }
        Figure::Setup { runs } => Ok(setup_figures::measure(runs)),
        Figure::Account { key_id, nonce } => {
            let (balance, key_offset) = (1_000_000, 0);
            let (header, served) = wallet::shown(Account {
                key_id,
                balance,
                nonce,
                key_offset,
            });
            let (header, document) = (hex::encode(header.to_bytes()), served.to_bytes());
            Ok(json!({ "header": header, "document": hex::encode(document) }))
        }
        Figure::Wallet {
            keys,
            signatures,
            folder,
        } => {
            create_dir_all(&folder)?;
            Ok(wallet::measure(keys, signatures, &folder))
        }
    }
}

fn write_witness(folder: &Path, circuit: Circuit, witness: &[u8]) -> io::Result<Value> {
    create_dir_all(folder)?;
    write(folder.join(fixture::WITNESS), witness)?;
    let statement = circuit.statement(witness).to_string();
    write(folder.join(fixture::STATEMENT), statement)?;
    Ok(json!({ "witness_bytes": witness.len() }))
}
