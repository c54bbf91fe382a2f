//! The forgeries of identity proofs that have a name.

use crate::circuit::forging::named;
use crate::circuit::forging::operation::{
    nonce_that_carries_early, operation_of_another_circuit, operation_that_nobody_signed,
    other_path, registration_of_an_account, registration_that_receives,
    registration_with_a_balance, registration_without_digits, signed_at_another_leaf,
    signed_by_another_key, third_block,
};
use crate::circuit::identity::Identity;

type I = Identity;

named! { I:
    rejects_a_registration_of_an_account = registration_of_an_account::<I>,
        "assert_signer.0", "operation-taken";
    rejects_a_number_that_is_another = || other_path::<I>(0),
        "assert_accounts_path.2", "witness-after";
    rejects_an_account_that_only_receives = registration_that_receives::<I>,
        "assert_flags.6", "witness-opening";
    rejects_a_path_of_31_levels = || other_path::<I>(10),
        "assert_accounts_path.62", "witness-opening";
    rejects_a_registration_that_nobody_signed = || operation_that_nobody_signed::<I>(false),
        "assert_hash.34", "witness-after";
    rejects_an_account_of_another_key = || signed_by_another_key::<I>(0),
        "assert_signer.2", "witness-after";
    rejects_a_signature_at_another_leaf = signed_at_another_leaf::<I>,
        "assert_new.26", "signature-target-sum";
    rejects_a_hash_with_a_third_block = third_block::<I>,
        "assert_hash.33", "witness-operation";
    rejects_a_change_of_key = operation_of_another_circuit::<I>,
        "assert_ends_of_trace.1", "witness-kind";
    rejects_an_account_with_a_balance = || registration_with_a_balance::<I>(0),
        "assert_fields.0", "witness-after";
    rejects_a_balance_without_digits = registration_without_digits::<I>,
        "assert_ends_of_trace.0", "witness-after";
    rejects_a_nonce_that_carries_early = nonce_that_carries_early::<I>,
        "assert_new.19", "witness-after";
}
