//! What is valid is accepted.

use crate::circuit::transaction::{Transaction, TransactionStatement, TransactionWitness};
use crate::circuit::trial::{Owner, assert_holds, assert_proves, transfer};
use crate::ledger::{Account, Accounts, Operation, Rekey};

const PAYER: u32 = 0x1234_5678;
const RECEIVER: u32 = 0x1235_0001;

/// Balance, nonce and key offset of the payer; amount, fee and nonce of the operation.
const CASES: [(u64, u32, u32, u64, u64, u32); 7] = [
    (1000, 2, 0, 900, 7, 3),
    (1000, 0, 0, 1000, 0, 0),
    (u64::MAX, 0xffff, 0xfffa, u64::MAX - 1, 1, 0xffff),
    (u64::MAX, 0, 0, 0, u64::MAX, 15),
    (
        0x0001_0000_0000_0000,
        0x0002_0000,
        0x0001_fffe,
        1,
        1,
        0x0002_0001,
    ),
    (0, 5, 5, 0, 0, 20),
    (
        1 << 48,
        u32::MAX - 8,
        u32::MAX - 9,
        0xffff,
        0xffff,
        u32::MAX - 1,
    ),
];

#[test]
fn accepts_transfers_and_changes_of_key() {
    for (balance, nonce, key_offset, amount, fee, at) in CASES {
        let payer = Account {
            nonce,
            key_offset,
            ..Owner(1).account(balance)
        };
        let accounts = Accounts::default()
            .with(PAYER, payer)
            .with(RECEIVER, Owner(2).account(u64::MAX - amount))
            .with(7, Owner(3).account(1));
        for to in [RECEIVER, PAYER] {
            let operation = transfer(PAYER, to, amount, fee, at);
            let signed = Owner(1).sign(at - key_offset, operation);
            assert_holds::<Transaction>(&TransactionWitness::new(&accounts, &signed));
        }
        let rekey = Operation::Rekey(Rekey {
            index: PAYER,
            new_key_id: Owner(4).key_id(),
            fee,
            nonce: at,
        });
        let signed = Owner(1).sign(at - key_offset, rekey);
        assert_holds::<Transaction>(&TransactionWitness::new(&accounts, &signed));
    }
}

#[test]
fn proves_a_transfer() {
    let accounts = Accounts::default()
        .with(PAYER, Owner(1).account(1000))
        .with(RECEIVER, Owner(2).account(5));
    let signed = Owner(1).sign(1, transfer(PAYER, RECEIVER, 10, 2, 1));
    let witness = TransactionWitness::new(&accounts, &signed);
    let statement = witness.statement.clone();
    let others = [
        TransactionStatement {
            chain_id: 1,
            ..statement.clone()
        },
        TransactionStatement {
            state_root: Accounts::default().root(),
            ..statement.clone()
        },
        TransactionStatement {
            operation: transfer(PAYER, RECEIVER, 11, 2, 1).hash(statement.chain_id),
            ..statement
        },
    ];
    assert_proves::<Transaction>(&witness, &others);
}
