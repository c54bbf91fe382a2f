//! The identity AIR: one registration leads from a root of the accounts to another.
//!
//! Its rows are those of one operation, `gadget::operation`, and End behind them. A registration by a key of
//! height 20 takes 224 rows.
//!
//! # What is proven
//!
//! For each sentence a constraint that it needs, and a forgery that needs just this constraint, as in the
//! consensus circuit. Those of the signature check are named there; `cargo xtask mutate identity` makes them for
//! this circuit too.
//!
//! | sentence | constraint | says | forgery: `rejects_…` |
//! |---|---|---|---|
//! | the leaf was vacant | `assert_signer.0` | a registration opens no account before | `a_registration_of_an_account` |
//! | at the number of the registration | `assert_accounts_path.2` | a level's rows have one bit | `a_number_that_is_another` |
//! |  | `assert_flags.6` | which is not that of a receiver | `an_account_that_only_receives` |
//! | of the tree | `assert_accounts_path.62` | which has 32 levels | `a_path_of_31_levels` |
//! | it is signed | `assert_hash.34` | after its hash comes the signature check | `a_registration_that_nobody_signed` |
//! | by the key that it names | `assert_signer.2` | the key id that is checked is the new account's | `an_account_of_another_key` |
//! | at its leaf | `assert_new.26` | the leaf is the one in the hash | `a_signature_at_another_leaf` |
//! | it has the hash that is claimed | `assert_hash.33` | only a change of key has a third block | `a_hash_with_a_third_block` |
//! |  | `assert_ends_of_trace.1` | and it is a registration | `a_change_of_key` |
//! | the account has no balance | `assert_fields.0` | nothing is left | `an_account_with_a_balance` |
//! |  | `assert_ends_of_trace.0` | from the first row on | `a_balance_without_digits` |
//! | and nonce `leaf + 1` | `assert_new.19` | a limb carries only where it is full | `a_nonce_that_carries_early` |
//!
//! # What is not
//!
//! That the roots are those of a header and of the account set in it, which [`IdentityStatement::new`] takes
//! from the header and from the path of the vacant leaf.

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
pub use self::document::IdentityJson;
pub use self::statement::{IdentityError, IdentityStatement};
#[cfg(feature = "prover")]
pub use self::witness::{IdentityWitness, IdentityWitnessError};

use p3_baby_bear::BabyBear;

use self::statement::PublicValues;
use crate::gadget::operation::{AloneAir, AloneInputs, AlonePublic};
use crate::hash::Digest;
use crate::stark::{Circuit, CircuitId, KeyConstants, StarkParameters};

/// The circuit of [`IdentityStatement`].
#[derive(Clone, Copy, Debug)]
pub struct Identity;

impl Circuit for Identity {
    const ID: CircuitId = CircuitId::new(3, "identity");
    const KEY: KeyConstants = KeyConstants {
        version: 1,
        fingerprint: Digest(BabyBear::new_array([
            972_590_408,
            1_206_325_701,
            582_920_729,
            1_534_644_354,
            876_229_035,
            96_649_684,
            1_827_984_158,
            1_043_185_366,
        ])),
        parameters: StarkParameters::PRODUCTION,
        min_log_rows: 8,
        max_log_rows: 8,
        stark_bits: 128,
        stark_bits_at: [128, 128],
        public_values: self::statement::PublicValues::LAYOUT,
    };
    type Statement = IdentityStatement;
    type Air = IdentityAir;
}

/// The AIR of [`IdentityStatement`].
pub type IdentityAir = AloneAir<PublicValues<()>>;

impl AlonePublic for PublicValues<()> {
    const COUNT: usize = Self::COUNT;

    fn read<V: Copy + Into<E>, E>(values: &[V]) -> AloneInputs<E> {
        let public = PublicValues::read(values);
        AloneInputs {
            chain_id: public.chain_id,
            hash: public.operation,
            before: public.before,
            after: Some(public.after),
            registers: true,
        }
    }
}

#[cfg(feature = "prover")]
impl crate::stark::Provable for Identity {
    type Witness = IdentityWitness;

    fn rows(witness: &IdentityWitness) -> usize {
        crate::gadget::operation::alone_rows(&witness.signed)
    }

    fn trace(witness: &IdentityWitness, log_blowup: usize) -> crate::stark::Trace {
        let plan = witness.plan();
        let root = witness.statement.before;
        crate::gadget::operation::alone_trace(&plan, &root, log_blowup)
    }
}
