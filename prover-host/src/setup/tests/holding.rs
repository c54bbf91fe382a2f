//! One process has a key: whatever is done to its files meanwhile, and after a crash.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rpp_verifier::Role;

use super::super::log::SigningLog;
use super::super::sign_steps::{SignStep, SignSteps, SignStopped};
use super::super::{OpenedKey, Signer};
use super::signing::{Home, check};
use super::{checkpoint, copy, names, passphrase, secret_of};

#[test]
fn of_two_processes_one_signs_though_the_lock_was_removed() {
    let home = Home::new();
    let mut first = home.open();
    fs::remove_file(home.dir.path().join("a.key.lock")).unwrap();
    let mut second = home.open();
    let (one, other) = (checkpoint(1, 5), checkpoint(1, 6));
    let refused = first.sign(&one).unwrap_err();
    assert_eq!(refused.code(), "setup-key-not-held");
    check(&second.sign(&other).unwrap(), 1, &other);
    assert_eq!(first.sign(&one).unwrap_err().code(), "setup-key-not-held");
    assert_eq!(
        first.declare_restored(5).unwrap_err().code(),
        "setup-key-not-held"
    );
    drop((first, second));
    assert_eq!(home.refused(&one), "setup-key-version-signed");
}

/// Whoever removes the lock just before the file is written is seen just after it.
#[test]
fn a_lock_that_is_removed_while_a_version_is_reserved_is_missed_before_it_is_signed() {
    let home = Home::new();
    let lock = home.dir.path().join("a.key.lock");
    let watch = move |step| {
        if step == SignStep::Reserved {
            fs::remove_file(&lock).unwrap();
        }
        Ok(())
    };
    let mut first = home.open().watched(SignSteps::watched(watch));
    // The secret of the version is erased by a write, and the signature leaves after that.
    let refused = first.sign(&checkpoint(1, 5)).unwrap_err();
    assert_eq!(refused.code(), "setup-key-not-held");
}

#[test]
fn a_key_file_that_was_exchanged_meanwhile_is_not_signed_with() {
    let home = Home::new();
    copy(&home.key(), &home.backup());
    home.sign(&checkpoint(1, 5)).unwrap();
    let mut signer = home.open();
    copy(&home.backup(), &home.key());
    let refused = signer.sign(&checkpoint(2, 5)).unwrap_err();
    assert_eq!(refused.code(), "setup-key-not-held");
    drop(signer);
    assert_eq!(home.refused(&checkpoint(2, 5)), "setup-key-restored");
}

#[test]
fn a_key_with_two_names_signs_by_none_of_them() {
    let home = Home::new();
    let link = home.dir.path().join("b.key");
    fs::hard_link(home.key(), &link).unwrap();
    let log = SigningLog::path_of(&home.key());
    fs::hard_link(log, SigningLog::path_of(&link)).unwrap();
    for name in [home.key(), link.clone()] {
        let refused = Signer::open(&name, &passphrase()).unwrap_err();
        assert_eq!(refused.code(), "setup-key-linked");
        assert!(refused.to_string().contains("cp -p"), "{refused}");
    }
    fs::remove_file(link).unwrap();
    home.sign(&checkpoint(1, 5)).unwrap();
    // Nor by a name that leads to another one.
    let link = home.dir.path().join("c.key");
    symlink(home.key(), &link).unwrap();
    assert_eq!(
        Signer::open(&link, &passphrase()).unwrap_err().code(),
        "file"
    );
    // One that comes while the key is open is seen as well.
    let mut signer = home.open();
    fs::hard_link(home.key(), home.backup()).unwrap();
    let refused = signer.sign(&checkpoint(2, 5)).unwrap_err();
    assert_eq!(refused.code(), "setup-key-linked");
}

/// As if the disk was full when the log was to be written, and has room again.
#[test]
fn a_signer_whose_log_was_not_written_signs_nothing_until_it_is_opened_again() {
    let home = Home::new();
    let is_full = Arc::new(AtomicBool::new(true));
    let watch =
        move |step| match step == SignStep::Reserved && is_full.swap(false, Ordering::Relaxed) {
            true => Err(SignStopped(step)),
            false => Ok(()),
        };
    let mut signer = home.open().watched(SignSteps::watched(watch));
    let content = checkpoint(1, 5);
    assert!(signer.sign(&content).is_err());
    for content in [&content, &checkpoint(2, 6)] {
        let refused = signer.sign(content).unwrap_err();
        assert_eq!(refused.code(), "setup-key-not-held");
    }
    drop(signer);
    check(&home.sign(&content).unwrap(), 1, &content);
    let log = fs::read_to_string(SigningLog::path_of(&home.key())).unwrap();
    assert_eq!(log.lines().count(), 2, "{log}");
}

