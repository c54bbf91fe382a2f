//! What is valid is accepted.

use core::num::NonZeroU32;

use crate::chain::HeaderHash;
use crate::circuit::trial::{assert_holds, assert_proves};
use crate::circuit::uptime::forgery::window::window;
use crate::circuit::uptime::{Uptime, UptimeClaim, UptimeStatement, UptimeWitness};
use crate::hash::Digest;
use crate::stark::{Statement, Witness};

#[test]
fn accepts_windows_of_every_length() {
    let powers = (1..=10).map(|k| 1 << k);
    let lengths = powers.flat_map(|n: u32| [n - 1, n, n + 1]);
    for voted in lengths.filter(|&voted| voted <= 1024) {
        assert_holds::<Uptime>(&window(1, voted, 1023));
    }
}

#[test]
fn accepts_every_place_of_a_validator_and_every_carry() {
    for index in (0..1024).step_by(9) {
        assert_holds::<Uptime>(&window(65_533, 4, index));
    }
    for first in [1, 65_534, 65_535, 65_536, 0x1_fffe, u32::MAX - 3] {
        assert_holds::<Uptime>(&window(first, 3, 700));
    }
}

#[test]
fn a_proof_is_of_its_claim_alone() {
    let witness = window(7, 5, 34);
    let statement = &witness.statement;
    let other = |change: fn(&mut UptimeStatement)| {
        let mut other = statement.clone();
        change(&mut other);
        other
    };
    let others = [
        other(|s| s.chain_id ^= 1),
        other(|s| s.head_hash = HeaderHash(s.key_id)),
        other(|s| s.first += 1),
        other(|s| s.last += 1),
        other(|s| {
            s.first += 1;
            s.last += 1;
        }),
        other(|s| s.validator_set_root = s.key_id),
        other(|s| s.index ^= 1),
        other(|s| s.index ^= 16),
        other(|s| s.index ^= 512),
        other(|s| s.index += 1024),
        other(|s| s.key_id = s.validator_set_root),
        other(|s| s.signed += 1),
        other(|s| s.signed -= 1),
        // The same number modulo that of the field.
        other(|s| s.signed += 0x7800_0001),
    ];
    assert_proves::<Uptime>(&witness, &others);
}

#[test]
fn has_no_statement_about_another_window() {
    let witness = window(7, 5, 34);
    let head = &witness.headers[5];
    let made = |epoch_length, change: fn(&mut UptimeClaim)| {
        let statement = &witness.statement;
        let mut claim = UptimeClaim {
            first: statement.first,
            validator_set_root: statement.validator_set_root,
            index: statement.index,
            key_id: statement.key_id,
            signed: statement.signed,
        };
        change(&mut claim);
        let epoch_length = NonZeroU32::new(epoch_length).unwrap();
        UptimeStatement::new(head, epoch_length, &claim)
    };
    assert_eq!(made(100, |_| {}), Ok(witness.statement.clone()));
    assert_eq!(made(12, |_| {}), Ok(witness.statement.clone()));
    let code = |statement: Result<UptimeStatement, _>| {
        statement
            .err()
            .map(|error: crate::UptimeStatementError| error.code())
    };
    for epoch_length in [1, 2, 5, 8, 11] {
        assert_eq!(code(made(epoch_length, |_| {})), Some("uptime-epoch"));
    }
    for change in [
        |c: &mut UptimeClaim| c.first = 0,
        |c: &mut UptimeClaim| c.first = 12,
    ] {
        assert_eq!(code(made(100, change)), Some("uptime-window"));
    }
    assert_eq!(code(made(100, |c| c.index = 1024)), Some("uptime-index"));
    assert_eq!(code(made(100, |c| c.signed = 6)), Some("uptime-count"));

    let refused = |change: fn(&mut UptimeStatement)| {
        let mut other = witness.statement.clone();
        change(&mut other);
        // Nothing of it is computed with.
        assert_eq!(other.public_values().len(), UptimeStatement::PUBLIC_VALUES);
        other.check().unwrap_err().code
    };
    assert_eq!(refused(|s| s.first = 0), "uptime-window");
    assert_eq!(refused(|s| s.last = s.first - 1), "uptime-window");
    assert_eq!(refused(|s| s.last = s.first + 1024), "uptime-window");
    assert_eq!(
        refused(|s| (s.first, s.last) = (u32::MAX, u32::MAX)),
        "uptime-window"
    );
    assert_eq!(refused(|s| s.index = u32::MAX), "uptime-index");
    assert_eq!(refused(|s| s.signed = u32::MAX), "uptime-count");
}

#[test]
fn a_witness_comes_back_from_its_bytes() {
    let witness = window(7, 5, 34);
    let bytes = witness.to_bytes();
    assert_eq!(UptimeWitness::from_bytes(&bytes).as_ref(), Ok(&witness));
    assert!(UptimeWitness::from_bytes(&bytes[..bytes.len() - 1]).is_err());
    assert_eq!(
        <UptimeWitness as Witness>::statement(&witness),
        &witness.statement
    );
    assert_eq!(witness.check(), Ok(()));
    assert_ne!(witness.statement.key_id, Digest::ZERO);
}
