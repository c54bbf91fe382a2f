//! The consensus AIR: distinct validators of a set, with more than two thirds of its power, signed the
//! vote for one header.
//!
//! # Rows
//!
//! One row does one Poseidon2 permutation. What is beside it is carried from row to row.
//!
//! ```text
//! rows      kind      permutation                            carried beside it
//! votes, by strictly increasing index; before the first vote of a block of 128 places:
//!   1         Signers   SIGNERS: absorb the block before it    signers = sponge, block + 1
//! each vote:
//!   129       Message0 to the last Ends: `gadget::signature`    index, parameter, leaf (to the end)
//!   the proposer only, between the last Ends and Node:
//!     1       Random0   RANDOM: parent's randomness            state = leaf hash ‖ reveal
//!     1       Random1     + reveal                             out = randomness
//!     1       Slot      SLOT: reveal                           out = slot digest, reveals + 1
//!   1         Node      compress(leaf hash, slot digest)
//!   h         Path      up to the key's root
//!   2         Key0/1    KEY_VOTE: chain, h, parameter, root    out = key id
//!   1         Member0   SET_LEAF: key id                       index bits: the vote's bit is set
//!   1         Member1     + power, account, start slot         power + the power in the leaf
//!   10        SetPath   up to the set's root                   sum = index so far
//! at the end:
//!   1 to 8    Signers   the rest of the eight blocks           signers = digest
//!   1         Final     none: its input holds digits           sums, threshold
//!   rest      padding   of nothing
//! ```
//!
//! A vote by a key of height h takes 144 + h rows, so 96 votes by keys of height 10 fit 2^14 rows and 1,024
//! by keys of height 20 fit 2^18.
//!
//! # Width
//!
//! | columns | what | where |
//! |--:|---|---|
//! | 157 | one permutation, without S-box registers | [`air::poseidon2`](crate::gadget::permutation) |
//! | 52 | one signature check | [`SignatureCols`](crate::gadget::signature::SignatureCols) |
//! | 8 | kinds of rows of the circuit's own | [`OwnCols`](columns::OwnCols) |
//! | 16 | sponge over the bitmap | the same |
//! | 5 | index, block, reveals, two sums of power | the same |
//!
//! 238 in all: 81 beside the permutation, of the 110 that 256 KiB leave at 2^16 rows. With the next row and the
//! quotient's 8 chunks of 5 that is 516 openings, of the 640 that the proven bits allow for.
//!
//! # What is proven
//!
//! For each sentence the constraint that enforces it, and the forgeries in `tests/forgeries.rs` that break
//! it alone and are rejected by the STARK.
//!
//! | sentence | constraint | forgery: `rejects_…` |
//! |---|---|---|
//! | the votes are by distinct validators | `assert_order`, `assert_first_row` | `the_same_validator_twice`, `votes_out_of_order` |
//! | of the set | `assert_member`, `assert_set_path` | `a_vote_by_a_key_outside_the_set`, `a_wrong_sibling_in_either_tree` |
//! | each signed this chain, height, slot and header | `assert_message` over the public message | `a_signature_over_another_header_height_slot_or_chain` |
//! | with a key of this chain, made for votes | `assert_key` | `a_key_of_another_chain_or_purpose` |
//! | a signature is one: chains run to their ends | `assert_chain`, `assert_pair_starts` | `a_chain_value_that_is_not_hashed_to_its_end` |
//! | from the digits of the message digest | `assert_elements`, `assert_pair_closes` | `digits_that_are_not_the_message_digest`, `the_second_decomposition_of_an_element` |
//! | which sum to the target | `assert_leaf_leaves` | `a_target_sum_missed` |
//! | at leaf `slot − start_slot` | `assert_member` | `a_signature_at_another_leaf`, `a_leaf_that_differs_from_the_slot_by_the_modulus` |
//! | of a tree that has it | `assert_path`, `assert_key` | `a_signature_past_the_end_of_the_tree` |
//! | their power, as the set weighs it | `assert_member` | `a_vote_with_the_weight_of_another`, `a_weight_that_is_not_the_one_in_the_leaf` |
//! | sums to `signed_power` | `assert_first_row`, `assert_final` | `a_power_that_is_not_the_sum`, `a_power_that_overflows`, `rows_after_the_last_vote_that_still_add`, `a_count_that_does_not_start_at_nothing` |
//! | more than two thirds of the total | `assert_final` | `a_power_of_just_two_thirds` |
//! | the proposer's vote is among them | `assert_final`, `assert_reveal` | `a_proposer_who_did_not_vote`, `the_reveal_of_one_who_is_not_the_proposer`, `a_reveal_counted_before_the_first_row` |
//! | the secret behind its slot digest | `assert_reveal` | `a_secret_that_is_not_the_proposers` |
//! | gives `randomness` | `assert_reveal` | `a_randomness_that_the_secret_does_not_give` |
//! | `signers` has exactly their bits | `assert_bitmap`, `assert_final` | `signers_with_one_bit_more_or_less`, `a_bit_in_another_block` |
//! | all of it was counted | `assert_kinds` | `a_trace_that_never_ends` |
//!
//! # What is not
//!
//! That the tree root is the header's set, and that the message is of the header: both are public values, which
//! [`ConsensusStatement`](crate::circuit::consensus::ConsensusStatement) makes from what the verifier trusts. How many members
//! the set has: an index is only below 1,024. That two members are two signers: their keys may overlap
//! (`docs/decisions/0005`).
//!
//! # Representation
//!
//! Integers are limbs of 16 bits. `power` adds limbs without carries: at most 1,024 of each, below 2^26; Final
//! takes the carry out in digits. `index` is one element below 2^10, bound by the bits that the path in the set and
//! the bitmap read as well. The degree of each constraint stands at the function that asserts it: at most 8, for a
//! quotient of 8 chunks.

mod columns;
mod constraints;
#[cfg(feature = "json")]
mod document;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
mod forgery;
mod statement;
#[cfg(test)]
#[cfg(feature = "prover")]
mod tests;
#[cfg(feature = "prover")]
pub(crate) mod trace;
#[cfg(feature = "prover")]
mod witness;

pub use self::columns::WIDTH;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) use self::columns::{Kind, Row};
pub use self::constraints::ConsensusAir;
#[cfg(test)]
pub(crate) use self::constraints::MAX_CONSTRAINT_DEGREE;
#[cfg(feature = "json")]
pub use self::document::ConsensusJson;
pub use self::statement::{ConsensusStatement, StatementError};
#[cfg(feature = "prover")]
pub use self::witness::{ConsensusWitness, VoteWitness, WitnessError};

use p3_baby_bear::BabyBear;

use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`ConsensusStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Consensus;

impl Circuit for Consensus {
    const ID: CircuitId = CircuitId::new(1, "consensus");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            434_060_165,
            1_334_771_649,
            1_715_228_533,
            249_805_023,
            1_099_161_694,
            280_372_565,
            415_490,
            961_249_066,
        ])),
        parameters: StarkParameters::PRODUCTION,
        min_log_rows: 8,
        // 1,024 votes by keys of height 20.
        max_log_rows: 18,
        stark_bits: 128,
    };
    type Statement = ConsensusStatement;
    type Air = ConsensusAir;
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Consensus {
    type Witness = ConsensusWitness;

    fn rows(witness: &ConsensusWitness) -> usize {
        trace::rows(witness)
    }

    fn trace(witness: &ConsensusWitness, log_blowup: usize) -> crate::stark::Trace {
        trace::generate(witness, log_blowup)
    }
}
