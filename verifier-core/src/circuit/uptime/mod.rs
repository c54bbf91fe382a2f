//! The uptime AIR: how often a validator has voted, by what the header after each says.
//!
//! # Rows
//!
//! ```text
//! rows      kind                 permutation                         carried beside it
//! the first header:
//!   10        Header0 to Header9   HEADER: its ten blocks              previous = its hash
//! each header after it:
//!   8         Votes0 to Votes7     PARTICIPATION: 64 limbs             votes = their root, count
//!   10        Header0 to Header9   HEADER: its ten blocks              previous = its hash
//! at the end:
//!   2         Member0/1            SET_LEAF: key, power, account, slot
//!   10        SetPath              compress, a level a row             bits = what is left of the path
//!   2         Set0/1               SET: tree, size, power              out = the set's root
//!   rest      padding of nothing
//! ```
//!
//! A header whose votes are counted takes 18 rows, and 1,024 fit 2^15 with what follows. The validator's place in a bitmap is public,
//! so that it costs no column to find it: block, limb and bit are sums with constants.
//!
//! # Width
//!
//! | columns | what | where |
//! |--:|---|---|
//! | 157 | one permutation, without S-box registers | [`permutation`](crate::gadget::permutation) |
//! | 23 | kinds of rows | [`OwnCols`](columns::OwnCols) |
//! | 4 | place, whether it is voted for, carry, count | the same |
//! | 16 | the header before, the votes for it | the same |
//! | 16 | bits of a limb | the same |
//!
//! 216 in all.
//!
//! # What is proven
//!
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint, as in the
//! consensus circuit.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | each header is of this version | `assert_header.8` | the first block has the version | `a_header_of_another_version` |
//! | each is of this chain | `assert_header.10` | and the chain | `a_header_of_another_chain` |
//! | what fills its integers up is zero | `assert_header.12` | two lanes of the second block stay | `a_header_with_more_integers` |
//! | each is at its height | `assert_height.18` | the first block has the height of its place | `a_header_at_another_height` |
//! | with what is carried in its high limb | `assert_height.19` | the high limb is that of the first height and the carry | `a_height_far_above` |
//! | places follow each other | `assert_window.1` | a place is one more behind each header, and nowhere else | `a_place_that_is_left_out` |
//! | a height has limbs of 16 bits | `assert_height.17` | the low one is a sum of bits | `a_height_past_its_limb` |
//! | what is carried is one, or nothing | `assert_height.16` | the carry is a bit | `a_carry_that_is_no_bit` |
//! | each names the one before it as its parent | `assert_header.22` | the third block is the hash before | `a_header_that_does_not_follow` |
//! | the last one is the head | `assert_previous.16` | the hash at the end of the headers is the public one | `another_head` |
//! | the window has its first header | `assert_window.0` | the place is 0 in row 0 | `a_window_without_its_first_header` |
//! | and its last | `assert_window.2` | the place at the end is the public one | `a_window_without_its_last_header` |
//! | there is none between | `assert_order.10` | behind a header whose votes are counted come votes, which have a place | `a_header_between_two` |
//! | there is one behind each whose votes are counted | `assert_order.10` | and so they do not end there | `a_window_that_ends_after_a_header` |
//! | there is a window at all | `assert_order.0` | row 0 is the first of a header | `a_window_without_rows` |
//! | the window has an end | `assert_kinds.25` | the last row is the end, or comes after it | `a_window_without_an_end` |
//! | each header whose votes are counted names the set | `assert_header.102` | its sixth block is the set's root | `a_header_of_another_set` |
//! | a header whose set is not looked at is the last | `assert_window.3` | `voted` is the same from there to where the next row is chosen | `a_header_whose_set_is_not_looked_at` |
//! | the votes are those in the header after it | `assert_header.38` | its eighth block is their root | `votes_that_the_header_does_not_have` |
//! | all of them are | `assert_votes.24` | the sponge goes from row to row | `votes_that_are_changed_while_hashed` |
//! | the bit is that of the limb | `assert_count.1` | the bits sum up to the limb that is absorbed | `a_vote_that_is_not_there` |
//! | in the first block too | `assert_count.0` | they sum up to the limb that is taken in | `a_vote_that_is_not_there_in_the_first_block` |
//! | and is no other validator's | `assert_height.13` | each is a bit | `the_vote_of_the_next_validator` |
//! | nothing is counted before | `assert_count.3` | the count is 0 in row 0 | `a_count_that_starts_at_one` |
//! | nothing but the bit is counted | `assert_count.2` | the count goes up by it | `a_count_that_goes_up_without_a_vote` |
//! | the count is not lower | `assert_count.4` | at the end it is the public one | `a_count_one_too_high` |
//! | and not higher | `assert_count.4` | the same | `a_count_one_too_low` |
//! | the key is in the leaf | `assert_member.0` | its first block is the key | `another_key` |
//! | the leaf is at the index | `assert_member.43` | the path starts with the public bits | `the_leaf_of_another_index` |
//! | all the way | `assert_member.59` | and goes on with them | `an_index_that_changes_on_the_way` |
//! | the path has no more levels than the tree | `assert_member.16` | each level has a bit | `a_path_beyond_its_end` |
//! | nor a later end | `assert_member.53` | behind the bits is the mark | `a_path_without_its_end` |
//! | the path has all levels | `assert_member.90` | after the last level comes the mark | `a_path_that_ends_early` |
//! | each level is made of the one below | `assert_member.74` | the node goes up | `a_node_that_is_another_one_above` |
//! | the tree is that of the set | `assert_member.91` | its root is hashed with size and power | `a_tree_that_is_not_the_sets` |
//! | the set is that of the headers | `assert_set.20` | the hash is the public one | `a_set_without_the_key` |
//!
//! # What is not
//!
//! That the last header is one of the chain: [`UptimeStatement::new`] takes its hash from a header that the client has. Its own set, and what the first
//! header says of the one before it. Size and power of the set, and that the index is below its size: a leaf that is vacant has no key. That the window is of one epoch: the same computes it, and two epochs with the same set are the same here. Votes: whoever signed the
//! header after said that it names those that its proposer had seen. A vote that came later is nowhere.

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

pub use self::constraints::UptimeAir;
#[cfg(feature = "json")]
pub use self::document::UptimeJson;
pub use self::statement::{UptimeClaim, UptimeStatement, UptimeStatementError};
#[cfg(feature = "prover")]
pub use self::witness::{UptimeWitness, UptimeWitnessError};

use p3_baby_bear::BabyBear;

use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`UptimeStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Uptime;

impl Circuit for Uptime {
    const ID: CircuitId = CircuitId::new(5, "uptime");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            1_251_517_322,
            414_840_179,
            31_741_970,
            405_196_874,
            1_349_708_896,
            805_650_007,
            1_773_951_768,
            820_042_889,
        ])),
        parameters: StarkParameters::PRODUCTION,
        // One header takes 42 rows.
        min_log_rows: 6,
        // 1,024 headers take 18,456.
        max_log_rows: 15,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = UptimeStatement;
    type Air = UptimeAir;
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Uptime {
    type Witness = UptimeWitness;

    fn rows(witness: &UptimeWitness) -> usize {
        trace::rows(witness)
    }

    fn trace(witness: &UptimeWitness, log_blowup: usize) -> crate::stark::Trace {
        trace::generate(witness, log_blowup)
    }
}
