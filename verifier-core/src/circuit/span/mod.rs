//! The span AIR: ends of epochs, each signed by the set that the one before names.
//!
//! # Rows
//!
//! ```text
//! rows      kind                 permutation                          carried beside it
//! each end:
//!   2         Set0/1               SET: tree, size, power               tree, total; out = the set
//!   10        Header0 to Header9   HEADER: its ten blocks               slot, set = the next one, hash
//!   2         Vote0/1              VOTE: chain, height, slot, hash      message
//!   each vote, by index:
//!     132 + h   (a signature)        see the signature gadget             parameter, leaf
//!     2         Member0/1            SET_LEAF: key, power, account, slot  index, power so far
//!     10        SetPath              compress, a level a row              bits of the index
//!   1         Final                digits of what is above two thirds
//! between two ends:
//!   32        HistoryLow/High      compress, from the hash              bits of the height, 16 and 16
//!   2         History0/1           HISTORY: count, root                 height, then message = the history
//! at the end:
//!   1         End                  nothing
//!   rest      padding of nothing
//! ```
//!
//! A vote with a key of height 12 takes 156 rows, an end 49 beside its votes. Nothing is carried from an end to the next but what the next one is hashed
//! from: the set that it must name, the history that it must have, and the height.
//!
//! # Width
//!
//! | columns | what | where |
//! |--:|---|---|
//! | 157 | one permutation, without S-box registers | [`permutation`](crate::gadget::permutation) |
//! | 52 | one signature check | [`SignatureCols`](crate::gadget::signature::SignatureCols) |
//! | 23 | kinds of rows | [`OwnCols`](columns::OwnCols) |
//! | 42 | a header, its set, the votes for it | the same |
//!
//! 274 in all.
//!
//! # What is proven
//!
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint, as in the
//! consensus circuit.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | each header is of this version | `assert_header.0` | the first block has the version | `a_header_of_another_version` |
//! | each is of this chain | `assert_header.2` | and the chain | `a_header_of_another_chain` |
//! | each is at its height | `assert_header.4` | and the height | `a_header_at_another_height` |
//! | what fills its integers up is zero | `assert_header.16` | two lanes of the second block stay | `a_header_with_more_integers` |
//! | its integers are limbs of 16 bits | `assert_integers.30` | the slot has digits | `a_slot_past_its_limb` |
//! |  | `assert_integers.24` | the proposer has | `a_proposer_past_its_limb` |
//! |  | `assert_integers.29` | and the timestamp | `a_timestamp_past_its_limb` |
//! | each is hashed from its fields | `assert_header.82` | the sponge goes from row to row | `a_header_that_is_changed_while_hashed` |
//! | to the hash that is signed | `assert_hash.0` | the hash beside the rows is what the last block gives | `a_hash_of_no_header` |
//! | the first is at the height that is claimed | `assert_height.0` | the height is the public one in row 0 | `another_first_height` |
//! | heights differ by the length of an epoch | `assert_height.19` | the low limb goes up by it | `an_end_at_another_distance` |
//! |  | `assert_height.20` | and the high limb by it and the carry | `an_end_far_above` |
//! | without wrap | `assert_height.18` | the low limb is a sum of bits | `a_height_past_its_limb` |
//! | the first names the set that is claimed | `assert_header.124` | the set is the public one in row 0 | `another_first_set` |
//! | each names the set that signs it | `assert_header.26` | its sixth block is the set | `a_header_of_another_set` |
//! | which the one before names as the next | `assert_header.42` | its seventh block is the set from there on | `a_set_that_the_end_before_does_not_name` |
//! | up to the next end | `assert_header.116` | nothing else changes it | `a_set_that_changes_on_the_way` |
//! | the set is opened | `assert_set.48` | the hash of the opening is the set | `an_opening_of_another_set` |
//! | to its tree | `assert_set.0` | the first block is the tree that members are in | `a_tree_that_is_not_the_sets` |
//! | which stays | `assert_set.56` | nothing else changes it | `a_tree_that_changes_on_the_way` |
//! | and its power | `assert_set.28` | the second block has the power that the threshold is of | `a_power_that_is_not_the_sets` |
//! | which stays | `assert_set.64` | nothing else changes it | `a_power_that_changes_on_the_way` |
//! | and has 32 bits | `assert_set.46` | its limbs have digits | `a_power_past_its_limb` |
//! | what is signed is a vote of this chain | `assert_vote.0` | the first block has the chain | `a_vote_of_another_chain` |
//! | at this height | `assert_vote.2` | and the height of the header | `a_vote_at_another_height` |
//! | at this slot | `assert_vote.4` | and its slot | `a_vote_at_another_slot` |
//! | for this header | `assert_vote.6` | and its hash | `a_vote_for_another_header` |
//! |  | `assert_vote.16` | and the rest of it | `a_vote_for_another_end_of_the_hash` |
//! | each vote signs that | `assert_vote.32` | the message is the hash of the vote | `a_message_that_is_not_the_votes` |
//! |  | `assert_vote.40` | nothing else changes it | `a_message_that_changes_between_votes` |
//! | the signature is over the message | `assert_message.6` | the first block has its start | `a_signature_over_another_message` |
//! |  | `assert_message.17` | the second has the rest | `a_signature_over_another_end_of_the_message` |
//! | by a key of this chain | `assert_key.3` | the key id has the chain | `a_key_of_another_chain` |
//! | for votes | `assert_key.11` | and the purpose | `a_key_of_another_purpose` |
//! | with the root that the signature leads to | `assert_key.20` | and the root | `a_key_id_over_another_root` |
//! | each chain is hashed on | `assert_chain.47` | a step starts from the one before | `a_chain_value_that_is_not_hashed_on` |
//! | by as many steps as its digit leaves | `assert_pair_starts.12` | a digit below 3 has a step | `a_chain_without_a_step` |
//! | to an end that is in the leaf | `assert_ends.0` | both ends are absorbed | `an_end_that_is_not_absorbed` |
//! | the digits are those of the message | `assert_message.44` | the elements are those of the digest | `a_digest_that_is_not_the_messages` |
//! | read in one way | `assert_elements.7` | the bits are canonical | `an_element_as_itself_plus_the_modulus` |
//! |  | `assert_elements.6` | and the highest are two | `an_element_of_a_bit_more` |
//! | their sum is the target | `assert_leaf_leaves.3` | it is compared at the last pair | `a_sum_below_the_target` |
//! | the leaf is at its place | `assert_key.0` | the number that the path gives is the leaf | `a_leaf_at_another_place_of_the_tree` |
//! | the path starts from it | `assert_leaf_leaves.4` | the leaf hash is the left child | `a_leaf_hash_that_is_not_in_the_tree` |
//! | and leads to the root | `assert_path.40` | the root is what the path gives | `a_root_that_the_path_does_not_reach` |
//! | the leaf is `slot − start_slot` | `assert_member.27` | the leaf is their difference | `a_signature_of_another_slot` |
//! | as integers | `assert_member.26` | the high limbs differ by less than 20 | `a_start_after_the_slot_by_the_modulus` |
//! | the key is a member's | `assert_member.0` | the set leaf starts with the key id | `a_key_that_is_not_the_members` |
//! | whose leaf is in the tree | `assert_member.29` | the path starts from the leaf | `a_leaf_that_is_not_the_members` |
//! | at its index | `assert_set_path.20` | the number that the path gives is the index | `an_index_that_is_not_the_leafs_place` |
//! | under the root | `assert_set_path.19` | the path has ten levels | `a_root_under_the_sets` |
//! |  | `assert_set_path.21` | the path leads to the tree | `a_member_of_another_tree` |
//! | members are distinct | `assert_index.0` | an index is one more than the last, and a number of bits | `a_validator_counted_twice` |
//! | what is counted is their power | `assert_index.14` | a sum goes up by what is in the leaf | `a_power_beside_the_leaf` |
//! | and nothing before | `assert_index.11` | the sums start at nothing with each header | `a_power_counted_before_the_first_vote` |
//! | nor of another end | `assert_index.11` | the same | `a_quorum_counted_across_two_ends` |
//! | it is more than two thirds | `assert_final.29` | `3·signed − 2·total − 1` has digits | `a_power_of_two_thirds` |
//! | the header before is in the history | `assert_history.1` | the path starts from its hash | `a_history_of_another_header` |
//! |  | `assert_hash.8` | which nothing changes | `a_hash_that_changes_before_the_history` |
//! | at its height | `assert_history.39` | the number of the lower half is the low limb | `a_header_at_another_place_of_the_history` |
//! |  | `assert_history.60` | and that of the upper half the high one | `a_header_in_another_upper_half` |
//! | each level is made of the one below | `assert_history.22` | the node goes up | `a_node_that_is_another_one_above` |
//! | the path has all levels | `assert_history.59` | each half has 16 | `a_history_path_that_ends_early` |
//! | the history is as long as the next height | `assert_history.96` | the first block has the height | `a_history_of_another_length` |
//! | and has the root | `assert_history.80` | and what the path gives | `a_history_of_another_root` |
//! | it is the one in the next header | `assert_header.58` | the ninth block is it | `a_history_that_the_header_does_not_have` |
//! |  | `assert_vote.32` | nothing changes it before | `a_history_that_changes_on_the_way` |
//! | there are as many as is claimed | `assert_ends.0` | the first is the first | `ends_that_are_counted_from_one` |
//! | none is left out | `assert_ends.1` | only a history goes on to the next | `an_end_that_is_left_out` |
//! | nor added | `assert_ends.2` | the last has the public number | `a_claim_of_more_ends` |
//! | the last one has the hash that is claimed | `assert_ends.3` | the hash at the end is the public one | `another_last_header` |
//! |  | `assert_hash.8` | nothing changes it before | `a_last_hash_that_changes_on_the_way` |
//! | there is a last one | `assert_kinds.35` | the last row is the end, or comes after it | `a_span_without_an_end` |
//!
//! # What is not
//!
//! A proposer, a reveal, an order of slots and times: a span moves trust from one set to another and says nothing of what is in the headers beside that.
//! What history the first header has. What a set's root binds is taken as it is: that its members are as many as it says, with distinct keys and the power that it says in sum, and that what stands in their leaves are limbs, is for those who sign the header that names the set, as in the consensus circuit. That the first height ends an epoch, and that the last height is
//! below 2^32: the statement's own rules say so before anything is verified.

