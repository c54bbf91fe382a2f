//! What a process has prepared, and people have signed or published meanwhile.

use std::fs;

use rpp_verifier::{CheckpointFile, CircuitsFile, Role, SetupFileName};

use super::super::content::read;
use super::super::{Rotation, SetupFolder, Signing, verify_folder};
use super::keeping::Home;
use super::{DAY, NOW, Team, header};

fn rotated(folder: &SetupFolder, now: u64, change: impl FnOnce(&mut Rotation)) -> SetupFolder {
    let mut rotation = Rotation::of(folder.clone(), now).unwrap();
    change(&mut rotation);
    rotation.finish().unwrap().0
}

fn signed(home: &Home, role: Role, folder: &SetupFolder) -> SetupFolder {
    let mut signer = home.signer(role);
    let signing = Signing::of(folder, &mut signer).unwrap();
    signing.sign_in_memory().unwrap()
}

fn height(folder: &SetupFolder) -> u32 {
    let file = read::<CheckpointFile>(folder, SetupFileName::Checkpoint).unwrap();
    file.file.header.height
}

fn refused(home: &Home, now: u64) -> (&'static str, String) {
    let refused = home.keys.keep(header(5), now).unwrap_err();
    (refused.code(), refused.to_string())
}

#[test]
fn what_people_have_published_is_not_replaced_by_what_was_prepared_before() {
    let home = Home::begun();
    let team = Team::new();
    // Somebody has a key open, so that what is prepared waits.
    let mut own = home.signer(Role::Root);
    let (code, says) = refused(&home, NOW + 1);
    assert_eq!(code, "setup-key-in-use");
    assert!(says.contains(".setup-prepared"), "{says}");
    let next = rotated(&home.published(), NOW + 2, |rotation| {
        rotation.add_key(team.public("alice")).unwrap();
    });
    let next = Signing::of(&next, &mut own)
        .unwrap()
        .sign_in_memory()
        .unwrap();
    drop(own);
    next.place(&home.path("setup")).unwrap();
    assert!(home.keep(6, NOW + 3).is_renewed);
    assert_eq!(home.versions()[0], 2);
    assert_eq!(height(&home.published()), 6);
    let _ = verify_folder(&home.published(), None, NOW + 3).unwrap();
    assert!(!home.path(".setup-prepared").exists());
}

#[test]
fn what_is_prepared_as_a_version_that_people_have_signed_is_prepared_again() {
    for is_published in [true, false] {
        let home = Home::begun();
        let prepared = rotated(&home.published(), NOW + 1, |rotation| {
            rotation.move_online(header(5)).unwrap();
        });
        prepared.place(&home.path(".setup-prepared")).unwrap();
        // Killed there; then people renew the checkpoint.
        let next = rotated(&home.published(), NOW + 2, |rotation| {
            rotation.renew(Role::Checkpoint);
        });
        let next = signed(&home, Role::Checkpoint, &next);
        if is_published {
            next.place(&home.path("setup")).unwrap();
        }
        home.begin().unwrap();
        assert!(!home.path(".setup-prepared").exists());
        assert!(home.keep(9, NOW + 4).is_renewed);
        assert_eq!((home.versions(), height(&home.published())), ([1, 1, 3], 9));
    }
}

/// The key of people and of the process is one; the version that it comes to next is above what they publish.
#[test]
fn what_was_prepared_before_a_revocation_does_not_undo_it() {
    let home = Home::begun();
    let file = read::<CircuitsFile>(&home.published(), SetupFileName::Circuits).unwrap();
    let circuit = file.file.circuits[0].to_string();
    let revoked = rotated(&home.published(), NOW + 1, |r| r.revoke(&circuit).unwrap());
    let revoked = signed(&home, Role::Circuits, &revoked);
    let prepared = rotated(&home.published(), NOW + 2, |r| {
        r.renew_above(Role::Circuits, 2).unwrap();
    });
    prepared.place(&home.path(".setup-prepared")).unwrap();
    revoked.place(&home.path("setup")).unwrap();
    home.begin().unwrap();
    assert!(!home.path(".setup-prepared").exists());
    assert_eq!(home.published(), revoked);
    assert!(home.keep(5, NOW + 89 * DAY).is_renewed);
    assert_eq!(home.versions()[..2], [1, 3]);
    let file = read::<CircuitsFile>(&home.published(), SetupFileName::Circuits).unwrap();
    assert!(
        file.file
            .circuits
            .iter()
            .all(|own| own.to_string() != circuit)
    );
}

/// Its key has signed the prepared root, and signs no other as this version.
#[test]
fn a_prepared_root_is_published_though_what_was_prepared_with_it_cannot_be() {
    let home = Home::begun();
    let prepared = rotated(&home.published(), NOW + 1, |rotation| {
        rotation.renew(Role::Root);
        rotation.move_online(header(5)).unwrap();
    });
    prepared.place(&home.path(".setup-prepared")).unwrap();
    // Killed after the root was signed, and before that was published.
    let _ = signed(&home, Role::Root, &prepared);
    let next = rotated(&home.published(), NOW + 2, |rotation| {
        rotation.renew(Role::Checkpoint);
    });
    let next = signed(&home, Role::Checkpoint, &next);
    next.place(&home.path("setup")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.versions(), [2, 1, 2]);
    assert!(home.keep(9, NOW + 4).is_renewed);
    assert_eq!((home.versions(), height(&home.published())), ([2, 1, 3], 9));
    let _ = verify_folder(&home.published(), None, NOW + 4).unwrap();
}

