//! The ledger's rules, one by one, and what holds whatever the operations are.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::hash::{Digest, Domain, compress, empty_nodes, hash, u32_limbs};
use crate::limits::MAX_NONCE;
use crate::signature::{KeyPurpose, PublicKey, SecretKey};

const CHAIN: u32 = 7;

/// Somebody with an account key, which is made again for each signature: a test signs twice at a leaf.
#[derive(Clone, Copy)]
struct Wallet {
    seed: u8,
    public_key: PublicKey,
}

impl Wallet {
    fn new(seed: u8) -> Self {
        let public_key = *secret(seed).public_key();
        Self { seed, public_key }
    }

    fn key_id(&self) -> Digest {
        self.public_key.key_id(KeyPurpose::Account, CHAIN)
    }

    fn account(&self, balance: u64) -> Account {
        Account {
            key_id: self.key_id(),
            balance,
            nonce: 0,
            key_offset: 0,
        }
    }

    fn sign_at(&self, leaf: u32, operation: Operation) -> SignedOperation {
        let message = operation.hash(CHAIN).0;
        SignedOperation {
            chain_id: CHAIN,
            operation,
            public_key: self.public_key,
            signature: secret(self.seed).sign(leaf, &message).unwrap(),
        }
    }

    fn transfer(&self, transfer: Transfer) -> SignedOperation {
        self.sign_at(transfer.nonce, Operation::Transfer(transfer))
    }
}

fn secret(seed: u8) -> SecretKey {
    SecretKey::generate([seed; 32], KeyPurpose::Account, CHAIN, 4, &|_| ()).unwrap()
}

const A: u32 = 3;
const B: u32 = 0xffff_ffff;

fn transfer(amount: u64, fee: u64, nonce: u32) -> Transfer {
    Transfer {
        from: A,
        to: B,
        amount,
        fee,
        nonce,
    }
}

/// Two accounts: A with 1,000, B with 10.
fn start() -> (Wallet, Wallet, Accounts) {
    let (a, b) = (Wallet::new(1), Wallet::new(2));
    let list = [(A, a.account(1000)), (B, b.account(10))];
    let accounts = Accounts::genesis(list).unwrap();
    (a, b, accounts)
}

fn code(accounts: &Accounts, signed: &SignedOperation) -> &'static str {
    accounts
        .apply(CHAIN, signed)
        .map_or_else(|e| e.code(), |_| "applied")
}

/// The root of a tree of `level` levels over leaves at numbers of that many bits, by its definition.
fn naive_root(leaves: &[(u64, Digest)], level: usize, empty: &[Digest]) -> Digest {
    match leaves {
        [] => empty[level],
        [(_, leaf)] if level == 0 => *leaf,
        _ => {
            let half = 1 << (level - 1);
            let split = leaves.partition_point(|(i, _)| *i < half);
            let right: Vec<_> = leaves[split..]
                .iter()
                .map(|&(i, d)| (i - half, d))
                .collect();
            compress(
                &naive_root(&leaves[..split], level - 1, empty),
                &naive_root(&right, level - 1, empty),
            )
        }
    }
}

#[test]
fn the_sparse_tree_is_the_tree() {
    let (empty, top) = empty_nodes::<32>();
    let empty = [empty.as_slice(), &[top]].concat();
    let key_id = hash(Domain::KeyAccount, &u32_limbs(1));
    let mut accounts = Accounts::default();
    let mut all = BTreeMap::new();
    assert_eq!(accounts.root(), top);
    let mut versions = vec![];
    // Numbers that part at every level, at the ends, next to each other, and one twice.
    let near = (0..32).map(|bit| 0x5555_5555_u32 ^ (1 << bit));
    let numbers = [0, u32::MAX, 1, 2, 0x8000_0000, 0x7fff_ffff, 1].into_iter();
    for (balance, index) in (0..).zip(numbers.chain(near).chain([0x5555_5555])) {
        let account = Account {
            key_id,
            balance,
            nonce: index % 7,
            key_offset: 0,
        };
        accounts = accounts.with(index, account);
        all.insert(index, account);
        let leaves: Vec<_> = all.iter().map(|(&i, a)| (u64::from(i), a.leaf())).collect();
        assert_eq!(accounts.root(), naive_root(&leaves, 32, &empty));
        assert!(accounts.iter().eq(all.iter().map(|(&i, a)| (i, a))));
        assert_eq!(usize::try_from(accounts.len()), Ok(all.len()));
        versions.push((accounts.clone(), all.clone()));
    }
    for (accounts, all) in &versions {
        let mut list: Vec<_> = all.iter().map(|(&i, a)| (i, *a)).collect();
        let built = Accounts::from_sorted(&list).unwrap();
        assert_eq!(
            (built.root(), built.len()),
            (accounts.root(), accounts.len())
        );
        let paths = |of: &Accounts| [0, 1, 0x5555_5555].map(|index| of.path(index));
        assert_eq!(paths(&built), paths(accounts));
        list.push(list[list.len() - 1]);
        assert!(Accounts::from_sorted(&list).is_none());
    }
    assert_eq!(Accounts::from_sorted(&[]).unwrap().root(), top);
    // An older tree is what it was, and has a path for each number, vacant or not.
    for (accounts, all) in versions {
        let root = accounts.root();
        for index in all.keys().flat_map(|&i| [i, i ^ 1, i ^ 0x0001_0000, !i]) {
            let path = accounts.path(index);
            match (accounts.get(index), all.get(&index)) {
                (Some(account), Some(expected)) => {
                    assert_eq!(account, expected);
                    assert!(account.is_at(index, &path, &root));
                    assert!(!account.is_at(index ^ 1, &path, &root));
                    assert!(!is_vacant(index, &path, &root));
                }
                (None, None) => assert!(is_vacant(index, &path, &root)),
                other => panic!("{index}: {other:?}"),
            }
        }
    }
}

