//! One version, one file: through kills, and through copies that are put back.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use rpp_verifier::{HashHalf, Role, SetupFileName, SetupSignature, setup_message, sha256};
use tempfile::TempDir;

use super::super::folder::SetupFolder;
use super::super::sign_steps::{SignStep, SignSteps, SignStopped};
use super::super::signer::Signer;
use super::super::signer_error::SignerError;
use super::super::{PublicKeyFile, log::SigningLog};
use super::{CHAIN, checkpoint, copy, passphrase, secret};

/// A checkpoint key in a folder of its own.
pub(super) struct Home {
    pub(super) dir: TempDir,
}

impl Home {
    pub(super) fn new() -> Self {
        let home = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        drop(Signer::create(&home.key(), secret(Role::Checkpoint), &passphrase()).unwrap());
        home
    }

    pub(super) fn key(&self) -> PathBuf {
        self.dir.path().join("a.key")
    }

    pub(super) fn backup(&self) -> PathBuf {
        self.dir.path().join("backup")
    }

    pub(super) fn open(&self) -> Signer {
        Signer::open(&self.key(), &passphrase()).unwrap()
    }

    pub(super) fn sign(&self, content: &[u8]) -> Result<SetupSignature, SignerError> {
        self.open().sign(content)
    }

    pub(super) fn refused(&self, content: &[u8]) -> &'static str {
        self.sign(content).unwrap_err().code()
    }

    /// Signs until a step, and is killed there.
    pub(super) fn killed(&self, content: &[u8], at: SignStep) {
        let stop = move |step| {
            if step == at {
                Err(SignStopped(step))
            } else {
                Ok(())
            }
        };
        let mut signer = self.open().watched(SignSteps::watched(stop));
        let stopped = signer.sign(content);
        assert!(matches!(stopped, Err(SignerError::Stopped(_))), "{at:?}");
    }
}

/// Checks that a signature is of this file, at the leaf of its version.
pub(super) fn check(signature: &SetupSignature, version: u32, content: &[u8]) {
    let half = HashHalf::from_bytes(&signature.hash).unwrap();
    let message = setup_message(CHAIN, Role::Checkpoint, version, &sha256(content));
    assert_eq!(half.version, version);
    half.key.verify(version, &message, &half.signature).unwrap();
}

/// The public key is written last; whoever makes the key needs it before there is anything to sign.
#[test]
fn a_key_without_its_public_key_writes_it_when_it_is_opened() {
    let home = Home::new();
    let public = PublicKeyFile::path_of(&home.key());
    let before = fs::read(&public).unwrap();
    assert!(!Signer::is_unfinished(&home.key()));
    fs::remove_file(&public).unwrap();
    assert!(Signer::is_unfinished(&home.key()));
    drop(home.open());
    assert_eq!(fs::read(&public).unwrap(), before);
    // One that is there is left alone, and where no key is, nothing is to be finished.
    fs::write(&public, b"mine").unwrap();
    drop(home.open());
    assert_eq!(fs::read(&public).unwrap(), b"mine");
    fs::remove_file(home.key()).unwrap();
    fs::remove_file(&public).unwrap();
    assert!(!Signer::is_unfinished(&home.key()));
}

#[test]
fn a_file_that_was_signed_gets_the_same_signature_and_another_one_none() {
    let home = Home::new();
    let (first, other) = (checkpoint(1, 5), checkpoint(1, 6));
    let signature = home.sign(&first).unwrap();
    check(&signature, 1, &first);
    assert_eq!(home.sign(&first).unwrap(), signature);
    assert_eq!(home.refused(&other), "setup-key-version-signed");
    let second = checkpoint(2, 6);
    check(&home.sign(&second).unwrap(), 2, &second);
    assert_eq!(home.refused(&first), "setup-key-version-passed");
    // Versions may be left out.
    let ninth = checkpoint(9, 6);
    check(&home.sign(&ninth).unwrap(), 9, &ninth);
    assert_eq!(home.refused(&checkpoint(8, 6)), "setup-key-version-passed");
    assert_eq!(home.open().next_version(), 10);
}

#[test]
fn a_signer_that_is_killed_between_two_writes_signs_that_file_or_none() {
    for at in SignStep::ALL {
        for first in [1, 2] {
            let home = Home::new();
            if first == 2 {
                home.sign(&checkpoint(1, 1)).unwrap();
            }
            let (content, other) = (checkpoint(first, 5), checkpoint(first, 6));
            home.killed(&content, at);
            assert_eq!(home.refused(&other), "setup-key-version-signed", "{at:?}");
            let signature = home.sign(&content).unwrap();
            check(&signature, first, &content);
            assert_eq!(home.sign(&content).unwrap(), signature);
            // Whoever gives the file up takes the next version.
            let next = checkpoint(first + 1, 6);
            check(&home.sign(&next).unwrap(), first + 1, &next);
        }
    }
}

