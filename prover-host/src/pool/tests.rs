//! The pool against its bounds and its order. Signatures are checked elsewhere.

use std::collections::HashSet;

use rpp_verifier::{
    Account, Accounts, Digest, KeyPurpose, Operation, OperationError, OperationHash, PublicKey,
    Register, Rekey, SignedOperation, Transfer,
};

use super::*;
use crate::source::BlockRoom;

const TO: u32 = 0;

/// An operation with somebody's signature.
fn signed(operation: Operation) -> SignedOperation {
    let bytes = include_bytes!("../../../vectors/v1/documents/operation.bin");
    SignedOperation {
        operation,
        ..SignedOperation::from_bytes(bytes).unwrap()
    }
}

fn key_id() -> Digest {
    let key: PublicKey = signed(transfer(0, 0, 0)).public_key;
    key.key_id(KeyPurpose::Account, 7)
}

fn transfer(from: u32, fee: u64, nonce: u32) -> Operation {
    Operation::Transfer(Transfer {
        from,
        to: TO,
        amount: 1,
        fee,
        nonce,
    })
}

fn account(balance: u64) -> Account {
    Account {
        key_id: key_id(),
        balance,
        nonce: 0,
        key_offset: 0,
    }
}

/// Accounts from 0 on, each with this balance.
fn accounts(count: u32, balance: u64) -> Accounts {
    let list: Vec<_> = (0..count).map(|index| (index, account(balance))).collect();
    Accounts::from_sorted(&list).unwrap()
}

/// A pool that is filled one operation after the other, and the accounts beneath it.
struct Filled {
    pool: Pool,
    accounts: Accounts,
    number: u64,
}

impl Filled {
    fn new(accounts: Accounts) -> Self {
        Self {
            pool: Pool::default(),
            accounts,
            number: 0,
        }
    }

    /// Offers an operation; returns what it outbid or replaced.
    fn offer(&mut self, operation: Operation) -> Result<Option<OperationHash>, PoolRefusal> {
        self.number += 1;
        let entry = Entry::new(signed(operation), &self.accounts, self.number, 0);
        let victim = self.pool.admit(&entry, &self.accounts)?;
        if let Some((victim, reason)) = victim {
            let is_rekey = |operation: &Operation| matches!(operation, Operation::Rekey(_));
            let replaced = self.pool.get(&victim).unwrap().signed();
            let expected = match is_rekey(&replaced.operation) && is_rekey(&operation) {
                true => DropReason::Replaced,
                false => DropReason::Outbid,
            };
            assert_eq!(reason, expected);
            self.pool.remove(&victim);
        }
        self.pool.insert(entry);
        Ok(victim.map(|(victim, _)| victim))
    }

    fn best(&self, operations: u32, registrations: u32) -> Vec<Operation> {
        let room = BlockRoom {
            operations,
            registrations,
        };
        let best = self.pool.best(room).into_iter();
        best.map(|signed| signed.operation).collect()
    }

    fn outdated(&self, accounts: &Accounts, height: u32) -> Vec<(OperationHash, &'static str)> {
        let outdated = self.pool.outdated(accounts, height, &HashSet::new());
        outdated
            .into_iter()
            .map(|(hash, reason)| (hash, reason.code()))
            .collect()
    }
}

fn hash(operation: Operation) -> OperationHash {
    signed(operation).hash()
}

