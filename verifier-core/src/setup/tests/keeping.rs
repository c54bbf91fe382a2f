//! What is remembered over restarts and rotations, and what is forgotten with the keys that signed it.

use std::format;

use super::world::{World, code, key, served};
use super::*;

/// `circuits.json` 3 was taken, but no checkpoint with it, under a root whose keys are others than the pinned one's.
#[test]
fn a_file_that_was_taken_alone_is_remembered_over_a_restart() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0]), world.root(2, &[1]));
    let [file, print] = [
        RootPin::File(first.content.clone()),
        RootPin::Fingerprint(RootFingerprint::of(1, &first.content)),
    ];
    let mut verdicts = vec![];
    for pin in [print, file] {
        let mut trust = SetupTrust::new(pin.clone()).unwrap();
        let old = served(
            &[&first, &second],
            world.circuits(2, &[1]),
            world.checkpoint(2),
        );
        assert_eq!(code(trust.verify(&old, NOW)), "accept");
        let mut half = served(&[], world.circuits(3, &[1]), world.checkpoint(3));
        half.checkpoint.signatures.clear();
        assert_eq!(code(trust.verify(&half, NOW)), "setup-too-few-keys");
        assert_eq!(code(trust.clone().verify(&old, NOW)), "setup-rollback");
        let (mut again, rest) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
        verdicts.push([
            code(again.clone().verify(&rest, NOW)),
            code(again.verify(&old, NOW)),
        ]);
    }
    // The newest of both that were taken make a whole.
    let expected = ["accept", "setup-rollback"];
    assert_eq!(verdicts, [expected; 2], "fingerprint, file");
}

/// The newest file that was taken is signed by the keys that stay; it was never accepted as part of a whole setup.
#[test]
fn a_file_that_was_taken_alone_is_remembered_over_a_rotation() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0, 1]), world.root(2, &[1, 2]));
    let mut trust = SetupTrust::new(RootPin::File(first.content.clone())).unwrap();
    let both = &[0, 1];
    let old = served(&[], world.circuits(2, both), world.checkpoint(2));
    assert_eq!(code(trust.verify(&old, NOW)), "accept");
    let mut half = served(&[], world.circuits(3, both), world.checkpoint(3));
    half.checkpoint.signatures.clear();
    assert_eq!(code(trust.verify(&half, NOW)), "setup-too-few-keys");
    let back = served(&[&second], world.circuits(2, both), world.checkpoint(2));
    assert_eq!(code(trust.verify(&back, NOW)), "setup-rollback");
}

#[test]
fn what_was_kept_of_another_chain_is_not_taken() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0]), world.root(2, &[0]));
    let mut trust = SetupTrust::new(RootPin::File(first.content.clone())).unwrap();
    let new = served(&[&second], world.circuits(3, &[0]), world.checkpoint(3));
    assert_eq!(code(trust.verify(&new, NOW)), "accept");
    let keys = Parsed::<RootFile>::decode(&first.content)
        .unwrap()
        .file
        .root;
    let pin = RootPin::Keys(PinnedKeys {
        chain_id: CHAIN + 1,
        version: 3,
        keys,
    });
    let restored = SetupTrust::restore(pin, &trust.to_bytes());
    assert_eq!(
        restored.map(|_| ()).map_err(|error| error.code()),
        Err("setup-other-pin")
    );
}

/// A fingerprint knows of no root yet: that the keys are the same shows once it is served.
#[test]
fn a_file_that_was_taken_alone_is_remembered_under_a_later_pin() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0]), world.root(2, &[0]));
    let mut trust = SetupTrust::new(RootPin::File(first.content)).unwrap();
    let old = served(&[], world.circuits(2, &[0]), world.checkpoint(2));
    assert_eq!(code(trust.verify(&old, NOW)), "accept");
    let mut half = served(&[], world.circuits(3, &[0]), world.checkpoint(3));
    half.checkpoint.signatures.clear();
    assert_eq!(code(trust.verify(&half, NOW)), "setup-too-few-keys");
    let back = served(&[&second], world.circuits(2, &[0]), world.checkpoint(2));
    let pins = [
        RootPin::File(second.content.clone()),
        RootPin::Fingerprint(RootFingerprint::of(2, &second.content)),
    ];
    let verdicts = pins.map(|pin| {
        let (mut again, _) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
        code(again.verify(&back, NOW))
    });
    assert_eq!(verdicts, ["setup-rollback"; 2], "file, fingerprint");
}

