//! Vectors for validator sets, votes, randomness, bitmaps and statements.

use p3_field::PrimeField32;
use rpp_verifier::hazmat::public_values;
use rpp_verifier::{
    Bitmap, Certificate, ConsensusStatement, Digest, HeaderHash, MerkleTree, Validator,
    ValidatorSet, next_randomness, vote_message,
};

use crate::chain::{Chain, SMALL};
use crate::format::Case;
use crate::parts::Member;
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_sets(writer: &mut VectorWriter) -> Result<()> {
    write_leaves(writer)?;
    write_members(writer)?;
    write_paths(writer)?;
    write_votes(writer)?;
    write_statements(writer)
}

fn member(i: u32, power: u32) -> Validator {
    Validator {
        key_id: digest(i),
        power,
        account: 0x0007_0000 + i,
        start_slot: 0x0101_0000 * i,
    }
}

fn part(validator: &Validator) -> Member {
    Member {
        key_id: validator.key_id.to_hex(),
        power: validator.power,
        account: validator.account,
        start_slot: validator.start_slot,
    }
}

/// What a vector appends to its members.
fn filler(i: u32) -> Validator {
    Validator {
        key_id: digest(i),
        power: 1,
        account: 0,
        start_slot: 0,
    }
}

fn write_leaves(writer: &mut VectorWriter) -> Result<()> {
    let largest = Validator {
        key_id: digest(3),
        power: u32::MAX,
        account: u32::MAX,
        start_slot: u32::MAX,
    };
    for (name, member) in [
        ("set-leaf", member(1, 0x0002_0003)),
        ("set-leaf-largest", largest),
    ] {
        let case = Case::SetLeaf {
            member: part(&member),
            leaf: member.leaf().to_hex(),
        };
        writer.write(name, "the leaf of a member", "accept", case)?;
    }
    Ok(())
}

fn write_members(writer: &mut VectorWriter) -> Result<()> {
    let twin = |i, power| Validator {
        key_id: digest(1),
        ..member(i, power)
    };
    let three = vec![member(0, 1), member(1, 0x0002_0000), member(2, 7)];
    let half = 1 << 31;
    let cases = [
        ("set", "three members", three, 0, "accept"),
        (
            "set-of-one",
            "the smallest set",
            vec![member(0, 1)],
            0,
            "accept",
        ),
        ("set-of-1024", "the largest set", vec![], 1024, "accept"),
        (
            "set-largest-power",
            "powers that sum to 2^32 - 1",
            vec![member(0, u32::MAX - 1), member(1, 1)],
            0,
            "accept",
        ),
        ("set-empty", "no members", vec![], 0, "set-size"),
        ("set-of-1025", "1,025 members", vec![], 1025, "set-size"),
        (
            "set-no-power",
            "a member without power",
            vec![member(0, 1), member(1, 0)],
            0,
            "set-no-power",
        ),
        (
            "set-duplicate-key",
            "two members with a key, not side by side",
            vec![member(1, 1), member(2, 1), twin(3, 1)],
            0,
            "set-duplicate-key",
        ),
        (
            "set-total-power",
            "powers that sum to 2^32",
            vec![member(0, half), member(1, half)],
            0,
            "set-total-power",
        ),
        (
            "order-set-size-power",
            "1,025 members, one without power",
            vec![member(0, 0)],
            1024,
            "set-size",
        ),
        (
            "order-set-power-key",
            "no power, and a key twice",
            vec![member(1, 1), twin(2, 0)],
            0,
            "set-no-power",
        ),
        (
            "order-set-key-total",
            "a key twice, and too much power",
            vec![member(1, half), twin(2, half)],
            0,
            "set-duplicate-key",
        ),
    ];
    for (name, note, members, more, expect) in cases {
        let first = u32::try_from(members.len())?;
        let all = members.iter().copied();
        let all: Vec<_> = all.chain((first..first + more).map(filler)).collect();
        let set = ValidatorSet::new(all);
        assert_eq!(set.as_ref().err().map_or("accept", |e| e.code()), expect);
        let opening = set.ok().map(|set| set.opening());
        let text = |digest: Option<Digest>| digest.map_or_else(String::new, |d| d.to_hex());
        let case = Case::Set {
            members: members.iter().map(part).collect(),
            more,
            root: text(opening.map(|o| o.root)),
            total_power: opening.map_or(0, |o| o.total_power),
            set_root: text(opening.map(|o| o.set_root())),
        };
        writer.write(name, note, expect, case)?;
    }
    Ok(())
}