#[test]
fn a_setup_without_its_root_key_is_kept_by_the_other_keys() {
    let home = Home::begun();
    let key = home.keys.path_of(Role::Root);
    fs::remove_file(&key).unwrap();
    home.begin().unwrap();
    assert!(home.keep(5, NOW + 1).is_renewed);
    home.begin().unwrap();
    assert_eq!(home.versions(), [1, 1, 2]);
    let kept = home.keep(6, NOW + 340 * DAY);
    assert_eq!((kept.is_renewed, kept.others), (true, vec![Role::Root]));
    assert_eq!(home.versions(), [1, 2, 3]);
}

#[test]
fn a_setup_from_before_its_last_root_is_kept_until_that_root_is_put_back() {
    let home = Home::begun();
    let old = home.published();
    home.keep(5, NOW + 340 * DAY);
    assert_eq!(home.versions()[0], 2);
    let new = home.published();
    old.place(&home.path("setup")).unwrap();
    let now = NOW + 341 * DAY;
    home.begin().unwrap();
    for height in [6, 7] {
        let kept = home.keep(height, now);
        assert_eq!((kept.is_renewed, kept.lost_root), (true, Some(2)));
    }
    assert_eq!((home.versions()[0], height(&home.published())), (1, 7));
    home.begin().unwrap();
    new.place(&home.path("setup")).unwrap();
    let kept = home.keep(8, now);
    assert_eq!((kept.is_renewed, kept.lost_root), (true, None));
    let _ = verify_folder(&home.published(), None, now).unwrap();
}

#[test]
fn what_is_prepared_and_not_signed_is_named() {
    let home = Home::begun();
    let mut prepared = rotated(&home.published(), NOW + 1, |rotation| {
        rotation.renew(Role::Root)
    });
    prepared.remove(&SetupFileName::Chain);
    prepared.place(&home.path(".setup-prepared")).unwrap();
    let begun = home.keys.begin(
        super::keeping::chain(),
        header(0),
        &rpp_verifier::CIRCUITS,
        NOW + 2,
        &|_, _| {},
    );
    let refused = begun.unwrap_err();
    assert_eq!(refused.code(), "setup-missing-file");
    assert!(refused.to_string().contains(".setup-prepared"), "{refused}");
}

/// A circuits key of somebody else's beside the own one; one of both is enough.
fn with_ops(home: &Home, team: &Team) {
    let next = rotated(&home.published(), NOW + 1, |rotation| {
        rotation.add_key(team.public("carol")).unwrap();
    });
    let next = signed(home, Role::Root, &next);
    next.place(&home.path("setup")).unwrap();
}

#[test]
fn a_file_that_others_have_published_needs_no_own_signature() {
    let home = Home::begun();
    let mut team = Team::new();
    with_ops(&home, &team);
    // The own key has signed a draft by the number of what is published.
    let draft = rotated(&home.published(), NOW + 2, |r| r.renew(Role::Circuits));
    let _ = signed(&home, Role::Circuits, &draft);
    let next = rotated(&home.published(), NOW + 3, |r| r.renew(Role::Circuits));
    let next = team.sign(next, &["carol"]);
    next.place(&home.path("setup")).unwrap();
    let [_, _, before] = home.versions();
    assert!(home.keep(5, NOW + DAY).is_renewed);
    let [_, _, after] = home.versions();
    assert_eq!(after, before + 1);
}

#[test]
fn a_root_that_its_key_has_signed_is_published_whatever_became_of_the_rest() {
    let home = Home::begun();
    let mut team = Team::new();
    with_ops(&home, &team);
    let prepared = rotated(&home.published(), NOW + 2, |r| {
        r.renew(Role::Root);
        r.renew(Role::Circuits);
    });
    prepared.place(&home.path(".setup-prepared")).unwrap();
    // Killed after both were signed.
    let half = signed(&home, Role::Root, &prepared);
    let _ = signed(&home, Role::Circuits, &half);
    let next = rotated(&home.published(), NOW + 3, |r| r.renew(Role::Circuits));
    let next = team.sign(next, &["carol"]);
    next.place(&home.path("setup")).unwrap();
    home.begin().unwrap();
    assert!(!home.path(".setup-prepared").exists());
    assert_eq!(home.versions()[0], 3);
    assert_eq!(home.keep(5, NOW + 340 * DAY).lost_root, None);
}

#[test]
fn an_idle_key_stops_nobody() {
    let home = Home::begun();
    let mut team = Team::new();
    with_ops(&home, &team);
    for step in 0..17 {
        let next = rotated(&home.published(), NOW + 3 + step, |r| {
            r.renew(Role::Circuits)
        });
        let next = team.sign(next, &["carol"]);
        next.place(&home.path("setup")).unwrap();
    }
    assert!(home.keep(5, NOW + DAY).is_renewed);
    home.begin().unwrap();
}

#[test]
fn keys_from_a_backup_beside_a_newer_setup_sign_nothing() {
    let home = Home::begun();
    let backup = home.path("backup");
    fs::create_dir(&backup).unwrap();
    for entry in fs::read_dir(home.path("keys")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), backup.join(entry.file_name())).unwrap();
    }
    assert!(home.keep(5, NOW + DAY).is_renewed);
    fs::remove_dir_all(home.path("keys")).unwrap();
    fs::rename(&backup, home.path("keys")).unwrap();
    let before = home.published();
    let refused = home.keys.keep(header(6), NOW + 2 * DAY).unwrap_err();
    assert_eq!(refused.code(), "setup-key-restored");
    assert_eq!(home.published(), before);
}
