//! Statements and proofs of blocks.

use rpp_verifier::{Header, SetOpening, SetPath, StateStatement, Validator, ValidatorSet};

use super::super::proven::{Proven, member};
use super::super::{CHAIN, PAYER, hex_digests};
use crate::circuits::{OTHER_CHAIN, other_chain, proof, proof_of_height, renamed, values};
use crate::format::Case;
use crate::parts::{Bytes, Member, Opening};
use crate::{Result, VectorWriter, digest};

/// What a state statement is made from.
#[derive(Clone)]
struct Made {
    header: Header,
    parent: Header,
    set: SetOpening,
    member: Validator,
    path: SetPath,
}

impl Made {
    fn of(proven: &Proven) -> Self {
        let index = proven.header.proposer;
        Self {
            header: proven.header.clone(),
            parent: proven.parent.clone(),
            set: proven.opening(),
            member: proven.set.members()[2],
            path: proven.set.path(index),
        }
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut made = self.clone();
        change(&mut made);
        made
    }

    /// Makes the headers name what they are given with.
    fn bound(mut self) -> Self {
        self.header.parent_hash = self.parent.hash().0;
        self.header.validator_set_root = self.set.set_root();
        self
    }

    fn case(&self, chain_id: u32, proof: Option<Bytes>) -> Case {
        let Self {
            header,
            parent,
            set,
            member,
            path,
        } = self;
        let statement = StateStatement::new(header, parent, set, member, path);
        Case::State {
            chain_id,
            header: hex::encode(header.to_bytes()),
            parent: hex::encode(parent.to_bytes()),
            set: Opening {
                root: set.root.to_hex(),
                n: set.n,
                total_power: set.total_power,
            },
            member: Member {
                key_id: member.key_id.to_hex(),
                power: member.power,
                account: member.account,
                start_slot: member.start_slot,
            },
            path: hex_digests(&path.0),
            public_values: statement.map_or_else(|_| vec![], |statement| values(&statement)),
            proof,
        }
    }
}

pub(super) fn write_states(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let good = Made::of(proven);
    let members = (0..1024).map(|i| member(i, 2 * i));
    let set = ValidatorSet::new(members.collect())?;
    let full = good
        .changed(|m| {
            m.header.proposer = 1023;
            m.set = set.opening();
            m.member = set.members()[1023];
            m.path = set.path(1023);
        })
        .bound();
    // Place 1024 would be place 0 of a tree of depth 10.
    let past_tree = full.changed(|m| {
        m.set.n = 1025;
        m.header.proposer = 1024;
        m.member = set.members()[0];
        m.path = set.path(0);
    });
    let too_large = full.changed(|m| m.set.n = 1025);
    let (parent, opening, place) = ("header-parent-hash", "header-set-opening", "state-proposer");
    let cases = [
        ("", "a block", good.clone(), "accept"),
        (
            "-empty",
            "a block without operations, on another chain",
            good.changed(|m| {
                m.header = other_chain(&m.header);
                m.header.state_root = m.parent.state_root;
                m.header.tx_root = m.parent.tx_root;
            }),
            "accept",
        ),
        (
            "-1024-members",
            "the last of 1,024 members",
            full.clone(),
            "accept",
        ),
        (
            "-other-parent",
            "a parent with another state root",
            good.changed(|m| m.parent.state_root = digest(9)),
            parent,
        ),
        (
            "-other-set",
            "another root of the set's tree",
            good.changed(|m| m.set.root = digest(9)),
            opening,
        ),
        (
            "-other-total",
            "another sum of powers",
            good.changed(|m| m.set.total_power += 1),
            opening,
        ),
        (
            "-order-parent-set",
            "another parent, and another set",
            good.changed(|m| {
                m.parent.slot = 1;
                m.set.n = 4;
            }),
            parent,
        ),
        (
            "-order-set-proposer",
            "another set, and another member",
            good.changed(|m| {
                m.set.n = 4;
                m.member.account = PAYER;
            }),
            opening,
        ),
        (
            "-other-account",
            "a member with another account",
            good.changed(|m| m.member.account = PAYER),
            place,
        ),
        (
            "-other-path",
            "another sibling",
            good.changed(|m| m.path.0[9] = digest(9)),
            place,
        ),
        (
            "-other-member",
            "the member before the proposer, with its path",
            good.changed(|m| {
                m.member = proven.set.members()[1];
                m.path = proven.set.path(1);
            }),
            place,
        ),
        (
            "-other-proposer",
            "a header of another proposer",
            good.changed(|m| m.header.proposer = 1),
            place,
        ),
        (
            "-proposer-past-set",
            "a proposer that would be the member after the last",
            good.changed(|m| m.set.n = 2).bound(),
            place,
        ),
        (
            "-no-members",
            "a set of nobody",
            good.changed(|m| m.set.n = 0).bound(),
            place,
        ),
        (
            "-1025-members",
            "a set that is too large",
            too_large.bound(),
            place,
        ),
        (
            "-proposer-past-tree",
            "a place that the tree does not have",
            past_tree.bound(),
            place,
        ),
    ];
    for (name, note, made, expect) in cases {
        writer.write(
            &format!("state{name}"),
            note,
            expect,
            made.case(CHAIN, None),
        )?;
    }
    Ok(())
}

pub(super) fn write_proofs(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let good = Made::of(proven);
    let of = |circuit| proof(circuit, vec![]);
    let own = || of("state");
    let high = |log_rows| proof_of_height("state", log_rows);
    let other_proposer = good.changed(|m| {
        m.header.proposer = 1;
        m.member = proven.set.members()[1];
        m.path = proven.set.path(1);
    });
    let other = |change: fn(&mut Made)| good.changed(change).bound();
    let cases = [
        ("proof", "accept", CHAIN, good.clone(), own()),
        (
            "proof-other-after",
            "proof-of-work",
            CHAIN,
            other(|m| m.header.state_root = digest(9)),
            own(),
        ),
        (
            "proof-other-before",
            "proof-of-work",
            CHAIN,
            other(|m| m.parent.state_root = digest(9)),
            own(),
        ),
        (
            "proof-other-operations",
            "proof-of-work",
            CHAIN,
            other(|m| m.header.tx_root = m.parent.tx_root),
            own(),
        ),
        (
            "proof-other-proposer",
            "proof-of-work",
            CHAIN,
            other_proposer,
            own(),
        ),
        (
            "proof-other-chain",
            "proof-of-work",
            OTHER_CHAIN,
            other(|m| m.header = other_chain(&m.header)),
            own(),
        ),
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            good.clone(),
            own(),
        ),
        (
            "proof-of-transaction",
            "wrong-circuit",
            CHAIN,
            good.clone(),
            of("transaction"),
        ),
        (
            "proof-of-transaction-renamed",
            "proof-shape",
            CHAIN,
            good.clone(),
            renamed("documents/transaction-proof.bin", 4),
        ),
        (
            "proof-height-6",
            "trace-height",
            CHAIN,
            good.clone(),
            high(6)?,
        ),
        (
            "proof-height-7",
            "proof-shape",
            CHAIN,
            good.clone(),
            high(7)?,
        ),
        (
            "proof-height-17",
            "proof-shape",
            CHAIN,
            good.clone(),
            high(17)?,
        ),
        (
            "proof-height-18",
            "trace-height",
            CHAIN,
            good.clone(),
            high(18)?,
        ),
    ];
    for (name, expect, chain_id, made, proof) in cases {
        let note = format!("state {}", name.replace('-', " "));
        writer.write(
            &format!("state-{name}"),
            &note,
            expect,
            made.case(chain_id, proof),
        )?;
    }
    Ok(())
}
