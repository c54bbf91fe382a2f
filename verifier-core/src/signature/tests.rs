//! Keys, signatures and forgeries of them.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

use std::sync::LazyLock;
use std::vec::Vec;
use std::{format, vec};

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{
    KeyPurpose, PublicKey, SecretKey, SignError, Signature, SignatureError, TARGET_SUM, digits,
    encode, message_digest, slot_digest,
};
use crate::codec::DecodeError;
use crate::hash::{Digest, Val};

const TREE_HEIGHT: u32 = 4;
const LEAF: u32 = 5;

static KEY: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let key = SecretKey::generate([1; 32], KeyPurpose::Vote, 7, TREE_HEIGHT, &|_| ());
    key.unwrap().to_bytes().to_vec()
});

fn key() -> SecretKey {
    SecretKey::from_bytes(&KEY).unwrap()
}

fn message(x: u32) -> Digest {
    Digest([Val::new(x); 8])
}

fn signed() -> (PublicKey, Signature) {
    let mut key = key();
    let signature = key.sign(LEAF, &message(1)).unwrap();
    (*key.public_key(), signature)
}

#[test]
fn accepts_a_signature_at_every_leaf() {
    let mut key = key();
    for leaf in 0..1 << TREE_HEIGHT {
        let signature = key.sign(leaf, &message(leaf)).unwrap();
        assert_eq!(
            key.public_key().verify(leaf, &message(leaf), &signature),
            Ok(())
        );
        let decoded = Signature::from_bytes(&signature.to_bytes());
        assert_eq!(decoded, Ok(signature));
    }
}

#[test]
fn accepts_heights_that_do_not_fill_a_batch_and_that_fill_two() {
    for tree_height in [5, 11] {
        let generate = SecretKey::generate;
        let mut key = generate([2; 32], KeyPurpose::Account, 7, tree_height, &|_| ()).unwrap();
        let last = (1 << tree_height) - 1;
        let signature = key.sign(last, &message(1)).unwrap();
        assert_eq!(
            key.public_key().verify(last, &message(1), &signature),
            Ok(())
        );
    }
}

#[test]
fn rejects_another_tree_height() {
    let (public, signature) = signed();
    for got in [0, 3, 21, 32, u32::MAX] {
        let forged = PublicKey {
            tree_height: got,
            ..public
        };
        assert_eq!(
            forged.verify(LEAF, &message(1), &signature),
            Err(SignatureError::TreeHeight {
                min: 4,
                max: 20,
                got
            })
        );
    }
}

#[test]
fn rejects_a_leaf_past_the_tree() {
    let (public, signature) = signed();
    // The path ignores bits above the tree, so the leaf number needs a check of its own.
    for leaf in [16, LEAF + 16, u32::MAX, LEAF + Val::ORDER_U32] {
        assert_eq!(
            public.verify(leaf, &message(1), &signature),
            Err(SignatureError::LeafPastTree {
                leaf,
                tree_height: 4
            })
        );
    }
}

#[test]
fn rejects_a_path_of_another_length() {
    let (public, signature) = signed();
    for got in [0, 3, 5, 20] {
        let mut forged = signature.clone();
        forged.path.resize(got, Digest::ZERO);
        assert_eq!(
            public.verify(LEAF, &message(1), &forged),
            Err(SignatureError::PathLength { expected: 4, got })
        );
    }
}

#[test]
fn rejects_digits_that_miss_the_target() {
    let (public, signature) = signed();
    let mut forged = signature;
    forged.randomizer[6] += Val::ONE;
    let digest = message_digest(&public.parameter, LEAF, &message(1), &forged.randomizer);
    let got = digits(&digest).into_iter().map(u32::from).sum();
    assert_ne!(got, TARGET_SUM);
    assert_eq!(
        public.verify(LEAF, &message(1), &forged),
        Err(SignatureError::TargetSum {
            expected: TARGET_SUM,
            got
        })
    );
}