#[test]
fn the_version_after_a_kill_may_be_the_next_one() {
    for at in SignStep::ALL {
        let home = Home::new();
        home.killed(&checkpoint(1, 5), at);
        let next = checkpoint(2, 6);
        check(&home.sign(&next).unwrap(), 2, &next);
        assert_eq!(home.refused(&checkpoint(1, 5)), "setup-key-version-passed");
    }
}

#[test]
fn a_signer_that_is_killed_again_and_again_signs_one_file() {
    let home = Home::new();
    let content = checkpoint(1, 5);
    for at in SignStep::ALL.into_iter().chain(SignStep::ALL) {
        // From the first reservation on, only the steps after it are there to be killed at.
        if matches!(at, SignStep::Signed | SignStep::Saved) || home.open().next_version() == 1 {
            home.killed(&content, at);
        }
        assert_eq!(home.refused(&checkpoint(1, 6)), "setup-key-version-signed");
    }
    check(&home.sign(&content).unwrap(), 1, &content);
}

#[test]
fn an_old_copy_of_the_key_file_signs_nothing_until_it_is_declared() {
    // However many signatures it lacks, and at whichever step the newest one stopped.
    for (signed, at) in [
        (1, None),
        (2, None),
        (1, Some(SignStep::Logged)),
        (2, Some(SignStep::Saved)),
    ] {
        let home = Home::new();
        copy(&home.key(), &home.backup());
        for version in 1..=signed {
            let content = checkpoint(version, 5);
            match at.filter(|_| version == signed) {
                Some(at) => home.killed(&content, at),
                None => drop(home.sign(&content).unwrap()),
            }
        }
        copy(&home.backup(), &home.key());
        for version in 1..=signed + 1 {
            assert_eq!(home.refused(&checkpoint(version, 6)), "setup-key-restored");
        }
        let mut signer = home.open();
        assert!(signer.is_restored());
        signer.declare_restored(0).unwrap();
        let below = signer.sign(&checkpoint(signed, 6)).unwrap_err();
        assert_eq!(below.code(), "setup-key-version-passed");
        drop(signer);
        assert_eq!(
            home.refused(&checkpoint(signed, 5)),
            "setup-key-version-passed"
        );
        let next = checkpoint(signed + 1, 6);
        check(&home.sign(&next).unwrap(), signed + 1, &next);
    }
}

/// Whoever reserved a version and was killed before the log knew of it has shown nothing to anybody: the copy may
/// sign the version for another file.
#[test]
fn a_copy_from_before_a_reservation_that_only_the_key_file_had_is_free() {
    let home = Home::new();
    copy(&home.key(), &home.backup());
    home.killed(&checkpoint(1, 5), SignStep::Reserved);
    copy(&home.backup(), &home.key());
    let content = checkpoint(1, 6);
    check(&home.sign(&content).unwrap(), 1, &content);
}

#[test]
fn a_declared_copy_signs_only_above_what_was_seen() {
    let home = Home::new();
    let mut signer = home.open();
    signer.declare_restored(40).unwrap();
    assert_eq!(signer.next_version(), 41);
    drop(signer);
    assert_eq!(home.refused(&checkpoint(40, 5)), "setup-key-version-passed");
    let content = checkpoint(41, 5);
    check(&home.sign(&content).unwrap(), 41, &content);
    // Saying it again takes nothing back.
    home.open().declare_restored(3).unwrap();
    assert_eq!(home.open().next_version(), 42);
    let content = checkpoint(42, 5);
    check(&home.sign(&content).unwrap(), 42, &content);
}

#[test]
fn a_copy_of_key_and_log_is_known_by_the_signatures_in_the_folder() {
    let home = Home::new();
    let log = SigningLog::path_of(&home.key());
    let old_log = home.dir.path().join("old log");
    copy(&home.key(), &home.backup());
    copy(&log, &old_log);
    let content = checkpoint(1, 5);
    let signature = home.sign(&content).unwrap();
    let mut folder = SetupFolder::default();
    folder.put(&SetupFileName::Checkpoint, content.clone());
    let id = home.open().id();
    folder.put_signature(&SetupFileName::Checkpoint, id, signature.clone());
    let mut signer = home.open();
    signer.compare(&folder);
    assert!(!signer.is_restored());
    drop(signer);

    copy(&home.backup(), &home.key());
    copy(&old_log, &log);
    let mut signer = home.open();
    assert!(!signer.is_restored(), "nothing beside the folder shows it");
    signer.compare(&folder);
    let refused = signer.sign(&checkpoint(1, 6)).unwrap_err();
    assert_eq!(refused.code(), "setup-key-restored");
    drop(signer);

    // What the key has not signed shows nothing.
    let mut forged = SetupFolder::default();
    forged.put(&SetupFileName::Checkpoint, checkpoint(1, 6));
    forged.put_signature(&SetupFileName::Checkpoint, id, signature);
    let mut signer = home.open();
    signer.compare(&forged);
    assert!(!signer.is_restored());
}

