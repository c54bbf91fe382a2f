//! The constants of the verifying key are those of the AIR that runs.

use p3_air::BaseAir;

use crate::circuit::consensus::{Consensus, ConsensusAir, MAX_CONSTRAINT_DEGREE, WIDTH};
use crate::hash::{Digest, Val};
use crate::stark::{Audit, Circuit, HASH_BITS, KeyConstants, VerifyingKey};

type Key = VerifyingKey<Consensus>;

#[test]
fn constants_are_those_of_the_air() {
    let audit = Audit::of::<Consensus>();
    assert_eq!(
        audit.fingerprint,
        Consensus::KEY.fingerprint,
        "the constraints changed: proofs made before no longer verify, and the review no longer \
         holds. A change that is meant takes a new circuit version, a run of `cargo xtask mutate`, \
         and a review; only then the new fingerprint goes into the key"
    );
    assert_eq!(audit.stark_bits, Consensus::KEY.stark_bits);
    assert_eq!(audit.stark_bits_at, Consensus::KEY.stark_bits_at);
    let elements = Consensus::KEY
        .public_values
        .iter()
        .map(|(_, elements)| elements);
    assert_eq!(elements.sum::<usize>(), audit.public_values);
    assert_eq!(audit.degree, MAX_CONSTRAINT_DEGREE);
    // Too few declared is a soundness gap.
    let declared = BaseAir::<Val>::main_next_row_columns(&ConsensusAir::default());
    assert!(
        audit
            .next_row_columns
            .is_subset(&declared.into_iter().collect())
    );
    assert!(
        audit.next_row_columns.len() > WIDTH / 3,
        "columns were found"
    );
}

#[test]
fn hash_bits_are_half_of_a_digest() {
    let log_modulus = f64::from(2_013_265_921u32).log2();
    assert_eq!(f64::from(HASH_BITS), (8.0 * log_modulus / 2.0).floor());
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
        assert_ne!(other.setup_file(), key.setup_file());
    }
    assert_ne!(Key::new(2).transcript_seed(), key.transcript_seed());
    // The bounds are no part of a transcript; the digest names them.
    let in_digest: [fn(&mut KeyConstants); 3] = [
        |c| c.min_log_rows = 9,
        |c| c.max_log_rows = 17,
        |c| c.stark_bits = 127,
    ];
    for change in in_digest {
        let other = key.clone().changed(change);
        assert_ne!(other.digest(), key.digest());
        assert_ne!(other.setup_file(), key.setup_file());
    }
    let in_file: [fn(&mut KeyConstants); 2] = [
        |c| c.stark_bits_at = [128, 127],
        |c| c.public_values = &[("chain_id", 2)],
    ];
    for change in in_file {
        assert_ne!(key.clone().changed(change).setup_file(), key.setup_file());
    }
}