mod columns;
mod constraints;
#[cfg(feature = "json")]
mod document;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub(crate) mod forgery;
#[cfg(feature = "prover")]
mod size;
mod statement;
#[cfg(test)]
#[cfg(feature = "prover")]
mod tests;
#[cfg(feature = "prover")]
pub(crate) mod trace;
#[cfg(feature = "prover")]
mod witness;

pub use self::constraints::SpanAir;
#[cfg(feature = "json")]
pub use self::document::SpanJson;
#[cfg(feature = "prover")]
pub use self::size::SpanSize;
pub use self::statement::{SpanStatement, SpanStatementError};
#[cfg(feature = "prover")]
pub use self::witness::{EpochEnd, SpanWitness, SpanWitnessError};

use p3_baby_bear::BabyBear;

use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`SpanStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Span;

impl Circuit for Span {
    const ID: CircuitId = CircuitId::new(8, "span");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            122_917_982,
            1_930_226_673,
            934_106_163,
            170_629_471,
            718_268_939,
            1_730_501_680,
            1_280_445_214,
            891_899_379,
        ])),
        parameters: StarkParameters::PRODUCTION,
        // One end with one vote takes 164 rows.
        min_log_rows: 8,
        max_log_rows: 18,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = SpanStatement;
    type Air = SpanAir;
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Span {
    type Witness = SpanWitness;

    fn rows(witness: &SpanWitness) -> usize {
        trace::rows(witness)
    }

    fn trace(witness: &SpanWitness, log_blowup: usize) -> crate::stark::Trace {
        trace::generate(witness, log_blowup)
    }
}
