//! "I know a chain of preimages": permuting a secret start repeatedly, a power of two times, gives
//! `end`.
//!
//! ```text
//! row       permutation
//! first     digest ‖ 0        the start is free
//! next      out[0..8] ‖ 0
//! last      …                 out[0..8] = end
//! ```
//!
//! | sentence | constraint | degree |
//! |---|---|--:|
//! | each row permutes | `assert_permutation` | 7 |
//! | from a digest and nothing else | lanes 8 to 15 are zero | 1 |
//! | each row continues from the previous one | lanes 0 to 7 | 2 |
//! | the last row gives `end` | last row | 2 |

mod air;
mod witness;

use rpp_verifier::hazmat::{
    Circuit, KeyConstants, Provable, Statement, Trace, Val, digest_of, elements_of,
};
use rpp_verifier::{CircuitId, Digest, StarkParameters};

pub use self::air::PreimageAir;
pub use self::witness::PreimageWitness;

/// The circuit of [`PreimageStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Preimage;

/// "I know the start of a chain of permutations that ends in `end`."
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreimageStatement {
    /// The chain that the claim is made on. The transcript binds it, not a public value.
    pub chain_id: u32,
    /// The last digest.
    pub end: Digest,
}

impl Statement for PreimageStatement {
    type Document = PreimageJson;

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn public_values(&self) -> Vec<Val> {
        elements_of(&self.end).to_vec()
    }

    fn document(&self) -> PreimageJson {
        PreimageJson {
            kind: Preimage::ID.name(),
            end: self.end.to_hex(),
        }
    }
}

/// A [`PreimageStatement`] in a verdict.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PreimageJson {
    /// Name of the circuit.
    pub kind: &'static str,
    /// The last digest, in hexadecimal.
    pub end: String,
}

impl Circuit for Preimage {
    const ID: CircuitId = CircuitId::new(900, "preimage");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: FINGERPRINT,
        parameters: StarkParameters::PRODUCTION,
        min_log_rows: 6,
        max_log_rows: 10,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: &[("end", 8)],
    };
    type Statement = PreimageStatement;
    type Air = PreimageAir;
}

impl Provable for Preimage {
    type Witness = PreimageWitness;

    fn rows(witness: &PreimageWitness) -> usize {
        1 << witness.log_steps
    }

    fn trace(witness: &PreimageWitness, log_blowup: usize) -> Trace {
        witness.trace(log_blowup)
    }
}

/// A test compares it with the AIR.
const FINGERPRINT: Digest = digest_of(Val::new_array([
    231_138_174,
    1_468_394_343,
    821_864_132,
    1_578_034_113,
    1_637_870_092,
    1_210_162_083,
    926_774_216,
    249_377_724,
]));
