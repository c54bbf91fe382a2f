//! For each header rule, one candidate that breaks only that rule.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "tests may panic"
)]

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::chain::{
    Bitmap, Certificate, ChainParams, GenesisError, Header, History, ParamsError, SetOpening,
    genesis, history_root,
};
use crate::hash::{Digest, Domain, Val, hash, u32_limbs};

pub(super) const CHAIN_ID: u32 = 7;
pub(super) const EPOCH_LENGTH: u32 = 4;
pub(super) const NOW_MS: u64 = 1_000_000;

pub(super) fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}

/// The set of an epoch: three members, total power 9.
pub(super) fn set(epoch: u32) -> SetOpening {
    SetOpening {
        root: digest(1000 + epoch),
        n: 3,
        total_power: 9,
    }
}

/// A chain of headers, from the genesis up.
pub(super) struct Chain(pub(super) Vec<Header>);

impl Chain {
    pub(super) fn new(length: u32) -> Self {
        let (state, set) = (digest(0), set(0).set_root());
        let first = genesis(CHAIN_ID, EPOCH_LENGTH, 1000, state, set, digest(1));
        let mut chain = Self(vec![first]);
        for height in 1..length {
            let header = chain.next(height);
            chain.0.push(header);
        }
        chain
    }

    fn next(&self, height: u32) -> Header {
        let parent = &self.0[self.0.len() - 1];
        let epoch_of = |height| set(height / EPOCH_LENGTH).set_root();
        let slot = 2 * height;
        Header {
            height,
            slot,
            proposer: slot % 3,
            timestamp_ms: 1000 * u64::from(height + 1),
            parent_hash: parent.hash().0,
            validator_set_root: epoch_of(height),
            next_validator_set_root: epoch_of(height + 1),
            history_root: history_root(height, &self.history(height).root()),
            randomness: digest(height + 1),
            ..parent.clone()
        }
    }

    pub(super) fn history(&self, height: u32) -> History {
        let below = self.0.iter().take(usize::try_from(height).unwrap());
        History::new(&below.map(Header::hash).collect::<Vec<_>>())
    }

    pub(super) fn at(&self, height: u32) -> &Header {
        &self.0[usize::try_from(height).unwrap()]
    }

    pub(super) fn params(&self) -> ChainParams {
        ChainParams::new(CHAIN_ID, EPOCH_LENGTH).unwrap()
    }

    pub(super) fn trusted(&self, height: u32) -> TrustedChain {
        let header = self.at(height);
        TrustedChain::new(self.params(), header, &header.hash()).unwrap()
    }

    pub(super) fn candidate(&self, head: u32, height: u32) -> Candidate {
        let history = self.history(height);
        Candidate {
            header: self.at(height).clone(),
            parent: self.at(height - 1).clone(),
            parent_path: history.path(height - 1),
            head_path: history.path(head),
            certificate: Certificate {
                signed_power: 7,
                signers: Bitmap::default().signers(),
                set: set(height / EPOCH_LENGTH),
            },
        }
    }
}

/// Checks the header at height 6 against a head at height 4, after `change`.
fn check_changed(change: impl FnOnce(&mut Candidate)) -> Result<CheckedCandidate, HeaderError> {
    let chain = Chain::new(8);
    let mut candidate = chain.candidate(4, 6);
    change(&mut candidate);
    chain.trusted(4).check(&candidate, NOW_MS)
}

fn rejects(change: impl FnOnce(&mut Candidate), rule: HeaderError) {
    assert_eq!(check_changed(change), Err(rule));
}

/// Changes the parent, and everything that depends on it to match.
fn rejects_parent(change: impl FnOnce(&mut Header), rule: HeaderError) {
    rejects(
        |c| {
            change(&mut c.parent);
            c.header.parent_hash = c.parent.hash().0;
        },
        rule,
    );
}

#[test]
fn accepts_a_header_and_computes_its_statement() {
    let chain = Chain::new(8);
    let candidate = chain.candidate(4, 6);
    let checked = chain.trusted(4).check(&candidate, NOW_MS).unwrap();
    let (header, parent) = (chain.at(6), chain.at(5));
    let expected = HeadStatement::new(header, parent, &candidate.certificate).unwrap();
    assert_eq!(*checked.statement(), expected);
}

