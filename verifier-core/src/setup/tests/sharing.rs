//! What several clients of one setup leave each other: releases with other pins, and two at one store.

use super::world::{World, code, key, served};
use super::*;
use crate::setup::minisign::MinisignSecret;

fn pins(root: &SignedFile, version: u32) -> [RootPin; 2] {
    [
        RootPin::File(root.content.clone()),
        RootPin::Fingerprint(RootFingerprint::of(version, &root.content)),
    ]
}

/// As a client begins: from its pin, where what is kept cannot follow from it.
fn restored_or_new(pin: &RootPin, kept: &[u8]) -> SetupTrust {
    let restored = SetupTrust::restore(pin.clone(), kept);
    restored.map_or_else(
        |_| SetupTrust::new(pin.clone()).unwrap(),
        |(trust, _)| trust,
    )
}

/// A release that pins a later root was here before, such as on a page that a cache has kept the old script of.
#[test]
fn what_was_seen_under_a_later_pin_counts_under_an_earlier_one() {
    let mut world = World::new();
    let [one, two, three] = [(1, 0), (2, 1), (3, 2)].map(|(v, key)| world.root(v, &[key]));
    for later in pins(&two, 2) {
        let mut trust = SetupTrust::new(later.clone()).unwrap();
        let new = served(
            &[&two, &three],
            world.circuits(9, &[2]),
            world.checkpoint(3),
        );
        assert_eq!(code(trust.verify(&new, NOW)), "accept");
        for earlier in pins(&one, 1) {
            let (trust, _) = SetupTrust::restore(earlier.clone(), &trust.to_bytes()).unwrap();
            // Whatever comes of the roots, and over a restart in between.
            let mut again = trust.clone();
            let short = served(&[&one, &two], world.circuits(8, &[1]), world.checkpoint(2));
            // Where the kept roots follow from the pin, the newest one's keys are known.
            let refused = code(again.verify(&short, NOW));
            assert!(["setup-rollback", "setup-unknown-key"].contains(&refused));
            for mut trust in [trust, again] {
                let kept = trust.to_bytes();
                let (mut back, _) = SetupTrust::restore(earlier.clone(), &kept).unwrap();
                for trust in [&mut trust, &mut back] {
                    let all = [&one, &two, &three];
                    let old = served(&all, world.circuits(8, &[2]), world.checkpoint(3));
                    assert_eq!(code(trust.verify(&old, NOW)), "setup-rollback");
                    let newest = served(&all, world.circuits(9, &[2]), world.checkpoint(3));
                    assert_eq!(code(trust.verify(&newest, NOW)), "accept");
                }
                // And under the later one again.
                let (mut later, _) = SetupTrust::restore(later.clone(), &back.to_bytes()).unwrap();
                let old = served(&[&three], world.circuits(8, &[2]), world.checkpoint(3));
                assert_eq!(code(later.verify(&old, NOW)), "setup-rollback");
            }
        }
    }
}

/// What was seen of another setup, by its later pin, shuts nobody out: the roots from the pin on say that it is another.
#[test]
fn what_was_seen_under_a_later_pin_of_another_setup_is_dropped() {
    let (mut world, mut strangers) = (World::new(), World::new());
    strangers.roots = [21, 22].map(|seed| key(Role::Root, seed));
    let [one, two, three] = [1, 2, 3].map(|version| world.root(version, &[0]));
    let [other_two, other_three] = [2, 3].map(|version| strangers.root(version, &[1]));
    for later in pins(&other_two, 2) {
        let mut trust = SetupTrust::new(later).unwrap();
        let far = served(
            &[&other_two, &other_three],
            strangers.circuits(9, &[1]),
            strangers.checkpoint(9),
        );
        assert_eq!(code(trust.verify(&far, NOW)), "accept");
        for earlier in pins(&one, 1) {
            let mut own = restored_or_new(&earlier, &trust.to_bytes());
            let all = served(
                &[&one, &two, &three],
                world.circuits(2, &[0]),
                world.checkpoint(2),
            );
            assert_eq!(code(own.verify(&all, NOW)), "accept");
            // From then on it is its own.
            let (mut own, _) = SetupTrust::restore(earlier, &own.to_bytes()).unwrap();
            let old = served(&[], world.circuits(1, &[0]), world.checkpoint(2));
            assert_eq!(code(own.verify(&old, NOW)), "setup-rollback");
        }
        // The same where the pin has moved on to the root that is another one by its number.
        let [first, _] = pins(&one, 1);
        let borrowed = restored_or_new(&first, &trust.to_bytes());
        for pin in pins(&three, 3) {
            let mut own = restored_or_new(&pin, &borrowed.to_bytes());
            let all = served(&[&three], world.circuits(2, &[0]), world.checkpoint(2));
            assert_eq!(code(own.verify(&all, NOW)), "accept");
        }
    }
}

