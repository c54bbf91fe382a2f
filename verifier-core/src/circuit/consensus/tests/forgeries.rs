//! One consistent forgery for each sentence of the statement: everything outside is recomputed, only
//! the sentence is false, and only the rows that say it reject the trace.

use alloc::vec;
use alloc::vec::Vec;

use p3_field::{PrimeCharacteristicRing, PrimeField32};
use p3_matrix::Matrix;
use p3_matrix::dense::RowMajorMatrix;

use super::check::{
    assert_accepted, assert_forgery, broken_kinds, own_kind, rows_of, signature_kind,
    stark_verdict, verdict,
};
use super::fixture::{
    CHAIN_ID, LEAVES, SLOT, TestKey, TestSet, on_target, plans, set_input, small,
};
use crate::chain::{Bitmap, HeaderHash, Validator, ValidatorSet, next_randomness, vote_message};
use crate::circuit::consensus::columns::places as columns;
use crate::circuit::consensus::forgery::forge::sign_again;
use crate::circuit::consensus::trace::{VotePlan, generate, generate_from_plans};
use crate::circuit::consensus::{ConsensusStatement, ConsensusWitness, Kind, Row};
use crate::circuit::forging::signature::tops;
use crate::gadget::signature::Kind as SignatureKind;
use crate::hash::{Digest, Domain, Val, hash};
use crate::signature::{CHAINS, KeyPurpose, digits};
use crate::stark::VerifyError;

/// The trace of `plans`, and the statement with the signers that it counts.
fn forge(
    statement: &ConsensusStatement,
    plans: &[VotePlan],
) -> (RowMajorMatrix<Val>, ConsensusStatement) {
    let trace = generate_from_plans(statement, plans, 3);
    let row = rows_of(&trace, own_kind(Kind::Final))[0];
    let signers = Row::new(&trace.row_slice(row).unwrap()).own.signers[..8]
        .try_into()
        .unwrap();
    (
        trace,
        ConsensusStatement {
            signers: Digest(signers),
            ..statement.clone()
        },
    )
}

/// The forged plans' own statement: power and signers are those that the votes claim.
fn claim(witness: &ConsensusWitness, plans: &[VotePlan]) -> ConsensusStatement {
    let signed_power = plans.iter().map(|plan| plan.vote.validator.power).sum();
    ConsensusStatement {
        signed_power,
        ..witness.statement.clone()
    }
}

/// Replaces a vote's signature by one over `message` at `leaf`, and plans its digits.
fn resign(plan: &mut VotePlan, key: &TestKey, leaf: u32, message: &Digest) {
    (plan.leaf, plan.message) = (leaf, *message);
    sign_again(plan, key, |digest| {
        Some((on_target(148)(digest)?, tops(digest)))
    });
}

/// A set like that of [`small`], in which member 2 is `member`.
fn set_with(member: Validator) -> ValidatorSet {
    let (set, _) = small();
    let mut members = set.set.members().to_vec();
    members[2] = member;
    ValidatorSet::new(members).unwrap()
}

/// Plans of the honest three votes in a set whose member 2 is `member`.
fn plans_with(member: Validator) -> (ConsensusWitness, Vec<VotePlan>) {
    let (_, mut witness) = small();
    let set = set_with(member);
    witness.statement.set = set.opening();
    for vote in &mut witness.votes {
        vote.set_path = set.path(vote.index);
    }
    witness.votes[2].validator = member;
    let plans = plans(&witness);
    (witness, plans)
}

#[test]
fn rejects_a_vote_by_a_key_outside_the_set() {
    let (_, witness) = small();
    let mut plans = plans(&witness);
    let outsider = TestKey::new(99);
    let plan = &mut plans[2];
    plan.vote.public_key = outsider.public_key();
    plan.vote.validator.key_id = outsider.public_key().key_id(KeyPurpose::Vote, CHAIN_ID);
    let (leaf, message) = (plan.leaf, plan.message);
    resign(plan, &outsider, leaf, &message);
    let (trace, statement) = forge(&witness.statement, &plans);
    assert_forgery(trace, &statement, &[own_kind(Kind::SetPath)]);
}

