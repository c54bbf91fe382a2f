//! The constants of the verifying key are those of the AIR that runs.

use alloc::collections::BTreeSet;
use alloc::vec;

use p3_air::BaseAir;
use p3_air::symbolic::{
    AirLayout, BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression, get_symbolic_constraints,
};
use p3_field::coset::TwoAdicMultiplicativeCoset;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_security::grinding::GrindingSites;
use p3_uni_stark::{OpeningShape, ProvenSecurity, StarkGenericConfig, StarkSecurityParams};

use crate::air::consensus::{ConsensusAir, WIDTH};
use crate::air::fingerprint::fingerprint;
use crate::field::Val;
use crate::key::{
    CONSENSUS_FINGERPRINT, CONSENSUS_MAX_LOG_ROWS, CONSENSUS_MIN_LOG_ROWS, CONSENSUS_STARK_BITS,
    HASH_BITS, VerifyingKey,
};
use crate::suite::{COMMITMENT_COLLISION_BITS, Challenge, StarkParameters, widen};

#[test]
fn fingerprint_is_that_of_the_air() {
    let got = fingerprint(&ConsensusAir::default());
    assert_eq!(
        got, CONSENSUS_FINGERPRINT,
        "the key's constant should be {:?}",
        got.0
    );
}

#[test]
fn security_is_what_the_key_says_at_every_height() {
    let weakest = (CONSENSUS_MIN_LOG_ROWS..=CONSENSUS_MAX_LOG_ROWS)
        .map(proven_bits)
        .min();
    assert_eq!(weakest, Some(CONSENSUS_STARK_BITS));
}

#[test]
fn hash_bits_are_half_of_a_digest() {
    let log_modulus = f64::from(2_013_265_921u32).log2();
    assert_eq!(f64::from(HASH_BITS), (8.0 * log_modulus / 2.0).floor());
}

/// Columns read in the next row, found in the constraints: too few declared is a soundness gap.
#[test]
fn declared_next_row_columns_cover_the_constraints() {
    let air = ConsensusAir::default();
    let constraints = get_symbolic_constraints::<Val, _>(&air, AirLayout::from_air(&air));
    let mut next = NextColumns::default();
    constraints
        .iter()
        .for_each(|constraint| next.walk(constraint));
    let declared: BTreeSet<_> = BaseAir::<Val>::main_next_row_columns(&air)
        .into_iter()
        .collect();
    assert!(next.used.is_subset(&declared));
    assert!(
        next.used.len() > WIDTH / 3,
        "the walk found next-row columns"
    );
}

#[test]
fn every_number_of_the_key_is_in_seed_and_digest() {
    let key = VerifyingKey::consensus(1);
    let p = key.parameters;
    let with = |parameters| VerifyingKey {
        parameters,
        ..key.clone()
    };
    let mut changed = vec![
        with(StarkParameters { log_blowup: 4, ..p }),
        with(StarkParameters {
            log_final_poly_len: 4,
            ..p
        }),
        with(StarkParameters {
            max_log_arity: 2,
            ..p
        }),
        with(StarkParameters {
            num_queries: 81,
            ..p
        }),
        with(StarkParameters {
            batch_proof_of_work_bits: 17,
            ..p
        }),
        with(StarkParameters {
            commit_proof_of_work_bits: 11,
            ..p
        }),
        with(StarkParameters {
            query_proof_of_work_bits: 15,
            ..p
        }),
        with(StarkParameters {
            ood_proof_of_work_bits: 3,
            ..p
        }),
        with(StarkParameters { cap_height: 3, ..p }),
        VerifyingKey {
            version: 2,
            ..key.clone()
        },
        VerifyingKey {
            fingerprint: crate::digest::Digest::ZERO,
            ..key.clone()
        },
    ];
    for other in &changed {
        assert_ne!(other.transcript_seed(), key.transcript_seed());
        assert_ne!(other.digest(), key.digest());
    }
    assert_ne!(
        VerifyingKey::consensus(2).transcript_seed(),
        key.transcript_seed()
    );
    // The bounds are no part of a transcript; the digest names them.
    changed.truncate(0);
    changed.push(VerifyingKey {
        min_log_rows: 9,
        ..key.clone()
    });
    changed.push(VerifyingKey {
        max_log_rows: 17,
        ..key.clone()
    });
    changed.push(VerifyingKey {
        stark_bits: 127,
        ..key.clone()
    });
    for other in &changed {
        assert_ne!(other.digest(), key.digest());
    }
}

/// Bits that `p3-security` proves, by list decoding, for a trace of 2^`log_rows` rows under the key's numbers.
fn proven_bits(log_rows: u32) -> u32 {
    let key = VerifyingKey::consensus(1);
    let config = key.parameters.config(&key.transcript_seed());
    let fri = key.parameters.fri(());
    let air = ConsensusAir::default();
    let domain =
        TwoAdicMultiplicativeCoset::<Val>::new(Val::ONE, widen(log_rows)).expect("a small domain");
    let grinding = GrindingSites {
        out_of_domain: config.ood_proof_of_work_bits(),
        ..fri.grinding_sites()
    };
    // Rounded down: the field has between 2^154 and 2^155 elements.
    let modulus_bits = <Challenge as Field>::bits() - 1;
    let params = StarkSecurityParams::from_air::<Val, Challenge, _>(
        fri.security_regime(),
        &air,
        AirLayout::from_air::<Val>(&air),
        domain,
        modulus_bits,
        COMMITMENT_COLLISION_BITS,
        2,
        OpeningShape::TwoAdic,
        grinding,
    );
    let security = ProvenSecurity::compute_from_proof(widen(log_rows), &params);
    u32::try_from(security.list_decoding_bits).expect("a small number")
}

/// Columns read in the next row; a shared subexpression is walked once.
#[derive(Default)]
struct NextColumns {
    used: BTreeSet<usize>,
    seen: BTreeSet<*const SymbolicExpression<Val>>,
}

impl NextColumns {
    fn walk(&mut self, expression: &SymbolicExpression<Val>) {
        if !self.seen.insert(expression) {
            return;
        }
        match expression {
            SymbolicExpr::Leaf(BaseLeaf::Variable(variable)) => {
                if let BaseEntry::Main { offset: 1 } = variable.entry {
                    self.used.insert(variable.index);
                }
            }
            SymbolicExpr::Leaf(_) => {}
            SymbolicExpr::Neg { x, .. } => self.walk(x),
            SymbolicExpr::Add { x, y, .. }
            | SymbolicExpr::Sub { x, y, .. }
            | SymbolicExpr::Mul { x, y, .. } => {
                self.walk(x);
                self.walk(y);
            }
        }
    }
}