/// Nor does one that has had more roots: the first that is another by its number says that it is another setup.
#[test]
fn what_was_seen_of_another_setup_with_more_roots_is_dropped_at_the_first_that_differs() {
    let (mut world, mut strangers) = (World::new(), World::new());
    strangers.roots = [21, 22].map(|seed| key(Role::Root, seed));
    let [one, two, three] = [1, 2, 3].map(|version| world.root(version, &[0]));
    let others = [3, 4, 5].map(|version| strangers.root(version, &[1]));
    for later in pins(&others[0], 3) {
        let mut trust = SetupTrust::new(later).unwrap();
        let refs: Vec<_> = others.iter().collect();
        let far = served(&refs, strangers.circuits(9, &[1]), strangers.checkpoint(9));
        assert_eq!(code(trust.verify(&far, NOW)), "accept");
        for earlier in pins(&one, 1) {
            let (mut own, _) = SetupTrust::restore(earlier, &trust.to_bytes()).unwrap();
            // Which of both it is, nobody can say before.
            let short = served(&[&one, &two], world.circuits(2, &[0]), world.checkpoint(2));
            assert_eq!(code(own.verify(&short, NOW)), "setup-rollback");
            let refs = [&one, &two, &three];
            let all = served(&refs, world.circuits(2, &[0]), world.checkpoint(2));
            assert_eq!(code(own.verify(&all, NOW)), "accept");
            assert_eq!(own.seen(), [3, 2, 2]);
        }
    }
}

/// A page that a cache has kept the old script of writes what it has read, and the roots with it: without them, another root than one
/// of those that were seen could be shown to the new one.
#[test]
fn a_later_release_finds_what_it_has_seen_as_an_earlier_one_has_written_it_back() {
    let mut world = World::new();
    let [one, two, three] = [1, 2, 3].map(|version| world.root(version, &[0]));
    for later in pins(&two, 2) {
        let mut trust = SetupTrust::new(later.clone()).unwrap();
        let roots = [&two, &three];
        let new = served(&roots, world.circuits(5, &[0]), world.checkpoint(3));
        assert_eq!(code(trust.verify(&new, NOW)), "accept");
        for earlier in pins(&one, 1) {
            let (old, _) = SetupTrust::restore(earlier, &trust.to_bytes()).unwrap();
            let (mut back, last) = SetupTrust::restore(later.clone(), &old.to_bytes()).unwrap();
            assert_eq!(back.next_root(), 4);
            assert_eq!(code(back.verify(&last, NOW)), "accept");
        }
    }
}

/// Of a root between those that are kept and the newest that was seen.
#[test]
fn what_was_seen_under_a_root_after_a_pinned_file_counts() {
    let mut world = World::new();
    let roots = world.many_roots();
    let refs: Vec<_> = roots.iter().collect();
    let mut trust = SetupTrust::new(RootPin::File(roots[0].content.clone())).unwrap();
    let all = served(&refs[1..], world.circuits(5, &[2]), world.checkpoint(2));
    assert_eq!(code(trust.verify(&all, NOW)), "accept");
    for pin in pins(&roots[64], 65) {
        let (mut again, _) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
        let rest = |version| {
            served(
                &refs[64..],
                world.circuits(version, &[2]),
                world.checkpoint(2),
            )
        };
        assert_eq!(code(again.clone().verify(&rest(4), NOW)), "setup-rollback");
        assert_eq!(code(again.verify(&rest(5), NOW)), "accept");
    }
}