#[test]
fn rejects_the_same_validator_twice() {
    let (_, witness) = small();
    let mut plans = plans(&witness);
    plans.push(plans[2].clone());
    let (trace, statement) = forge(&claim(&witness, &plans), &plans);
    assert_forgery(trace, &statement, &[own_kind(Kind::SetPath)]);
}

#[test]
fn rejects_votes_out_of_order() {
    let (_, witness) = small();
    let mut plans = plans(&witness);
    plans.swap(0, 2);
    let (trace, statement) = forge(&witness.statement, &plans);
    // Down by two, then up: the step down is no number of ten bits plus one.
    assert_forgery(trace, &statement, &[own_kind(Kind::SetPath)]);
}

#[test]
fn rejects_a_vote_with_the_weight_of_another() {
    let (_, witness) = small();
    let mut plans = plans(&witness);
    plans[0].vote.validator.power = 500;
    let (trace, statement) = forge(&claim(&witness, &plans), &plans);
    assert_forgery(trace, &statement, &[own_kind(Kind::SetPath)]);
}

#[test]
fn rejects_a_weight_that_is_not_the_one_in_the_leaf() {
    let (_, witness) = small();
    let mut trace = generate(&witness, 3);
    let first = rows_of(&trace, own_kind(Kind::Member1))[1];
    for row in first..trace.height() {
        trace.row_mut(row)[columns::POWER] += Val::from_u32(100);
    }
    let signed_power = witness.statement.signed_power + 100;
    // The carry of the sums stays the same: only the step at the leaf is false.
    let mut forged = witness;
    forged.statement.signed_power = signed_power;
    refresh_final(&mut trace, &forged);
    assert_forgery(trace, &forged.statement, &[own_kind(Kind::Member0)]);
}

#[test]
fn rejects_a_signature_over_another_header_height_slot_or_chain() {
    let (set, witness) = small();
    let s = &witness.statement;
    let other_header = HeaderHash(Digest([Val::from_u32(78); 8]));
    let other_purpose = |domain| hash(domain, &s.header_hash.0.0);
    for message in [
        vote_message(s.chain_id, s.height, s.slot, &other_header),
        vote_message(s.chain_id, s.height + 1, s.slot, &s.header_hash),
        vote_message(s.chain_id, s.height, s.slot + 1, &s.header_hash),
        vote_message(s.chain_id + 1, s.height, s.slot, &s.header_hash),
        other_purpose(Domain::Transfer),
        other_purpose(Domain::Rekey),
    ] {
        let mut plans = plans(&witness);
        let leaf = plans[2].leaf;
        resign(&mut plans[2], set.member(2).0, leaf, &message);
        let (trace, statement) = forge(s, &plans);
        assert_forgery(
            trace,
            &statement,
            &[signature_kind(SignatureKind::Message0)],
        );
    }
}

#[test]
fn rejects_a_key_of_another_chain_or_purpose() {
    let (set, _) = small();
    let (key, &validator) = set.member(2);
    for (purpose, domain, chain_id) in [
        (KeyPurpose::Vote, Domain::KeyVote, CHAIN_ID + 1),
        (KeyPurpose::Vote, Domain::KeyVote, CHAIN_ID ^ 0x1_0000),
        (KeyPurpose::Account, Domain::KeyAccount, CHAIN_ID),
    ] {
        let key_id = key.public_key().key_id(purpose, chain_id);
        let (witness, mut plans) = plans_with(Validator {
            key_id,
            ..validator
        });
        plans[2].key_domain = domain;
        plans[2].chain_id = chain_id;
        let (trace, statement) = forge(&witness.statement, &plans);
        assert_forgery(trace, &statement, &[signature_kind(SignatureKind::Key0)]);
    }
}