#[test]
fn rejects_a_change_in_any_other_part() {
    let (public, signature) = signed();
    let forgeries: [fn(&mut Signature); 6] = [
        |s| s.chain_values[0][0] += Val::ONE,
        |s| s.chain_values[77][3] += Val::ONE,
        |s| s.chain_values.swap(10, 11),
        |s| s.slot_digest.0[7] += Val::ONE,
        |s| s.path[0].0[0] += Val::ONE,
        |s| s.path.swap(2, 3),
    ];
    for forge in forgeries {
        let mut forged = signature.clone();
        forge(&mut forged);
        let verdict = public.verify(LEAF, &message(1), &forged);
        assert_eq!(verdict, Err(SignatureError::RootMismatch));
    }
}

/// Returns a randomizer with which `message` can be signed, found as a forger would find it.
fn randomizer_for(public: &PublicKey, leaf: u32, message: &Digest) -> [Val; 7] {
    let tries = (0..).map(|i| [Val::new(i); 7]);
    let mut hits = tries.filter(|r| encode(&public.parameter, leaf, message, r).is_some());
    hits.next().unwrap()
}

#[test]
fn rejects_another_message_leaf_or_key_even_with_a_sum_that_fits() {
    let (public, signature) = signed();
    let other = SecretKey::generate([9; 32], KeyPurpose::Vote, 7, TREE_HEIGHT, &|_| ()).unwrap();
    let other_root = PublicKey {
        root: other.public_key().root,
        ..public
    };
    for (key, leaf, message) in [
        (public, LEAF, message(2)),
        (public, LEAF + 1, message(1)),
        (*other.public_key(), LEAF, message(1)),
        (other_root, LEAF, message(1)),
    ] {
        let forged = Signature {
            randomizer: randomizer_for(&key, leaf, &message),
            ..signature.clone()
        };
        let verdict = key.verify(leaf, &message, &forged);
        assert_eq!(verdict, Err(SignatureError::RootMismatch));
    }
}

#[test]
fn key_id_binds_purpose_chain_and_every_part_of_the_key() {
    let (public, _) = signed();
    let vote = KeyPurpose::Vote;
    let id = public.key_id(vote, 7);
    assert_eq!(key().key_id(), id);
    let mut parameter = public.parameter;
    parameter[4] += Val::ONE;
    let tree_height = 5;
    for other in [
        public.key_id(KeyPurpose::Account, 7),
        public.key_id(KeyPurpose::Setup, 7),
        public.key_id(vote, 8),
        public.key_id(vote, 7 + (1 << 16)),
        PublicKey {
            parameter,
            ..public
        }
        .key_id(vote, 7),
        PublicKey {
            tree_height,
            ..public
        }
        .key_id(vote, 7),
        PublicKey {
            root: message(1),
            ..public
        }
        .key_id(vote, 7),
    ] {
        assert_ne!(other, id);
    }
}

#[test]
fn public_key_decodes_strictly() {
    let (public, _) = signed();
    let mut bytes = public.to_bytes();
    assert_eq!(PublicKey::from_bytes(&bytes), Ok(public));
    let cut = PublicKey::from_bytes(&bytes[..55]);
    assert_eq!(cut, Err(DecodeError::Truncated { field: "root" }));
    bytes.push(0);
    let long = PublicKey::from_bytes(&bytes);
    assert_eq!(long, Err(DecodeError::TrailingBytes { left: 1 }));
    bytes.pop();
    bytes[4..8].fill(0xff);
    let field = "parameter";
    let wide = PublicKey::from_bytes(&bytes);
    assert_eq!(wide, Err(DecodeError::NonCanonicalElement { field }));
    bytes[0] = 21;
    let (field, min, max, got) = ("tree_height", 4, 20, 21);
    let high = PublicKey::from_bytes(&bytes);
    assert_eq!(
        high,
        Err(DecodeError::OutOfRange {
            field,
            min,
            max,
            got
        })
    );
}

