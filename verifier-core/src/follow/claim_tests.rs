//! What is believed under a trusted header, and each lie about it.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use alloc::vec::Vec;

use super::*;
use crate::chain::{
    ChainParams, Header, History, HistoryPath, Validator, ValidatorSet, genesis, history_root,
};
use crate::circuit::state::StateStatementError;
use crate::hash::{Digest, Domain, MerklePath, hash, u32_limbs};
use crate::ledger::{Account, Accounts, Opening, OperationHash, TxTree};

const CHAIN_ID: u32 = 7;

fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}

fn account(x: u32) -> Account {
    Account {
        key_id: digest(x),
        balance: 1000 + u64::from(x),
        nonce: 3,
        key_offset: 1,
    }
}

fn accounts() -> Accounts {
    Accounts::genesis([5, 6, 0x8000_0005].map(|x| (x, account(x)))).unwrap()
}

fn members() -> ValidatorSet {
    let member = |i: u32| Validator {
        key_id: digest(100 + i),
        power: 1,
        account: [5, 6, 0x8000_0005][usize::try_from(i).unwrap()],
        start_slot: 0,
    };
    ValidatorSet::new((0..3).map(member).collect()).unwrap()
}

/// A genesis and its child, in which `operations` lead to `after`.
fn two(after: Digest, tx_root: Digest) -> (Header, Header) {
    let set = members().set_root();
    let first = genesis(CHAIN_ID, 4, 1000, accounts().root(), set, digest(1));
    let history = History::new(&[first.hash()]);
    let child = Header {
        height: 1,
        slot: 1,
        proposer: 1,
        timestamp_ms: 2000,
        parent_hash: first.hash().0,
        state_root: after,
        tx_root,
        history_root: history_root(1, &history.root()),
        ..first.clone()
    };
    (first, child)
}

fn trust(header: &Header) -> TrustedHeader {
    let params = ChainParams::new(CHAIN_ID, 4).unwrap();
    let chain = TrustedChain::new(params, header, &header.hash()).unwrap();
    chain.trusted(header).unwrap()
}

#[test]
fn trusts_the_head_and_what_is_before_it() {
    let (first, child) = two(accounts().root(), digest(2));
    let trusted = trust(&child);
    assert_eq!(trusted.header(), &child);
    assert_eq!(*trusted.hash(), child.hash());
    let path = History::new(&[first.hash()]).path(0);
    assert_eq!(trusted.ancestor(&first, &path).unwrap(), trust(&first));
    assert_eq!(trusted.parent(&first).unwrap(), trust(&first));
}

#[test]
fn rejects_a_header_that_is_not_the_head_or_before_it() {
    let (first, child) = two(accounts().root(), digest(2));
    let params = ChainParams::new(CHAIN_ID, 4).unwrap();
    let chain = TrustedChain::new(params, &child, &child.hash()).unwrap();
    assert_eq!(chain.trusted(&first), Err(ClaimError::NotHead));
    let other = Header {
        state_root: digest(9),
        ..child.clone()
    };
    assert_eq!(chain.trusted(&other), Err(ClaimError::NotHead));

    let trusted = trust(&child);
    let path = History::new(&[first.hash()]).path(0);
    let lie = Header {
        state_root: digest(9),
        ..first.clone()
    };
    let rejected = Err(ClaimError::NotAncestor { height: 0 });
    assert_eq!(trusted.ancestor(&lie, &path), rejected);
    let bent: HistoryPath = MerklePath([digest(3); 32]);
    assert_eq!(trusted.ancestor(&first, &bent), rejected);
    // A header is not in its own history.
    let rejected = Err(ClaimError::NotAncestor { height: 1 });
    assert_eq!(trusted.ancestor(&child, &path), rejected);
    assert_eq!(trusted.parent(&lie), Err(ClaimError::NotParent));
    assert_eq!(trusted.parent(&child), Err(ClaimError::NotParent));
}