#[test]
fn rejects_a_signature_at_another_leaf() {
    let (set, witness) = small();
    for step in [1, 13] {
        let mut plans = plans(&witness);
        let (leaf, message) = (plans[2].leaf + step, plans[2].message);
        resign(&mut plans[2], set.member(2).0, leaf, &message);
        let (trace, statement) = forge(&witness.statement, &plans);
        assert_forgery(trace, &statement, &[own_kind(Kind::Member0)]);
    }
}

#[test]
fn rejects_a_leaf_that_differs_from_the_slot_by_the_modulus() {
    // leaf + start_slot and slot are equal in the field, but not as integers.
    let (set, _) = small();
    let leaf = 2;
    for start_slot in [
        (SLOT - leaf).wrapping_add(Val::ORDER_U32),
        SLOT - leaf + Val::ORDER_U32,
    ] {
        let (witness, mut plans) = plans_with(Validator {
            start_slot,
            ..*set.member(2).1
        });
        let message = plans[2].message;
        resign(&mut plans[2], set.member(2).0, leaf, &message);
        let (trace, statement) = forge(&witness.statement, &plans);
        assert_forgery(trace, &statement, &[own_kind(Kind::Member0)]);
    }
}

#[test]
fn rejects_a_signature_past_the_end_of_the_tree() {
    // A key whose hashes say leaf 18 at the place of leaf 2 of a tree of 16.
    let key = TestKey::with_offset(55, LEAVES);
    let leaf = LEAVES + 2;
    let key_id = key.public_key().key_id(KeyPurpose::Vote, CHAIN_ID);
    let (set, _) = small();
    let member = Validator {
        key_id,
        start_slot: SLOT - leaf,
        ..*set.member(2).1
    };
    let (witness, mut plans) = plans_with(member);
    plans[2].vote.public_key = key.public_key();
    let message = plans[2].message;
    resign(&mut plans[2], &key, leaf, &message);
    let (trace, statement) = forge(&witness.statement, &plans);
    assert_forgery(trace, &statement, &[signature_kind(SignatureKind::Key0)]);
}

#[test]
fn rejects_a_chain_value_that_is_not_hashed_to_its_end() {
    let (_, witness) = small();
    let mut trace = generate(&witness, 3);
    // A step that follows one of its own chain starts from somewhere else, up to its own end.
    let row = rows_of(&trace, signature_kind(SignatureKind::Chain))
        .into_iter()
        .find(|&row| position(&trace, row) == 1 && position(&trace, row - 1) == 0)
        .unwrap();
    let mut input = input(&trace, row);
    input[0] += Val::ONE;
    set_input(&mut trace, row, input);
    assert_forgery(
        trace,
        &witness.statement,
        &[signature_kind(SignatureKind::Chain)],
    );
}

#[test]
fn rejects_digits_that_are_not_the_message_digest() {
    let (set, witness) = small();
    let mut plans = plans(&witness);
    sign_again(&mut plans[2], set.member(2).0, |digest| {
        let mut digits = on_target(148)(digest)?;
        digits.swap(20, 21);
        (digits[20] != digits[21]).then_some((digits, tops(digest)))
    });
    let (trace, statement) = forge(&witness.statement, &plans);
    assert_forgery(trace, &statement, &[signature_kind(SignatureKind::Ends)]);
}

/// Digits and tops of a message digest whose element `j` is read as itself plus the modulus.
fn second_decomposition(digest: &Digest, j: usize) -> Option<([u8; CHAINS], [u8; 6])> {
    let aliased = digest.0[j].as_canonical_u32().checked_add(Val::ORDER_U32)?;
    if aliased >> 31 != 0 {
        return None;
    }
    let (mut digits, mut tops) = (digits(digest), tops(digest));
    for i in 0..13 {
        digits[13 * j + i] = u8::try_from(aliased >> (2 * i) & 3).unwrap();
    }
    tops[j] = u8::try_from(aliased >> 26).unwrap();
    let sum: u32 = digits.iter().map(|&d| u32::from(d)).sum();
    (sum == 148).then_some((digits, tops))
}

