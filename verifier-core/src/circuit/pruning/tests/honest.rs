//! What is valid is accepted.

use super::headers::{Headers, digest};
use crate::circuit::pruning::{Pruning, PruningStatement, PruningStatementError, PruningWitness};
use crate::circuit::trial::{assert_holds, assert_proves};
use crate::hash::Digest;
use crate::stark::{Statement, Witness};

#[test]
fn accepts_ranges_of_every_length() {
    let chain = Headers::new(2048);
    for level in 0..=10 {
        let headers = 1 << level;
        let starts = [0, 1, 2048 / headers - 1].map(|place| place * headers);
        for start in starts {
            if level < 7 || start > 0 {
                assert_holds::<Pruning>(&chain.witness(start, start + headers));
            }
        }
    }
}

#[test]
fn a_proof_is_of_its_range_alone() {
    let chain = Headers::new(24);
    let witness = chain.witness(8, 16);
    let statement = &witness.statement;
    let others = [
        PruningStatement {
            chain_id: statement.chain_id ^ 1,
            ..statement.clone()
        },
        PruningStatement {
            start_hash: statement.last_hash,
            ..statement.clone()
        },
        PruningStatement {
            last_hash: statement.start_hash,
            ..statement.clone()
        },
        PruningStatement {
            start_history: digest(1),
            ..statement.clone()
        },
        PruningStatement {
            end_history: digest(1),
            ..statement.clone()
        },
        PruningStatement {
            fold_before: digest(1),
            ..statement.clone()
        },
        PruningStatement {
            fold_after: digest(1),
            ..statement.clone()
        },
        chain.witness(16, 24).statement,
        chain.witness(8, 12).statement,
    ];
    assert_proves::<Pruning>(&witness, &others);
}

#[test]
fn has_no_statement_about_another_range() {
    let chain = Headers::new(40);
    let of = |start: usize, end: usize, before| {
        let (start, end) = (&chain.headers[start], &chain.headers[end]);
        PruningStatement::new(start, end, [before, digest(2)]).map_err(|error| error.code())
    };
    for (start, end) in [(0, 3), (1, 3), (4, 4), (8, 4), (4, 12), (8, 40), (3, 6)] {
        assert_eq!(
            of(start, end, Digest::ZERO).err(),
            Some("pruning-range"),
            "{start} {end}"
        );
    }
    assert_eq!(of(0, 4, digest(1)).err(), Some("pruning-fold"));
    let statement = of(4, 8, digest(1)).unwrap();
    assert_eq!(statement.check(), Ok(()));
    for end_height in [4, 3, 7, 9, 12, u32::MAX] {
        let other = PruningStatement {
            end_height,
            ..statement.clone()
        };
        assert_eq!(
            other.check().unwrap_err().code,
            "pruning-range",
            "{end_height}"
        );
        // Nothing of it is computed with.
        assert_eq!(other.public_values().len(), PruningStatement::PUBLIC_VALUES);
    }
    let mut elsewhere = chain.headers[8].clone();
    elsewhere.chain_id += 1;
    let error = PruningStatement::new(&chain.headers[4], &elsewhere, [digest(1), digest(2)]);
    assert_eq!(error, Err(PruningStatementError::Chain));
}

#[test]
fn a_witness_comes_back_from_its_bytes() {
    let witness = Headers::new(16).witness(8, 16);
    let bytes = witness.to_bytes();
    assert_eq!(PruningWitness::from_bytes(&bytes).as_ref(), Ok(&witness));
    assert!(PruningWitness::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert_eq!(
        <PruningWitness as Witness>::statement(&witness),
        &witness.statement
    );
}
