//! The forgeries of transaction proofs that have a name.

use crate::circuit::forging::named;
use crate::circuit::forging::operation::{
    amount_without_digits, money_from_a_carry, nonce_of_before, operation_of_another_circuit,
    operation_of_kinds, operation_that_nobody_signed, other_path, payment_above_the_balance,
    payment_without_digits, receiver_above_the_limit, signed_at_another_leaf,
    signed_by_another_key, third_block, transfer_that_nobody_pays, transfer_that_nobody_receives,
    transfer_to_nobody, unopened_account,
};
use crate::circuit::transaction::Transaction;

type T = Transaction;

named! { T:
    rejects_an_operation_that_nobody_signed = || operation_that_nobody_signed::<T>(false),
        "assert_hash.34", "operation-key";
    rejects_a_signature_by_another_key = || signed_by_another_key::<T>(0),
        "assert_signer.2", "operation-key";
    rejects_a_signature_at_another_leaf = signed_at_another_leaf::<T>,
        "assert_old.28", "signature-target-sum";
    rejects_a_hash_with_a_third_block = third_block::<T>,
        "assert_hash.33", "witness-operation";
    rejects_an_operation_of_no_kind = || operation_of_kinds::<T>(false, false),
        "assert_flags.5", "witness-operation";
    rejects_a_registration = operation_of_another_circuit::<T>,
        "assert_ends_of_trace.1", "witness-kind";
    rejects_a_nonce_that_was_used = nonce_of_before::<T>,
        "assert_old.26", "operation-nonce-used";
    rejects_a_payer_that_is_not_opened = unopened_account::<T>,
        "assert_signer.0", "witness-opening";
    rejects_a_payer_of_another_number = || other_path::<T>(0),
        "assert_accounts_path.2", "witness-opening";
    rejects_a_path_of_31_levels = || other_path::<T>(10),
        "assert_accounts_path.62", "witness-opening";
    rejects_a_payment_above_the_balance = payment_above_the_balance::<T>,
        "assert_digits.31", "operation-balance";
    rejects_a_payment_without_digits = payment_without_digits::<T>,
        "assert_ends_of_trace.0", "operation-balance";
    rejects_an_amount_without_digits = amount_without_digits::<T>,
        "assert_fields.14", "witness-operation";
    rejects_money_from_a_carry = || money_from_a_carry::<T>(0),
        "assert_balance.0", "witness-opening";
    rejects_a_transfer_that_nobody_pays = transfer_that_nobody_pays::<T>,
        "assert_flags.6", "witness-opening";
    rejects_a_transfer_to_nobody = transfer_to_nobody::<T>,
        "assert_fields.17", "operation-unknown-receiver";
    rejects_a_transfer_that_nobody_receives = transfer_that_nobody_receives::<T>,
        "assert_done.2", "witness-opening";
    rejects_a_receiver_above_the_limit = receiver_above_the_limit::<T>,
        "assert_digits.24", "operation-receiver-full";
}
