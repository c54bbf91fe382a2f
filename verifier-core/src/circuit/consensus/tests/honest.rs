//! What is true is accepted, and the oracle says the same.

use alloc::vec;
use alloc::vec::Vec;

use p3_matrix::Matrix;

use super::check::{assert_accepted, broken_kinds, own_kind};
use super::fixture::{TestSet, plans, small};
use crate::circuit::consensus::trace::{generate, generate_from_plans, rows};
use crate::circuit::consensus::{Kind, WitnessError};

#[test]
fn accepts_three_of_four() {
    let (_, witness) = small();
    assert_eq!(witness.check(), Ok(()));
    assert_eq!(rows(&witness), 3 * 148 + 12);
    assert_accepted(generate(&witness, 3), &witness.statement);
}

#[test]
fn accepts_one_validator() {
    let set = TestSet::new(&[1]);
    let witness = set.witness(&[0], 0);
    assert_eq!(witness.check(), Ok(()));
    assert_accepted(generate(&witness, 3), &witness.statement);
}

#[test]
fn accepts_votes_far_apart() {
    let voters = [0, 127, 128, 131, 700, 1023];
    let powers: Vec<_> = (0..1024)
        .map(|i| if voters.contains(&i) { 1_000_000 } else { 1 })
        .collect();
    let set = TestSet::with_keys(&powers, |i| voters.contains(&u32::try_from(i).unwrap()));
    for first in 0..2 {
        let witness = set.witness(&voters[first..], 700);
        assert_eq!(witness.check(), Ok(()));
        assert_accepted(generate(&witness, 3), &witness.statement);
    }
}

/// The largest set: every row of 2^18 holds for all of it, and for just enough of it.
#[test]
fn accepts_1024_validators() {
    let set = TestSet::new(&[u32::MAX / 1024; 1024]);
    for voters in [1024, 683] {
        let voters: Vec<_> = (0..voters).collect();
        let witness = set.witness(&voters, 0);
        assert_eq!(witness.check(), Ok(()));
        let trace = generate(&witness, 0);
        assert_eq!(
            trace.height(),
            1 << if voters.len() == 1024 { 18 } else { 17 }
        );
        assert_eq!(broken_kinds(&trace, &witness.statement), [].into());
    }
    let voters: Vec<_> = (0..682).collect();
    let witness = set.witness(&voters, 0);
    let broken = broken_kinds(&generate(&witness, 0), &witness.statement);
    assert_eq!(broken, [own_kind(Kind::Final)].into());
}

#[test]
fn accepts_one_more_than_two_thirds_and_no_less() {
    for (powers, enough) in [
        ([1, 1, 1], false),
        ([2, 1, 1], true),
        ([20_001, 20_000, 20_000], true),
        ([20_000, 20_000, 20_000], false),
        ([u32::MAX / 3, u32::MAX / 3, u32::MAX / 3], false),
        ([u32::MAX / 3 + 1, u32::MAX / 3, u32::MAX / 3 - 1], true),
        ([u32::MAX - 2, 1, 1], true),
        ([0xffff, 0xffff, 1], true),
    ] {
        let set = TestSet::new(&powers);
        let witness = set.witness(&[0, 1], 1);
        let trace = generate(&witness, 3);
        assert_eq!(witness.check().is_ok(), enough, "{powers:?}");
        if enough {
            assert_accepted(trace, &witness.statement);
        } else {
            let (signed, total) = (powers[0] + powers[1], powers.iter().sum());
            assert_eq!(
                witness.check(),
                Err(WitnessError::BelowThreshold { signed, total })
            );
            let broken = broken_kinds(&trace, &witness.statement);
            assert_eq!(broken, [own_kind(Kind::Final)].into());
        }
    }
}

#[test]
fn trace_and_plans_agree() {
    let (_, witness) = small();
    let planned = generate_from_plans(&witness.statement, &plans(&witness), 3);
    assert_eq!(generate(&witness, 3), planned);
}

#[test]
fn oracle_names_each_false_sentence() {
    let (set, good) = small();
    let statement = |change: &dyn Fn(&mut crate::circuit::consensus::ConsensusWitness)| {
        let mut witness = good.clone();
        change(&mut witness);
        witness.check().unwrap_err().code()
    };
    let cases: Vec<(&str, &str)> = vec![
        (statement(&|w| w.votes.swap(0, 1)), "witness-order"),
        (statement(&|w| w.votes[1].index = 3), "witness-not-a-member"),
        (statement(&|w| w.statement.slot = 3), "witness-not-started"),
        (statement(&|w| w.statement.height += 1), "witness-signature"),
        (
            statement(&|w| w.statement.signed_power += 1),
            "witness-signed-power",
        ),
        (
            statement(&|w| w.statement.proposer = 3),
            "witness-proposer-absent",
        ),
        (
            statement(&|w| w.reveal = set.member(1).0.reveal(0)),
            "witness-wrong-reveal",
        ),
        (
            statement(&|w| w.statement.randomness = w.reveal),
            "witness-wrong-randomness",
        ),
        (
            statement(&|w| w.statement.signers = w.reveal),
            "witness-wrong-signers",
        ),
    ];
    for (got, expected) in cases {
        assert_eq!(got, expected);
    }
}
