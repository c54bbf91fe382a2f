//! The pruning AIR: the headers of an aligned range follow each other, and one history is the other with exactly them
//! after it.
//!
//! # Rows
//!
//! ```text
//! rows      kind                 permutation                         carried beside it
//! each header, by height:                                            index, first, its bits
//!   3         Fold0 to Fold2       FOLD: fold, height, tx_root         node = tx_root, fold
//!   10        Header0 to Header9   HEADER: its ten blocks              previous = its hash
//!   0 to 10   Merge                compress(node on the stack, node)   stack, bits: one less
//! at the end:
//!   2 · l     OldPath, NewPath     compress over the vacant subtree, and over that of the headers, for each of l levels
//!                                                                      stack = what is left of the path
//!   2         OldRoot0/1           HISTORY: height of the first, root  out = its history root
//!   2         NewRoot0/1           HISTORY: the height after, root     out = the other one
//!   rest      padding of nothing
//! ```
//!
//! A subtree of n headers is made as a binary counter counts: after the header at place i there are as many Merges as i
//! ends in ones, and then the node waits on the stack. So n headers take 14·n − 1 rows, and 1,024 fit 2^14 with the path.
//!
//! # Width
//!
//! | columns | what | where |
//! |--:|---|---|
//! | 157 | one permutation, without S-box registers | [`permutation`](crate::gadget::permutation) |
//! | 20 | kinds of rows | [`OwnCols`](columns::OwnCols) |
//! | 12 | the place of the header | the same |
//! | 24 | the header before, the operations' root, the fold | the same |
//! | 80 | the stack | the same |
//!
//! 293 in all. With the next row and the quotient's 8 chunks of 5 that is 626 openings, of the 640 that the proven bits
//! allow for.
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
//! | each is at its height | `assert_header.12` | and the height of its place | `a_header_at_another_height` |
//! | what fills its integers up is zero | `assert_header.14` | two lanes of the second block stay | `a_header_with_more_integers` |
//! | each names the one before it as its parent | `assert_previous.0` | the third block is the hash before | `a_header_that_does_not_follow` |
//! | the first one has the hash of the start | `assert_header.96` | the first hash is the public one | `another_first_header` |
//! | the one that is compared with the start is the first | `assert_first_row.2` | `first` is 1 in row 0 | `a_first_header_that_is_not_the_first` |
//! | the last one is the parent of the end | `assert_previous.24` | the hash at the end of the headers is the public one | `another_last_header` |
//! | the range has its first header | `assert_first_row.1` | the place is 0 in row 0 | `a_range_without_its_first_header` |
//! | the range has all of its headers | `assert_index.33` | the place at the end is the public one | `a_range_without_its_second_half` |
//! | there is a range at all | `assert_first_row.0` | row 0 is the first of a fold | `a_range_without_rows` |
//! | the range has an end | `assert_kinds.22` | the last row is the end, or comes after it | `headers_up_to_the_last_row` |
//! | each leaf is the hash of a header | `assert_stack.8` | a Merge has the node that was finished on the right | `another_leaf` |
//! | each node on the left is the one that waits | `assert_stack.0` | and the newest that waits on the left | `another_node_on_the_left` |
//! | no Merge is left out | `assert_index.12` | where the place has a bit, a Merge comes | `a_header_in_the_place_of_a_node` |
//! | there is no Merge too many | `assert_index.12` | where it has none, no Merge comes | `a_leaf_that_is_no_header` |
//! | not even behind all bits of a place | `assert_index.22` | no bit is fed behind the last | `an_eleventh_merge` |
//! | the subtree is at its place in the history | `assert_path.25` | the path starts with the public bits | `a_range_at_another_place` |
//! | the path has no more levels than the tree | `assert_path.0` | each level has a bit | `a_path_beyond_its_end` |
//! | the path has all levels | `assert_path.171` | after the last level comes the mark | `a_path_that_ends_early` |
//! | nothing else in the history changes | `assert_path.59` | both ways have the same sibling | `other_siblings_after_than_before` |
//! | the root before is that of the path | `assert_path.172` | the root is what the path ends in | `another_root_before` |
//! | the history before has as many headers as its height | `assert_roots.0` | the root is hashed with the first height | `another_count_before` |
//! | so has the one after | `assert_roots.32` | and with the height after the last | `another_count_after` |
//! | the history before is that of the start | `assert_roots.64` | the hash is the public one | `another_history_before` |
//! | the history after is that of the end | `assert_roots.72` | the hash is the public one | `another_history_after` |
//! | each header's own operations are folded | `assert_header.32` | the header's fifth block is what was folded | `a_fold_of_other_operations` |
//! | at its height | `assert_fold.16` | the second block of the fold has the height | `a_fold_at_another_height` |
//! | after the fold so far | `assert_fold.0` | the first block is the fold so far | `a_fold_that_starts_elsewhere` |
//! | the fold starts from the one before | `assert_first_row.3` | the fold is the public one in row 0 | `another_fold_before` |
//! | the fold ends at the one after | `assert_fold.72` | the fold is the public one at the end | `another_fold_after` |
//!
//! # What is not
//!
//! That the headers at both ends are headers of the chain, and that what is said of them is in them: public values, which
//! [`PruningStatement::new`] takes from headers that the client hashes. That the range is of 2^k headers from a multiple of that on, and the
//! place of its subtree: the verifier computes both. Votes, and that a header keeps the rules: whoever signed the one at the end said so.

mod columns;
mod constraints;
#[cfg(feature = "json")]
mod document;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
mod forgery;
mod statement;
#[cfg(test)]
#[cfg(feature = "prover")]
pub(crate) mod tests;
#[cfg(feature = "prover")]
pub(crate) mod trace;
#[cfg(feature = "prover")]
mod witness;

pub use self::constraints::PruningAir;
#[cfg(feature = "json")]
pub use self::document::PruningJson;
pub use self::statement::{PruningStatement, PruningStatementError};
#[cfg(feature = "prover")]
pub use self::witness::{PruningWitness, PruningWitnessError};

use p3_baby_bear::BabyBear;

use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`PruningStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Pruning;

impl Circuit for Pruning {
    const ID: CircuitId = CircuitId::new(6, "pruning");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            1_984_211_840,
            638_178_855,
            245_220_115,
            110_447_206,
            1_673_205_800,
            706_266_649,
            1_759_927_599,
            1_765_745_697,
        ])),
        parameters: StarkParameters::PRODUCTION,
        // One header takes 81 rows.
        min_log_rows: 7,
        // 1,024 headers take 14,383.
        max_log_rows: 14,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = PruningStatement;
    type Air = PruningAir;
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Pruning {
    type Witness = PruningWitness;

    fn rows(witness: &PruningWitness) -> usize {
        trace::rows(witness)
    }

    fn trace(witness: &PruningWitness, log_blowup: usize) -> crate::stark::Trace {
        trace::generate(witness, log_blowup)
    }
}