/// Paths that do not show what they claim.
fn write_paths(writer: &mut VectorWriter) -> Result<()> {
    let tree = MerkleTree::<10>::new((0..5).map(digest).collect());
    let path = |index| tree.path(index).0.map(|sibling| sibling.to_hex()).to_vec();
    let longer = [path(4), vec![Digest::ZERO.to_hex()]].concat();
    let cases = [
        (
            "path-other-index",
            "the path of another index",
            4,
            3,
            path(3),
        ),
        (
            "path-past-tree",
            "the index plus 2^10",
            4,
            4 + 1024,
            path(4),
        ),
        (
            "path-largest-index",
            "the bits above the tree set",
            0,
            !1023,
            path(0),
        ),
        ("path-other-leaf", "another leaf", 3, 4, path(4)),
        ("path-cut", "a sibling too few", 4, 4, path(4)[..9].to_vec()),
        ("path-extended", "a sibling too many", 4, 4, longer),
    ];
    for (name, note, leaf, index, siblings) in cases {
        let case = Case::Path {
            leaf: digest(leaf).to_hex(),
            index,
            siblings,
            root: tree.root().to_hex(),
        };
        writer.write(name, note, "mismatch", case)?;
    }
    Ok(())
}

fn write_votes(writer: &mut VectorWriter) -> Result<()> {
    for (name, chain_id, height, slot) in [
        ("vote", 7, 5, 10),
        ("vote-largest", u32::MAX, u32::MAX - 1, u32::MAX),
    ] {
        let case = Case::Vote {
            chain_id,
            height,
            slot,
            header_hash: digest(1).to_hex(),
            message: vote_message(chain_id, height, slot, &HeaderHash(digest(1))).to_hex(),
        };
        writer.write(name, "what a vote signs", "accept", case)?;
    }
    let case = Case::Randomness {
        parent_randomness: digest(1).to_hex(),
        reveal: digest(2).to_hex(),
        randomness: next_randomness(&digest(1), &digest(2)).to_hex(),
    };
    writer.write("randomness", "the randomness after a block", "accept", case)?;
    let every = (0..1024).collect();
    for (name, note, indices) in [
        ("bitmap-empty", "nobody", vec![]),
        (
            "bitmap",
            "limbs and bits in their order",
            vec![0, 1, 15, 16, 31, 500, 1023],
        ),
        ("bitmap-full", "everybody", every),
    ] {
        let mut bitmap = Bitmap::default();
        indices.iter().for_each(|&i| bitmap.insert(i));
        let case = Case::Bitmap {
            indices,
            signers: bitmap.signers().to_hex(),
            participation_root: bitmap.participation_root().to_hex(),
        };
        writer.write(name, note, "accept", case)?;
    }
    Ok(())
}

fn write_statements(writer: &mut VectorWriter) -> Result<()> {
    let chain = Chain::of(SMALL, 7);
    let candidate = chain.offer(4, 6).candidate;
    let honest = (candidate.header, candidate.parent, candidate.certificate);
    let other_set = Certificate {
        set: SMALL.set(9),
        ..honest.2
    };
    let cases = [
        (
            "statement",
            "header, parent, certificate",
            &honest.1,
            honest.2,
            "accept",
        ),
        (
            "statement-set",
            "another set",
            &honest.1,
            other_set,
            "header-set-opening",
        ),
        (
            "statement-parent",
            "another parent",
            &honest.0,
            honest.2,
            "header-parent-hash",
        ),
        (
            "order-statement",
            "another set and parent",
            &honest.0,
            other_set,
            "header-set-opening",
        ),
    ];
    for (name, note, parent, certificate, expect) in cases {
        let statement = ConsensusStatement::new(&honest.0, parent, &certificate);
        let values = statement.map(|s| public_values(&s)).unwrap_or_default();
        let case = Case::Statement {
            header: hex::encode(honest.0.to_bytes()),
            parent: hex::encode(parent.to_bytes()),
            certificate: hex::encode(certificate.to_bytes()),
            public_values: values.iter().map(PrimeField32::as_canonical_u32).collect(),
        };
        writer.write(name, note, expect, case)?;
    }
    Ok(())
}
