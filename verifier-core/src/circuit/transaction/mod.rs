//! The transaction AIR: a transfer or a change of key is valid on a root of the accounts.
//!
//! Its rows are those of one operation, `gadget::operation`, and End behind them. A transfer between keys of
//! height 20 takes 296 rows.
//!
//! # What is proven
//!
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint, as in the
//! consensus circuit. Those of the signature check are named there; `cargo xtask mutate transaction` makes them
//! for this circuit too.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | the operation is signed | `assert_hash.34` | after its hash comes the signature check | `an_operation_that_nobody_signed` |
//! | by the account's key | `assert_signer.2` | the key id that is checked is the account's | `a_signature_by_another_key` |
//! | at leaf `nonce − key_offset` | `assert_old.28` | the leaf is the difference | `a_signature_at_another_leaf` |
//! | it has the hash that is claimed | `assert_hash.33` | only a change of key has a third block | `a_hash_with_a_third_block` |
//! | it is a transfer or a change of key | `assert_flags.5` | it is of one kind | `an_operation_of_no_kind` |
//! |  | `assert_ends_of_trace.1` | and no registration | `a_registration` |
//! | its nonce is at least the account's | `assert_old.26` | the nonce is the account's and a gap | `a_nonce_that_was_used` |
//! | there is the account | `assert_signer.0` | it is opened, unless it is registered | `a_payer_that_is_not_opened` |
//! | at its number | `assert_accounts_path.2` | a level's rows have one bit | `a_payer_of_another_number` |
//! | in the tree | `assert_accounts_path.62` | which has 32 levels | `a_path_of_31_levels` |
//! | it holds amount and fee | `assert_digits.31` | what is left has digits | `a_payment_above_the_balance` |
//! |  | `assert_ends_of_trace.0` | from the first row on | `a_payment_without_digits` |
//! |  | `assert_fields.14` | as the amount has | `an_amount_without_digits` |
//! |  | `assert_balance.0` | a carry is 0, 1 or 2 | `money_from_a_carry` |
//! | and pays them | `assert_flags.6` | the account that comes first pays | `a_transfer_that_nobody_pays` |
//! | the receiver exists | `assert_fields.17` | its account is opened | `a_transfer_to_nobody` |
//! |  | `assert_done.2` | after that of the payer | `a_transfer_that_nobody_receives` |
//! | and can take the amount | `assert_digits.24` | what it then has has digits | `a_receiver_above_the_limit` |
//!
//! # What is not
//!
//! That the root is a header's, which [`TransactionStatement::new`] takes from it. That what is under the root
//! are accounts: balances of four limbs below 2^16, and key offsets that are at most the nonce. Every root that
//! genesis, `state` or `identity` makes has only such.

#[cfg(feature = "json")]
mod document;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
mod forgery;
mod statement;
#[cfg(test)]
#[cfg(feature = "prover")]
mod tests;
#[cfg(feature = "prover")]
mod witness;

#[cfg(feature = "json")]
pub use self::document::TransactionJson;
pub use self::statement::TransactionStatement;
#[cfg(feature = "prover")]
pub use self::witness::{TransactionWitness, TransactionWitnessError};

use p3_baby_bear::BabyBear;

use self::statement::PublicValues;
use crate::gadget::operation::{AloneAir, AloneInputs, AlonePublic};
use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`TransactionStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Transaction;

impl Circuit for Transaction {
    const ID: CircuitId = CircuitId::new(2, "transaction");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            1_532_558_138,
            1_294_026_510,
            358_314_746,
            420_204_603,
            579_734_140,
            1_048_350_588,
            1_223_856_814,
            1_211_448_587,
        ])),
        parameters: StarkParameters::PRODUCTION,
        min_log_rows: 8,
        max_log_rows: 9,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = TransactionStatement;
    type Air = TransactionAir;
}

/// The AIR of [`TransactionStatement`].
pub type TransactionAir = AloneAir<PublicValues<()>>;

impl AlonePublic for PublicValues<()> {
    const COUNT: usize = Self::COUNT;

    fn read<V: Copy + Into<E>, E>(values: &[V]) -> AloneInputs<E> {
        let public = PublicValues::read(values);
        AloneInputs {
            chain_id: public.chain_id,
            hash: public.operation,
            before: public.state_root,
            after: None,
            registers: false,
        }
    }
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Transaction {
    type Witness = TransactionWitness;

    fn rows(witness: &TransactionWitness) -> usize {
        crate::gadget::operation::alone_rows(&witness.signed)
    }

    fn trace(witness: &TransactionWitness, log_blowup: usize) -> crate::stark::Trace {
        let plan = witness.plan();
        let root = witness.statement.state_root;
        crate::gadget::operation::alone_trace(&plan, &root, log_blowup)
    }
}