#[test]
fn one_leaf_signs_one_message() {
    let mut key = key();
    let first = key.sign(LEAF, &message(1)).unwrap();
    assert_eq!(key.sign(LEAF, &message(1)), Ok(first));
    let used = Err(SignError::LeafUsed { leaf: LEAF });
    assert_eq!(key.sign(LEAF, &message(2)), used);
    assert_eq!(key.next_leaf(), LEAF + 1);
    let (leaf, next) = (LEAF - 1, LEAF + 1);
    let erased = Err(SignError::LeafErased { leaf, next });
    assert_eq!(key.sign(leaf, &message(1)), erased);
    key.sign(9, &message(1)).unwrap();
    let (leaf, next) = (LEAF, 10);
    let erased = Err(SignError::LeafErased { leaf, next });
    assert_eq!(key.sign(leaf, &message(1)), erased);
}

#[test]
fn used_key_signs_no_more() {
    let mut key = key();
    key.sign(15, &message(1)).unwrap();
    assert_eq!(key.next_leaf(), 16);
    let past = |leaf| {
        Err(SignError::LeafPastTree {
            leaf,
            tree_height: 4,
        })
    };
    for leaf in [16, u32::MAX] {
        assert_eq!(key.sign(leaf, &message(1)), past(leaf));
    }
    key.erase_before(u32::MAX);
    assert_eq!(key.next_leaf(), 16);
}

#[test]
fn signing_again_after_a_crash_gives_the_same_signature() {
    let saved = key().to_bytes();
    let signature = key().sign(LEAF, &message(1)).unwrap();
    let mut restored = SecretKey::from_bytes(&saved).unwrap();
    assert_eq!(restored.sign(LEAF, &message(1)), Ok(signature));
}

#[test]
fn erased_leaves_are_in_no_part_of_the_key() {
    let mut states = Vec::new();
    let mut key = key();
    for leaf in 0..16 {
        states.push(key.to_bytes()[40..72].to_vec());
        key.sign(leaf, &message(leaf)).unwrap();
        let bytes = key.to_bytes();
        for state in &states {
            assert!(!bytes.windows(32).any(|window| window == state));
        }
    }
    key = self::key();
    key.erase_before(3);
    let (leaf, next) = (2, 3);
    let erased = SignError::LeafErased { leaf, next };
    assert_eq!(key.sign(leaf, &message(1)), Err(erased));
    assert_eq!(key.reveal_slot_secret(leaf), Err(erased));
    key.erase_before(1);
    assert_eq!(key.next_leaf(), 3);
}

#[test]
fn slot_secret_is_shown_before_and_after_its_leaf_signs() {
    let mut key = key();
    // The proposer needs the secret for its header before it signs the header.
    let before = key.reveal_slot_secret(LEAF).unwrap();
    let signature = key.sign(LEAF, &message(1)).unwrap();
    let secret = key.reveal_slot_secret(LEAF).unwrap();
    assert_eq!(secret, before);
    assert_eq!(slot_digest(&secret), signature.slot_digest);
    key.sign(LEAF + 1, &message(2)).unwrap();
    let (leaf, next) = (LEAF, LEAF + 2);
    let erased = Err(SignError::LeafErased { leaf, next });
    assert_eq!(key.reveal_slot_secret(LEAF), erased);
}

#[test]
fn rejects_tree_heights_out_of_range() {
    for got in [0, 3, 21, u32::MAX] {
        let key = SecretKey::generate([1; 32], KeyPurpose::Vote, 7, got, &|_| ());
        let (min, max) = (4, 20);
        assert_eq!(key.err(), Some(SignError::TreeHeight { min, max, got }));
    }
}

#[test]
fn a_damaged_key_lets_no_signature_out() {
    let mut bytes = KEY.clone();
    bytes[40] ^= 1;
    let mut key = SecretKey::from_bytes(&bytes).unwrap();
    let cause = SignatureError::RootMismatch;
    let broken = Err(SignError::BrokenKey { cause });
    assert_eq!(key.sign(LEAF, &message(1)), broken);
    assert_eq!(key.next_leaf(), LEAF + 1);
}