#[test]
fn accepts_what_is_at_an_account_number() {
    let accounts = accounts();
    let trusted = trust(&two(accounts.root(), digest(2)).1);
    for index in [5, 6, 0x8000_0005, 7, 0] {
        let opening = accounts.open(index);
        let verified = trusted.account(index, &opening).unwrap();
        assert_eq!(verified.index(), index);
        assert_eq!(verified.account(), accounts.get(index));
        assert_eq!(verified.balance(), accounts.get(index).map(|a| a.balance));
        assert_eq!((verified.chain_id(), verified.height()), (CHAIN_ID, 1));
        assert_eq!(verified.header_hash(), trusted.hash());
        assert_eq!(verified.timestamp_ms(), 2000);
    }
}

#[test]
fn rejects_every_lie_about_an_account() {
    let accounts = accounts();
    let trusted = trust(&two(accounts.root(), digest(2)).1);
    let rejects = |index, change: &dyn Fn(&mut Opening)| {
        let mut opening = accounts.open(index);
        change(&mut opening);
        let height = 1;
        let rejected = Err(ClaimError::Account { index, height });
        assert_eq!(trusted.account(index, &opening), rejected);
    };
    let with = |change: &dyn Fn(&mut Account)| {
        rejects(5, &|opening| {
            opening.account.iter_mut().for_each(change);
        });
    };
    with(&|account| account.balance += 1);
    with(&|account| account.nonce += 1);
    with(&|account| account.key_offset += 1);
    with(&|account| account.key_id = digest(1));
    rejects(5, &|opening| opening.account = None);
    rejects(7, &|opening| opening.account = Some(account(7)));
    for level in [0, 15, 31] {
        rejects(5, &|opening| opening.path.0[level] = digest(4));
    }
    // What is true of one number is said of another, or under another block.
    let opening = accounts.open(5);
    let (index, height) = (6, 1);
    let rejected = Err(ClaimError::Account { index, height });
    assert_eq!(trusted.account(index, &opening), rejected);
    let elsewhere = trust(&two(digest(8), digest(2)).1);
    let rejected = Err(ClaimError::Account { index: 5, height });
    assert_eq!(elsewhere.account(5, &opening), rejected);
}

#[test]
fn accepts_operations_where_they_are_and_nowhere_else() {
    let operations: Vec<_> = (0..3).map(|i| OperationHash(digest(50 + i))).collect();
    let tree = TxTree::new(&operations).unwrap();
    let trusted = trust(&two(accounts().root(), tree.tx_root()).1);
    for (position, &operation) in (0..).zip(&operations) {
        let path = tree.path(position);
        let verified = trusted.inclusion(operation, position, 3, &path).unwrap();
        assert_eq!(*verified.operation(), operation);
        assert_eq!((verified.position(), verified.height()), (position, 1));
        assert_eq!(verified.header_hash(), trusted.hash());

        let height = 1;
        let rejected = Err(ClaimError::Inclusion { position, height });
        let other = OperationHash(digest(60));
        assert_eq!(trusted.inclusion(other, position, 3, &path), rejected);
        assert_eq!(trusted.inclusion(operation, position, 4, &path), rejected);
        assert_eq!(trusted.inclusion(operation, position, 0, &path), rejected);
        let bent = MerklePath([digest(4); 8]);
        assert_eq!(trusted.inclusion(operation, position, 3, &bent), rejected);
    }
    // A vacant place is not an operation with the zero digest.
    let (position, height) = (3, 1);
    let zero = OperationHash(Digest::ZERO);
    let path = tree.path(position);
    let rejected = Err(ClaimError::Inclusion { position, height });
    assert_eq!(trusted.inclusion(zero, position, 3, &path), rejected);
    assert_eq!(trusted.inclusion(zero, position, 4, &path), rejected);
}