#[test]
fn a_flood_fills_the_pool_and_no_more() {
    let mut filled = Filled::new(accounts(100, 1000));
    let (mut taken, mut refused) = (0, 0);
    for nonce in 0..70 {
        for from in 0..100 {
            match filled.offer(transfer(from, 1, nonce)) {
                Ok(victim) => {
                    assert_eq!(victim, None);
                    taken += 1;
                }
                Err(PoolRefusal::Full) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
    }
    assert_eq!(
        (taken, refused),
        (Pool::MAX_PAYING, 7000 - Pool::MAX_PAYING)
    );
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    // What pays more takes the place of the youngest that pays the least.
    let dear = transfer(3, 2, 60);
    let victim = filled.offer(dear).unwrap();
    assert_eq!(victim, Some(hash(transfer(95, 1, 40))));
    assert!(filled.pool.get(&victim.unwrap()).is_none());
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    assert_eq!(filled.best(1, 0), [transfer(0, 1, 0)]);
}

/// Each account pays as much for its last operation as it has, and nothing for what a block would take
/// first.
#[test]
fn a_dear_operation_protects_no_cheap_one_before_it() {
    let mut filled = Filled::new(accounts(100, 1000));
    for from in 1..=64 {
        for nonce in 0..63 {
            filled.offer(transfer(from, 0, nonce)).unwrap();
        }
        filled.offer(transfer(from, 900, 63)).unwrap();
    }
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    assert_eq!(filled.offer(transfer(99, 0, 0)), Err(PoolRefusal::Full));
    // Who pays the least that there is has a place at once, and the flood loses what it paid for.
    let honest = transfer(99, 1, 0);
    let victim = filled.offer(honest).unwrap();
    assert_eq!(victim, Some(hash(transfer(64, 900, 63))));
    assert_eq!(filled.best(1, 0), [honest]);
    for nonce in 1..64 {
        let victim = filled.offer(transfer(99, 1, nonce)).unwrap().unwrap();
        assert_eq!(filled.pool.get(&victim).map(Entry::hash), None);
    }
    // The flood cannot take that back: its cheap ones are what the next place costs.
    let again = filled.offer(transfer(64, 900, 99)).unwrap().unwrap();
    assert!(filled.pool.get(&hash(honest)).is_some());
    assert_ne!(again, hash(transfer(99, 1, 63)));
}

/// The accounts go by their cheapest operation, whichever nonce it has, and lose their last.
#[test]
fn the_account_whose_cheapest_pays_the_least_loses_its_last() {
    let mut filled = Filled::new(accounts(100, 10_000));
    for from in 1..=64 {
        for nonce in 0..64 {
            let fee = if nonce == from % 64 { 10 + from } else { 100 };
            let fee = u64::from(fee);
            filled.offer(transfer(from, fee, nonce)).unwrap();
        }
    }
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    assert_eq!(filled.offer(transfer(99, 11, 0)), Err(PoolRefusal::Full));
    for (nonce, victim) in [(0, transfer(1, 100, 63)), (1, transfer(1, 100, 62))] {
        let taken = filled.offer(transfer(99, 12, nonce));
        assert_eq!(taken, Ok(Some(hash(victim))));
    }
    // Its own share is full, whatever it pays.
    assert_eq!(filled.offer(transfer(2, 500, 64)), Err(PoolRefusal::Full));
}

/// However long the operations are that pay.
#[test]
fn a_full_pool_has_room_for_registrations() {
    let mut filled = Filled::new(accounts(100, 1000));
    for from in 1..=64 {
        for nonce in 0..64 {
            filled.offer(transfer(from, 0, nonce)).unwrap();
        }
    }
    let register = Register {
        index: 1000,
        key_id: key_id(),
        leaf: 0,
    };
    assert_eq!(filled.offer(Operation::Register(register)), Ok(None));
}

#[test]
fn an_account_has_its_share() {
    let mut filled = Filled::new(accounts(2, 1000));
    for nonce in 0..64 {
        filled.offer(transfer(1, 0, nonce)).unwrap();
    }
    assert_eq!(filled.offer(transfer(1, 9, 64)), Err(PoolRefusal::Full));
    filled.offer(transfer(0, 0, 0)).unwrap();
    filled.pool.remove(&hash(transfer(1, 0, 5)));
    filled.offer(transfer(1, 9, 64)).unwrap();
}

#[test]
fn registrations_fill_a_pool_of_their_own() {
    let mut filled = Filled::new(accounts(3, 1000));
    filled.offer(transfer(1, 0, 0)).unwrap();
    let register = |index| Register {
        index,
        key_id: key_id(),
        leaf: 0,
    };
    filled.offer(Operation::Register(register(9))).unwrap();
    // One key, one registration; and all of these have one key.
    let other = filled.offer(Operation::Register(register(10)));
    assert_eq!(other, Err(PoolRefusal::Conflict));
    for index in 0..300 {
        let mut keyed = signed(Operation::Register(register(1000 + index)));
        keyed.public_key.root = Digest::from_bytes(&le(index)).unwrap();
        let entry = Entry::new(keyed, &filled.accounts, 10 + u64::from(index), 0);
        let admitted = filled.pool.admit(&entry, &filled.accounts);
        assert_eq!(admitted.is_ok(), index < 255, "{index}");
        if admitted.is_ok() {
            filled.pool.insert(entry);
        }
    }
    assert_eq!(filled.pool.len(), Pool::MAX_REGISTRATIONS + 1);
    let best = filled.best(256, 16);
    assert_eq!(best.len(), 17);
    assert!(matches!(
        best[0],
        Operation::Register(Register { index: 9, .. })
    ));
    assert!(matches!(
        best[1],
        Operation::Register(Register { index: 1000, .. })
    ));
    assert_eq!(best[16], transfer(1, 0, 0));
}

fn le(x: u32) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..4].copy_from_slice(&x.to_le_bytes());
    bytes
}