#[test]
fn secret_key_comes_back_from_its_encoding() {
    let mut key = key();
    let signature = key.sign(LEAF, &message(1)).unwrap();
    let bytes = key.to_bytes();
    let mut restored = SecretKey::from_bytes(&bytes).unwrap();
    assert_eq!(restored.to_bytes(), bytes);
    assert_eq!(restored.key_id(), key.key_id());
    assert_eq!(restored.sign(LEAF, &message(1)), Ok(signature));
    assert_eq!(
        restored.reveal_slot_secret(LEAF),
        key.reveal_slot_secret(LEAF)
    );
    let used = Err(SignError::LeafUsed { leaf: LEAF });
    assert_eq!(restored.sign(LEAF, &message(2)), used);
}

#[test]
fn secret_key_decodes_strictly() {
    let mut key = key();
    key.sign(LEAF, &message(1)).unwrap();
    let bytes = key.to_bytes();
    for len in 0..bytes.len() {
        let cut = SecretKey::from_bytes(&bytes[..len]).err();
        assert!(matches!(cut, Some(DecodeError::Truncated { .. })), "{len}");
    }
    let with = |at: usize, x: u32| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(&x.to_le_bytes());
        SecretKey::from_bytes(&bytes).err()
    };
    let out_of_range = |field, min, max, got| {
        Some(DecodeError::OutOfRange {
            field,
            min,
            max,
            got,
        })
    };
    let (what, expected, got) = ("secret key", 1, 2);
    let version = DecodeError::UnsupportedVersion {
        what,
        expected,
        got,
    };
    assert_eq!(with(0, 2), Some(version));
    assert_eq!(with(4, 0), out_of_range("purpose", 1, 3, 0));
    assert_eq!(with(4, 4), out_of_range("purpose", 1, 3, 4));
    assert_eq!(with(12, 3), out_of_range("tree_height", 4, 20, 3));
    assert_eq!(with(16, 17), out_of_range("next_leaf", 0, 16, 17));
    assert_eq!(with(72, 2), out_of_range("last", 0, 1, 2));
    // A key that has used no leaf has signed nothing.
    assert_eq!(with(16, 0), out_of_range("last", 0, 0, 1));
    assert_eq!(with(76, 6), out_of_range("last leaf", 0, 5, 6));
    for (at, field) in [
        (20, "parameter"),
        (80, "last message"),
        (112, "slot secret"),
        (bytes.len() - 4, "leaves"),
    ] {
        let wide = Some(DecodeError::NonCanonicalElement { field });
        assert_eq!(with(at, Val::ORDER_U32), wide);
    }
}

#[test]
fn secret_key_rejects_what_is_left_over_or_too_long() {
    let mut bytes = KEY.clone();
    bytes.push(0);
    let left_over = SecretKey::from_bytes(&bytes).err();
    assert_eq!(left_over, Some(DecodeError::TrailingBytes { left: 1 }));
    let too_long = SecretKey::from_bytes(&vec![0; 1 << 26]).err();
    assert!(matches!(too_long, Some(DecodeError::TooLong { .. })));
}

#[test]
fn secret_key_comes_back_from_its_parts() {
    let mut key = key();
    let tree = key.tree_to_bytes();
    let fresh = SecretKey::from_parts(&tree, &key.state_to_bytes()).unwrap();
    assert_eq!(fresh.to_bytes(), key.to_bytes());
    let signature = key.sign(LEAF, &message(1)).unwrap();
    assert_eq!(key.tree_to_bytes(), tree);
    let mut restored = SecretKey::from_parts(&tree, &key.state_to_bytes()).unwrap();
    assert_eq!(restored.to_bytes(), key.to_bytes());
    assert_eq!(restored.sign(LEAF, &message(1)), Ok(signature));
    let used = Err(SignError::LeafUsed { leaf: LEAF });
    assert_eq!(restored.sign(LEAF, &message(2)), used);
}