#[test]
fn a_header_far_ahead_is_forgotten_with_the_keys_that_signed_it() {
    let mut world = World::new();
    let first = world.root(1, &[0]);
    let mut trust = SetupTrust::new(RootPin::File(first.content)).unwrap();
    let thief = {
        let far = NamedHeader {
            height: u32::MAX,
            hash: HeaderHash(Digest::ZERO),
            timestamp_ms: NOW,
        };
        let file = CheckpointFile {
            header: far,
            circuits_version: 1,
            root_version: 1,
        };
        let content = Parsed {
            envelope: envelope(5, 7),
            file,
        }
        .encode();
        let mut copy = SetupSecret::from_bytes(&world.checkpoint.to_bytes()).unwrap();
        SignedFile {
            signatures: vec![copy.sign(&content).unwrap()],
            content,
        }
    };
    let stolen = served(&[], world.circuits(1, &[0]), thief);
    assert_eq!(code(trust.verify(&stolen, NOW)), "accept");
    let honest = served(&[], world.circuits(1, &[0]), world.checkpoint(6));
    assert_eq!(
        code(trust.clone().verify(&honest, NOW)),
        "setup-checkpoint-behind"
    );
    world.checkpoint = key(Role::Checkpoint, 13);
    let second = world.root(2, &[0]);
    let healed = served(&[&second], world.circuits(1, &[0]), world.checkpoint(2));
    assert_eq!(code(trust.verify(&healed, NOW)), "accept");
}

/// What the thief of a key has signed counts no more once that key is taken out of the list.
#[test]
fn a_version_far_ahead_is_forgotten_where_its_key_is_taken_out() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0, 1]), world.root(2, &[0]));
    let mut trust = SetupTrust::new(RootPin::File(first.content)).unwrap();
    let stolen = served(&[], world.circuits(1023, &[1]), world.checkpoint(1));
    assert_eq!(code(trust.verify(&stolen, NOW)), "accept");
    let healed = served(&[&second], world.circuits(2, &[0]), world.checkpoint(1));
    assert_eq!(code(trust.verify(&healed, NOW)), "accept");
}

/// More roots than one answer brings: those that are kept can be read again, and the rest is asked for once more; until the newest is
/// there again, nothing passes.
#[test]
fn a_restart_after_many_roots_goes_on_where_the_kept_ones_end() {
    let mut world = World::new();
    let roots = world.many_roots();
    let refs: Vec<_> = roots.iter().collect();
    let pin = RootPin::File(roots[0].content.clone());
    let mut trust = SetupTrust::new(pin.clone()).unwrap();
    let all = served(&refs[1..], world.circuits(5, &[2]), world.checkpoint(2));
    assert_eq!(code(trust.verify(&all, NOW)), "accept");
    assert_eq!(trust.next_root(), 67);
    let (mut again, _) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
    assert_eq!(again.next_root(), 65);
    // Keys that were taken away later sign another way on.
    let mut thief = World::new();
    let fork = [65, 66].map(|version| thief.root(version, &[0]));
    let short = served(&[&fork[0]], world.circuits(9, &[0]), world.checkpoint(2));
    assert_eq!(code(again.clone().verify(&short, NOW)), "setup-rollback");
    let [one, two] = &fork;
    let long = served(&[one, two], world.circuits(9, &[0]), world.checkpoint(2));
    assert_eq!(code(again.clone().verify(&long, NOW)), "setup-two-contents");
    let rest = |circuits| served(&refs[64..], circuits, world.checkpoint(2));
    let old = rest(world.circuits(4, &[2]));
    assert_eq!(code(again.clone().verify(&old, NOW)), "setup-rollback");
    let same = rest(world.circuits(5, &[2]));
    assert_eq!(code(again.verify(&same, NOW)), "accept");
}

