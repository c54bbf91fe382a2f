//! A setup is made and changed, while its clients go on.

use rpp_verifier::{
    CIRCUITS, CheckpointFile, CircuitsFile, ListedFile, Parsed, Release, Role, RootFile,
    RootFingerprint, RootPin, SetupFileName, SetupTrust, VerifiedSetup, sha256,
};

use super::super::content::read;
use super::super::verify::verify_with;
use super::super::{
    Agreement, Rotation, RotationError, SetupFolder, Signing, check_clients, check_follows,
    verify_folder,
};
use super::{DAY, NOW, Team, header};

pub(super) const LATER: u64 = NOW + 3 * DAY;

fn root(folder: &SetupFolder) -> Parsed<RootFile> {
    let version = folder.newest_root();
    read(folder, SetupFileName::Root { version }).unwrap()
}

pub(super) fn circuits(folder: &SetupFolder) -> Parsed<CircuitsFile> {
    read(folder, SetupFileName::Circuits).unwrap()
}

pub(super) fn checkpoint(folder: &SetupFolder) -> Parsed<CheckpointFile> {
    read(folder, SetupFileName::Checkpoint).unwrap()
}

pub(super) fn rotate(
    folder: &SetupFolder,
    change: impl FnOnce(&mut Rotation) -> Result<(), RotationError>,
) -> Result<(SetupFolder, Vec<SetupFileName>), RotationError> {
    let mut rotation = Rotation::of(folder.clone(), LATER).unwrap();
    change(&mut rotation)?;
    rotation.finish()
}

pub(super) fn rotated(
    folder: &SetupFolder,
    change: impl FnOnce(&mut Rotation) -> Result<(), RotationError>,
) -> SetupFolder {
    rotate(folder, change).unwrap().0
}

/// A client that has pinned the first root, and has verified the first setup.
pub(super) fn client(folder: &SetupFolder) -> SetupTrust {
    let first = folder.file(&SetupFileName::Root { version: 1 }).unwrap();
    let pin = RootPin::Fingerprint(RootFingerprint::of(1, first));
    let mut trust = SetupTrust::new(pin).unwrap();
    let _: VerifiedSetup = verify_with(folder, &mut trust, NOW).unwrap();
    trust
}

fn refused(folder: &SetupFolder, now: u64) -> &'static str {
    verify_folder(folder, None, now).unwrap_err().code()
}

#[test]
fn a_first_setup_verifies_once_all_have_signed() {
    let mut team = Team::new();
    let mut folder = team.prepare();
    for name in ["alice", "bob", "carol", "dave"] {
        assert_eq!(refused(&folder, NOW), "setup-too-few-keys");
        folder = team.sign(folder, &[name]);
    }
    let setup = verify_folder(&folder, None, NOW).unwrap();
    assert_eq!(setup.circuits().len(), CIRCUITS.iter().count());
    assert_eq!(setup.version(), 1);
    // Nobody has anything left to sign, and the same signer changes nothing.
    for name in ["alice", "bob", "carol", "dave"] {
        assert_eq!(team.sign(folder.clone(), &[name]), folder);
    }
}

#[test]
fn two_people_rotate_a_third_in_while_a_client_goes_on() {
    let mut team = Team::new();
    let first = team.first();
    let mut client = client(&first);
    team.join("erin", Role::Root);
    let erin = team.public("erin");
    let next = rotated(&first, |rotation| rotation.add_key(erin));
    assert_eq!(
        (
            root(&next).envelope.version,
            root(&next).file.root.keys.len()
        ),
        (2, 3)
    );
    // Both of the old root, and two of the new one.
    for (names, code) in [
        (&["alice"][..], "setup-too-few-keys"),
        (&["alice", "erin"], "setup-unknown-key"),
        (&["erin", "bob"], "setup-unknown-key"),
    ] {
        let few = team.sign(next.clone(), names);
        assert_eq!(refused(&few, LATER), code, "{names:?}");
        assert!(verify_with(&few, &mut client.clone(), LATER).is_err());
    }
    let next = team.sign(next, &["alice", "bob"]);
    check_follows(&first, &next).unwrap();
    let setup = verify_with(&next, &mut client, LATER).unwrap();
    assert_eq!(setup.root().root.keys.len(), 3);
    // From then on the third one signs as the others do.
    let third = rotated(&next, |rotation| {
        rotation.renew(Role::Root);
        Ok(())
    });
    let third = team.sign(third, &["erin", "bob"]);
    let _: VerifiedSetup = verify_with(&third, &mut client, LATER).unwrap();
    assert_eq!(client.next_root(), 4);
}