#[test]
fn the_order_is_by_fee_and_by_nonce_within_an_account() {
    let mut filled = Filled::new(accounts(4, 1000));
    for (from, fee, nonce) in [(1, 1, 0), (1, 100, 1), (2, 5, 0), (3, 5, 3), (3, 50, 2)] {
        filled.offer(transfer(from, fee, nonce)).unwrap();
    }
    let expected = [
        transfer(3, 50, 2),
        // The older of two that pay the same.
        transfer(2, 5, 0),
        transfer(3, 5, 3),
        transfer(1, 1, 0),
        transfer(1, 100, 1),
    ];
    assert_eq!(filled.best(256, 16), expected);
    assert_eq!(filled.best(2, 16), expected[..2]);
    assert_eq!(filled.best(0, 16), []);
}

#[test]
fn what_a_block_made_invalid_is_told_with_its_rule() {
    let mut filled = Filled::new(accounts(5, 100));
    for (from, fee, nonce) in [(1, 49, 0), (1, 39, 4), (2, 0, 9), (3, 0, 0), (4, 0, 0)] {
        filled.offer(transfer(from, fee, nonce)).unwrap();
    }
    assert_eq!(filled.outdated(&filled.accounts, 255), []);
    let with = |nonce, balance, key_id| Account {
        nonce,
        balance,
        key_id,
        key_offset: 0,
    };
    let after = filled
        .accounts
        .with(1, with(1, 39, key_id()))
        .with(2, with(9, 1, key_id()))
        .with(3, with(0, 100, Digest::ZERO));
    let expected = [
        (hash(transfer(1, 49, 0)), "operation-nonce-used"),
        (hash(transfer(1, 39, 4)), "operation-balance"),
        (hash(transfer(3, 0, 0)), "operation-key"),
    ];
    assert_eq!(filled.outdated(&after, 1), expected);
    // What the block has is spent, and not dropped.
    let paid = HashSet::from([hash(transfer(1, 49, 0))]);
    let after = filled.accounts.with(1, with(1, 50, key_id()));
    assert_eq!(filled.pool.outdated(&after, 1, &paid), []);
    let codes = filled.outdated(&filled.accounts, 256);
    assert!(codes.iter().all(|(_, code)| *code == "operation-expired"));
    assert_eq!(codes.len(), 5);
    // The same key from another leaf on: what was signed before is not by the leaf of its nonce.
    let again = Account {
        key_offset: 1,
        ..with(1, 100, key_id())
    };
    let codes = filled.outdated(&filled.accounts.with(2, again), 1);
    assert_eq!(codes[0].0, hash(transfer(2, 0, 9)));
    assert!(codes[0].1.starts_with("signature-"), "{codes:?}");
}

#[test]
fn what_an_account_has_waiting_is_paid_for_together() {
    let mut filled = Filled::new(accounts(2, 100));
    filled.offer(transfer(1, 59, 3)).unwrap();
    filled.offer(transfer(1, 38, 1)).unwrap();
    let taken = filled.offer(transfer(1, 0, 2));
    assert_eq!(taken, Ok(None));
    let error = OperationError::Balance {
        balance: 100,
        needed: 101,
    };
    assert_eq!(filled.offer(transfer(1, 0, 0)), Err(error.into()));
}

