//! The forgeries of the table in the circuit's documentation: for each sentence of the statement,
//! traces in which just one link to it is broken, while the oracle says that the sentence is false.

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::families::{change_bits, endless, nine_levels};
use super::fixture::{CHAIN_ID, SLOT, TestSet, on_target};
use super::forge::{Forge, own, sign_again};
use super::search::{Case, honest};
use crate::circuit::consensus::columns::Cells;
use crate::circuit::consensus::statement::PublicValues;
use crate::circuit::consensus::{Consensus, Kind};
use crate::circuit::forging::signature::{self, other_side, step_number, tops};
use crate::gadget::meddle::Draft;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Digest, Domain, Val};
use crate::signature::CHAINS;
use crate::stark::mutation::{Forged, Forgery};

/// Names, constraints, what the oracle says: the functions below make them. Each is a test too.
macro_rules! forgeries {
    ($( $name:ident, $constraint:literal, $refused:literal; )*) => {
        /// The forgeries, in the order of the table.
        pub(in crate::circuit::consensus) const FORGERIES: &[Forgery] = &[
            $( Forgery {
                name: stringify!($name),
                constraint: $constraint,
                refused: Some($refused),
                forge: $name,
            }, )*
        ];

        /// Each breaks its constraint and no other, says what the oracle calls false, is accepted
        /// without the constraint, and rejected with it.
        #[cfg(test)]
        mod tests {
            use crate::circuit::consensus::Consensus;
            use crate::circuit::forging::{names_of, table_of};
            use crate::stark::mutation::check_forgery;

            /// The table in the circuit's documentation is the list, constraint by constraint.
            #[test]
            fn table_names_every_forgery_with_its_constraint() {
                let documented = include_str!("../mod.rs");
                assert_eq!(table_of(documented), names_of(super::FORGERIES));
            }

            $(
                #[test]
                fn $name() {
                    let mut all = super::FORGERIES.iter();
                    let forgery = all.find(|forgery| forgery.name == stringify!($name)).unwrap();
                    check_forgery::<Consensus>(forgery).unwrap();
                }
            )*
        }

    };
}

