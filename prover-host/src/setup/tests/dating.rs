//! Clocks that were ahead, and headers of another time or chain.

use std::fs;

use rpp_verifier::{
    CIRCUITS, ChainFile, CheckpointFile, CircuitsFile, Digest, HeaderHash, NamedHeader, Role,
    SetupFileName,
};

use super::super::content::read;
use super::super::{
    Plan, Rotation, SetupFolder, SetupStatus, Shelf, check_clients, check_follows, verify_folder,
};
use super::keeping::{Home, chain};
use super::{DAY, NOW, Team, header};

fn issued(folder: &SetupFolder) -> [u64; 2] {
    let circuits = read::<CircuitsFile>(folder, SetupFileName::Circuits).unwrap();
    let checkpoint = read::<CheckpointFile>(folder, SetupFileName::Checkpoint).unwrap();
    [circuits.envelope.issued, checkpoint.envelope.issued]
}

fn warnings(folder: &SetupFolder, now: u64) -> String {
    SetupStatus::of(folder, now).unwrap().warnings.join("\n")
}

#[test]
fn a_setup_that_a_clock_has_dated_ahead_is_issued_again_once_the_clock_is_right() {
    let home = Home::begun();
    let far = NOW + 200 * DAY;
    assert!(home.keep(5, far).is_renewed);
    assert_eq!(issued(&home.published()), [far; 2]);
    let now = NOW + DAY;
    let refused = verify_folder(&home.published(), None, now).unwrap_err();
    assert_eq!(refused.code(), "setup-issued-ahead");
    let says = warnings(&home.published(), now);
    assert!(says.contains("circuits.json was issued on"), "{says}");
    assert!(says.contains("rotate --renew checkpoint"), "{says}");
    // As a host does when it starts.
    assert!(home.keys.is_out_of_date(now).unwrap());
    assert!(home.keep(6, now).is_renewed);
    assert!(!home.keys.is_out_of_date(now).unwrap());
    assert_eq!(issued(&home.published()), [now; 2]);
    assert_eq!(warnings(&home.published(), now), "");
    let _ = Shelf::open(&home.path("setup"), chain(), CIRCUITS, |_| None, now).unwrap();
    assert!(!home.keep(6, now + 1).is_renewed);
}

/// Every client has to walk over it: what comes after it helps nobody.
#[test]
fn a_root_that_a_clock_has_dated_ahead_is_named_and_left() {
    let home = Home::begun();
    let far = NOW + 2_000 * DAY;
    assert!(home.keep(5, far).is_renewed);
    let now = NOW + DAY;
    let before = home.published();
    let refused = home.keys.keep(header(6), now).unwrap_err();
    assert_eq!(refused.code(), "setup-issued-ahead");
    let text = refused.to_string();
    assert!(text.starts_with("root.2.json in "), "{text}");
    assert!(text.contains("pin the root of a new setup"), "{text}");
    assert_eq!(home.published(), before);
    let says = warnings(&before, now);
    assert!(
        says.contains("root.2.json was issued on") && says.contains("new setup"),
        "{says}"
    );
}

/// Its process was killed after the key had signed, and before that was published. The key signs no other root of that version.
#[test]
fn a_root_that_its_key_has_signed_by_a_clock_that_was_ahead_waits_for_its_time() {
    let home = Home::begun();
    let far = NOW + 350 * DAY;
    let mut rotation = Rotation::of(home.published(), far).unwrap();
    for role in Role::ALL {
        rotation.renew(role);
    }
    let (mut prepared, _) = rotation.finish().unwrap();
    prepared.place(&home.path(".setup-prepared")).unwrap();
    for role in Role::ALL {
        prepared = home.signed(role, &prepared);
    }
    let before = home.published();
    home.begin().unwrap();
    assert_eq!(home.published(), before);
    assert!(!home.path(".setup-prepared").exists());
    // Meanwhile the others go on, above the versions that they have used up.
    let kept = home.keep(5, NOW + 1);
    assert_eq!((kept.is_renewed, kept.waiting_root), (true, None));
    assert_eq!(home.versions(), [1, 1, 3]);
    let kept = home.keep(6, NOW + 340 * DAY);
    assert_eq!((kept.lost_root, kept.waiting_root), (None, Some(2)));
    assert_eq!((kept.is_renewed, home.versions()), (true, [1, 3, 4]));
    // A day before its time, when clients take it.
    assert!(home.keep(6, far - DAY).is_renewed);
    assert_eq!(home.versions()[0], 2);
    let file = SetupFileName::Root { version: 2 };
    assert_eq!(home.published().file(&file), prepared.file(&file));
    let _ = verify_folder(&home.published(), None, far - DAY).unwrap();
    let _ = home.keep(7, far);
    assert!(!home.path(".setup-root").exists());
    assert_eq!(home.keep(8, far + 340 * DAY).waiting_root, None);
    assert_eq!(home.versions()[0], 3);
}