#[test]
fn accepts_every_jump_within_an_epoch_and_over_its_end() {
    let chain = Chain::new(12);
    for (head, height) in [(0, 1), (0, 3), (3, 4), (3, 7), (4, 7), (7, 8), (7, 11)] {
        let mut trusted = chain.trusted(head);
        let checked = trusted
            .check(&chain.candidate(head, height), NOW_MS)
            .unwrap();
        trusted.advance(checked).unwrap();
        assert_eq!(trusted, chain.trusted(height));
        let next_epoch = (height + 1) / EPOCH_LENGTH;
        assert_eq!(trusted.epoch(), next_epoch);
        assert_eq!(*trusted.set_root(), set(next_epoch).set_root());
        assert_eq!(trusted.head().hash, chain.at(height).hash());
    }
}

#[test]
fn rejects_another_version_or_chain() {
    let (expected, got) = (1, 2);
    let version = HeaderError::Version { expected, got };
    rejects(|c| c.header.version = 2, version);
    let (expected, got) = (CHAIN_ID, 8);
    let chain_id = HeaderError::ChainId { expected, got };
    rejects(|c| c.header.chain_id = 8, chain_id);
}

#[test]
fn rejects_a_height_that_is_not_above_the_head() {
    let chain = Chain::new(8);
    for got in [4, 5] {
        let verdict = chain.trusted(5).check(&chain.candidate(4, got), NOW_MS);
        assert_eq!(verdict, Err(HeaderError::NotAhead { head: 5, got }));
    }
}

#[test]
fn rejects_an_epoch_that_is_skipped() {
    let chain = Chain::new(12);
    for (head, height, expected, got) in [(0, 4, 0, 1), (2, 7, 0, 1), (3, 8, 1, 2)] {
        let verdict = chain
            .trusted(head)
            .check(&chain.candidate(head, height), NOW_MS);
        assert_eq!(verdict, Err(HeaderError::Epoch { expected, got }));
    }
}

#[test]
fn rejects_another_set_and_another_opening() {
    let other = set(9).set_root();
    rejects(|c| c.header.validator_set_root = other, HeaderError::Set);
    rejects(
        |c| c.certificate.set.total_power = 8,
        HeaderError::SetOpening,
    );
    rejects(|c| c.certificate.set.n = 4, HeaderError::SetOpening);
    rejects(
        |c| c.certificate.set.root = digest(5),
        HeaderError::SetOpening,
    );
}

#[test]
fn rejects_a_set_without_members_or_with_too_many() {
    for got in [0, 1025, u32::MAX] {
        let mut chain = Chain::new(8);
        let broken = SetOpening { n: got, ..set(1) };
        chain.0[3].next_validator_set_root = broken.set_root();
        let trusted = chain.trusted(3);
        let mut candidate = chain.candidate(3, 6);
        candidate.header.validator_set_root = broken.set_root();
        candidate.certificate.set = broken;
        let verdict = trusted.check(&candidate, NOW_MS);
        assert_eq!(verdict, Err(HeaderError::SetSize { got }));
    }
}

#[test]
fn rejects_a_proposer_out_of_turn() {
    let (expected, got) = (0, 3);
    let proposer = HeaderError::Proposer { expected, got };
    rejects(|c| c.header.proposer = 3, proposer);
}

#[test]
fn rejects_a_next_set_before_the_end_of_the_epoch() {
    let other = set(2).set_root();
    rejects(
        |c| c.header.next_validator_set_root = other,
        HeaderError::NextSet,
    );
}

#[test]
fn rejects_a_parent_that_is_none() {
    rejects(|c| c.parent.slot -= 1, HeaderError::ParentHash);
    let (parent, got) = (4, 6);
    let height = HeaderError::ParentHeight { parent, got };
    rejects_parent(|p| p.height = 4, height);
    let (parent, got) = (12, 12);
    let slot = HeaderError::ParentSlot { parent, got };
    rejects_parent(|p| p.slot = 12, slot);
    let (parent, got) = (7000, 7000);
    let timestamp = HeaderError::ParentTimestamp { parent, got };
    rejects_parent(|p| p.timestamp_ms = 7000, timestamp);
    // A height that wraps around is not the next height.
    let (parent, got) = (u32::MAX, 6);
    let height = HeaderError::ParentHeight { parent, got };
    rejects_parent(|p| p.height = u32::MAX, height);
}