forgeries! {
    rejects_a_validator_counted_twice, "assert_order.0", "witness-order";
    rejects_a_key_that_is_not_the_members, "assert_member.1", "witness-not-a-member";
    rejects_a_leaf_that_is_not_the_members, "assert_member.34", "witness-not-a-member";
    rejects_an_index_that_is_not_the_leafs_place, "assert_set_path.21", "witness-not-a-member";
    rejects_a_root_under_the_sets, "assert_set_path.20", "witness-not-a-member";
    rejects_a_member_of_another_set, "assert_set_path.22", "witness-not-a-member";
    rejects_a_signature_over_another_message, "assert_message.6", "witness-signature";
    rejects_a_signature_over_another_end_of_the_message, "assert_message.17", "witness-signature";
    rejects_a_key_of_another_chain, "assert_key.3", "witness-not-a-member";
    rejects_a_key_of_another_purpose, "assert_key.11", "witness-not-a-member";
    rejects_a_key_id_over_another_root, "assert_key.20", "witness-not-a-member";
    rejects_a_chain_value_that_is_not_hashed_on, "assert_chain.47", "witness-signature";
    rejects_a_chain_without_a_step, "assert_pair_starts.12", "witness-signature";
    rejects_an_end_that_is_not_absorbed, "assert_ends.0", "witness-signature";
    rejects_a_digest_that_is_not_the_messages, "assert_message.44", "witness-signature";
    rejects_digits_that_are_not_the_digests, "assert_elements.2", "witness-signature";
    rejects_an_element_as_itself_plus_the_modulus, "assert_elements.7", "witness-signature";
    rejects_an_element_of_a_bit_more, "assert_elements.6", "witness-signature";
    rejects_a_sum_below_the_target, "assert_leaf_leaves.3", "witness-signature";
    rejects_a_signature_of_another_slot, "assert_member.29", "witness-signature";
    rejects_a_start_after_the_slot_by_the_modulus, "assert_member.28", "witness-not-started";
    rejects_a_leaf_at_another_place_of_the_tree, "assert_key.0", "witness-signature";
    rejects_a_leaf_hash_that_is_not_in_the_tree, "assert_leaf_leaves.4", "witness-signature";
    rejects_a_root_that_the_path_does_not_reach, "assert_path.40", "witness-signature";
    rejects_a_weight_beside_the_leaf, "assert_member.30", "witness-signed-power";
    rejects_a_power_counted_before_the_first_vote, "assert_first_row.4", "witness-signed-power";
    rejects_a_power_above_the_sum, "assert_final.32", "witness-signed-power";
    rejects_a_power_of_two_thirds, "assert_final.10", "witness-below-threshold";
    rejects_a_proposer_who_does_not_vote, "assert_final.9", "witness-proposer-absent";
    rejects_a_reveal_by_somebody_else, "assert_reveal.8", "witness-proposer-absent";
    rejects_a_secret_behind_no_slot_digest, "assert_reveal.109", "witness-wrong-reveal";
    rejects_a_randomness_of_another_secret, "assert_reveal.59", "witness-wrong-randomness";
    rejects_a_bitmap_that_is_not_empty_at_the_start, "assert_first_row.6", "witness-wrong-signers";
    rejects_the_bit_of_another_index, "assert_bitmap.10", "witness-wrong-signers";
    rejects_a_bit_one_block_later, "assert_bitmap.11", "witness-wrong-signers";
    rejects_seven_blocks_of_eight, "assert_final.0", "witness-wrong-signers";
    rejects_a_trace_without_an_end, "assert_kinds.20", "witness-signed-power";
}

/// Makes the forgery of a block of one vote, by member 5, in which one row is changed.
fn change(kind: usize, nth: usize, change: impl Fn(&mut Draft<'_, Cells>) + Sync) -> Forged {
    let case = case();
    let act = |seen: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, seen) == (kind, nth) {
            change(draft);
        }
    };
    Forge::new(&case.set, &case.witness, &act).make()
}

/// A block of one vote by member 5, whose leaf in the key's tree is 5.
fn case() -> Case {
    Case::new("", 5, 5)
}

fn with(edit: impl FnOnce(&mut Forge<'_>)) -> Forged {
    let case = case();
    let mut forge = honest(&case);
    edit(&mut forge);
    forge.make()
}

fn with_public(edit: impl FnOnce(&mut PublicValues<Val>)) -> Forged {
    honest(&case()).make_and(|_, public| edit(public))
}

fn rejects_a_validator_counted_twice() -> Forged {
    let case = Case::new("", 1, 1);
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (SignatureKind::Message0.place(), 1) {
            // A gap of −1.
            draft.cells.signature.state = [Val::ZERO; 16];
            draft.cells.signature.state[0] = Val::NEG_ONE;
        }
    };
    let mut forge = Forge::new(&case.set, &case.witness, &act);
    let mut again = forge.plans[0].clone();
    again.reveal = None;
    forge.plans.push(again);
    forge.make()
}

fn rejects_a_key_that_is_not_the_members() -> Forged {
    change(own(Kind::Member0), 0, |draft| draft.input[0] += Val::ONE)
}

fn rejects_a_leaf_that_is_not_the_members() -> Forged {
    // Member 5 is the right child.
    change(own(Kind::SetPath), 0, |draft| draft.input[8] += Val::ONE)
}

fn rejects_an_index_that_is_not_the_leafs_place() -> Forged {
    other_side::<Consensus>(&case(), own(Kind::SetPath), Val::ZERO)
}

fn rejects_a_root_under_the_sets() -> Forged {
    nine_levels(&case(), Val::ZERO)
}