#[test]
fn accepts_a_transfer() {
    let (a, b, accounts) = start();
    let applied = accounts
        .apply(CHAIN, &a.transfer(transfer(900, 100, 2)))
        .unwrap();
    let account = Account {
        nonce: 3,
        ..a.account(0)
    };
    assert_eq!(applied.accounts.get(A), Some(&account));
    assert_eq!(applied.accounts.get(B), Some(&b.account(910)));
    assert_eq!(applied.fee, 100);
    // What was before is as it was.
    assert_eq!(accounts.get(A), Some(&a.account(1000)));
}

#[test]
fn accepts_a_transfer_to_oneself() {
    let (a, _, accounts) = start();
    let own = Transfer {
        to: A,
        ..transfer(1000, 0, 0)
    };
    let applied = accounts.apply(CHAIN, &a.transfer(own)).unwrap();
    let account = Account {
        nonce: 1,
        ..a.account(1000)
    };
    assert_eq!(applied.accounts.get(A), Some(&account));
    // Debit comes before credit: the receiver's balance counts after it, and the fee is gone.
    let own = Transfer { fee: 1, ..own };
    assert_eq!(code(&accounts, &a.transfer(own)), "operation-balance");
}

#[test]
fn accepts_a_registration_and_what_it_signs_next() {
    let (a, _, accounts) = start();
    let new = Wallet::new(3);
    let (index, leaf) = (77, 5);
    let register = Operation::Register(Register {
        index,
        key_id: new.key_id(),
        leaf,
    });
    let signed = new.sign_at(leaf, register);
    let accounts = accounts.apply(CHAIN, &signed).unwrap().accounts;
    let account = Account {
        nonce: 6,
        ..new.account(0)
    };
    assert_eq!(accounts.get(index), Some(&account));
    assert_eq!(code(&accounts, &signed), "operation-taken");
    let gift = Transfer {
        to: index,
        ..transfer(5, 0, 0)
    };
    let accounts = accounts.apply(CHAIN, &a.transfer(gift)).unwrap().accounts;
    let back = |nonce| {
        new.transfer(Transfer {
            from: index,
            to: A,
            amount: 5,
            fee: 0,
            nonce,
        })
    };
    assert_eq!(code(&accounts, &back(5)), "operation-nonce-used");
    assert_eq!(code(&accounts, &back(6)), "applied");
}

#[test]
fn a_changed_key_signs_from_its_leaf_zero_on_and_the_old_one_never_again() {
    let (a, _, accounts) = start();
    let new = Wallet::new(4);
    let rekey = |nonce, by: &Wallet, to: &Wallet, leaf| {
        let operation = Operation::Rekey(Rekey {
            index: A,
            new_key_id: to.key_id(),
            fee: 9,
            nonce,
        });
        by.sign_at(leaf, operation)
    };
    let later = a.transfer(transfer(1, 0, 11));
    let applied = accounts.apply(CHAIN, &rekey(10, &a, &new, 10)).unwrap();
    let account = Account {
        key_id: new.key_id(),
        balance: 991,
        nonce: 11,
        key_offset: 11,
    };
    assert_eq!(applied.accounts.get(A), Some(&account));
    assert_eq!(applied.fee, 9);
    let accounts = applied.accounts;
    assert_eq!(code(&accounts, &later), "operation-key");
    let first = new.sign_at(0, Operation::Transfer(transfer(1, 0, 11)));
    assert_eq!(code(&accounts, &first), "applied");
    let skipped = new.sign_at(3, Operation::Transfer(transfer(1, 0, 14)));
    assert_eq!(code(&accounts, &skipped), "applied");
    let other = new.sign_at(4, Operation::Transfer(transfer(1, 0, 14)));
    assert!(code(&accounts, &other).starts_with("signature-"));
    // Back to the old key, against the rule among wallets: nothing that it signed before comes again.
    let accounts = accounts
        .apply(CHAIN, &rekey(12, &new, &a, 1))
        .unwrap()
        .accounts;
    assert!(code(&accounts, &later).starts_with("operation-nonce-used"));
}

