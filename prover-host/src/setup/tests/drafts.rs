//! No root may be skipped: drafts of one that were signed, and root keys from a backup.

use rpp_verifier::{Role, SetupFileName, sha256};

use super::super::log::SigningLog;
use super::super::{Agreement, Rotation, SetupFolder, Signer, Signing, verify_folder};
use super::{DAY, NOW, Team, copy, passphrase, secret_of};

const LATER: u64 = NOW + 3 * DAY;

fn renewed(folder: &SetupFolder, now: u64) -> SetupFolder {
    let mut rotation = Rotation::of(folder.clone(), now).unwrap();
    rotation.renew(Role::Root);
    rotation.finish().unwrap().0
}

fn refused(folder: &SetupFolder, signer: &mut Signer) -> (&'static str, String) {
    let signing = Signing::of(folder, signer).unwrap();
    let refused = signing.sign_in_memory().unwrap_err();
    (refused.code(), refused.to_string())
}

#[test]
fn who_has_signed_another_draft_of_a_root_is_told_which() {
    let mut team = Team::new();
    let first = team.first();
    let (one, other) = (renewed(&first, LATER), renewed(&first, LATER + 1));
    let one = team.sign(one, &["alice"]);
    let _ = team.sign(other.clone(), &["bob"]);
    let file = SetupFileName::Root { version: 2 };
    let draft = sha256(other.file(&file).unwrap()).to_string();
    // Neither on the draft, nor on what is prepared upon it.
    for folder in [one.clone(), renewed(&one, LATER + 2)] {
        let (code, says) = refused(&folder, team.signer("bob"));
        assert_eq!(code, "setup-key-version-signed");
        assert!(
            says.contains(&draft) && !says.contains("prepare version"),
            "{says}"
        );
    }
    // The way out that it names.
    let whole = team.sign(other, &["bob"]);
    let (code, says) = refused(&whole, team.signer("alice"));
    assert_eq!(code, "setup-key-version-signed");
    assert!(says.contains("root.2.json"), "{says}");
    // A third key is needed where both insist; without one, a draft that nobody else has signed is the way out.
    let mut team = Team::new();
    let first = team.first();
    let (one, other) = (renewed(&first, LATER), renewed(&first, LATER + 1));
    let _ = team.sign(other.clone(), &["bob"]);
    let (code, _) = refused(&one, team.signer("bob"));
    assert_eq!(code, "setup-key-version-signed");
    let whole = team.sign(other, &["bob", "alice"]);
    let _ = verify_folder(&whole, None, LATER + 1).unwrap();
}

#[test]
fn a_root_that_was_given_up_needs_the_other_keys() {
    let mut team = Team::new();
    let first = team.first();
    team.signer("bob").declare_restored(2).unwrap();
    let second = renewed(&first, LATER);
    let (code, says) = refused(&second, team.signer("bob"));
    assert_eq!(code, "setup-key-version-passed");
    assert!(
        says.contains("other root keys") && !says.contains("prepare"),
        "{says}"
    );
}

#[test]
fn a_restored_root_key_does_not_give_up_a_draft_that_it_is_to_sign() {
    let mut team = Team::new();
    let first = team.first();
    let draft = renewed(&first, LATER);
    let any = Agreement::default();
    let refused = any.given_up(&draft, team.signer("bob")).unwrap_err();
    assert_eq!(refused.code(), "setup-restored-on-draft");
    // On what is published it may, and signs the draft then.
    let given_up = any.given_up(&first, team.signer("bob")).unwrap();
    assert_eq!(given_up, 1);
    team.signer("bob").declare_restored(given_up).unwrap();
    let whole = team.sign(draft, &["alice", "bob"]);
    let _ = verify_folder(&whole, None, LATER).unwrap();
    // Once it is complete, or signed by the key, it is one that was published.
    assert_eq!(any.given_up(&whole, team.signer("bob")).unwrap(), 2);
}

/// The signatures of earlier roots stay in the folder, and the log of a restored key never has them again.
#[test]
fn a_root_key_from_a_backup_signs_the_next_root_once_it_is_declared() {
    let mut team = Team::new();
    let dir = tempfile::tempdir().unwrap();
    let key = dir.path().join("alice");
    // A key of its own, with the same secret as the team's alice: what is restored.
    drop(Signer::create(&key, secret_of("alice", Role::Root), &passphrase()).unwrap());
    let published = team.first();
    let mut alice = Signer::open(&key, &passphrase()).unwrap();
    let second = renewed(&published, LATER);
    assert_eq!(refused(&second, &mut alice).0, "setup-key-restored");
    alice.declare_restored(1).unwrap();
    let signed = Signing::of(&second, &mut alice).unwrap().sign_in_memory();
    let signed = team.sign(signed.unwrap(), &["bob"]);
    let _ = verify_folder(&signed, None, LATER).unwrap();
    drop(alice);
    // And so on, after it was opened again.
    let third = renewed(&signed, LATER + 1);
    let mut alice = Signer::open(&key, &passphrase()).unwrap();
    let third = Signing::of(&third, &mut alice).unwrap().sign_in_memory();
    let third = team.sign(third.unwrap(), &["bob"]);
    let _ = verify_folder(&third, None, LATER + 1).unwrap();
    drop(alice);

    // What was signed after the declaration, and is not in the log, shows that another backup was put back.
    let log = SigningLog::path_of(&key);
    let (old, old_log) = (dir.path().join("old"), dir.path().join("old log"));
    copy(&key, &old);
    copy(&log, &old_log);
    let fourth = renewed(&third, LATER + 2);
    let mut alice = Signer::open(&key, &passphrase()).unwrap();
    let fourth = Signing::of(&fourth, &mut alice).unwrap().sign_in_memory();
    let fourth = team.sign(fourth.unwrap(), &["bob"]);
    drop(alice);
    copy(&old, &key);
    copy(&old_log, &log);
    let mut alice = Signer::open(&key, &passphrase()).unwrap();
    let fifth = renewed(&fourth, LATER + 3);
    assert_eq!(refused(&fifth, &mut alice).0, "setup-key-restored");
}
