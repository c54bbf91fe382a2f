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
//! | 157 | one permutation, without S-box registers | [`permutation`](crate::gadget::permutation) |
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
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint: everything
//! else in its trace holds, the sentence is false, and without the constraint its proof is accepted. Constraints
//! are numbered in the function that asserts them. `cargo xtask mutate consensus` does this for all of them;
//! `docs/reviews/0002-constraint-deletion.md` has its table. More forgeries are in `tests/forgeries.rs`.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | the votes are by distinct validators | `assert_order.0` | the step of the index is made of bits | `a_validator_counted_twice` |
//! | of the set | `assert_member.1` | the key id is in the set leaf | `a_key_that_is_not_the_members` |
//! |  | `assert_member.34` | the set leaf starts the path | `a_leaf_that_is_not_the_members` |
//! |  | `assert_set_path.21` | the index is the leaf's place | `an_index_that_is_not_the_leafs_place` |
//! |  | `assert_set_path.20` | the path has ten levels | `a_root_under_the_sets` |
//! |  | `assert_set_path.22` | and ends at the root | `a_member_of_another_set` |
//! | each signed this chain, height, slot and header | `assert_message.6` | the message digest absorbs the message | `a_signature_over_another_message` |
//! |  | `assert_message.17` | to its end | `a_signature_over_another_end_of_the_message` |
//! | with a key of this chain | `assert_key.3` | the key id absorbs the chain id | `a_key_of_another_chain` |
//! | made for votes | `assert_key.11` | its capacity is the purpose | `a_key_of_another_purpose` |
//! | which has the root that was reached | `assert_key.20` | the key id absorbs the root | `a_key_id_over_another_root` |
//! | a signature is one: chains run to their ends | `assert_chain.47` | a step starts from the one before | `a_chain_value_that_is_not_hashed_on` |
//! |  | `assert_pair_starts.12` | a chain has all its steps | `a_chain_without_a_step` |
//! |  | `assert_ends.0` | the leaf hash absorbs the ends | `an_end_that_is_not_absorbed` |
//! | from the digits of the message digest | `assert_message.44` | the digest is carried to the digits | `a_digest_that_is_not_the_messages` |
//! |  | `assert_elements.2` | the digits are the element | `digits_that_are_not_the_digests` |
//! |  | `assert_elements.7` | its canonical ones | `an_element_as_itself_plus_the_modulus` |
//! |  | `assert_elements.6` | and no more bits | `an_element_of_a_bit_more` |
//! | which sum to the target | `assert_leaf_leaves.3` | the sum of the digits | `a_sum_below_the_target` |
//! | at leaf `slot − start_slot` | `assert_member.29` | the leaf is the difference | `a_signature_of_another_slot` |
//! |  | `assert_member.28` | as integers | `a_start_after_the_slot_by_the_modulus` |
//! | of a tree that has it | `assert_key.0` | the path's bits are the leaf | `a_leaf_at_another_place_of_the_tree` |
//! |  | `assert_leaf_leaves.4` | the leaf hash is in the tree leaf | `a_leaf_hash_that_is_not_in_the_tree` |
//! |  | `assert_path.40` | the path ends at the root | `a_root_that_the_path_does_not_reach` |
//! | their power, as the set weighs it | `assert_member.30` | what is counted is in the leaf | `a_weight_beside_the_leaf` |
//! | sums to `signed_power` | `assert_first_row.4` | the sum starts at 0 | `a_power_counted_before_the_first_vote` |
//! |  | `assert_final.32` | and is the claim | `a_power_above_the_sum` |
//! | more than two thirds of the total | `assert_final.10` | the surplus has digits | `a_power_of_two_thirds` |
//! | the proposer's vote is among them | `assert_final.9` | there is one reveal | `a_proposer_who_does_not_vote` |
//! |  | `assert_reveal.8` | by the proposer | `a_reveal_by_somebody_else` |
//! | the secret behind its slot digest | `assert_reveal.109` | its digest is in the tree leaf | `a_secret_behind_no_slot_digest` |
//! | gives `randomness` | `assert_reveal.59` | the hash is the claim | `a_randomness_of_another_secret` |
//! | `signers` has exactly their bits | `assert_first_row.6` | the bitmap starts empty | `a_bitmap_that_is_not_empty_at_the_start` |
//! |  | `assert_bitmap.10` | the bit is that of the index | `the_bit_of_another_index` |
//! |  | `assert_bitmap.11` | in its block | `a_bit_one_block_later` |
//! |  | `assert_final.0` | of eight blocks | `seven_blocks_of_eight` |
//! | all of it was counted | `assert_kinds.20` | the last row is Final or behind it | `a_trace_without_an_end` |
//!
//! # What is not
//!
//! That the tree root is the header's set, and that the message is of the header: both are public values, which
//! [`ConsensusStatement`] makes from what the verifier trusts. How many members
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
pub(super) mod forgery;
mod statement;
#[cfg(test)]
#[cfg(feature = "prover")]
mod tests;
#[cfg(feature = "prover")]
pub(crate) mod trace;
#[cfg(feature = "prover")]
mod witness;

#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) use self::columns::Kind;
#[cfg(all(feature = "prover", test))]
pub(crate) use self::columns::Row;
pub use self::columns::WIDTH;
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
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
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