#[test]
fn what_a_key_signed_before_it_was_taken_away_counts_no_more() {
    for (role, old, new) in [
        (Role::Circuits, "carol", "frank"),
        (Role::Checkpoint, "dave", "gina"),
    ] {
        let mut team = Team::new();
        let first = team.first();
        let mut client = client(&first);
        team.join(new, role);
        let (public, id) = (team.public(new), team.id(old));
        let next = rotated(&first, |rotation| {
            rotation.add_key(public)?;
            rotation.remove_key(id)
        });
        assert_eq!(root(&next).file.min_version(role), 2);
        let file = match role {
            Role::Circuits => SetupFileName::Circuits,
            _ => SetupFileName::Checkpoint,
        };
        let half = team.sign(next.clone(), &["alice", "bob"]);
        // The file is issued again, and the new key has to sign it.
        assert!(half.signatures(&file).is_empty());
        let whole = team.sign(half, &[new]);
        let _: VerifiedSetup = verify_with(&whole, &mut client, LATER).unwrap();
        // Whoever has the old key, or kept the old file, gets nowhere.
        let mut stolen = whole.clone();
        stolen.put(&file, first.file(&file).unwrap().to_vec());
        let id = team.id(old);
        let signature = first.signatures(&file).remove(&id).unwrap();
        stolen.put_signature(&file, id, signature);
        assert_eq!(refused(&stolen, LATER), "setup-unknown-key");
    }
}

#[test]
fn a_key_that_is_added_leaves_what_is_signed_and_opens_no_way_back() {
    let mut team = Team::new();
    let first = team.first();
    let second = rotated(&first, |rotation| {
        rotation.renew(Role::Circuits);
        Ok(())
    });
    let second = team.sign(second, &["carol"]);
    team.join("frank", Role::Circuits);
    let public = team.public("frank");
    let third = rotated(&second, |rotation| rotation.add_key(public));
    let third = team.sign(third, &["alice", "bob"]);
    let mut client = client(&first);
    let _: VerifiedSetup = verify_with(&third, &mut client, LATER).unwrap();
    assert_eq!(root(&third).file.circuits.min_version, 2);
    let mut back = third.clone();
    let file = SetupFileName::Circuits;
    back.put(&file, first.file(&file).unwrap().to_vec());
    for (key, signature) in first.signatures(&file) {
        back.put_signature(&file, key, signature);
    }
    assert_eq!(refused(&back, LATER), "setup-below-minimum");
}

#[test]
fn checkpoints_and_releases_move_forward() {
    let team = Team::new();
    let first = team.prepare();
    let second = rotated(&first, |rotation| rotation.move_online(header(7)));
    assert_eq!(checkpoint(&second).file.header, header(7));
    assert_eq!(
        (
            checkpoint(&second).envelope.version,
            circuits(&second).envelope.version
        ),
        (2, 1)
    );
    // The online one is never behind the offline one.
    let third = rotated(&second, |rotation| rotation.move_offline(header(9)));
    assert_eq!(circuits(&third).file.checkpoint, header(9));
    assert_eq!(checkpoint(&third).file.header, header(9));
    assert_eq!(checkpoint(&third).envelope.version, 3);
    let behind = rotate(&third, |rotation| rotation.move_online(header(8)));
    assert_eq!(behind.unwrap_err().code(), "setup-checkpoint-behind");
    let release = |name: &str, bytes| Release {
        name: name.to_owned(),
        file: ListedFile::of(bytes),
    };
    let fourth = rotated(&third, |rotation| {
        rotation.pin_release(release("b", b"1"));
        rotation.pin_release(release("a", b"2"));
        rotation.pin_release(release("b", b"3"));
        Ok(())
    });
    assert_eq!(
        circuits(&fourth).file.releases,
        [release("a", b"2"), release("b", b"3")]
    );
}

#[test]
fn what_clients_would_refuse_is_not_prepared() {
    let mut team = Team::new();
    let first = team.prepare();
    let [alice, carol] = ["alice", "carol"].map(|name| team.id(name));
    let code = |change: &dyn Fn(&mut Rotation) -> Result<(), RotationError>| {
        rotate(&first, |rotation| change(rotation))
            .unwrap_err()
            .code()
    };
    assert_eq!(code(&|_| Ok(())), "setup-nothing-to-change");
    // One root key is left, and two have to sign.
    assert_eq!(
        code(&|rotation| rotation.remove_key(alice)),
        "setup-threshold"
    );
    assert_eq!(
        code(&|rotation| rotation.remove_key(carol)),
        "setup-threshold"
    );
    let zero = |rotation: &mut Rotation| {
        rotation.set_threshold(Role::Root, 0);
        Ok(())
    };
    assert_eq!(code(&zero), "setup-threshold");
    let twice = team.public("alice");
    assert_eq!(
        code(&|rotation| rotation.add_key(twice.clone())),
        "setup-key-twice"
    );
    let mut elsewhere = team.public("alice");
    elsewhere.role = Role::Circuits;
    assert_eq!(
        code(&|rotation| rotation.add_key(elsewhere.clone())),
        "setup-key-in-two-roles"
    );
    elsewhere.chain_id += 1;
    assert_eq!(
        code(&|rotation| rotation.add_key(elsewhere.clone())),
        "setup-chain"
    );
    team.join("erin", Role::Root);
    let erin = team.id("erin");
    assert_eq!(
        code(&|rotation| rotation.remove_key(erin)),
        "setup-unknown-key"
    );
    let mut without = first.clone();
    without.remove(&SetupFileName::Circuits);
    let missing = Rotation::of(without, NOW).unwrap_err();
    assert_eq!(missing.code(), "setup-missing-file");
}

