//! Vectors for validator sets, votes, randomness and bitmaps.

use rpp_verifier::hazmat::{Domain, hash, u32_limbs};
use rpp_verifier::{Bitmap, HeaderHash, Validator, ValidatorSet, next_randomness, vote_message};

use super::digest;
use super::format::Case;
use super::parts::Member;

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::SetLeaf { member, leaf } => assert_eq!(validator(member).leaf(), digest(leaf)),
        Case::Set {
            members,
            more,
            root,
            total_power,
            set_root,
        } => {
            let first = u32::try_from(members.len()).unwrap();
            let members = members.iter().map(validator);
            let set = ValidatorSet::new(members.chain((first..first + more).map(filler)).collect());
            let opening = set.map_err(|e| e.code())?.opening();
            assert_eq!(
                (opening.root, opening.total_power),
                (digest(root), *total_power)
            );
            assert_eq!(opening.set_root(), digest(set_root));
        }
        Case::Vote {
            chain_id,
            height,
            slot,
            header_hash,
            message,
        } => {
            let hash = HeaderHash(digest(header_hash));
            let computed = vote_message(*chain_id, *height, *slot, &hash);
            assert_eq!(computed, digest(message));
        }
        Case::Randomness {
            parent_randomness,
            reveal,
            randomness,
        } => {
            let computed = next_randomness(&digest(parent_randomness), &digest(reveal));
            assert_eq!(computed, digest(randomness));
        }
        Case::Bitmap {
            indices,
            signers,
            participation_root,
        } => {
            let mut bitmap = Bitmap::default();
            indices.iter().for_each(|&i| bitmap.insert(i));
            assert_eq!(bitmap.signers(), digest(signers));
            assert_eq!(bitmap.participation_root(), digest(participation_root));
        }
        other => panic!("{other:?}"),
    }
    Ok(())
}

pub(super) fn validator(member: &Member) -> Validator {
    Validator {
        key_id: digest(&member.key_id),
        power: member.power,
        account: member.account,
        start_slot: member.start_slot,
    }
}

/// The member that a vector means by one of `more`.
fn filler(index: u32) -> Validator {
    Validator {
        key_id: hash(Domain::Slot, &u32_limbs(index)),
        power: 1,
        account: 0,
        start_slot: 0,
    }
}