#[test]
fn rejects_what_does_not_belong_to_the_block() {
    let tx_root = TxTree::new(&[]).unwrap().tx_root();
    let (first, child) = two(accounts().root(), tx_root);
    let (trusted, set) = (trust(&child), members());
    let (opening, member, path) = (set.opening(), set.members()[1], set.path(1));
    let statement =
        |parent, opening, member, path| trusted.transition_statement(parent, opening, member, path);
    let expected = TransitionStatement {
        chain_id: CHAIN_ID,
        before: first.state_root,
        after: child.state_root,
        tx_root,
        proposer: 6,
    };
    let stated = statement(&first, &opening, &member, &path);
    assert_eq!(stated, Ok(expected));

    let lie = Header {
        state_root: digest(9),
        ..first.clone()
    };
    let rejected = statement(&lie, &opening, &member, &path).unwrap_err();
    assert_eq!(rejected, StateStatementError::ParentHash.into());
    let small = crate::chain::SetOpening { n: 2, ..opening };
    let rejected = statement(&first, &small, &member, &path).unwrap_err();
    assert_eq!(rejected, StateStatementError::SetOpening.into());
    let thief = Validator {
        account: 5,
        ..member
    };
    let rejected = statement(&first, &opening, &thief, &path).unwrap_err();
    assert_eq!(rejected, StateStatementError::Proposer.into());
    let (member, path) = (set.members()[2], set.path(2));
    let rejected = statement(&first, &opening, &member, &path).unwrap_err();
    assert_eq!(rejected, StateStatementError::Proposer.into());
}

#[test]
#[cfg(feature = "prover")]
fn accepts_a_transition_and_rejects_the_proof_of_another() {
    use crate::circuit::state::StateWitness;
    use crate::stark::{Prover, VerifyingKey};

    let witness = StateWitness::new(&accounts(), CHAIN_ID, &[], 6).unwrap();
    let tx_root = witness.statement.tx_root;
    let (first, child) = two(witness.statement.after, tx_root);
    let set = members();
    let (opening, member, path) = (set.opening(), set.members()[1], set.path(1));
    let key = VerifyingKey::<TransitionCircuit>::new(CHAIN_ID);
    let proof = Prover::<TransitionCircuit>::new(CHAIN_ID)
        .prove(&witness)
        .unwrap();
    let trusted = trust(&child);
    let statement = trusted.transition_statement(&first, &opening, &member, &path);
    let verified = key.verify(statement.unwrap(), &proof).unwrap();
    let transition = trusted
        .transition(&first, &opening, &member, &path, &verified)
        .unwrap();
    assert_eq!(transition.height(), 1);
    assert_eq!(transition.header_hash(), trusted.hash());
    assert_eq!(transition.verified(), &verified);
    assert_eq!(*transition.key_digest(), key.digest());

    // A block that says it does something else has no such proof.
    let (_, other) = two(digest(9), tx_root);
    let lied = trust(&other).transition(&first, &opening, &member, &path, &verified);
    assert_eq!(lied, Err(ClaimError::NotProven));
    // A key with other constants makes verified statements as well.
    let weak = key.changed(|constants| constants.version = 2);
    let proof = Prover::with_key(weak.clone()).prove(&witness).unwrap();
    let statement = trusted.transition_statement(&first, &opening, &member, &path);
    let verified = weak.verify(statement.unwrap(), &proof).unwrap();
    let refused = trusted.transition(&first, &opening, &member, &path, &verified);
    assert_eq!(refused, Err(ClaimError::NotProven));
    let codes = [ClaimError::NotProven, ClaimError::NotHead].map(|error| error.code());
    assert_eq!(codes, ["claim-not-proven", "claim-not-head"]);
}