/// Nothing else was due at the time, and what has expired meanwhile is issued again with it.
#[test]
fn a_root_that_has_waited_is_published_whether_anything_else_is_due_or_not() {
    for (far, time) in [
        (NOW + 2 * DAY, NOW + DAY),
        (NOW + 800 * DAY, NOW + 801 * DAY),
    ] {
        let home = Home::begun();
        let mut rotation = Rotation::of(home.published(), far).unwrap();
        rotation.renew(Role::Root);
        let (prepared, _) = rotation.finish().unwrap();
        prepared.place(&home.path(".setup-prepared")).unwrap();
        let _ = home.signed(Role::Root, &prepared);
        home.begin().unwrap();
        let checkpoint = home.versions()[2];
        assert!(home.keep(5, NOW).is_renewed);
        assert!(home.keep(5, time).is_renewed);
        assert_eq!(home.versions()[0], 2);
        assert!(home.versions()[2] > checkpoint);
        let _ = verify_folder(&home.published(), None, time).unwrap();
    }
}

/// People have published one under its number.
#[test]
fn a_root_that_waits_is_dropped_once_there_is_another_one() {
    let home = Home::begun();
    let first = home.published();
    let team = Team::new();
    let mut rotation = Rotation::of(first.clone(), NOW).unwrap();
    rotation.add_key(team.public("alice")).unwrap();
    let (with_alice, _) = rotation.finish().unwrap();
    let with_alice = home.signed(Role::Root, &with_alice);
    let mut waiting = SetupFolder::default();
    let file = SetupFileName::Root { version: 2 };
    waiting.put(&file, b"another".to_vec());
    waiting.place(&home.path(".setup-root")).unwrap();
    with_alice.place(&home.path("setup")).unwrap();
    assert!(home.keep(5, NOW + 1).is_renewed);
    assert!(!home.path(".setup-root").exists());
    assert_eq!(home.published().file(&file), with_alice.file(&file));
}

/// Its keys have signed it, and sign no other one.
#[test]
fn a_first_setup_that_a_clock_has_dated_ahead_is_not_given_up() {
    let home = Home::begun();
    let first = home.published();
    fs::remove_dir_all(home.path("setup")).unwrap();
    let mut prepared = SetupFolder::default();
    for file in first.files() {
        prepared.put(&file, first.file(&file).unwrap().to_vec());
    }
    prepared.place(&home.path(".setup-prepared")).unwrap();
    let refused = home
        .keys
        .begin(chain(), header(0), &CIRCUITS, NOW - 9 * DAY, &|_, _| {});
    let refused = refused.unwrap_err();
    assert_eq!(refused.code(), "setup-issued-ahead");
    assert!(refused.to_string().contains(".setup-prepared"), "{refused}");
    home.begin().unwrap();
    assert_eq!(home.published(), first);
}

#[test]
fn a_rotation_follows_a_clock_that_was_set_back_by_a_day_and_no_further() {
    let team = Team::new();
    let first = team.prepare();
    for (now, expected) in [
        (NOW - DAY, NOW),
        (NOW - DAY - 1, NOW - DAY - 1),
        (NOW + 1, NOW + 1),
    ] {
        let mut rotation = Rotation::of(first.clone(), now).unwrap();
        rotation.renew(Role::Root);
        rotation.renew(Role::Circuits);
        rotation.renew(Role::Checkpoint);
        let renewed = rotation.finish();
        // The header of the checkpoint is from a day before.
        let renewed = renewed.unwrap().0;
        let least = header(0).timestamp_ms;
        assert_eq!(issued(&renewed), [expected.max(least); 2], "{now}");
    }
}

fn plan(team: &Team, checkpoint: NamedHeader) -> Result<SetupFolder, &'static str> {
    let root = read(&team.prepare(), SetupFileName::Root { version: 1 });
    let plan = Plan {
        chain: ChainFile { ..chain() },
        root: root.unwrap().file,
        checkpoint,
        releases: Vec::new(),
        now_ms: NOW,
    };
    plan.prepare(&CIRCUITS).map_err(|error| error.code())
}

