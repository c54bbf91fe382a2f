//! What may be put in the place of a published setup, and what of that is kept.

use std::slice;

use rpp_verifier::{Role, SetupFileName};

use super::super::{
    ListingError, Rotation, SetupFolder, Signing, check_clients, check_follows, check_listing,
    keep_newer_checkpoint, keep_newer_circuits, verify_folder,
};
use super::rotating::{LATER, checkpoint, circuits, rotated};
use super::{Team, header};

fn first_circuit(folder: &SetupFolder) -> String {
    circuits(folder).file.circuits[0].to_string()
}

#[test]
fn a_newer_checkpoint_is_kept_where_its_keys_still_count() {
    let mut team = Team::new();
    let first = team.first();
    let newer = rotated(&first, |rotation| rotation.move_online(header(5)));
    let newer = team.sign(newer, &["dave"]);
    let version = |folder: &SetupFolder| checkpoint(folder).envelope.version;
    // A rotation that was prepared before that: a key is added, or the key that signs is taken away.
    team.join("gina", Role::Checkpoint);
    let (public, dave) = (team.public("gina"), team.id("dave"));
    let signers = ["alice", "bob", "dave", "gina"];
    let added = rotated(&first, |rotation| rotation.add_key(public.clone()));
    let mut added = team.sign(added, &signers);
    check_clients(&first, &added, LATER).unwrap();
    assert_eq!(
        check_clients(&newer, &added, LATER).unwrap_err().code(),
        "setup-rollback"
    );
    assert_eq!(keep_newer_checkpoint(&newer, &mut added, LATER), Some(2));
    assert_eq!(version(&added), 2);
    check_clients(&newer, &added, LATER).unwrap();
    let taken = rotated(&first, |rotation| {
        rotation.add_key(public.clone())?;
        rotation.remove_key(dave)
    });
    // The same people, who have not signed the other draft.
    let mut team = Team::new();
    let _ = team.first();
    team.join("gina", Role::Checkpoint);
    let mut taken = team.sign(taken, &["alice", "bob", "gina"]);
    assert_eq!(keep_newer_checkpoint(&newer, &mut taken, LATER), None);
    check_follows(&newer, &taken).unwrap();
    check_clients(&newer, &taken, LATER).unwrap();
}

/// Circuits were published while people signed a root; its keys sign no other one.
#[test]
fn a_signed_root_is_published_beside_the_circuits_of_meanwhile() {
    let mut team = Team::new();
    let first = team.first();
    let renewed = |folder: &SetupFolder, role| {
        rotated(folder, |rotation| {
            rotation.renew(role);
            Ok(())
        })
    };
    let draft = renewed(&first, Role::Root);
    let half = team.sign(draft, &["alice"]);
    let whole = team.sign(half.clone(), &["bob"]);
    let listed = renewed(&first, Role::Circuits);
    let listed = team.sign(listed, &["carol"]);
    let listed = rotated(&listed, |rotation| rotation.move_online(header(5)));
    let published = team.sign(listed, &["dave"]);
    let refused = check_follows(&published, &whole).unwrap_err();
    assert_eq!(refused.code(), "setup-rollback");
    let mut again = Rotation::of(published.clone(), LATER + 1).unwrap();
    again.renew(Role::Root);
    let (again, _) = again.finish().unwrap();
    let signing = Signing::of(&again, team.signer("alice")).unwrap();
    let refused = signing.check().unwrap_err();
    assert_eq!(refused.code(), "setup-key-version-signed");
    assert!(refused.to_string().contains("setup publish"), "{refused}");

    let mut next = whole.clone();
    assert_eq!(keep_newer_circuits(&published, &mut next, LATER), Some(2));
    let version = SetupFileName::Root { version: 2 };
    assert_eq!(next.signatures(&version), whole.signatures(&version));
    let _ = verify_folder(&next, None, LATER).unwrap();
    check_follows(&published, &next).unwrap();
    check_clients(&published, &next, LATER).unwrap();
    next.remove(&version);
    assert_eq!(next, published);
    // Neither a root that too few have signed, nor an older list without one, nor one whose keys count no more.
    let carol = team.id("carol");
    team.join("frank", Role::Circuits);
    let public = team.public("frank");
    let mut others = Team::new();
    let _ = others.first();
    others.join("frank", Role::Circuits);
    let taken = rotated(&first, |rotation| {
        rotation.add_key(public.clone())?;
        rotation.remove_key(carol)
    });
    let taken = others.sign(taken, &["alice", "bob"]);
    for mut other in [half, first, taken] {
        let before = other.clone();
        assert_eq!(keep_newer_circuits(&published, &mut other, LATER), None);
        assert_eq!(other, before);
    }
}

