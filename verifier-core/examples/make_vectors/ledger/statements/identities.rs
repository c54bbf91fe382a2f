//! Statements and proofs of registrations.

use rpp_verifier::{AccountPath, Accounts, Header, IdentityStatement, Operation, Register};

use super::super::proven::Proven;
use super::super::{CHAIN, Owners, PAYER, VACANT, hex_digests};
use crate::circuits::{OTHER_CHAIN, other_chain, proof, proof_of_height, values};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

fn identity(
    chain_id: u32,
    header: &Header,
    register: &Register,
    path: &AccountPath,
    proof: Option<Bytes>,
) -> Case {
    let statement = IdentityStatement::new(header, register, path);
    Case::Identity {
        chain_id,
        header: hex::encode(header.to_bytes()),
        index: register.index,
        key_id: register.key_id.to_hex(),
        leaf: register.leaf,
        path: hex_digests(&path.0),
        public_values: statement.map_or_else(|_| vec![], |statement| values(&statement)),
        proof,
    }
}

pub(super) fn write_identities(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    let good = Register {
        index: VACANT,
        key_id: owners.newcomer.key_id(),
        leaf: 5,
    };
    let at = |index| Register { index, ..good };
    let with = |leaf| Register { leaf, ..good };
    let first = Header {
        state_root: Accounts::default().root(),
        ..other_chain(&proven.parent)
    };
    let path = |index| proven.accounts.path(index);
    let mut broken = path(VACANT);
    broken.0[31] = digest(9);
    let empty = Accounts::default().path(0);
    let p = 15 * (1 << 27) + 1;
    let (vacant, past) = ("identity-not-vacant", "identity-leaf-past-end");
    let parent = &proven.parent;
    for (name, note, header, register, path, expect) in [
        ("", "a registration", parent, good, path(VACANT), "accept"),
        (
            "-first",
            "the first account of all, on another chain",
            &first,
            at(0),
            empty,
            "accept",
        ),
        (
            "-last",
            "the last number of all",
            &first,
            at(u32::MAX),
            empty,
            "accept",
        ),
        (
            "-last-leaf",
            "the last leaf that a key may have",
            parent,
            with((1 << 20) - 1),
            path(VACANT),
            "accept",
        ),
        (
            "-taken",
            "the number of an account",
            parent,
            at(PAYER),
            path(PAYER),
            vacant,
        ),
        (
            "-other-number",
            "the path of another number",
            parent,
            at(VACANT + 1),
            path(PAYER),
            vacant,
        ),
        (
            "-other-path",
            "another sibling",
            parent,
            good,
            broken,
            vacant,
        ),
        (
            "-other-root",
            "accounts of another header",
            &proven.header,
            good,
            path(VACANT),
            vacant,
        ),
        (
            "-leaf",
            "the leaf after the last",
            parent,
            with(1 << 20),
            path(VACANT),
            past,
        ),
        (
            "-leaf-modulus",
            "a leaf that would have the hash of leaf 0",
            parent,
            with(p),
            path(VACANT),
            past,
        ),
        (
            "-leaf-largest",
            "the largest number as a leaf",
            parent,
            with(u32::MAX),
            path(VACANT),
            past,
        ),
        (
            "-order",
            "the number of an account, and a leaf of no key",
            parent,
            Register {
                leaf: p,
                ..at(PAYER)
            },
            path(PAYER),
            vacant,
        ),
    ] {
        let case = identity(CHAIN, header, &register, &path, None);
        writer.write(&format!("identity{name}"), note, expect, case)?;
    }
    Ok(())
}

pub(super) fn write_proofs(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let Operation::Register(good) = proven.identity.signed.operation else {
        return Err("not a registration".into());
    };
    let parent = &proven.parent;
    let path = proven.identity.place.path;
    let without = Accounts::default();
    let other_root = Header {
        state_root: without.root(),
        ..parent.clone()
    };
    let of = |circuit| proof(circuit, vec![]);
    let own = || of("identity");
    let high = |log_rows| proof_of_height("identity", log_rows);
    let cases = [
        ("proof", "accept", CHAIN, parent, good, &path, own()),
        (
            "proof-other-leaf",
            "proof-of-work",
            CHAIN,
            parent,
            Register { leaf: 6, ..good },
            &path,
            own(),
        ),
        (
            "proof-other-key",
            "proof-of-work",
            CHAIN,
            parent,
            Register {
                key_id: digest(9),
                ..good
            },
            &path,
            own(),
        ),
        (
            "proof-other-number",
            "opening",
            CHAIN,
            parent,
            Register { index: 7, ..good },
            &proven.accounts.path(7),
            own(),
        ),
        (
            "proof-other-root",
            "proof-of-work",
            CHAIN,
            &other_root,
            good,
            &without.path(good.index),
            own(),
        ),
        (
            "proof-other-chain",
            "proof-of-work",
            OTHER_CHAIN,
            &other_chain(parent),
            good,
            &path,
            own(),
        ),
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            parent,
            good,
            &path,
            own(),
        ),
        (
            "proof-of-state",
            "wrong-circuit",
            CHAIN,
            parent,
            good,
            &path,
            of("state"),
        ),
        (
            "proof-height-7",
            "trace-height",
            CHAIN,
            parent,
            good,
            &path,
            high(7)?,
        ),
        (
            "proof-height-9",
            "trace-height",
            CHAIN,
            parent,
            good,
            &path,
            high(9)?,
        ),
    ];
    for (name, expect, chain_id, header, register, path, proof) in cases {
        let case = identity(chain_id, header, &register, path, proof);
        let note = format!("identity {}", name.replace('-', " "));
        writer.write(&format!("identity-{name}"), &note, expect, case)?;
    }
    Ok(())
}