#[test]
fn rejects_a_timestamp_more_than_30_s_ahead() {
    let at = |got| check_changed(|c| c.header.timestamp_ms = got);
    let max = NOW_MS + 30_000;
    assert!(at(max).is_ok());
    let got = max + 1;
    assert_eq!(at(got), Err(HeaderError::Future { max, got }));
}

#[test]
fn rejects_a_history_without_the_parent() {
    let missing = HeaderError::ParentNotInHistory;
    rejects_parent(|p| p.state_root = digest(9), missing);
    rejects(|c| c.parent_path.0[3] = digest(9), missing);
    rejects(|c| c.header.history_root = digest(9), missing);
}

#[test]
fn rejects_a_history_without_the_head() {
    let missing = HeaderError::HeadNotInHistory;
    rejects(|c| c.head_path.0[3] = digest(9), missing);
    let chain = Chain::new(8);
    let mut header = chain.at(4).clone();
    header.state_root = digest(9);
    let trusted = TrustedChain::new(chain.params(), &header, &header.hash()).unwrap();
    let verdict = trusted.check(&chain.candidate(4, 6), NOW_MS);
    assert_eq!(verdict, Err(missing));
}

#[test]
fn an_offer_is_refused_for_all_but_its_head_path_and_power() {
    let chain = Chain::new(8);
    let trusted = chain.trusted(3);
    let offer = |change: fn(&mut Candidate)| {
        let mut candidate = chain.candidate(3, 6);
        change(&mut candidate);
        trusted.check_offer(&candidate, NOW_MS)
    };
    assert_eq!(offer(|_| ()), Ok(()));
    assert_eq!(offer(|c| c.head_path = c.parent_path), Ok(()));
    assert_eq!(offer(|c| c.certificate.signed_power = 0), Ok(()));
    let refused = Err(HeaderError::ParentNotInHistory);
    assert_eq!(offer(|c| c.parent_path = c.head_path), refused);
    let (expected, got) = (0, 3);
    let proposer = Err(HeaderError::Proposer { expected, got });
    assert_eq!(offer(|c| c.header.proposer = 3), proposer);
}

#[test]
fn rejects_two_thirds_or_less() {
    let (signed, total) = (6, 9);
    let power = HeaderError::SignedPower { signed, total };
    rejects(|c| c.certificate.signed_power = 6, power);
    let mut chain = Chain::new(8);
    let total = u32::MAX;
    let giant = SetOpening {
        total_power: total,
        ..set(1)
    };
    chain.0[3].next_validator_set_root = giant.set_root();
    let trusted = chain.trusted(3);
    let signed = total / 3 * 2;
    let mut header = chain.next(8);
    header.height = 4;
    header.slot = 9;
    header.proposer = 0;
    header.validator_set_root = giant.set_root();
    header.next_validator_set_root = giant.set_root();
    header.parent_hash = chain.at(3).hash().0;
    header.history_root = history_root(4, &chain.history(4).root());
    let path = chain.history(4).path(3);
    let check = |signed_power| {
        let certificate = Certificate {
            signed_power,
            signers: digest(0),
            set: giant,
        };
        let candidate = Candidate {
            header: header.clone(),
            parent: chain.at(3).clone(),
            parent_path: path,
            head_path: path,
            certificate,
        };
        trusted.check(&candidate, NOW_MS)
    };
    assert_eq!(
        check(signed),
        Err(HeaderError::SignedPower { signed, total })
    );
    assert!(check(signed + 1).is_ok());
}

/// Goes on from the header at height 6, with the checkpoint at height 4, after `change`.
fn resume_changed(change: impl FnOnce(&mut Candidate)) -> Result<TrustedChain, HeaderError> {
    let chain = Chain::new(8);
    let mut stored = chain.candidate(4, 6);
    change(&mut stored);
    let Candidate {
        header,
        parent,
        certificate,
        ..
    } = &stored;
    let resumed = chain.trusted(4).resume(header, parent, certificate);
    resumed.map(|(chain, _)| chain)
}