/// Both were prepared as the same version, and the published one was signed by another key than the own.
#[test]
fn a_signed_root_is_published_beside_other_circuits_of_the_same_version() {
    for is_published_revoked in [true, false] {
        let mut team = Team::new();
        let first = team.first();
        team.join("frank", Role::Circuits);
        let public = team.public("frank");
        let base = rotated(&first, |rotation| rotation.add_key(public));
        let base = team.sign(base, &["alice", "bob"]);
        let circuit = first_circuit(&first);
        let next = |is_revoked: bool, has_root: bool| {
            rotated(&base, |rotation| {
                rotation.renew(Role::Circuits);
                if has_root {
                    rotation.renew(Role::Root);
                }
                match is_revoked {
                    true => rotation.revoke(&circuit),
                    false => Ok(()),
                }
            })
        };
        let published = next(is_published_revoked, false);
        let published = team.sign(published, &["frank"]);
        let folder = next(!is_published_revoked, true);
        let mut folder = team.sign(folder, &["alice", "bob", "carol"]);
        assert_eq!(circuits(&folder).envelope, circuits(&published).envelope);
        let before = folder.clone();
        let kept = keep_newer_circuits(&published, &mut folder, LATER);
        if is_published_revoked {
            assert_eq!((kept, folder.newest_root()), (Some(2), 3));
            assert_eq!(circuits(&folder), circuits(&published));
            check_follows(&published, &folder).unwrap();
            check_listing(Some(&published), &folder, &[]).unwrap();
        } else {
            // It is the folder that revokes: that is not dropped in silence.
            assert_eq!((kept, &folder), (None, &before));
            let refused = check_follows(&published, &folder).unwrap_err();
            assert_eq!(refused.code(), "setup-two-contents");
        }
    }
}

#[test]
fn nothing_is_published_that_goes_back() {
    let mut team = Team::new();
    let first = team.first();
    let change = |height| move |rotation: &mut Rotation| rotation.move_online(header(height));
    let second = rotated(&first, change(5));
    check_follows(&first, &second).unwrap();
    let back = |before: &SetupFolder, after: &SetupFolder| {
        check_follows(before, after).unwrap_err().code()
    };
    assert_eq!(back(&second, &first), "setup-rollback");
    let other = rotated(&first, change(6));
    assert_eq!(back(&second, &other), "setup-two-contents");
    let third = rotated(&second, |rotation| {
        rotation.renew(Role::Root);
        Ok(())
    });
    assert_eq!(back(&third, &second), "setup-missing-file");
    let mut another = second.clone();
    another.put(
        &SetupFileName::Root { version: 1 },
        b"another root".to_vec(),
    );
    assert_eq!(back(&second, &another), "setup-two-contents");
}

/// It was prepared before the revocation, under a version above all that was published since.
#[test]
fn what_was_revoked_is_not_listed_again_without_a_word() {
    let mut team = Team::new();
    let first = team.first();
    let circuit = first_circuit(&first);
    let revoked = rotated(&first, |rotation| rotation.revoke(&circuit));
    let revoked = team.sign(revoked, &["carol"]);
    let stale = rotated(&first, |rotation| rotation.renew_above(Role::Circuits, 2));
    let stale = team.sign(stale, &["carol"]);
    let _ = verify_folder(&stale, None, LATER).unwrap();
    check_follows(&revoked, &stale).unwrap();
    let refused = check_listing(Some(&revoked), &stale, &[]).unwrap_err();
    assert!(
        refused.to_string().contains(&format!("--list {circuit}")),
        "{refused}"
    );
    assert_eq!(
        refused,
        ListingError::More {
            circuit: circuit.clone()
        }
    );
    check_listing(Some(&revoked), &stale, slice::from_ref(&circuit)).unwrap();
    // Nothing is brought back by what lists less, or the same.
    check_listing(Some(&stale), &revoked, &[]).unwrap();
    check_listing(Some(&stale), &stale, &[]).unwrap();
    check_listing(None, &stale, &[]).unwrap();
    for before in [None, Some(&stale)] {
        let refused = check_listing(before, &revoked, slice::from_ref(&circuit)).unwrap_err();
        assert_eq!(refused.code(), "setup-circuit-missing");
    }
}

#[test]
fn what_was_retired_is_not_listed_for_more_heights_without_a_word() {
    let team = Team::new();
    let first = team.prepare();
    let circuit = first_circuit(&first);
    let until = |until| rotated(&first, |rotation| rotation.retire(&circuit, until));
    let (earlier, later) = (until(50), until(51));
    for more in [&later, &first] {
        let refused = check_listing(Some(&earlier), more, &[]).unwrap_err();
        assert_eq!(refused.code(), "setup-lists-more");
    }
    check_listing(Some(&later), &earlier, &[]).unwrap();
    let mut from = circuits(&first);
    from.file.circuits[0].from = 1;
    let mut narrow = first.clone();
    narrow.put(&SetupFileName::Circuits, from.encode());
    let refused = check_listing(Some(&narrow), &first, &[]).unwrap_err();
    assert_eq!(refused.code(), "setup-lists-more");
    check_listing(Some(&first), &narrow, &[]).unwrap();
}