#[test]
fn a_key_file_without_its_log_or_with_another_ones_is_a_copy() {
    let home = Home::new();
    let log = SigningLog::path_of(&home.key());
    fs::remove_file(&log).unwrap();
    assert_eq!(home.refused(&checkpoint(1, 5)), "setup-key-restored");
    let other = "signed by the setup key 0000000000000001\n";
    fs::write(&log, other).unwrap();
    assert_eq!(home.refused(&checkpoint(1, 5)), "setup-key-restored");
    home.open().declare_restored(0).unwrap();
    let content = checkpoint(1, 5);
    check(&home.sign(&content).unwrap(), 1, &content);
}

#[test]
fn a_declaration_that_is_killed_is_to_be_made_again() {
    for at in [SignStep::Reserved, SignStep::Logged] {
        let home = Home::new();
        copy(&home.key(), &home.backup());
        for version in 1..=3 {
            home.sign(&checkpoint(version, 5)).unwrap();
        }
        copy(&home.backup(), &home.key());
        let stop = move |step| {
            if step == at {
                Err(SignStopped(step))
            } else {
                Ok(())
            }
        };
        let mut signer = home.open().watched(SignSteps::watched(stop));
        assert!(signer.declare_restored(0).is_err());
        drop(signer);
        let mut signer = home.open();
        if signer.is_restored() {
            signer.declare_restored(0).unwrap();
        }
        assert_eq!(signer.next_version(), 4);
        assert_eq!(
            signer.sign(&checkpoint(3, 6)).unwrap_err().code(),
            "setup-key-version-passed"
        );
    }
}

#[test]
fn a_key_signs_files_of_its_role_and_chain_only() {
    let home = Home::new();
    let other_chain = String::from_utf8(checkpoint(1, 5)).unwrap();
    let other_chain = other_chain.replace("\"chain_id\":7", "\"chain_id\":8");
    assert_eq!(home.refused(other_chain.as_bytes()), "setup-chain");
    assert_eq!(home.refused(b"{}"), "setup-missing-field");
    let other_role = String::from_utf8(checkpoint(1, 5)).unwrap();
    let other_role = other_role.replace("\"checkpoint\"", "\"circuits\"");
    assert_eq!(home.refused(other_role.as_bytes()), "setup-type");
    assert_eq!(home.refused(&checkpoint(0, 5)), "setup-version-range");
    assert_eq!(home.refused(&checkpoint(1 << 14, 5)), "setup-version-range");
    // None of it is written down.
    assert_eq!(home.open().next_version(), 1);
}

#[test]
fn the_last_version_is_the_last() {
    let home = Home::new();
    let last = checkpoint((1 << 14) - 1, 5);
    check(&home.sign(&last).unwrap(), (1 << 14) - 1, &last);
    assert_eq!(
        home.refused(&checkpoint((1 << 14) - 1, 6)),
        "setup-key-exhausted"
    );
}

#[test]
fn a_key_is_for_its_owner_and_never_written_over() {
    let home = Home::new();
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.key()), 0o600);
    home.sign(&checkpoint(1, 5)).unwrap();
    assert_eq!(mode(home.key()), 0o600);
    let before = fs::read(home.key()).unwrap();
    let again = || Signer::create(&home.key(), secret(Role::Root), &passphrase());
    assert_eq!(again().unwrap_err().code(), "setup-key-exists");
    assert_eq!(fs::read(home.key()).unwrap(), before);
    // Not even where the key itself is gone: its public key may be in a root.
    fs::remove_file(home.key()).unwrap();
    assert_eq!(again().unwrap_err().code(), "setup-key-exists");
    fs::remove_file(PublicKeyFile::path_of(&home.key())).unwrap();
    assert_eq!(again().unwrap_err().code(), "setup-key-exists");
    fs::remove_file(SigningLog::path_of(&home.key())).unwrap();
    again().unwrap();
}

#[test]
fn two_processes_do_not_sign_with_one_key() {
    let home = Home::new();
    let first = home.open();
    let second = Signer::open(&home.key(), &passphrase()).unwrap_err();
    assert_eq!(second.code(), "setup-key-in-use");
    drop(first);
    home.open();
}

#[test]
fn a_public_key_file_is_read_as_it_was_written() {
    let home = Home::new();
    let path = PublicKeyFile::path_of(&home.key());
    let public = PublicKeyFile::read(&path).unwrap();
    assert_eq!(public, home.open().public());
    assert_eq!((public.role, public.chain_id), (Role::Checkpoint, CHAIN));
    let text = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("setup-public-key", "key"),
        ("\"checkpoint\"", "\"nobody\""),
        ("\"chain_id\"", "\"chain\""),
        ("RW", "RX"),
    ] {
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let refused = PublicKeyFile::read(&path).unwrap_err();
        assert_eq!(refused.code(), "setup-public-key", "{from}");
    }
}