#[test]
fn a_stored_header_keeps_the_rules_that_can_be_checked_without_the_head_before_it() {
    let chain = Chain::new(8);
    assert_eq!(resume_changed(|_| ()), Ok(chain.trusted(6)));
    let set_of = |x| SetOpening {
        root: digest(x),
        ..set(1)
    };
    type Change = fn(&mut Candidate);
    let changes: [(Change, &str); 9] = [
        (|c| c.header.version = 2, "header-version"),
        (|c| c.header.chain_id += 1, "header-chain-id"),
        (|c| c.header.height = 4, "header-not-ahead"),
        (|c| c.header.validator_set_root = digest(0), "header-set"),
        (|c| c.certificate.set.n += 1, "header-set-opening"),
        (|c| c.header.proposer += 1, "header-proposer"),
        (
            |c| c.header.next_validator_set_root = digest(0),
            "header-next-set",
        ),
        (|c| c.parent.randomness = digest(0), "header-parent-hash"),
        (|c| c.certificate.signed_power = 6, "header-signed-power"),
    ];
    for (change, code) in changes {
        let refused = resume_changed(change).expect_err(code);
        assert_eq!(refused.code(), code);
    }
    type ParentChange = fn(&mut Header);
    let parents: [(ParentChange, &str); 3] = [
        (|p| p.height -= 1, "header-parent-height"),
        (|p| p.slot += 2, "header-parent-slot"),
        (|p| p.timestamp_ms += 1000, "header-parent-timestamp"),
    ];
    for (change, code) in parents {
        let refused = resume_changed(|c| {
            change(&mut c.parent);
            c.header.parent_hash = c.parent.hash().0;
        });
        assert_eq!(refused.expect_err(code).code(), code);
    }
    // In a later epoch nobody can tell which set it was.
    let later = |set: SetOpening| {
        let mut stored = Chain::new(8).candidate(4, 6);
        stored.header.validator_set_root = set.set_root();
        stored.header.next_validator_set_root = set.set_root();
        stored.certificate.set = set;
        let checkpoint = Chain::new(8).trusted(2);
        checkpoint.resume(&stored.header, &stored.parent, &stored.certificate)
    };
    assert!(later(set_of(5)).is_ok());
}

/// The one head before a stored header that is known is the checkpoint.
#[test]
fn a_stored_child_of_the_checkpoint_has_it_for_its_parent() {
    let chain = Chain::new(8);
    let resumed = |parent: &Header| {
        let mut stored = chain.candidate(4, 5);
        stored.header.parent_hash = parent.hash().0;
        let checkpoint = chain.trusted(4);
        checkpoint.resume(&stored.header, parent, &stored.certificate)
    };
    assert!(resumed(chain.at(4)).is_ok());
    let mut other = chain.at(4).clone();
    other.state_root = digest(9);
    let refused = resumed(&other).map(|(chain, _)| chain);
    assert_eq!(refused, Err(HeaderError::HeadNotInHistory));
}

#[test]
fn head_never_moves_back() {
    let chain = Chain::new(8);
    let mut trusted = chain.trusted(4);
    let near = trusted.check(&chain.candidate(4, 5), NOW_MS).unwrap();
    let far = trusted.check(&chain.candidate(4, 6), NOW_MS).unwrap();
    trusted.advance(far).unwrap();
    let (expected, got) = (4, 6);
    let moved = Err(HeaderError::HeadMoved { expected, got });
    assert_eq!(trusted.advance(near), moved);
    assert_eq!(trusted, chain.trusted(6));
}

#[test]
fn rejects_a_candidate_checked_under_another_epoch_length() {
    let chain = Chain::new(8);
    let mut trusted = chain.trusted(4);
    let params = ChainParams::new(chain.params().chain_id(), chain.params().epoch_length() + 4);
    let header = chain.at(4);
    let other = TrustedChain::new(params.unwrap(), header, &header.hash()).unwrap();
    let checked = other.check(&chain.candidate(4, 5), NOW_MS).unwrap();
    let (expected, got) = (4, 4);
    let moved = Err(HeaderError::HeadMoved { expected, got });
    assert_eq!(trusted.advance(checked), moved);
    assert_eq!(trusted, chain.trusted(4));
}

