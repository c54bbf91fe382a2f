//! What is valid is accepted.

use alloc::collections::BTreeSet;
use core::num::NonZeroU32;

use crate::chain::HeaderHash;
use crate::circuit::forging::rowwise::honest;
use crate::circuit::span::forgery::ends::Ends;
use crate::circuit::span::forgery::search::cases;
use crate::circuit::span::{Span, SpanStatement, SpanStatementError, SpanWitness};
use crate::circuit::trial::{assert_holds, assert_proves, broken};
use crate::limits::MAX_SPAN;
use crate::stark::{Circuit as _, Provable as _, Statement, Witness};

#[test]
fn accepts_spans_of_one_end_and_more_with_and_without_a_carry() {
    for (first, length, count) in [
        (99, 100, 1),
        (99, 100, 2),
        (65_535, 65_536, 3),
        (0x1_fffd, 2, 4),
        (u32::MAX - 4, 2, 2),
        (u32::MAX - 1, u32::MAX, 1),
    ] {
        assert_holds::<Span>(&Ends::many(first, length, count).witness);
    }
}

/// As many ends as there may be in a span, in the longest trace.
#[test]
fn accepts_the_most_ends() {
    let most = usize::try_from(MAX_SPAN).unwrap();
    let Ends { witness, .. } = Ends::alone(99, 100, &alloc::vec![0; most]);
    assert_eq!(witness.statement.ends, MAX_SPAN);
    assert_eq!(
        Span::rows(&witness).next_power_of_two(),
        1 << Span::KEY.max_log_rows
    );
    assert_holds::<Span>(&witness);
}

#[test]
fn ends_that_nobody_changes_are_valid() {
    for case in cases() {
        let (name, ends) = &*case;
        let forged = honest::<Span>(ends);
        assert_eq!(forged.refused, None, "{name}");
        assert_eq!(broken::<Span>(&forged), BTreeSet::new(), "{name}");
    }
}

#[test]
fn a_proof_is_of_its_claim_alone() {
    let Ends { witness, .. } = Ends::alone(99, 100, &[5, 0]);
    let statement = &witness.statement;
    let other = |change: fn(&mut SpanStatement)| {
        let mut other = statement.clone();
        change(&mut other);
        other
    };
    let others = [
        other(|s| s.chain_id ^= 1),
        other(|s| s.epoch_length = NonZeroU32::new(50).unwrap()),
        other(|s| s.epoch_length = NonZeroU32::new(200).unwrap()),
        other(|s| s.first_height += 100),
        other(|s| s.first_height += 1 << 16),
        other(|s| s.validator_set_root = s.last_hash.0),
        other(|s| s.ends += 1),
        other(|s| s.ends -= 1),
        other(|s| s.last_hash = HeaderHash(s.validator_set_root)),
        // The same number modulo that of the field.
        other(|s| s.ends += 0x7800_0001),
    ];
    assert_proves::<Span>(&witness, &others);
}

#[test]
fn has_no_statement_about_anything_but_ends_of_epochs() {
    let Ends { witness, .. } = Ends::alone(99, 100, &[5, 0]);
    let last = &witness.ends[1].header;
    let set = witness.statement.validator_set_root;
    let of =
        |first, length: u32| SpanStatement::new(first, NonZeroU32::new(length).unwrap(), set, last);
    assert_eq!(of(99, 100).as_ref(), Ok(&witness.statement));
    // The last one is not so many epochs after it, or comes before it.
    for (first, length) in [(98, 100), (99, 99), (299, 100), (100, 100)] {
        assert_eq!(of(first, length), Err(SpanStatementError::Ends));
    }
    // It is, but neither ends an epoch.
    assert_eq!(of(79, 30), Err(SpanStatementError::NotAnEnd));
    assert_eq!(of(199, 99), Err(SpanStatementError::NotAnEnd));
    let mut last = last.clone();
    last.height = 2 * 1024 + 1;
    let of = |first| SpanStatement::new(first, NonZeroU32::new(2).unwrap(), set, &last);
    assert!(of(3).is_ok());
    assert_eq!(of(1), Err(SpanStatementError::Ends));
    let faults = [SpanStatementError::Ends, SpanStatementError::NotAnEnd];
    for fault in faults {
        assert!(!fault.code().is_empty());
    }
}

#[test]
fn a_statement_that_is_none_is_refused_before_its_proof() {
    let Ends { witness, .. } = Ends::alone(99, 100, &[5, 0]);
    for (ends, first, code) in [
        (0, 99, "span-ends"),
        (1025, 99, "span-ends"),
        (1024, u32::MAX - 1023, "span-ends"),
        (2, 98, "span-not-an-end"),
        (2, u32::MAX, "span-ends"),
    ] {
        let mut statement = witness.statement.clone();
        (statement.ends, statement.first_height) = (ends, first);
        let fault = statement.check().map_err(|fault| fault.code);
        assert_eq!(fault, Err(code), "{ends} from {first}");
    }
}

#[test]
fn a_witness_comes_back_from_its_bytes() {
    let Ends { witness, .. } = Ends::many(99, 100, 2);
    let bytes = witness.to_bytes();
    assert_eq!(SpanWitness::from_bytes(&bytes).as_ref(), Ok(&witness));
    assert_eq!(
        <SpanWitness as Witness>::statement(&witness),
        &witness.statement
    );
    for len in 0..bytes.len() {
        assert!(SpanWitness::from_bytes(&bytes[..len]).is_err(), "{len}");
    }
}