#[test]
fn a_key_that_the_root_does_not_name_signs_nothing() {
    let mut team = Team::new();
    let first = team.first();
    for (name, role) in [
        ("erin", Role::Root),
        ("frank", Role::Circuits),
        ("gina", Role::Checkpoint),
    ] {
        team.join(name, role);
        let refused = Signing::of(&first, team.signer(name)).unwrap_err();
        assert_eq!(refused.code(), "setup-unknown-key");
        assert!(
            refused.to_string().contains("rotate --add-key"),
            "{refused}"
        );
    }
}

#[test]
fn a_list_whose_files_are_others_is_not_signed() {
    let mut team = Team::new();
    let mut folder = team.prepare();
    folder.put(&SetupFileName::Chain, b"another chain".to_vec());
    let refused = Signing::of(&folder, team.signer("carol")).unwrap_err();
    assert_eq!(refused.code(), "setup-length");
    folder.remove(&SetupFileName::Chain);
    let refused = Signing::of(&folder, team.signer("carol")).unwrap_err();
    assert_eq!(refused.code(), "setup-missing-file");
}

/// A draft was signed and never published, so that every copy of what is published leads to its version again.
#[test]
fn a_version_that_was_used_up_is_left_out() {
    let mut team = Team::new();
    let first = team.first();
    let renewed = |now: u64, change: &dyn Fn(&mut Rotation) -> Result<(), RotationError>| {
        let mut rotation = Rotation::of(first.clone(), now).unwrap();
        change(&mut rotation).map(|()| rotation.finish().unwrap().0)
    };
    let renew = |rotation: &mut Rotation| {
        rotation.renew(Role::Circuits);
        Ok(())
    };
    let _ = team.sign(renewed(LATER, &renew).unwrap(), &["carol"]);
    let again = renewed(LATER + 1, &renew).unwrap();
    let signing = Signing::of(&again, team.signer("carol")).unwrap();
    let refused = signing.check().unwrap_err().to_string();
    assert!(refused.contains("rotate --above circuits=2`"), "{refused}");
    let above = |rotation: &mut Rotation| rotation.renew_above(Role::Circuits, 2);
    let third = renewed(LATER + 1, &above).unwrap();
    let third = team.sign(third, &["carol"]);
    assert_eq!(circuits(&third).envelope.version, 3);
    check_clients(&first, &third, LATER + 1).unwrap();
    // Of two that are left out, the higher one counts, whichever is named last.
    let both = |rotation: &mut Rotation| {
        rotation.renew_above(Role::Circuits, 20)?;
        rotation.renew_above(Role::Circuits, 9)
    };
    let later = renewed(LATER + 1, &both).unwrap();
    assert_eq!(circuits(&later).envelope.version, 21);
    for (role, max) in [(Role::Circuits, 1023), (Role::Checkpoint, 16_383)] {
        for above in [max, max + 1, u32::MAX] {
            let refused = renewed(LATER, &|rotation| rotation.renew_above(role, above));
            let refused = refused.unwrap_err();
            assert_eq!(refused.code(), "setup-version-range");
            let most = format!("give {} at most", max - 1);
            assert!(refused.to_string().ends_with(&most), "{refused}");
        }
        let last = renewed(LATER, &|rotation| rotation.renew_above(role, max - 1)).unwrap();
        let versions = [
            circuits(&last).envelope.version,
            checkpoint(&last).envelope.version,
        ];
        assert!(versions.contains(&max), "{versions:?}");
        // That one is the last, and there is none to come.
        let refused = rotate(&last, |rotation| {
            rotation.renew(role);
            Ok(())
        });
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("had its last version")
        );
    }
    let root = renewed(LATER, &|rotation| rotation.renew_above(Role::Root, 2));
    assert_eq!(root.unwrap_err().code(), "setup-root-skipped");
}

/// Who joins late has nothing to say of the roots before.
#[test]
fn a_root_that_enough_have_signed_long_ago_is_not_due() {
    let mut team = Team::new();
    let first = team.first();
    team.join("erin", Role::Root);
    let public = team.public("erin");
    let second = rotated(&first, |rotation| rotation.add_key(public.clone()));
    let second = team.sign(second, &["alice", "bob"]);
    let third = rotated(&second, |rotation| {
        rotation.renew(Role::Root);
        Ok(())
    });
    let content = third.file(&SetupFileName::Root { version: 3 }).unwrap();
    let agreed = Agreement::new(Role::Root, vec![sha256(content)], 0).unwrap();
    let signing = Signing::of(&third, team.signer("erin")).unwrap();
    assert_eq!(signing.due().len(), 1);
    let signed = signing.agreed(agreed).sign_in_memory().unwrap();
    let whole = team.sign(signed, &["alice"]);
    let _ = verify_folder(&whole, None, LATER).unwrap();
}
