//! What is valid is accepted.

use crate::circuit::identity::{Identity, IdentityStatement, IdentityWitness};
use crate::circuit::trial::{Owner, assert_holds, assert_proves, registration};
use crate::ledger::Accounts;

fn accounts() -> Accounts {
    let account = Owner(3).account(5);
    Accounts::default().with(9, account).with(1 << 31, account)
}

#[test]
fn accepts_registrations() {
    for (index, leaf) in [(8, 0), (0, 15), (u32::MAX, 7), (0x0001_0000, 1)] {
        let signed = Owner(3).sign(leaf, registration(index, Owner(3), leaf));
        for accounts in [accounts(), Accounts::default()] {
            assert_holds::<Identity>(&IdentityWitness::new(&accounts, &signed));
        }
    }
}

#[test]
fn proves_a_registration() {
    let signed = Owner(3).sign(2, registration(77, Owner(3), 2));
    let witness = IdentityWitness::new(&accounts(), &signed);
    let statement = witness.statement.clone();
    let others = [
        IdentityStatement {
            chain_id: 1,
            ..statement.clone()
        },
        IdentityStatement {
            before: statement.after,
            ..statement.clone()
        },
        IdentityStatement {
            after: statement.before,
            ..statement.clone()
        },
        IdentityStatement {
            operation: registration(78, Owner(3), 2).hash(statement.chain_id),
            ..statement
        },
    ];
    assert_proves::<Identity>(&witness, &others);
}