#[test]
fn rejects_what_it_should_not_start_from() {
    let chain = Chain::new(8);
    let start = |header: &Header| TrustedChain::new(chain.params(), header, &header.hash());
    let (header, hash) = (chain.at(5), chain.at(4).hash());
    let other = TrustedChain::new(chain.params(), header, &hash);
    assert_eq!(other, Err(HeaderError::TrustedHash));
    let changed = |height, change: fn(&mut Header)| {
        let mut header = chain.at(height).clone();
        change(&mut header);
        start(&header)
    };
    let (expected, got) = (1, 0);
    let version = Err(HeaderError::Version { expected, got });
    assert_eq!(changed(5, |h| h.version = 0), version);
    let (expected, got) = (CHAIN_ID, 0);
    let chain_id = Err(HeaderError::ChainId { expected, got });
    assert_eq!(changed(5, |h| h.chain_id = 0), chain_id);
    let next_set = Err(HeaderError::NextSet);
    assert_eq!(
        changed(5, |h| h.next_validator_set_root = digest(9)),
        next_set
    );
    let genesis = Err(HeaderError::Genesis(GenesisError::Params));
    assert_eq!(changed(0, |h| h.parent_hash = digest(9)), genesis);
}

/// One change of a genesis, and the rule that it breaks.
type GenesisChange = (fn(&mut Header), GenesisError);

#[test]
fn genesis_breaks_no_rule_and_every_change_breaks_one() {
    let chain = Chain::new(1);
    let (params, hash) = (chain.params(), chain.at(0).hash());
    assert_eq!(params.check_genesis(chain.at(0), &hash), Ok(()));
    let changes: [GenesisChange; 11] = [
        (|h| h.version = 2, GenesisError::Version),
        (|h| h.chain_id = 8, GenesisError::ChainId),
        (|h| h.height = 1, GenesisError::Position),
        (|h| h.slot = 3, GenesisError::Position),
        (|h| h.proposer = 1, GenesisError::Position),
        (|h| h.parent_hash = digest(9), GenesisError::Params),
        (
            |h| h.next_validator_set_root = digest(9),
            GenesisError::NextSet,
        ),
        (|h| h.tx_root = digest(9), GenesisError::NotEmpty),
        (|h| h.participation_root = digest(9), GenesisError::NotEmpty),
        (|h| h.history_root = digest(9), GenesisError::NotEmpty),
        (|h| h.randomness = digest(9), GenesisError::Hash),
    ];
    for (change, rule) in changes {
        let mut header = chain.at(0).clone();
        change(&mut header);
        let other = Err(GenesisError::Hash);
        assert_eq!(params.check_genesis(&header, &hash), other);
        if rule != GenesisError::Hash {
            let verdict = params.check_genesis(&header, &header.hash());
            assert_eq!(verdict, Err(rule));
        }
    }
}

#[test]
fn params_bind_chain_and_epoch_length() {
    let params = ChainParams::new;
    let hash_of = |chain_id, length| params(chain_id, length).unwrap().params_hash();
    assert_ne!(hash_of(7, 4), hash_of(8, 4));
    assert_ne!(hash_of(7, 4), hash_of(7, 5));
    let elements = [7, 0, 4, 0, 256, 0, 16, 0].map(Val::new);
    assert_eq!(hash_of(7, 4), hash(Domain::Params, &elements));
    for got in [0, 1] {
        let short = Err(ParamsError::EpochLength { min: 2, got });
        assert_eq!(params(7, got), short);
    }
    assert_eq!(params(7, 2).unwrap().epoch(u32::MAX), u32::MAX / 2);
}

#[test]
fn all_heights_of_an_epoch_are_voted_for_but_the_genesis() {
    let voted = |length, epoch| ChainParams::new(7, length).unwrap().voted(epoch);
    assert_eq!([voted(4, 0), voted(4, 1)], [Some((1, 3)), Some((4, 7))]);
    let last = u32::MAX / 5 - 1;
    // The header after these is the highest that there can be.
    assert_eq!(voted(5, last), Some((u32::MAX - 5, u32::MAX - 1)));
    assert_eq!([voted(5, last + 1), voted(5, u32::MAX)], [None, None]);
}