#[test]
fn rejects_each_broken_rule_in_order() {
    let (a, b, accounts) = start();
    let good = a.transfer(transfer(1, 1, 0));
    assert_eq!(code(&accounts, &good), "applied");
    let other_chain = SignedOperation {
        chain_id: 8,
        ..good.clone()
    };
    assert_eq!(code(&accounts, &other_chain), "operation-chain-id");
    assert_eq!(
        code(&Accounts::default(), &good),
        "operation-unknown-account"
    );
    let strangers = b.transfer(transfer(1, 1, 0));
    assert_eq!(code(&accounts, &strangers), "operation-key");
    let used = accounts.with(
        A,
        Account {
            nonce: 1,
            ..a.account(1000)
        },
    );
    assert_eq!(code(&used, &good), "operation-nonce-used");
    let last = |nonce: u32| {
        let signed = a.sign_at(9, Operation::Transfer(transfer(1, 1, nonce)));
        let account = Account {
            nonce: nonce - 2,
            key_offset: nonce - 9,
            ..a.account(1000)
        };
        code(&accounts.with(A, account), &signed)
    };
    assert_eq!(last(MAX_NONCE), "applied");
    assert_eq!(last(u32::MAX), "operation-nonce-past-end");
    for (amount, fee) in [(1000, 1), (1, 1000), (u64::MAX, 1), (u64::MAX, u64::MAX)] {
        let signed = a.transfer(transfer(amount, fee, 0));
        assert_eq!(code(&accounts, &signed), "operation-balance");
    }
    let nobody = Transfer {
        to: 4,
        ..transfer(0, 0, 0)
    };
    assert_eq!(
        code(&accounts, &a.transfer(nobody)),
        "operation-unknown-receiver"
    );
    let full = accounts.with(B, b.account(u64::MAX));
    assert_eq!(code(&full, &good), "operation-receiver-full");
    let none = a.transfer(transfer(0, 1, 0));
    assert_eq!(code(&full, &none), "applied");
    let late = a.sign_at(1, good.operation);
    assert!(code(&accounts, &late).starts_with("signature-"));
    let changed = SignedOperation {
        operation: Operation::Transfer(transfer(2, 1, 0)),
        ..good
    };
    assert!(code(&accounts, &changed).starts_with("signature-"));
    let far = a.sign_at(0, Operation::Transfer(transfer(1, 1, 16)));
    assert_eq!(code(&accounts, &far), "signature-leaf-past-tree");
    // A key for votes is none for an account, whoever names it.
    let vote_key = a.public_key.key_id(KeyPurpose::Vote, CHAIN);
    let register = Operation::Register(Register {
        index: 9,
        key_id: vote_key,
        leaf: 0,
    });
    assert_eq!(code(&accounts, &a.sign_at(0, register)), "operation-key");
}

#[test]
fn rejects_the_blocks_rules_and_loses_no_value() {
    let (a, b, accounts) = start();
    let supply = |accounts: &Accounts| -> u64 { accounts.iter().map(|(_, a)| a.balance).sum() };
    let operations: Vec<_> = (0..5)
        .map(|nonce| a.transfer(transfer(10 * u64::from(nonce), 3, nonce)))
        .collect();
    let after = apply_block(&accounts, CHAIN, &operations, B).unwrap();
    assert_eq!(after.get(B).unwrap().balance, 10 + 100 + 15);
    assert_eq!(supply(&after), supply(&accounts));
    let empty = apply_block(&accounts, CHAIN, &[], A).unwrap();
    assert_eq!(empty.root(), accounts.root());

    let refused = |accounts: &Accounts, operations: &[SignedOperation], proposer| {
        let result = apply_block(accounts, CHAIN, operations, proposer);
        result.map_or_else(|e| e.code(), |_| "applied")
    };
    assert_eq!(refused(&accounts, &[], 5), "block-unknown-proposer");
    let swapped = [operations[1].clone(), operations[0].clone()];
    assert_eq!(refused(&accounts, &swapped, B), "operation-nonce-used");
    assert_eq!(
        apply_block(&accounts, CHAIN, &swapped, B).unwrap_err(),
        BlockOperationsError::Operation {
            position: 1,
            source: OperationError::NonceUsed { next: 2, got: 0 }
        }
    );
    let many = vec![operations[0].clone(); 257];
    assert_eq!(refused(&accounts, &many, B), "block-operations");
    let new = Wallet::new(3);
    let register = |index| {
        let operation = Operation::Register(Register {
            index,
            key_id: new.key_id(),
            leaf: 2,
        });
        new.sign_at(2, operation)
    };
    let registrations: Vec<_> = (100..117).map(register).collect();
    assert_eq!(refused(&accounts, &registrations, B), "block-registrations");
    assert_eq!(refused(&accounts, &registrations[..16], B), "applied");
    let full = accounts.with(B, b.account(u64::MAX - 14));
    let free: Vec<_> = (0..5)
        .map(|nonce| a.transfer(transfer(0, 3, nonce)))
        .collect();
    assert_eq!(refused(&full, &free, B), "block-proposer-full");
}

