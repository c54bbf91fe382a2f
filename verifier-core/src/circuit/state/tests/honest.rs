//! What is valid is accepted, and the oracle says the same of what is not.

use alloc::vec::Vec;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use crate::circuit::state::{State, StateStatement, StateWitness};
use crate::circuit::trial::{
    CHAIN, Owner, assert_holds, assert_proves, broken, registration, traced, transfer,
};
use crate::ledger::{
    Account, Accounts, BlockOperationsError, Operation, Rekey, SignedOperation, apply_block,
};

/// Three accounts, and a block of all kinds of operations on them.
fn block() -> (Accounts, Vec<SignedOperation>) {
    let (a, b, c) = (Owner(1), Owner(2), Owner(3));
    let accounts = Accounts::genesis([
        (5, a.account(1 << 40)),
        (0x8000_0005, b.account(3)),
        (9, Owner(9).account(u64::MAX - (1 << 41))),
    ])
    .unwrap();
    let rekey = Operation::Rekey(Rekey {
        index: 5,
        new_key_id: Owner(6).key_id(),
        fee: 0xffff,
        nonce: 3,
    });
    let operations = alloc::vec![
        a.sign(0, transfer(5, 0x8000_0005, 1 << 20, 0xffff, 0)),
        c.sign(4, registration(77, c, 4)),
        b.sign(2, transfer(0x8000_0005, 77, 1 << 19, 1, 2)),
        c.sign(5, transfer(77, 77, 5, 1, 5)),
        a.sign(3, rekey),
        Owner(6).sign(1, transfer(5, 9, 0, 0xffff_ffff, 5)),
    ];
    (accounts, operations)
}

fn assert_block(accounts: &Accounts, operations: &[SignedOperation], proposer: u32) {
    let witness = StateWitness::new(accounts, CHAIN, operations, proposer).unwrap();
    let after = apply_block(accounts, CHAIN, operations, proposer).unwrap();
    assert_eq!(after.root(), witness.statement.after);
    assert_holds::<State>(&witness);
}

#[test]
fn accepts_blocks() {
    let (accounts, all) = block();
    for (operations, proposer) in [(0, 9), (1, 5), (2, 77), (3, 5), (4, 77), (6, 9), (6, 5)] {
        assert_block(&accounts, &all[..operations], proposer);
    }
}

/// One account is in every operation of a full block: it pays, receives, and takes the fees. The amounts are
/// nothing, everything, and between.
#[test]
fn accepts_a_full_block() {
    let supply = u64::MAX;
    let rest = 15;
    let mut accounts = Accounts::default().with(1, Owner(1).account(supply - rest));
    for owner in 2..=16_u8 {
        accounts = accounts.with(owner.into(), Owner(owner).account(1));
    }
    let secrets: Vec<_> = (1..=16_u8)
        .map(|owner| (owner, Owner(owner).secret()))
        .collect();
    let mut operations = Vec::new();
    let mut balance = supply - rest;
    for (owner, mut secret) in secrets {
        for nonce in 0..16 {
            let (to, amount) = match (owner, nonce) {
                (1, 0) => (1, balance),
                (1, nonce) => (u32::from(16 - owner) + nonce % 2, balance / 7),
                (_, 0) => (1, 1),
                _ => (1, 0),
            };
            if owner == 1 && to != 1 {
                balance -= amount;
            }
            let operation = transfer(owner.into(), to, amount, 0, nonce);
            operations.push(SignedOperation {
                chain_id: CHAIN,
                operation,
                public_key: *secret.public_key(),
                signature: secret.sign(nonce, &operation.hash(CHAIN).0).unwrap(),
            });
        }
    }
    assert_eq!(operations.len(), 256);
    assert_block(&accounts, &operations, 1);
    operations.push(operations[0].clone());
    assert_eq!(
        StateWitness::new(&accounts, CHAIN, &operations, 1).unwrap_err(),
        BlockOperationsError::TooMany { max: 256, got: 257 }
    );
}

/// Blocks of operations drawn at random, a third of which something is wrong with.
#[test]
fn oracle_and_constraints_agree() {
    let mut rng = StdRng::seed_from_u64(9);
    let (mut valid, mut refused) = (0, 0);
    for _ in 0..24 {
        let (accounts, operations) = drawn(&mut rng);
        let proposer = rng.random_range(1..5);
        let witness = StateWitness::new(&accounts, CHAIN, &operations, proposer).unwrap();
        let forged = traced::<State>(&witness);
        let applied = apply_block(&accounts, CHAIN, &operations, proposer);
        assert_eq!(forged.refused, applied.err().map(|error| error.code()));
        let broken = broken::<State>(&forged);
        assert_eq!(
            broken.is_empty(),
            forged.refused.is_none(),
            "{:?}: {broken:?}",
            forged.refused
        );
        *(if broken.is_empty() {
            &mut valid
        } else {
            &mut refused
        }) += 1;
    }
    assert!(valid > 5 && refused > 5, "{valid} valid, {refused} refused");
}

fn drawn(rng: &mut StdRng) -> (Accounts, Vec<SignedOperation>) {
    let mut accounts = Accounts::default();
    for owner in 1..4_u8 {
        let balance = [0, 1, 0xffff, 0x1_0000, 1 << 40][rng.random_range(0..5)];
        accounts = accounts.with(owner.into(), Owner(owner).account(balance));
    }
    let mut now = accounts.clone();
    let mut operations = Vec::new();
    for _ in 0..rng.random_range(0..5) {
        let owner = rng.random_range(1..4_u8);
        let account: Account = *now.get(owner.into()).unwrap();
        let nonce = account.nonce + rng.random_range(0..2);
        let fee = account.balance.min(rng.random_range(0..3));
        let amount =
            [0, account.balance - fee, (account.balance - fee) / 2][rng.random_range(0..3)];
        let wrong = rng.random_range(0..24);
        let nonce = if wrong == 0 {
            nonce.saturating_sub(2)
        } else {
            nonce
        };
        let amount = if wrong == 1 {
            account.balance + 1
        } else {
            amount
        };
        let to = if wrong == 2 {
            50
        } else {
            rng.random_range(1..4)
        };
        let signer = if wrong == 3 { Owner(7) } else { Owner(owner) };
        let leaf = if wrong == 4 { nonce + 1 } else { nonce };
        let operation = transfer(owner.into(), to, amount, fee, nonce);
        let signed = signer.sign(leaf, operation);
        if let Ok(applied) = now.apply(CHAIN, &signed) {
            now = applied.accounts;
        }
        operations.push(signed);
    }
    (accounts, operations)
}

#[test]
fn proves_a_block() {
    let (accounts, operations) = block();
    let witness = StateWitness::new(&accounts, CHAIN, &operations, 9).unwrap();
    let statement = witness.statement.clone();
    let others = [
        StateStatement {
            chain_id: 1,
            ..statement.clone()
        },
        StateStatement {
            before: statement.after,
            ..statement.clone()
        },
        StateStatement {
            after: statement.before,
            ..statement.clone()
        },
        StateStatement {
            tx_root: statement.before,
            ..statement.clone()
        },
        StateStatement {
            proposer: 5,
            ..statement
        },
    ];
    assert_proves::<State>(&witness, &others);
}

#[test]
fn proves_an_empty_block() {
    let (accounts, _) = block();
    let witness = StateWitness::new(&accounts, CHAIN, &[], 9).unwrap();
    assert_eq!(witness.statement.before, witness.statement.after);
    assert_proves::<State>(&witness, &[]);
}