#[test]
fn a_look_at_a_key_leaves_no_trace() {
    let home = Home::new();
    let content = checkpoint(1, 5);
    home.killed(&content, SignStep::Reserved);
    fs::remove_file(home.dir.path().join("a.key.lock")).unwrap();
    let contents = || {
        let paths = names(home.dir.path()).into_iter();
        let files = paths.map(|name| (fs::read(home.dir.path().join(&name)).unwrap(), name));
        files.collect::<Vec<_>>()
    };
    let before = contents();
    let mut key = OpenedKey::look(&home.key(), &passphrase()).unwrap();
    assert!(!key.is_restored());
    key.check(&content).unwrap();
    let other = key.check(&checkpoint(1, 6)).unwrap_err();
    assert_eq!(other.code(), "setup-key-version-signed");
    key.give_up(7);
    assert_eq!(key.next_version(), 8);
    assert_eq!(contents(), before);
    // A key that is not there gets no lock.
    for open in [
        Signer::open(&home.backup(), &passphrase()).map(|_| ()),
        OpenedKey::look(&home.backup(), &passphrase()).map(|_| ()),
    ] {
        assert_eq!(open.unwrap_err().code(), "file");
    }
    assert_eq!(contents(), before);
    // Whoever is signing is not disturbed, nor mistaken for a copy.
    let signer = home.open();
    let busy = OpenedKey::look(&home.key(), &passphrase()).unwrap_err();
    assert_eq!(busy.code(), "setup-key-in-use");
    drop(signer);
}

#[test]
fn a_key_file_that_others_can_read_is_refused_with_the_command_that_helps() {
    let home = Home::new();
    let set = |mode| fs::set_permissions(home.key(), Permissions::from_mode(mode)).unwrap();
    for mode in [0o644, 0o660, 0o604] {
        set(mode);
        let refused = Signer::check_private(&home.key()).unwrap_err();
        assert_eq!(refused.code(), "setup-key-permissions", "{mode:o}");
        assert!(refused.to_string().contains("chmod 600 "), "{refused}");
    }
    for mode in [0o600, 0o400] {
        set(mode);
        Signer::check_private(&home.key()).unwrap();
    }
}

#[test]
fn what_a_crash_left_of_a_key_file_is_removed_by_the_next_command() {
    let home = Home::new();
    let left = home.dir.path().join(".a.key.new");
    fs::write(&left, b"half a key").unwrap();
    home.sign(&checkpoint(1, 5)).unwrap();
    assert!(!left.exists());
    // Killed while the key was made: the file has got its name, and still has the other one.
    fs::hard_link(home.key(), &left).unwrap();
    home.sign(&checkpoint(2, 5)).unwrap();
    assert!(!left.exists());
}

/// People call a replacement so, and its owner may have made it long ago.
#[test]
fn a_key_whose_name_continues_that_of_another_one_survives_it() {
    let home = Home::new();
    let path = home.dir.path().join("b.key");
    drop(Signer::create(&path, secret_of("bob", Role::Checkpoint), &passphrase()).unwrap());
    let renamed = home.dir.path().join("a.key.new");
    fs::rename(&path, &renamed).unwrap();
    fs::rename(SigningLog::path_of(&path), SigningLog::path_of(&renamed)).unwrap();
    home.sign(&checkpoint(1, 5)).unwrap();
    home.killed(&checkpoint(2, 5), SignStep::Reserved);
    home.sign(&checkpoint(2, 5)).unwrap();
    drop(Signer::open(&renamed, &passphrase()).unwrap());
}

#[test]
fn no_key_is_made_under_the_name_of_a_file_beside_another_one() {
    let home = Home::new();
    let before = names(home.dir.path());
    for ending in [".new", ".log", ".lock", ".pub"] {
        let path = home.dir.path().join(format!("b.key{ending}"));
        let made = Signer::create(&path, secret_of("bob", Role::Checkpoint), &passphrase());
        let refused = made.unwrap_err();
        assert_eq!(refused.code(), "setup-key-name");
        let says = format!("ends in {ending}");
        assert!(refused.to_string().contains(&says), "{refused}");
    }
    assert_eq!(names(home.dir.path()), before);
}