/// The first header after an epoch of three blocks and the genesis, what shows that validator 1 has voted for two of
/// them, and the statement that this is made of.
#[cfg(feature = "prover")]
fn epoch() -> (TrustedHeader, crate::circuit::uptime::UptimeWitness) {
    use crate::chain::Bitmap;
    use crate::circuit::uptime::UptimeWitness;

    let (first, mut header) = two(accounts().root(), digest(2));
    let votes = [&[0, 1][..], &[0, 2], &[1, 2]].map(|voters| {
        let mut votes = Bitmap::default();
        voters.iter().for_each(|&voter| votes.insert(voter));
        votes
    });
    let mut headers = alloc::vec![header.clone()];
    for votes in &votes {
        header = Header {
            height: header.height + 1,
            parent_hash: header.hash().0,
            participation_root: votes.participation_root(),
            ..header
        };
        headers.push(header.clone());
    }
    assert_eq!(first.height + 4, header.height);
    let (trusted, set) = (trust(&header), members());
    let (root, key) = (set.set_root(), set.members()[1].key_id);
    let witness = UptimeWitness {
        statement: trusted.uptime_statement(1, &root, &key, 2).unwrap(),
        headers,
        votes: votes.to_vec(),
        member: set.members()[1],
        path: set.path(1),
        set: set.opening(),
    };
    (trusted, witness)
}

#[test]
#[cfg(feature = "prover")]
fn accepts_how_often_a_validator_has_voted_and_rejects_the_proof_of_another_count() {
    use crate::circuit::uptime::UptimeStatementError;
    use crate::stark::{Prover, VerifyingKey};

    let (trusted, witness) = epoch();
    let key = VerifyingKey::<UptimeCircuit>::new(CHAIN_ID);
    let proof = Prover::<UptimeCircuit>::new(CHAIN_ID)
        .prove(&witness)
        .unwrap();
    let statement = witness.statement.clone();
    let verified = key.verify(statement.clone(), &proof).unwrap();
    let uptime = trusted.uptime(&verified).unwrap();
    assert_eq!((uptime.validator(), uptime.epoch()), (1, 0));
    assert_eq!((uptime.first(), uptime.last(), uptime.signed()), (1, 3, 2));
    assert_eq!(*uptime.key_id(), statement.key_id);
    assert_eq!(*uptime.validator_set_root(), members().set_root());
    assert_eq!(uptime.header_hash(), trusted.hash());
    assert_eq!(*uptime.key_digest(), key.digest());
    assert_eq!(uptime.verified(), &verified);

    let (root, id) = (members().set_root(), statement.key_id);
    let claimed = |validator, key_id, signed| {
        let statement = trusted.uptime_statement(validator, &root, key_id, signed);
        key.verify(statement.unwrap(), &proof)
            .map(drop)
            .map_err(|error| error.code())
    };
    assert_eq!(claimed(1, &id, 2), Ok(()));
    for lie in [
        claimed(1, &id, 1),
        claimed(1, &id, 3),
        claimed(2, &id, 2),
        claimed(1, &root, 2),
    ] {
        // Which check it fails first depends on its challenges.
        assert!(matches!(lie, Err("proof-of-work" | "opening")), "{lie:?}");
    }
    let beyond = trusted.uptime_statement(1, &root, &id, 4).unwrap_err();
    assert_eq!(beyond, UptimeStatementError::Count.into());
    assert_eq!(beyond.code(), "uptime-count");
    let (first, child) = two(accounts().root(), digest(2));
    for header in [first, child] {
        let nobody = trust(&header).uptime_statement(1, &root, &id, 0);
        assert_eq!(nobody, Err(UptimeStatementError::Window.into()));
    }
    // A key with other constants, and another header after the same ones.
    let weak = key.changed(|constants| constants.version = 2);
    let proof = Prover::with_key(weak.clone()).prove(&witness).unwrap();
    let weakly = weak.verify(statement, &proof).unwrap();
    assert_eq!(trusted.uptime(&weakly), Err(ClaimError::NotProven));
    let other = Header {
        state_root: digest(9),
        ..trusted.header().clone()
    };
    assert_eq!(trust(&other).uptime(&verified), Err(ClaimError::NotProven));
}
