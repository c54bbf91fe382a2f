//! The constants of the verifying key are those of the AIR that runs.

use alloc::collections::BTreeSet;

use p3_air::BaseAir;
use p3_air::symbolic::{
    AirLayout, BaseEntry, BaseLeaf, SymbolicExpr, SymbolicExpression, get_symbolic_constraints,
};
use p3_field::coset::TwoAdicMultiplicativeCoset;
use p3_field::{Field, PrimeCharacteristicRing};
use p3_security::grinding::GrindingSites;
use p3_uni_stark::{OpeningShape, ProvenSecurity, StarkGenericConfig, StarkSecurityParams};

use crate::circuit::consensus::{Consensus, ConsensusAir, WIDTH};
use crate::hash::{Digest, Val};
use crate::stark::{
    COMMITMENT_COLLISION_BITS, Challenge, Circuit, HASH_BITS, KeyConstants, VerifyingKey,
    fingerprint, widen,
};

type Key = VerifyingKey<Consensus>;

#[test]
fn fingerprint_is_that_of_the_air() {
    assert_eq!(
        fingerprint(&ConsensusAir::default()),
        Consensus::KEY.fingerprint,
        "the constraints changed: proofs made before no longer verify, and the review no longer \
         holds. A change that is meant takes a new circuit version, a run of `cargo xtask mutate`, \
         and a review; only then the new fingerprint goes into the key"
    );
}

#[test]
fn security_is_what_the_key_says_at_every_height() {
    let KeyConstants {
        min_log_rows,
        max_log_rows,
        stark_bits,
        ..
    } = Consensus::KEY;
    let weakest = (min_log_rows..=max_log_rows).map(proven_bits).min();
    assert_eq!(weakest, Some(stark_bits));
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
    let key = Key::new(1);
    let in_both: [fn(&mut KeyConstants); 11] = [
        |c| c.parameters.log_blowup = 4,
        |c| c.parameters.log_final_poly_len = 4,
        |c| c.parameters.max_log_arity = 2,
        |c| c.parameters.num_queries = 81,
        |c| c.parameters.batch_proof_of_work_bits = 17,
        |c| c.parameters.commit_proof_of_work_bits = 11,
        |c| c.parameters.query_proof_of_work_bits = 15,
        |c| c.parameters.ood_proof_of_work_bits = 3,
        |c| c.parameters.cap_height = 3,
        |c| c.version = 2,
        |c| c.fingerprint = Digest::ZERO,
    ];
    for change in in_both {
        let other = key.clone().changed(change);
        assert_ne!(other.transcript_seed(), key.transcript_seed());
        assert_ne!(other.digest(), key.digest());
    }
    assert_ne!(Key::new(2).transcript_seed(), key.transcript_seed());
    // The bounds are no part of a transcript; the digest names them.
    let in_digest: [fn(&mut KeyConstants); 3] = [
        |c| c.min_log_rows = 9,
        |c| c.max_log_rows = 17,
        |c| c.stark_bits = 127,
    ];
    for change in in_digest {
        assert_ne!(key.clone().changed(change).digest(), key.digest());
    }
}

/// Bits that `p3-security` proves, by list decoding, for a trace of 2^`log_rows` rows under the key's numbers.
fn proven_bits(log_rows: u32) -> u32 {
    let key = Key::new(1);
    let config = key.parameters().config(&key.transcript_seed());
    let fri = key.parameters().fri(());
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