#[test]
fn rejects_the_second_decomposition_of_an_element() {
    let (set, witness) = small();
    for j in [0, 1, 5] {
        let mut plans = plans(&witness);
        sign_again(&mut plans[2], set.member(2).0, |digest| {
            second_decomposition(digest, j)
        });
        let (trace, statement) = forge(&witness.statement, &plans);
        assert_forgery(trace, &statement, &[signature_kind(SignatureKind::Ends)]);
    }
}

#[test]
fn rejects_a_target_sum_missed() {
    let (set, witness) = small();
    for target in [147, 149, 140] {
        let mut plans = plans(&witness);
        sign_again(&mut plans[2], set.member(2).0, |digest| {
            Some((on_target(target)(digest)?, tops(digest)))
        });
        let (trace, statement) = forge(&witness.statement, &plans);
        assert_forgery(trace, &statement, &[signature_kind(SignatureKind::Ends)]);
    }
}

#[test]
fn rejects_a_wrong_sibling_in_either_tree() {
    let (_, witness) = small();
    for kind in [signature_kind(SignatureKind::Path), own_kind(Kind::SetPath)] {
        let mut trace = generate(&witness, 3);
        let row = rows_of(&trace, kind)[1];
        let mut input = input(&trace, row);
        let right = trace.row_slice(row).unwrap()[columns::BIT] == Val::ONE;
        input[if right { 0 } else { 8 }] += Val::ONE;
        set_input(&mut trace, row, input);
        assert_forgery(trace, &witness.statement, &[kind]);
    }
}

#[test]
fn rejects_a_power_that_is_not_the_sum() {
    let (_, witness) = small();
    for signed_power in [0x0001_0022, 0x0001_0020, 0x0002_0021] {
        let mut forged = witness.clone();
        forged.statement.signed_power = signed_power;
        let trace = generate(&forged, 3);
        assert_forgery(trace, &forged.statement, &[own_kind(Kind::Final)]);
    }
}

/// Step V13 asks for the threshold as well; here only the constraints do.
#[test]
fn rejects_a_power_of_just_two_thirds() {
    let set = TestSet::new(&[20_000, 20_000, 20_000]);
    let witness = set.witness(&[0, 1], 1);
    let trace = generate(&witness, 3);
    assert_eq!(
        broken_kinds(&trace, &witness.statement),
        [own_kind(Kind::Final)].into()
    );
    assert_eq!(
        stark_verdict(trace, &witness.statement),
        Err(VerifyError::ConstraintMismatch)
    );
    let (_, honest) = small();
    assert_eq!(
        stark_verdict(generate(&honest, 3), &honest.statement),
        Ok(())
    );
}

#[test]
fn rejects_a_power_that_overflows() {
    // The tree's powers sum to 2^32 + 9, its root claims that the total is 8.
    let set = TestSet::new(&[0x8000_0004, 1, 1]);
    let mut members = set.set.members().to_vec();
    members[1].power = 0x8000_0004;
    let leaves = members.iter().map(Validator::leaf).collect();
    let tree = crate::hash::MerkleTree::<10>::new(leaves);
    let mut witness = set.witness(&[0, 2], 2);
    witness.statement.set.root = tree.root();
    witness.statement.set.total_power = 8;
    let message = witness.statement.vote_message();
    witness.votes.insert(1, set.vote(1, &message));
    for vote in &mut witness.votes {
        vote.validator.power = members[usize::try_from(vote.index).unwrap()].power;
        vote.set_path = tree.path(vote.index);
    }
    witness.statement.signed_power = 9;
    let (trace, statement) = forge(&witness.statement, &plans(&witness));
    assert_forgery(trace, &statement, &[own_kind(Kind::Final)]);
}

