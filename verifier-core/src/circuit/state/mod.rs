//! The state AIR: the operations of a block, one after the other, lead from one root of the accounts to
//! another.
//!
//! # Rows
//!
//! ```text
//! rows      kind        permutation                            carried beside it
//! each operation, `gadget::operation`:
//!   5 or 6    Start to Op2                                      fees, registrations counted in Op0
//!   16        OldTx, NewTx  compress over the vacant leaf, and over the hash, for each of 8 levels
//!                                                               txs, count
//!   132 + h   Message0 to Key1
//!   66 or 68  the account that signs
//!   69        Balance and the account that receives, in a transfer
//! the proposer's account:                                       collects
//!   1         Balance     none: digits of its balance afterwards
//!   1         Fees        none: digits of what the limbs of the fees carry
//!   68        Old0 to the last NewPath
//! at the end:
//!   2         Txs0, Txs1  TXS: count, txs                       out = tx_root
//!   1         End                                               root, registrations
//!   rest      padding of nothing
//! ```
//!
//! A transfer by a key of height h takes 291 + h rows, so 64 fit 2^15 and 256 fit 2^17, by keys of height 20
//! too.
//!
//! # Width
//!
//! | columns | what | where |
//! |--:|---|---|
//! | 157 | one permutation, without S-box registers | [`permutation`](crate::gadget::permutation) |
//! | 52 | one signature check | [`SignatureCols`](crate::gadget::signature::SignatureCols) |
//! | 57 | one operation and the accounts it changes | [`OperationCols`](crate::gadget::operation::OperationCols) |
//! | 21 | operations so far, fees, the proposer's account | [`OwnCols`](columns::OwnCols) |
//!
//! 287 in all. With the next row and the quotient's 8 chunks of 5 that is 614 openings, of the 640 that the proven
//! bits allow for.
//!
//! # What is proven
//!
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint, as in the
//! consensus circuit. Those of the signature check are named there; `cargo xtask mutate state` makes them for
//! this circuit too.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | each operation is signed | `assert_txs_path.64` | after its place comes the signature check | `an_operation_that_nobody_signed` |
//! | by the account's key | `assert_signer.2` | the key id that is checked is the account's | `a_signature_by_another_key` |
//! | at leaf `nonce − key_offset` | `assert_old.28` | the leaf is the difference | `a_signature_at_another_leaf` |
//! | is of one kind | `assert_flags.5` | a transfer, a registration or a change of key | `an_operation_of_no_kind` |
//! | has a nonce that is at least the account's | `assert_old.26` | the nonce is the account's and a gap | `a_nonce_that_was_used` |
//! | is of an account | `assert_signer.0` | which is opened, unless it is registered | `a_payer_that_is_not_opened` |
//! | at its number | `assert_accounts_path.2` | a level's rows have one bit | `a_payer_of_another_number` |
//! | that holds amount and fee | `assert_digits.31` | what is left has digits | `a_payment_above_the_balance` |
//! |  | `assert_first_row.0` | from the first row on | `a_payment_without_digits` |
//! |  | `assert_fields.14` | as the amount has | `an_amount_without_digits` |
//! |  | `assert_balance.0` | a carry is 0, 1 or 2 | `money_from_a_carry` |
//! | and pays them | `assert_flags.6` | the account that comes first pays | `a_transfer_that_nobody_pays` |
//! | a receiver exists | `assert_fields.18` | its account is opened | `a_transfer_to_nobody` |
//! |  | `assert_done.2` | after that of the payer | `a_transfer_that_nobody_receives` |
//! | and can take the amount | `assert_digits.24` | what it then has has digits | `a_receiver_above_the_limit` |
//! |  | `assert_done.1` | only of a transfer | `a_change_of_key_that_pays` |
//! | a registration takes a vacant leaf | `assert_signer.0` | it opens no account before | `a_registration_of_an_account` |
//! | for an account with nothing | `assert_fields.0` | nothing is left | `an_account_with_a_balance` |
//! | the operations are those of `tx_root`, in order | `assert_txs_path.93` | each takes the next place | `an_operation_at_another_place` |
//! | and each is applied | `assert_hash.34` | after its hash comes its place | `an_operation_that_is_only_hashed` |
//! | at most 16 are registrations | `assert_end.50` | what is spare has digits | `seventeen_registrations` |
//! | which pay nothing | `assert_fields.5` | the fee is zero | `a_registration_with_a_fee` |
//! | the fees | `assert_first_row.19` | are summed from 0 | `fees_from_before_the_first_row` |
//! |  | `assert_fields.17` | with carries that have digits | `fees_without_digits` |
//! | reach the proposer's account | `assert_done.0` | an operation ends with an account | `a_block_that_ends_after_an_operation` |
//! |  | `assert_collects.6` | the last of which collects | `fees_that_reach_nobody` |
//! | once | `assert_collects.5` | nothing but the end follows it | `fees_that_are_taken_twice` |
//! | and from those that pay | `assert_collects.2` | an operation does not collect | `a_fee_that_nobody_pays` |
//! |  | `assert_collects.22` | its digits are those of the carries | `fees_from_a_carry` |
//!
//! # What is not
//!
//! That the roots, the operations and the proposer's account are those of a header, its parent and its set: public
//! values, which [`StateStatement::new`] makes from what the verifier trusts. That what is under the root before
//! are accounts: balances of four limbs below 2^16, and key offsets that are at most the nonce. Genesis, and
//! every block with such a proof, leaves only such.
//!
//! # Representation
//!
//! Integers are limbs of 16 bits. Fees are summed limb by limb without carries: at most 256 of each, below 2^24.
//! What they carry is taken out once, in Fees. The degree of each constraint stands at the function that asserts
//! it: at most 8, for a quotient of 8 chunks.

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

pub use self::constraints::StateAir;
#[cfg(feature = "json")]
pub use self::document::StateJson;
pub use self::statement::{StateStatement, StateStatementError};
#[cfg(feature = "prover")]
pub use self::witness::{AppliedOperation, StateWitness, StateWitnessError};

use p3_baby_bear::BabyBear;

use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`StateStatement`].
#[derive(Clone, Copy, Debug)]
pub struct State;

impl Circuit for State {
    const ID: CircuitId = CircuitId::new(4, "state");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            1_035_695_679,
            586_355_429,
            1_985_057_070,
            231_768_662,
            1_703_372_389,
            1_780_900_547,
            1_637_834_615,
            1_529_627_641,
        ])),
        parameters: StarkParameters::PRODUCTION,
        // An empty block takes 73 rows.
        min_log_rows: 7,
        // 256 transfers by keys of height 20.
        max_log_rows: 17,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = StateStatement;
    type Air = StateAir;
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for State {
    type Witness = StateWitness;

    fn rows(witness: &StateWitness) -> usize {
        trace::rows(witness)
    }

    fn trace(witness: &StateWitness, log_blowup: usize) -> crate::stark::Trace {
        trace::generate(witness, log_blowup)
    }
}