#[test]
fn an_operation_is_in_its_block_at_its_place_and_nowhere_else() {
    let hashes: Vec<_> = (0..5)
        .map(|nonce| Operation::Transfer(transfer(1, 1, nonce)).hash(CHAIN))
        .collect();
    let tree = TxTree::new(&hashes).unwrap();
    let root = tree.tx_root();
    for (position, hash) in (0..).zip(&hashes) {
        let path = tree.path(position);
        assert!(hash.is_in_block(position, &path, 5, &root));
        assert!(!hash.is_in_block(position ^ 1, &path, 5, &root));
        assert!(!hash.is_in_block(position, &path, 4, &root));
        // An index past the tree has the path of the one below.
        assert!(!hash.is_in_block(position + 256, &path, 5, &root));
    }
    let vacant = OperationHash(Digest::ZERO);
    assert!(!vacant.is_in_block(5, &tree.path(5), 5, &root));
    assert!(TxTree::new(&[hashes[0]; 256]).is_ok());
    assert!(TxTree::new(&[hashes[0]; 257]).is_err());
}

#[test]
fn accepts_its_own_encoding_and_rejects_each_cut_of_it() {
    let (a, b, _) = start();
    let operations = [
        Operation::Transfer(transfer(u64::MAX, 1 << 40, 3)),
        Operation::Register(Register {
            index: 5,
            key_id: b.key_id(),
            leaf: 3,
        }),
        Operation::Rekey(Rekey {
            index: A,
            new_key_id: b.key_id(),
            fee: u64::MAX,
            nonce: 3,
        }),
    ];
    for operation in operations {
        let signed = a.sign_at(3, operation);
        let bytes = signed.to_bytes();
        assert_eq!(SignedOperation::from_bytes(&bytes).as_ref(), Ok(&signed));
        for end in 0..bytes.len() {
            assert!(SignedOperation::from_bytes(&bytes[..end]).is_err());
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(SignedOperation::from_bytes(&longer).is_err());
        for kind in [0, 4] {
            let mut other = bytes.clone();
            other[12] = kind;
            let refused = SignedOperation::from_bytes(&other).unwrap_err();
            assert_eq!(refused.code(), "out-of-range");
        }
    }
}

#[test]
fn rejects_lists_that_are_no_genesis() {
    let (a, b, _) = start();
    let code = |list: &[(u32, Account)]| {
        Accounts::genesis(list.iter().copied()).map_or_else(|e| e.code(), |_| "accepted")
    };
    assert_eq!(
        code(&[(1, a.account(u64::MAX)), (2, b.account(0))]),
        "accepted"
    );
    assert_eq!(
        code(&[(1, a.account(u64::MAX)), (2, b.account(1))]),
        "supply-overflow"
    );
    assert_eq!(
        code(&[(1, a.account(1)), (1, b.account(1))]),
        "supply-twice"
    );
    let early = Account {
        key_offset: 1,
        ..a.account(1)
    };
    assert_eq!(code(&[(1, early)]), "supply-key-offset");
}

#[test]
fn an_operation_is_about_who_signs_and_who_receives_each_once() {
    let to_itself = Transfer {
        to: A,
        ..transfer(1, 1, 0)
    };
    let register = Register {
        index: 9,
        key_id: Digest::ZERO,
        leaf: 0,
    };
    let rekey = Rekey {
        index: 8,
        new_key_id: Digest::ZERO,
        fee: 0,
        nonce: 0,
    };
    for (operation, expected) in [
        (Operation::Transfer(transfer(1, 1, 0)), &[A, B][..]),
        (Operation::Transfer(to_itself), &[A]),
        (Operation::Register(register), &[9]),
        (Operation::Rekey(rekey), &[8]),
    ] {
        let accounts: Vec<u32> = operation.accounts().collect();
        assert_eq!(accounts, expected);
    }
}
