//! The file of a circuit: its verifying key in words.
//!
//! Programs do not read it: each makes the file of its own keys, and compares its SHA-256 with the listed one. So
//! nothing that a file says is believed, and a circuit is the listed one in all its constants or not at all.

use alloc::string::String;
use alloc::vec::Vec;

use super::canonical::Value;
use super::envelope::SETUP_SPEC;
use crate::stark::{HASH_BITS, Key, KeyConstants, SUITE};

impl Key {
    /// Returns the name of the key's circuit with its version, such as `consensus-1`: what its setup file is called.
    #[must_use]
    pub fn file_name(&self) -> String {
        let (name, version) = (self.circuit().name(), self.constants.version);
        alloc::format!("{name}-{version}")
    }

    /// Returns the circuit's setup file: everything that verifying its proofs depends on, except the chain.
    #[must_use]
    pub fn setup_file(&self) -> Vec<u8> {
        let KeyConstants {
            version,
            fingerprint,
            parameters,
            min_log_rows,
            max_log_rows,
            stark_bits_at: [smallest, largest],
            public_values,
            ..
        } = self.constants;
        let number = |x: u32| Value::Integer(x.into());
        let public_values = public_values.iter().map(|&(name, elements)| {
            let elements = u64::try_from(elements).unwrap_or(u64::MAX);
            Value::object([
                ("elements", Value::Integer(elements)),
                ("name", Value::text(name)),
            ])
        });
        let fri = Value::object([
            (
                "batch_proof_of_work_bits",
                number(parameters.batch_proof_of_work_bits),
            ),
            ("cap_height", number(parameters.cap_height)),
            (
                "commit_proof_of_work_bits",
                number(parameters.commit_proof_of_work_bits),
            ),
            ("log_blowup", number(parameters.log_blowup)),
            ("log_final_poly_len", number(parameters.log_final_poly_len)),
            ("max_log_arity", number(parameters.max_log_arity)),
            ("num_queries", number(parameters.num_queries)),
            (
                "ood_proof_of_work_bits",
                number(parameters.ood_proof_of_work_bits),
            ),
            (
                "query_proof_of_work_bits",
                number(parameters.query_proof_of_work_bits),
            ),
        ]);
        let range = |smallest: u32, largest: u32| {
            Value::object([("largest", number(largest)), ("smallest", number(smallest))])
        };
        Value::object([
            ("fingerprint", Value::text(fingerprint)),
            ("fri", fri),
            ("hash_bits", number(HASH_BITS)),
            ("key_digest", Value::text(self.digest())),
            ("log_rows", range(min_log_rows, max_log_rows)),
            ("name", Value::text(self.circuit().name())),
            ("number", number(self.circuit().number().into())),
            ("public_values", Value::List(public_values.collect())),
            ("spec", number(SETUP_SPEC)),
            ("stark_bits", range(smallest, largest)),
            ("suite", number(SUITE.into())),
            ("type", Value::text("circuit")),
            ("version", number(version)),
        ])
        .encode()
    }
}