/// No clock is right that shows a time before the one at which a root was issued, or that is pinned as a file.
#[test]
fn the_time_of_a_root_counts() {
    let mut world = World::new();
    let first = world.root(1, &[0]);
    let mut later = Parsed::<RootFile>::decode(&first.content).unwrap();
    later.envelope.version = 2;
    later.envelope.issued += DAY / 2;
    let content = later.encode();
    let signatures = world
        .roots
        .each_mut()
        .map(|root| root.sign(&content).unwrap());
    let second = SignedFile {
        content,
        signatures: signatures.to_vec(),
    };
    let mut trust = SetupTrust::new(RootPin::File(first.content)).unwrap();
    assert_eq!(trust.latest_ms(), NOW);
    let with = served(&[&second], world.circuits(1, &[0]), world.checkpoint(1));
    assert_eq!(code(trust.verify(&with, NOW)), "accept");
    assert_eq!(trust.latest_ms(), NOW + DAY / 2);
}

#[test]
fn a_pinned_file_has_a_version_that_a_root_may_have() {
    let mut file = root(&secrets());
    for version in [0, Role::Root.max_version() + 1] {
        file.envelope.version = version;
        let pinned = SetupTrust::new(RootPin::File(file.encode()));
        assert_eq!(code(pinned), "setup-version-range", "{version}");
    }
}

/// A host without any key serves the newest file once more, with one signature left out; then the next root.
#[test]
fn no_signature_is_forgotten_by_leaving_it_out() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0, 1]), world.root(2, &[1, 2]));
    let mut trust = SetupTrust::new(RootPin::File(first.content.clone())).unwrap();
    let both = &[0, 1];
    let new = served(&[], world.circuits(3, both), world.checkpoint(2));
    assert_eq!(code(trust.verify(&new, NOW)), "accept");
    let back = served(&[&second], world.circuits(2, both), world.checkpoint(2));
    let mut stripped = new.clone();
    stripped.circuits.signatures.truncate(1);
    assert_eq!(code(trust.verify(&stripped, NOW)), "accept");
    assert_eq!(code(trust.clone().verify(&back, NOW)), "setup-rollback");

    // Nor by others that come first and are too many: such as nobody has made, or one again with another comment, which is signed
    // by nobody.
    let good = &stripped.circuits.signatures[0];
    let text = core::str::from_utf8(&good.ed25519).unwrap();
    let junk = |low: u8| SetupSignature {
        ed25519: vec![low],
        hash: vec![low],
    };
    let again = |low: u8| SetupSignature {
        ed25519: text
            .replacen(
                "untrusted comment: ",
                &format!("untrusted comment: {low} "),
                1,
            )
            .into_bytes(),
        hash: good.hash.clone(),
    };
    let crowds: [&dyn Fn(u8) -> SetupSignature; 2] = [&junk, &again];
    for crowd in crowds {
        let mut trust = SetupTrust::new(RootPin::File(first.content.clone())).unwrap();
        let mut crowded = stripped.clone();
        crowded.circuits.signatures.extend((0..16).map(crowd));
        assert_eq!(code(trust.verify(&crowded, NOW)), "accept");
        assert_eq!(code(trust.verify(&new, NOW)), "accept");
        assert_eq!(code(trust.verify(&crowded, NOW)), "accept");
        assert_eq!(code(trust.verify(&back, NOW)), "setup-rollback");
    }
}

/// Signatures alone are no news, and take nothing away that was verified.
#[test]
fn an_answer_that_is_refused_has_shown_no_more_by_its_signatures() {
    let mut world = World::new();
    let first = world.root(1, &[0, 1]);
    let mut trust = SetupTrust::new(RootPin::File(first.content.clone())).unwrap();
    let new = served(&[], world.circuits(3, &[0, 1]), world.checkpoint(2));
    let nothing = trust.clone();
    assert_eq!(code(trust.verify(&new, NOW)), "accept");
    assert!(trust.has_seen_more_than(&nothing));
    let before = trust.clone();
    let mut bad = new.clone();
    bad.circuits.signatures.reverse();
    bad.checkpoint.signatures.clear();
    assert_eq!(code(trust.verify(&bad, NOW)), "setup-too-few-keys");
    assert!(!trust.has_seen_more_than(&before));
    bad.circuits = world.circuits(4, &[0]);
    assert_eq!(code(trust.verify(&bad, NOW)), "setup-too-few-keys");
    assert!(trust.has_seen_more_than(&before));
}