#[test]
fn tree_holds_no_secret_and_state_no_used_leaf() {
    let mut key = key();
    let mut states = Vec::new();
    for leaf in 0..16 {
        states.push(key.state_to_bytes()[8..40].to_vec());
        key.sign(leaf, &message(leaf)).unwrap();
        let (tree, saved) = (key.tree_to_bytes(), key.state_to_bytes());
        for state in &states {
            assert!(!tree.windows(32).any(|window| window == state));
            assert!(!saved.windows(32).any(|window| window == state));
        }
    }
}

#[test]
fn the_parts_of_two_keys_let_no_signature_out() {
    let other = SecretKey::generate([9; 32], KeyPurpose::Vote, 7, 4, &|_| ()).unwrap();
    let mut mixed = SecretKey::from_parts(&key().tree_to_bytes(), &other.state_to_bytes()).unwrap();
    let cause = SignatureError::RootMismatch;
    let broken = Err(SignError::BrokenKey { cause });
    assert_eq!(mixed.sign(LEAF, &message(1)), broken);
}

#[test]
fn parts_of_a_secret_key_decode_strictly() {
    let mut key = key();
    key.sign(LEAF, &message(1)).unwrap();
    let (tree, state) = (key.tree_to_bytes(), key.state_to_bytes().to_vec());
    let decode = |tree: &[u8], state: &[u8]| SecretKey::from_parts(tree, state).err();
    for len in 0..tree.len() {
        let cut = decode(&tree[..len], &state);
        assert!(matches!(cut, Some(DecodeError::Truncated { .. })), "{len}");
    }
    for len in 0..state.len() {
        let cut = decode(&tree, &state[..len]);
        assert!(matches!(cut, Some(DecodeError::Truncated { .. })), "{len}");
    }
    let longer = |bytes: &[u8]| [bytes, &[0]].concat();
    let left_over = Some(DecodeError::TrailingBytes { left: 1 });
    assert_eq!(decode(&longer(&tree), &state), left_over);
    assert_eq!(decode(&tree, &longer(&state)), left_over);
    let with = |bytes: &[u8], at: usize, x: u32| {
        let mut bytes = bytes.to_vec();
        bytes[at..at + 4].copy_from_slice(&x.to_le_bytes());
        bytes
    };
    let version = |what| {
        let (expected, got) = (1, 2);
        Some(DecodeError::UnsupportedVersion {
            what,
            expected,
            got,
        })
    };
    assert_eq!(decode(&with(&tree, 0, 2), &state), version("key tree"));
    assert_eq!(decode(&tree, &with(&state, 0, 2)), version("key state"));
    let out_of_range = |field, min, max, got| {
        Some(DecodeError::OutOfRange {
            field,
            min,
            max,
            got,
        })
    };
    let purpose = decode(&with(&tree, 4, 4), &state);
    assert_eq!(purpose, out_of_range("purpose", 1, 3, 4));
    let height = decode(&with(&tree, 12, 21), &state);
    assert_eq!(height, out_of_range("tree_height", 4, 20, 21));
    let next_leaf = decode(&tree, &with(&state, 4, 17));
    assert_eq!(next_leaf, out_of_range("next_leaf", 0, 16, 17));
    let last = decode(&tree, &with(&state, 40, 2));
    assert_eq!(last, out_of_range("last", 0, 1, 2));
    let field = "leaves";
    let wide = Some(DecodeError::NonCanonicalElement { field });
    assert_eq!(decode(&with(&tree, 36, Val::ORDER_U32), &state), wide);
    let huge = decode(&tree, &vec![0; 1 << 20]);
    assert!(matches!(
        huge,
        Some(DecodeError::TooLong {
            what: "key state",
            ..
        })
    ));
}

#[test]
fn debug_shows_no_secret() {
    let mut key = key();
    key.sign(LEAF, &message(1)).unwrap();
    let text = format!("{key:?}");
    assert!(text.contains("next_leaf: 6") && text.ends_with(".. }"));
    let shown = ["purpose", "chain_id", "public", "next_leaf"];
    assert!(shown.iter().all(|field| text.contains(field)));
    assert!(!text.contains("state") && !text.contains("secret"));
}