#[test]
fn a_checkpoint_that_clients_would_refuse_is_not_prepared() {
    let team = Team::new();
    let first = team.prepare();
    let far = NamedHeader {
        timestamp_ms: NOW + DAY + 1,
        ..header(7)
    };
    let hash = HeaderHash(Digest::from_bytes(&[1; 32]).unwrap());
    let elsewhere = NamedHeader { hash, ..header(0) };
    for (header, code) in [
        (far, "setup-checkpoint-ahead"),
        (elsewhere, "setup-other-checkpoint"),
    ] {
        assert_eq!(plan(&team, header), Err(code));
        let rotated = |change: &dyn Fn(&mut Rotation)| {
            let mut rotation = Rotation::of(first.clone(), NOW).unwrap();
            change(&mut rotation);
            rotation.finish().unwrap_err().code()
        };
        assert_eq!(
            rotated(&|rotation| rotation.move_online(header).unwrap()),
            code
        );
        assert_eq!(
            rotated(&|rotation| rotation.move_offline(header).unwrap()),
            code
        );
    }
    // Clocks differ a little.
    let near = NamedHeader {
        timestamp_ms: NOW + DAY,
        ..header(7)
    };
    assert_eq!(issued(&plan(&team, near).unwrap()), [NOW + DAY; 2]);
}

/// The machine that keeps the checkpoint recent had a clock that was ten days ahead.
#[test]
fn a_checkpoint_from_ahead_of_all_lifetimes_is_replaced_and_the_rest_still_counts() {
    let mut team = Team::new();
    let first = team.first();
    let renewed = |folder: &SetupFolder, role, now| {
        let mut rotation = Rotation::of(folder.clone(), now).unwrap();
        rotation.renew(role);
        rotation.finish().unwrap().0
    };
    let second = renewed(&first, Role::Circuits, NOW + 1);
    let second = team.sign(second, &["carol"]);
    let ahead = renewed(&second, Role::Checkpoint, NOW + 10 * DAY);
    let ahead = team.sign(ahead, &["dave"]);
    let third = renewed(&ahead, Role::Checkpoint, NOW + 2);
    let third = team.sign(third, &["dave"]);
    check_clients(&ahead, &third, NOW + 2).unwrap();
    check_follows(&ahead, &third).unwrap();
    // Clients have taken the list beside it all the same.
    let mut back = third;
    for file in first
        .files()
        .filter(|file| *file == SetupFileName::Circuits)
    {
        back.put(&file, first.file(&file).unwrap().to_vec());
        for (key, signature) in first.signatures(&file) {
            back.put_signature(&file, key, signature);
        }
    }
    let refused = check_clients(&ahead, &back, NOW + 2).unwrap_err();
    assert_eq!(refused.code(), "setup-rollback");
}

/// The clock was ten days ahead when the host started, and was put right while it runs.
#[test]
fn a_running_host_serves_what_a_right_clock_has_dated_after_a_wrong_one() {
    let home = Home::begun();
    let far = NOW + 10 * DAY;
    assert!(home.keep(5, far).is_renewed);
    let shelf = Shelf::open(&home.path("setup"), chain(), CIRCUITS, |_| None, far).unwrap();
    let refresh = |now| shelf.refresh(|_| None, now).map_err(|error| error.code());
    assert!(home.keep(6, NOW + 1).is_renewed);
    assert_eq!((refresh(NOW + 1), shelf.refused()), (Ok(true), None));
    assert_eq!(shelf.current().folder, home.published());
    // Nothing goes back all the same, and what was refused is named until it is gone.
    let second = home.published();
    assert!(home.keep(7, NOW + 2).is_renewed);
    assert_eq!(refresh(NOW + 2), Ok(true));
    let third = home.published();
    second.place(&home.path("setup")).unwrap();
    assert_eq!(refresh(NOW + 3), Err("setup-rollback"));
    assert_eq!(shelf.refused(), Some("setup-rollback"));
    third.place(&home.path("setup")).unwrap();
    assert_eq!((refresh(NOW + 3), shelf.refused()), (Ok(false), None));
}

/// It was prepared by a clock that was ahead, and its process was killed before a key signed it.
#[test]
fn what_is_prepared_ahead_of_the_clock_is_not_signed_but_prepared_again() {
    let home = Home::begun();
    let mut rotation = Rotation::of(home.published(), NOW + 400 * DAY).unwrap();
    rotation.renew(Role::Root);
    let (prepared, _) = rotation.finish().unwrap();
    prepared.place(&home.path(".setup-prepared")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.versions(), [1, 1, 1]);
    assert!(!home.path(".setup-prepared").exists());
    assert_eq!(home.signer(Role::Root).next_version(), 2);
}