#[test]
fn rejects_a_secret_that_is_not_the_proposers() {
    let (set, witness) = small();
    let (key, validator) = set.member(1);
    let leaf = SLOT - validator.start_slot;
    for reveal in [
        key.reveal(leaf + 1),
        set.member(0).0.reveal(leaf),
        Digest::ZERO,
    ] {
        let mut forged = witness.clone();
        forged.reveal = reveal;
        forged.statement.randomness = next_randomness(&forged.statement.parent_randomness, &reveal);
        let trace = generate(&forged, 3);
        assert_forgery(trace, &forged.statement, &[own_kind(Kind::Slot)]);
    }
}

#[test]
fn rejects_a_randomness_that_the_secret_does_not_give() {
    let (_, witness) = small();
    let mut forged = witness.clone();
    forged.statement.randomness.0[7] += Val::ONE;
    let trace = generate(&witness, 3);
    assert_forgery(trace, &forged.statement, &[own_kind(Kind::Random1)]);
    let mut forged = witness.clone();
    forged.statement.parent_randomness.0[0] += Val::ONE;
    assert_forgery(
        generate(&witness, 3),
        &forged.statement,
        &[own_kind(Kind::Random0)],
    );
}

#[test]
fn rejects_a_proposer_who_did_not_vote() {
    let (_, witness) = small();
    let mut forged = witness;
    forged.statement.proposer = 3;
    let trace = generate(&forged, 3);
    assert_forgery(trace, &forged.statement, &[own_kind(Kind::Final)]);
}

#[test]
fn rejects_the_reveal_of_one_who_is_not_the_proposer() {
    let (set, witness) = small();
    let mut forged = witness;
    let reveal = set.member(0).0.reveal(SLOT - set.member(0).1.start_slot);
    let parent = forged.statement.parent_randomness;
    forged.statement.proposer = 3;
    forged.statement.randomness = next_randomness(&parent, &reveal);
    let mut plans = plans(&forged);
    plans[0].reveal = Some((parent, reveal));
    let (trace, statement) = forge(&forged.statement, &plans);
    assert_forgery(trace, &statement, &[own_kind(Kind::Random0)]);
    // The high limb of the proposer counts as well.
    let aliased = ConsensusStatement {
        proposer: 0x1_0000,
        ..statement.clone()
    };
    let trace = generate_from_plans(&statement, &plans, 3);
    assert_forgery(trace, &aliased, &[own_kind(Kind::Random0)]);
}

#[test]
fn rejects_signers_with_one_bit_more_or_less() {
    let (_, witness) = small();
    for indices in [
        vec![0, 1],
        vec![0, 1, 2, 3],
        vec![0, 1, 3],
        vec![0, 1, 2, 1023],
    ] {
        let mut bitmap = Bitmap::default();
        indices.into_iter().for_each(|index| bitmap.insert(index));
        let statement = ConsensusStatement {
            signers: bitmap.signers(),
            ..witness.statement.clone()
        };
        assert_forgery(generate(&witness, 3), &statement, &[own_kind(Kind::Final)]);
    }
}

#[test]
fn rejects_a_bit_in_another_block() {
    let (_, witness) = small();
    let mut trace = generate(&witness, 3);
    // All votes are of block 0; the second one is counted as if a block had been absorbed.
    let rows = rows_of(&trace, own_kind(Kind::Member0));
    trace.row_mut(rows[1])[columns::BLOCK] += Val::ONE;
    let broken = broken_kinds(&trace, &witness.statement);
    assert!(broken.contains(own_kind(Kind::Member0)), "{broken:?}");
    assert_eq!(
        verdict(trace, &witness.statement),
        Err(VerifyError::ConstraintMismatch)
    );
}

#[test]
fn rejects_rows_after_the_last_vote_that_still_add() {
    let (_, witness) = small();
    // A set leaf after Final, and one between the last vote and the bitmap.
    for place in [own_kind(Kind::Final), own_kind(Kind::SetPath)] {
        let mut trace = generate(&witness, 3);
        let member = rows_of(&trace, own_kind(Kind::Member0))[2];
        let after = *rows_of(&trace, place).last().unwrap();
        insert_rows(&mut trace, after + 1, member, 2);
        let mut forged = witness.clone();
        forged.statement.signed_power += witness.votes[2].validator.power;
        refresh_final(&mut trace, &forged);
        let broken = broken_kinds(&trace, &forged.statement);
        assert!(broken.contains(place), "{broken:?}");
        assert_eq!(
            verdict(trace, &forged.statement),
            Err(VerifyError::ConstraintMismatch)
        );
    }
}