/// Junk that was there first keeps out no signature of a key that the next root names.
#[test]
fn junk_keeps_no_signature_of_a_later_key_out() {
    let mut world = World::new();
    let (first, second) = (world.root(1, &[0]), world.root(2, &[1]));
    let pin = RootPin::File(first.content.clone());
    let mut trust = SetupTrust::new(pin).unwrap();
    let honest = served(&[], world.circuits(3, &[0, 1]), world.checkpoint(2));
    let real = &honest.circuits.signatures[0];
    let mut crowded = honest.clone();
    crowded.circuits.signatures.truncate(1);
    let others = (0..15).map(|seed| {
        let stranger = MinisignSecret::new(MinisignKeyId([100 + seed; 8]), &[seed; 32]);
        let ed25519 = stranger.sign(&honest.circuits.content, "junk");
        SetupSignature {
            ed25519: ed25519.into_bytes(),
            hash: real.hash.clone(),
        }
    });
    crowded.circuits.signatures.extend(others);
    assert_eq!(crowded.circuits.signatures.len(), 16);
    assert_eq!(code(trust.verify(&crowded, NOW)), "accept");
    assert_eq!(code(trust.verify(&honest, NOW)), "accept");
    let back = served(&[&second], world.circuits(2, &[1]), world.checkpoint(2));
    assert_eq!(code(trust.verify(&back, NOW)), "setup-rollback");
}

/// Returns a second root with these circuits keys, and two clients that are pinned to the first.
fn two_clients(world: &mut World, circuits: &[usize]) -> (SignedFile, [SetupTrust; 2]) {
    let (first, second) = (world.root(1, &[0]), world.root(2, circuits));
    let trust = SetupTrust::new(RootPin::File(first.content)).unwrap();
    (second, [trust.clone(), trust])
}

/// Two clients at one store: neither has the other forget what it has seen, whatever a host has shown to each.
#[test]
fn a_client_takes_what_another_has_seen_and_nothing_older() {
    let mut world = World::new();
    let (second, [mut a, mut b]) = two_clients(&mut world, &[0]);
    assert_eq!(b.seen(), [1, 1, 1]);
    let revoking = served(&[], world.circuits(5, &[0]), world.checkpoint(3));
    assert_eq!(code(a.verify(&revoking, NOW)), "accept");
    let newer = served(&[&second], world.circuits(4, &[0]), world.checkpoint(4));
    assert_eq!(code(b.verify(&newer, NOW)), "accept");
    let (kept_a, kept_b) = (a.to_bytes(), b.to_bytes());
    for (trust, kept) in [(&mut a, &kept_b), (&mut b, &kept_a)] {
        let last = trust.join(kept).unwrap().unwrap();
        assert_eq!((trust.seen(), trust.next_root()), ([2, 5, 4], 3));
        assert_eq!(code(trust.clone().verify(&last, NOW)), "accept");
        assert_eq!(trust.join(kept).unwrap(), None, "nothing is new any more");
        assert_eq!(code(trust.verify(&newer, NOW)), "setup-rollback");
        let damaged = &kept[1..];
        assert_eq!(trust.join(damaged).unwrap_err().code(), "setup-remembered");
        assert_eq!(trust.seen(), [2, 5, 4]);
    }
}

/// What keys have signed that were taken away is not taken along.
#[test]
fn a_client_takes_nothing_that_keys_of_before_have_signed() {
    let mut world = World::new();
    let (second, [mut a, mut b]) = two_clients(&mut world, &[1]);
    let thief = served(&[], world.circuits(900, &[0]), world.checkpoint(2));
    assert_eq!(code(a.verify(&thief, NOW)), "accept");
    let healed = served(&[&second], world.circuits(4, &[1]), world.checkpoint(2));
    assert_eq!(code(b.verify(&healed, NOW)), "accept");
    assert_eq!(b.join(&a.to_bytes()).unwrap(), None);
    assert!(a.join(&b.to_bytes()).unwrap().is_some());
    for trust in [a, b] {
        assert_eq!(trust.seen(), [2, 4, 2]);
    }
}