fn rejects_a_member_of_another_set() -> Forged {
    with_public(|public| public.set_root[0] += Val::ONE)
}

fn rejects_a_signature_over_another_message() -> Forged {
    with(|forge| forge.plans[0].message.0[0] += Val::ONE)
}

fn rejects_a_signature_over_another_end_of_the_message() -> Forged {
    with(|forge| forge.plans[0].message.0[2] += Val::ONE)
}

fn rejects_a_key_of_another_chain() -> Forged {
    with(|forge| forge.plans[0].chain_id = CHAIN_ID + 1)
}

fn rejects_a_key_of_another_purpose() -> Forged {
    with(|forge| forge.plans[0].key_domain = Domain::KeyAccount)
}

fn rejects_a_key_id_over_another_root() -> Forged {
    change(SignatureKind::Key1.place(), 0, |draft| {
        draft.input[0] += Val::ONE
    })
}

/// The first row of a chain that goes on.
fn second_step(digits: &[u8; CHAINS]) -> usize {
    let pairs = digits.as_chunks::<2>().0;
    let steps = pairs.iter().enumerate().find_map(|(pair, digits)| {
        let [even, odd] = digits.map(usize::from);
        let before = if even < 2 { 0 } else { 3 - even };
        (even < 2 || odd < 2).then(|| step_number(pair, before + 1))
    });
    steps.expect("some digit is below 2")
}

fn rejects_a_chain_value_that_is_not_hashed_on() -> Forged {
    let row = second_step(&honest(&case()).plans[0].digits);
    change(SignatureKind::Chain.place(), row, |draft| {
        draft.input[0] += Val::ONE
    })
}

fn rejects_a_chain_without_a_step() -> Forged {
    signature::no_step::<Consensus>(&case())
}

fn rejects_an_end_that_is_not_absorbed() -> Forged {
    change(SignatureKind::Ends.place(), 20, |draft| {
        draft.input[0] += Val::ONE
    })
}

fn rejects_a_digest_that_is_not_the_messages() -> Forged {
    change(SignatureKind::Leaf.place(), 0, |draft| {
        draft.cells.signature.digest[0] += Val::ONE;
    })
}

/// Signs digits that `wanted` makes of a message digest, with the bits above them.
fn signed(leaf: u32, wanted: impl Fn(&Digest) -> Option<([u8; CHAINS], [u8; 6])>) -> Forged {
    let case = case();
    let (key, _) = case.set.member(5);
    let mut forge = honest(&case);
    let plan = &mut forge.plans[0];
    plan.leaf = leaf;
    sign_again(plan, key, wanted);
    forge.signs_again = false;
    // Another slot in the same limb: the start of the key stays what it is.
    plan_slot(&mut forge);
    forge.make()
}

fn plan_slot(forge: &mut Forge<'_>) {
    forge.plans[0].slot = SLOT + 1;
}

fn rejects_digits_that_are_not_the_digests() -> Forged {
    signed(5, |digest| {
        let mut digits = on_target(148)(digest)?;
        digits.swap(3, 4);
        (digits[3] != digits[4]).then_some((digits, tops(digest)))
    })
}

/// Reads an element as itself plus the modulus, if that is in `range` and on target.
fn plus_modulus(digest: &Digest, range: core::ops::Range<u64>) -> Option<([u8; CHAINS], [u8; 6])> {
    let encoding = signature::plus_modulus(digest, 148, range)?;
    Some((encoding.digits, encoding.tops))
}

fn rejects_an_element_as_itself_plus_the_modulus() -> Forged {
    signed(5, |digest| plus_modulus(digest, 0..1 << 31))
}

fn rejects_an_element_of_a_bit_more() -> Forged {
    // Bits 29 and up are 4.
    signed(5, |digest| plus_modulus(digest, 1 << 31..40 << 26))
}

fn rejects_a_sum_below_the_target() -> Forged {
    signed(5, |digest| Some((on_target(147)(digest)?, tops(digest))))
}