#[test]
fn rejects_a_count_that_does_not_start_at_nothing() {
    let (_, witness) = small();
    for (column, by) in [(columns::POWER, 5), (columns::POWER + 1, 1)] {
        let mut trace = generate(&witness, 3);
        for row in 0..trace.height() {
            trace.row_mut(row)[column] += Val::from_u32(by);
        }
        let mut forged = witness.clone();
        forged.statement.signed_power += if by == 5 { 5 } else { 1 << 16 };
        refresh_final(&mut trace, &forged);
        let first = [signature_kind(SignatureKind::Message0)];
        assert_forgery(trace, &forged.statement, &first);
    }
}

#[test]
fn rejects_a_reveal_counted_before_the_first_row() {
    let (_, witness) = small();
    let mut forged = witness;
    forged.statement.proposer = 3;
    let mut trace = generate(&forged, 3);
    for row in 0..trace.height() {
        trace.row_mut(row)[columns::REVEALS] += Val::ONE;
    }
    assert_forgery(
        trace,
        &forged.statement,
        &[signature_kind(SignatureKind::Message0)],
    );
}

#[test]
fn rejects_a_trace_that_never_ends() {
    let (_, witness) = small();
    let mut trace = generate(&witness, 3);
    let last = rows_of(&trace, own_kind(Kind::Final))[0];
    // Padding in place of Final: nothing says what was counted.
    let padding = trace.row_slice(last + 1).unwrap().to_vec();
    trace.row_mut(last).copy_from_slice(&padding);
    assert_forgery(trace, &witness.statement, &[own_kind(Kind::Signers)]);
}

#[test]
fn accepts_the_controls() {
    let (_, witness) = small();
    let (trace, statement) = forge(&witness.statement, &plans(&witness));
    assert_eq!(statement, witness.statement);
    let mut trace_again = trace.clone();
    refresh_final(&mut trace_again, &witness);
    assert_eq!(trace, trace_again);
    assert_accepted(trace, &statement);
}

fn input(trace: &RowMajorMatrix<Val>, row: usize) -> [Val; 16] {
    *Row::new(&trace.row_slice(row).unwrap())
        .signature
        .permutation
        .input
}

fn position(trace: &RowMajorMatrix<Val>, row: usize) -> u32 {
    let row = trace.row_slice(row).unwrap();
    let row = Row::new(&row);
    if row.signature.cols.is(SignatureKind::Chain) == Val::ONE {
        row.signature.cols.quad.as_canonical_u32()
    } else {
        u32::MAX
    }
}

/// Copies `count` rows from `from` to before `at`; padding at the end makes room.
fn insert_rows(trace: &mut RowMajorMatrix<Val>, at: usize, from: usize, count: usize) {
    let width = trace.width();
    let rows = trace.values[from * width..(from + count) * width].to_vec();
    let height = trace.height();
    let values = &mut trace.values;
    values.splice(at * width..at * width, rows);
    values.truncate(height * width);
}

/// Makes the digits of the Final row those of the witness's own statement.
fn refresh_final(trace: &mut RowMajorMatrix<Val>, witness: &ConsensusWitness) {
    let row = rows_of(trace, own_kind(Kind::Final))[0];
    let fresh = generate(witness, 3);
    let fresh_row = rows_of(&fresh, own_kind(Kind::Final))[0];
    let old = trace.row_slice(row).unwrap().to_vec();
    let fresh = fresh.row_slice(fresh_row).unwrap();
    let to = trace.row_mut(row);
    to.copy_from_slice(&fresh);
    for column in columns::CARRIED {
        to[column] = old[column];
    }
}