#[test]
fn nothing_waits_behind_a_change_of_key_and_none_before_what_waits() {
    let rekey = |nonce| {
        Operation::Rekey(Rekey {
            index: 1,
            new_key_id: Digest::ZERO,
            fee: 0,
            nonce,
        })
    };
    let mut filled = Filled::new(accounts(2, 100));
    filled.offer(transfer(1, 0, 3)).unwrap();
    assert_eq!(filled.offer(rekey(2)), Err(PoolRefusal::Conflict));
    assert_eq!(filled.offer(rekey(3)), Err(PoolRefusal::Conflict));
    filled.offer(rekey(4)).unwrap();
    assert_eq!(filled.offer(transfer(1, 0, 5)), Err(PoolRefusal::Conflict));
    filled.offer(transfer(1, 0, 2)).unwrap();
}

fn rekey(fee: u64, nonce: u32) -> Operation {
    Operation::Rekey(Rekey {
        index: 1,
        new_key_id: Digest::ZERO,
        fee,
        nonce,
    })
}

/// Each leaf signs once, so that a wallet which offers more signs with another nonce.
#[test]
fn a_change_of_key_gives_way_to_another_one_that_pays_a_tenth_more() {
    let mut filled = Filled::new(accounts(2, 1000));
    filled.offer(transfer(1, 0, 0)).unwrap();
    filled.offer(rekey(0, 3)).unwrap();
    let replaces = |filled: &mut Filled, new, old| {
        assert_eq!(filled.offer(new), Ok(Some(hash(old))));
        assert!(filled.pool.get(&hash(old)).is_none());
        assert_eq!(filled.best(256, 16), [transfer(1, 0, 0), new]);
        assert_eq!(filled.pool.len(), 2);
    };
    // Free ones do not take turns.
    assert_eq!(filled.offer(rekey(0, 4)), Err(PoolRefusal::Conflict));
    replaces(&mut filled, rekey(1, 4), rekey(0, 3));
    replaces(&mut filled, rekey(100, 5), rekey(1, 4));
    assert_eq!(filled.offer(rekey(109, 6)), Err(PoolRefusal::Conflict));
    assert_eq!(filled.offer(rekey(1, 4)), Err(PoolRefusal::Conflict));
    // By the same nonce it would be a second message at one leaf.
    assert_eq!(filled.offer(rekey(500, 5)), Err(PoolRefusal::Conflict));
    replaces(&mut filled, rekey(110, 6), rekey(100, 5));
    // Of two copies that were restored, the second may have drawn an earlier leaf.
    replaces(&mut filled, rekey(121, 2), rekey(110, 6));
    // Its place is no protection for what it cannot pay, and a transfer is not replaced.
    let error = OperationError::Balance {
        balance: 1000,
        needed: 1001,
    };
    assert_eq!(filled.offer(rekey(1000, 7)), Err(error.into()));
    assert_eq!(
        filled.offer(transfer(1, 500, 7)),
        Err(PoolRefusal::Conflict)
    );
    assert_eq!(
        filled.offer(transfer(1, 500, 0)),
        Err(PoolRefusal::Conflict)
    );
    replaces(&mut filled, rekey(999, 7), rekey(121, 2));
}

/// An account that has all the operations it may have, in a pool that has no room, can still offer more for its key.
#[test]
fn a_change_of_key_is_replaced_in_a_full_pool() {
    let mut filled = Filled::new(accounts(100, 1000));
    for from in 1..=64 {
        for nonce in 0..63 {
            filled.offer(transfer(from, 0, nonce)).unwrap();
        }
        let last = match from {
            1 => rekey(0, 63),
            _ => transfer(from, 0, 63),
        };
        filled.offer(last).unwrap();
    }
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    assert_eq!(filled.offer(rekey(1, 64)), Ok(Some(hash(rekey(0, 63)))));
    assert_eq!(filled.pool.len(), Pool::MAX_PAYING);
    // What waits with a lower nonce than the change of key stays before it; with a higher one it would be behind.
    assert_eq!(filled.offer(rekey(2, 10)), Err(PoolRefusal::Conflict));
}

/// Each try costs the host a signature and a write.
#[test]
fn what_an_account_has_bounds_how_often_its_change_of_key_is_replaced() {
    for (balance, most) in [(0, 1), (1000, 70), (u64::MAX / 2, 500)] {
        let mut filled = Filled::new(accounts(2, balance));
        let (mut fee, mut tries) = (0, 0);
        while filled.offer(rekey(fee, tries)).is_ok() {
            fee += (fee / 10).max(1);
            tries += 1;
        }
        assert!((1..=most).contains(&tries), "{balance} {tries}");
    }
}
