//! The forgeries of state proofs that have a name.

use super::families::{
    end_after_a_transfers_hash, end_after_an_operation, fee_that_nobody_pays, fees_for_nobody,
    fees_from_a_carry, fees_from_before, fees_taken_twice, fees_without_digits, other_place,
    registration_with_a_fee, seventeen_registrations,
};
use crate::circuit::forging::named;
use crate::circuit::forging::operation::{
    amount_without_digits, change_of_key_that_pays, money_from_a_carry, nonce_of_before,
    operation_of_kinds, operation_that_nobody_signed, other_path, payment_above_the_balance,
    payment_without_digits, receiver_above_the_limit, registration_of_an_account,
    registration_with_a_balance, signed_at_another_leaf, signed_by_another_key,
    transfer_that_nobody_pays, transfer_that_nobody_receives, transfer_to_nobody, unopened_account,
};
use crate::circuit::state::State;

type S = State;

named! { S:
    rejects_an_operation_that_nobody_signed = || operation_that_nobody_signed::<S>(false),
        "assert_txs_path.64", "operation-key";
    rejects_a_signature_by_another_key = || signed_by_another_key::<S>(0),
        "assert_signer.2", "operation-key";
    rejects_a_signature_at_another_leaf = signed_at_another_leaf::<S>,
        "assert_old.28", "signature-target-sum";
    rejects_an_operation_of_no_kind = || operation_of_kinds::<S>(false, false),
        "assert_flags.5", "witness-operations";
    rejects_a_nonce_that_was_used = nonce_of_before::<S>,
        "assert_old.26", "operation-nonce-used";
    rejects_a_payer_that_is_not_opened = unopened_account::<S>,
        "assert_signer.0", "witness-opening";
    rejects_a_payer_of_another_number = || other_path::<S>(0),
        "assert_accounts_path.2", "witness-opening";
    rejects_a_payment_above_the_balance = payment_above_the_balance::<S>,
        "assert_digits.31", "operation-balance";
    rejects_a_payment_without_digits = payment_without_digits::<S>,
        "assert_first_row.0", "operation-balance";
    rejects_an_amount_without_digits = amount_without_digits::<S>,
        "assert_fields.14", "witness-operations";
    rejects_money_from_a_carry = || money_from_a_carry::<S>(0),
        "assert_balance.0", "witness-opening";
    rejects_a_transfer_that_nobody_pays = transfer_that_nobody_pays::<S>,
        "assert_flags.6", "witness-opening";
    rejects_a_transfer_to_nobody = transfer_to_nobody::<S>,
        "assert_fields.18", "operation-unknown-receiver";
    rejects_a_transfer_that_nobody_receives = transfer_that_nobody_receives::<S>,
        "assert_done.2", "witness-opening";
    rejects_a_receiver_above_the_limit = receiver_above_the_limit::<S>,
        "assert_digits.24", "operation-receiver-full";
    rejects_a_change_of_key_that_pays = change_of_key_that_pays::<S>,
        "assert_done.1", "witness-opening";
    rejects_a_registration_of_an_account = registration_of_an_account::<S>,
        "assert_signer.0", "operation-taken";
    rejects_an_account_with_a_balance = || registration_with_a_balance::<S>(0),
        "assert_fields.0", "witness-opening";
    rejects_an_operation_at_another_place = || other_place(0),
        "assert_txs_path.93", "witness-operations";
    rejects_an_operation_that_is_only_hashed = end_after_a_transfers_hash,
        "assert_hash.34", "witness-opening";
    rejects_seventeen_registrations = seventeen_registrations,
        "assert_end.50", "block-registrations";
    rejects_a_registration_with_a_fee = || registration_with_a_fee(1),
        "assert_fields.5", "witness-operations";
    rejects_fees_from_before_the_first_row = || fees_from_before(0),
        "assert_first_row.19", "witness-after";
    rejects_fees_without_digits = fees_without_digits,
        "assert_fields.17", "witness-after";
    rejects_a_block_that_ends_after_an_operation = end_after_an_operation,
        "assert_done.0", "witness-opening";
    rejects_fees_that_reach_nobody = fees_for_nobody,
        "assert_collects.6", "witness-opening";
    rejects_fees_that_are_taken_twice = fees_taken_twice,
        "assert_collects.5", "witness-after";
    rejects_a_fee_that_nobody_pays = fee_that_nobody_pays,
        "assert_collects.2", "witness-opening";
    rejects_fees_from_a_carry = || fees_from_a_carry(0),
        "assert_collects.22", "witness-after";
}