/// What a cached page has seen, whose pin comes before a root that nobody needed the signatures of.
#[test]
fn what_was_seen_under_a_pin_counts_whoever_has_signed_the_root_that_it_names() {
    let mut world = World::new();
    let [one, two] = [(1, 0), (2, 1)].map(|(v, key)| world.root(v, &[key]));
    let mut bare = two.clone();
    bare.signatures.truncate(1);
    let later = RootPin::Fingerprint(RootFingerprint::of(2, &two.content));
    let mut trust = SetupTrust::new(later.clone()).unwrap();
    let new = served(&[&bare], world.circuits(9, &[1]), world.checkpoint(3));
    assert_eq!(code(trust.verify(&new, NOW)), "accept");
    for earlier in pins(&one, 1) {
        let (mut old, _) = SetupTrust::restore(earlier, &trust.to_bytes()).unwrap();
        let roots = [&one, &two];
        let before = served(&roots, world.circuits(8, &[1]), world.checkpoint(3));
        assert_eq!(code(old.verify(&before, NOW)), "setup-rollback");
        let (mut back, _) = SetupTrust::restore(later.clone(), &old.to_bytes()).unwrap();
        let before = served(&[], world.circuits(8, &[1]), world.checkpoint(3));
        assert_eq!(code(back.verify(&before, NOW)), "setup-rollback");
    }
}

/// The same between releases: of what was seen under a later pin, the keys are those of the newest root there.
#[test]
fn a_client_takes_from_another_release_what_the_keys_of_its_root_have_signed() {
    let mut world = World::new();
    let [one, two, three] = [(1, 0), (2, 0), (3, 1)].map(|(v, key)| world.root(v, &[key]));
    let [first, _] = pins(&one, 1);
    for later in pins(&three, 3) {
        let mut release = SetupTrust::new(later.clone()).unwrap();
        let healed = served(&[&three], world.circuits(4, &[1]), world.checkpoint(2));
        assert_eq!(code(release.verify(&healed, NOW)), "accept");
        let mut own = SetupTrust::new(first.clone()).unwrap();
        let thief = served(&[&two], world.circuits(900, &[0]), world.checkpoint(2));
        assert_eq!(code(own.verify(&thief, NOW)), "accept");
        let (mut trust, _) = SetupTrust::restore(first.clone(), &release.to_bytes()).unwrap();
        trust.join(&own.to_bytes()).unwrap();
        assert_eq!(trust.seen(), [3, 4, 2]);
        own.join(&release.to_bytes()).unwrap();
        assert_eq!(own.seen(), [3, 4, 2]);

        // What they have signed is taken, whoever has walked to the root.
        let mut walked = SetupTrust::new(first.clone()).unwrap();
        let same = served(
            &[&two, &three],
            world.circuits(4, &[1]),
            world.checkpoint(2),
        );
        assert_eq!(code(walked.verify(&same, NOW)), "accept");
        let newer = served(&[], world.circuits(9, &[1]), world.checkpoint(2));
        assert_eq!(code(release.verify(&newer, NOW)), "accept");
        assert!(walked.join(&release.to_bytes()).unwrap().is_some());
        assert_eq!(walked.seen(), [3, 9, 2]);
    }
}

/// Of another setup that has used the same name in a store, nothing is taken that contradicts what a client has walked to.
#[test]
fn a_client_takes_nothing_of_a_setup_with_another_root_than_its_own() {
    let (mut world, mut strangers) = (World::new(), World::new());
    strangers.roots = [21, 22].map(|seed| key(Role::Root, seed));
    let [one, two] = [1, 2].map(|version| world.root(version, &[0]));
    let others = [2, 3].map(|version| strangers.root(version, &[1]));
    let [first, _] = pins(&one, 1);
    for later in pins(&others[0], 2) {
        let mut own = SetupTrust::new(first.clone()).unwrap();
        let new = served(&[&two], world.circuits(9, &[0]), world.checkpoint(2));
        assert_eq!(code(own.verify(&new, NOW)), "accept");
        let mut far = SetupTrust::new(later).unwrap();
        let refs: Vec<_> = others.iter().collect();
        let theirs = served(&refs, strangers.circuits(9, &[1]), strangers.checkpoint(9));
        assert_eq!(code(far.verify(&theirs, NOW)), "accept");
        let refused = own.join(&far.to_bytes()).unwrap_err();
        assert_eq!(refused.code(), "setup-other-pin");
        let old = served(&[], world.circuits(8, &[0]), world.checkpoint(2));
        assert_eq!(code(own.verify(&old, NOW)), "setup-rollback");
    }
}