fn rejects_a_signature_of_another_slot() -> Forged {
    signed(6, |digest| Some((on_target(148)(digest)?, tops(digest))))
}

fn rejects_a_start_after_the_slot_by_the_modulus() -> Forged {
    with(|forge| {
        plan_slot(forge);
        forge.plans[0].vote.validator.start_slot = SLOT - 5 + Val::ORDER_U32;
    })
}

fn rejects_a_leaf_at_another_place_of_the_tree() -> Forged {
    other_side::<Consensus>(&case(), SignatureKind::Path.place(), Val::ZERO)
}

fn rejects_a_leaf_hash_that_is_not_in_the_tree() -> Forged {
    let set = TestSet::new(&[1, 1]);
    let witness = set.witness(&[0, 1], 1);
    let act = |nth: usize, draft: &mut Draft<'_, Cells>| {
        if (draft.kind, nth) == (SignatureKind::Node.place(), 0) {
            draft.input[0] += Val::ONE;
        }
    };
    Forge::new(&set, &witness, &act).make()
}

fn rejects_a_root_that_the_path_does_not_reach() -> Forged {
    change(SignatureKind::Key0.place(), 0, |draft| {
        draft.cells.signature.state[0] += Val::ONE;
    })
}

fn rejects_a_weight_beside_the_leaf() -> Forged {
    change(own(Kind::Member1), 0, |draft| {
        draft.cells.own.power[0] += Val::from_u8(100)
    })
}

fn rejects_a_power_counted_before_the_first_vote() -> Forged {
    with(|forge| forge.start.own.power[0] += Val::from_u8(5))
}

fn rejects_a_power_above_the_sum() -> Forged {
    with(|forge| {
        forge.statement.signed_power += 1;
        forge.keeps_power = true;
    })
}

fn rejects_a_power_of_two_thirds() -> Forged {
    let set = TestSet::new(&[2, 1]);
    let witness = set.witness(&[0], 0);
    let act = |_: usize, draft: &mut Draft<'_, Cells>| {
        if draft.kind == own(Kind::Final) {
            // 3·2 − 2·3 − 1, as a digit.
            *draft.input = [Val::ZERO; 16];
            draft.input[0] = Val::NEG_ONE;
            draft.cells.signature.state[0] = Val::ZERO;
            draft.cells.signature.quint = Val::TWO;
        }
    };
    Forge::new(&set, &witness, &act).make()
}

fn rejects_a_proposer_who_does_not_vote() -> Forged {
    honest(&Case::new("", 1, 2)).make()
}

fn rejects_a_reveal_by_somebody_else() -> Forged {
    with_public(|public| public.proposer[0] -= Val::ONE)
}

fn rejects_a_secret_behind_no_slot_digest() -> Forged {
    change(SignatureKind::Node.place(), 0, |draft| {
        draft.input[8] += Val::ONE
    })
}

fn rejects_a_randomness_of_another_secret() -> Forged {
    with_public(|public| public.randomness[0] += Val::ONE)
}

fn rejects_a_bitmap_that_is_not_empty_at_the_start() -> Forged {
    with(|forge| forge.start.own.signers[0] += Val::ONE)
}

fn rejects_the_bit_of_another_index() -> Forged {
    change_bits(&case(), |bits| bits[1] = Val::ONE)
}

fn rejects_a_bit_one_block_later() -> Forged {
    with(|forge| forge.blocks = 1)
}

fn rejects_seven_blocks_of_eight() -> Forged {
    honest(&case()).make_and(|rows, public| {
        let last = rows.nth(own(Kind::Signers), 7);
        super::families::drop_block(rows, last);
        public.signers = super::families::signers(&rows.0[last]);
    })
}

fn rejects_a_trace_without_an_end() -> Forged {
    // Nothing was counted, so that anything may be claimed.
    endless(&case(), |_, public| public.signed_power[0] += Val::ONE)
}
