//! The prover's input.

use p3_field::PrimeCharacteristicRing;
use rpp_verifier::hazmat::{
    Trace, Val, Witness, digest_of, elements_of, permutation_trace, permute,
};
use rpp_verifier::{DecodeError, Digest, Reader, WitnessFault, Writer};

use super::PreimageStatement;

/// The start and the length of a chain of permutations.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreimageWitness {
    /// Where the chain ends.
    pub statement: PreimageStatement,
    /// Where it starts.
    pub start: Digest,
    /// Log2 of the number of permutations, at most 10.
    pub log_steps: u32,
}

impl PreimageWitness {
    /// Returns the witness of a chain of 2^`log_steps` permutations from `start`.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "a power of two is at least one")]
    pub fn new(chain_id: u32, start: Digest, log_steps: u32) -> Self {
        let end = inputs(&start, log_steps)
            .next_back()
            .expect("at least one step");
        let end = digest_of(step(&end));
        Self {
            statement: PreimageStatement { chain_id, end },
            start,
            log_steps,
        }
    }

    /// Returns the encoding: chain id, end, start, number of steps.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.u32(self.statement.chain_id);
        w.digest(&self.statement.end);
        w.digest(&self.start);
        w.u32(self.log_steps);
        w.finish()
    }

    pub(super) fn trace(&self, log_blowup: usize) -> Trace {
        let inputs = inputs(&self.start, self.log_steps).collect();
        let mut trace = permutation_trace(inputs);
        let values = &mut trace.values;
        values.reserve((values.len() << log_blowup) - values.len());
        trace
    }
}

impl Witness for PreimageWitness {
    type Statement = PreimageStatement;

    fn statement(&self) -> &PreimageStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        let Self {
            statement,
            start,
            log_steps,
        } = self;
        if Self::new(statement.chain_id, *start, *log_steps).statement == *statement {
            return Ok(());
        }
        Err(WitnessFault::new(
            "witness-end",
            &"the chain ends elsewhere",
        ))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let witness = Self {
            statement: PreimageStatement {
                chain_id: r.u32("chain_id")?,
                end: r.digest("end")?,
            },
            start: r.digest("start")?,
            log_steps: r.u32_in(6, 10, "log_steps")?,
        };
        r.finish()?;
        Ok(witness)
    }
}

/// The inputs of the permutations, in order.
fn inputs(start: &Digest, log_steps: u32) -> std::vec::IntoIter<[Val; 16]> {
    let mut inputs = Vec::new();
    let mut input = [Val::ZERO; 16];
    input[..8].copy_from_slice(&elements_of(start));
    for _ in 0..1 << log_steps {
        inputs.push(input);
        let next = step(&input);
        input[..8].copy_from_slice(&next);
    }
    inputs.into_iter()
}

fn step(input: &[Val; 16]) -> [Val; 8] {
    let mut state = *input;
    permute(&mut state);
    core::array::from_fn(|i| state[i])
}
