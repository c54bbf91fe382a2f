//! What a signer has agreed to, by word of mouth and not by what a folder says.

use rpp_verifier::{
    CircuitsFile, HeaderHash, ListedFile, NamedHeader, Parsed, Role, SetupFile, SetupFileName,
    sha256,
};

use super::super::content::{file_of, read};
use super::super::{Agreement, DueFiles, SetupFolder, Signing};
use super::{DAY, NOW, Team};

/// Makes the version of a file another one.
fn at_version<F: SetupFile>(
    folder: &SetupFolder,
    file: &SetupFileName,
    version: u32,
) -> SetupFolder {
    changed::<F>(folder, file, |parsed| parsed.envelope.version = version)
}

fn changed<F: SetupFile>(
    folder: &SetupFolder,
    file: &SetupFileName,
    change: impl FnOnce(&mut Parsed<F>),
) -> SetupFolder {
    let mut folder = folder.clone();
    let mut parsed = read::<F>(&folder, file.clone()).unwrap();
    change(&mut parsed);
    folder.put(file, parsed.encode());
    folder
}

/// What a key says of a folder, signing and looking alike.
fn refused(
    team: &mut Team,
    name: &'static str,
    folder: &SetupFolder,
    agreed: &Agreement,
) -> &'static str {
    let looked = DueFiles::of(folder, team.signer(name))
        .and_then(|due| due.check(team.signer(name), agreed));
    let signing = Signing::of(folder, team.signer(name));
    let signed = signing.and_then(|signing| signing.agreed(agreed.clone()).sign_in_memory());
    let code = looked.unwrap_err().code();
    assert_eq!(signed.unwrap_err().code(), code);
    code
}

#[test]
fn only_files_that_were_agreed_upon_are_signed() {
    let mut team = Team::new();
    let folder = team.prepare();
    let agreed = |role, file: &str| {
        let expected = [file, "root.1.json"].map(|file| sha256(folder.get(file).unwrap()));
        Agreement::new(role, expected.to_vec(), 0).unwrap()
    };
    for (name, role, file) in [
        ("alice", Role::Root, "root.1.json"),
        ("carol", Role::Circuits, "circuits.json"),
        ("dave", Role::Checkpoint, "checkpoint.json"),
    ] {
        let others = Agreement::new(role, vec![sha256(folder.get("chain.json").unwrap())], 0);
        let others = others.unwrap();
        assert_eq!(
            refused(&mut team, name, &folder, &others),
            "setup-not-expected"
        );
        let signing = Signing::of(&folder, team.signer(name)).unwrap();
        let signed = signing.agreed(agreed(role, file)).sign_in_memory().unwrap();
        // The files that a list pins need no word of their own.
        assert!(
            DueFiles::of(&signed, team.signer(name))
                .unwrap()
                .list()
                .is_empty()
        );
    }
}

/// Whoever is told that nothing is left to sign would take it for signed.
#[test]
fn what_was_agreed_upon_and_is_not_there_is_named() {
    let mut team = Team::new();
    let folder = team.prepare();
    let another = sha256(b"another");
    let own = sha256(folder.get("root.1.json").unwrap());
    let signed = team.sign(folder.clone(), &["alice"]);
    for (folder, expected) in [
        (&folder, vec![own, another]),
        (&signed, vec![another]),
        (&signed, vec![own, another]),
    ] {
        let agreed = Agreement::new(Role::Root, expected, 0).unwrap();
        let code = refused(&mut team, "alice", folder, &agreed);
        assert_eq!(code, "setup-expected-missing");
        // Before the key gives anything up.
        let refused = agreed.given_up(&signed, team.signer("alice")).unwrap_err();
        assert!(
            refused.to_string().contains(&another.to_string()),
            "{refused}"
        );
    }
    let agreed = Agreement::new(Role::Root, vec![own], 0).unwrap();
    let signing = Signing::of(&signed, team.signer("alice")).unwrap();
    assert_eq!(signing.agreed(agreed).sign_in_memory().unwrap(), signed);
}

#[test]
fn a_look_refuses_what_signing_refuses() {
    let mut team = Team::new();
    let first = team.first();
    let other = changed::<CircuitsFile>(&first, &SetupFileName::Circuits, |list| {
        list.envelope.issued += 1;
        list.envelope.expires += 1;
    });
    let any = Agreement::default();
    assert_eq!(
        refused(&mut team, "carol", &other, &any),
        "setup-key-version-signed"
    );
    team.signer("carol").declare_restored(5).unwrap();
    assert_eq!(
        refused(&mut team, "carol", &other, &any),
        "setup-key-version-passed"
    );
}

#[test]
fn a_version_that_is_far_above_the_last_one_is_signed_only_if_its_owner_knows_of_it() {
    let mut team = Team::new();
    let first = team.first();
    for (name, role, file, most) in [
        ("carol", Role::Circuits, SetupFileName::Circuits, 16),
        ("dave", Role::Checkpoint, SetupFileName::Checkpoint, 1024),
    ] {
        let max = role.max_version();
        let at = |version| match role {
            Role::Circuits => at_version::<CircuitsFile>(&first, &file, version),
            _ => at_version::<rpp_verifier::CheckpointFile>(&first, &file, version),
        };
        let any = Agreement::default();
        for version in [2 + most, max] {
            assert_eq!(
                refused(&mut team, name, &at(version), &any),
                "setup-version-leap"
            );
        }
        let signing = Signing::of(&first, team.signer(name)).unwrap();
        drop(signing);
        let known = Agreement::new(role, Vec::new(), 1 + most).unwrap();
        let far = at(2 + most);
        let signing = Signing::of(&far, team.signer(name)).unwrap();
        signing.agreed(known).sign_in_memory().unwrap();
        // From there on, the next ones are near.
        let near = at(2 + 2 * most);
        Signing::of(&near, team.signer(name))
            .unwrap()
            .sign_in_memory()
            .unwrap();
        // A typing error does not end the role.
        for above in [max - most + 1, max, u32::MAX] {
            let refused = Agreement::new(role, Vec::new(), above).unwrap_err();
            assert_eq!(refused.code(), "setup-above", "{above}");
        }
        let most_above = max - most;
        assert!(Agreement::new(role, Vec::new(), most_above).is_ok());
    }
}

#[test]
fn a_restored_key_does_not_give_up_what_a_hostile_folder_makes_up() {
    let mut team = Team::new();
    let first = team.first();
    let far = at_version::<CircuitsFile>(&first, &SetupFileName::Circuits, 1023);
    let refused = Agreement::default().given_up(&far, team.signer("carol"));
    assert_eq!(refused.unwrap_err().code(), "setup-version-leap");
    let given_up = Agreement::default().given_up(&first, team.signer("carol"));
    assert_eq!(given_up.unwrap(), 1);
    let known = Agreement::new(Role::Circuits, Vec::new(), 40).unwrap();
    assert_eq!(known.given_up(&first, team.signer("carol")).unwrap(), 40);
}

/// A list of version 1, which the key refuses, lists a later list as the file of a circuit: half a signature of it would be
/// half of what an attacker needs.
#[test]
fn a_key_signs_no_list_as_a_file_of_another_one() {
    let mut team = Team::new();
    let first = team.first();
    let mut later = read::<CircuitsFile>(&first, SetupFileName::Circuits).unwrap();
    later.envelope.version = 2;
    later.file.circuits.truncate(1);
    let forged = later.encode();
    for (version, code) in [(1, "setup-circuit-differs"), (99, "setup-type")] {
        let bait = changed::<CircuitsFile>(&first, &SetupFileName::Circuits, |list| {
            let last = list.file.circuits.last_mut().unwrap();
            last.version = version;
            last.file = ListedFile::of(&forged);
        });
        let list = read::<CircuitsFile>(&bait, SetupFileName::Circuits).unwrap();
        let circuit = file_of(list.file.circuits.last().unwrap());
        let mut folder = bait;
        folder.put(&circuit, forged.clone());
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("hostile");
        folder.place(&path).unwrap();
        let signing = Signing::of(&folder, team.signer("carol"));
        let refused = signing
            .and_then(|signing| signing.sign(&path).map(drop))
            .unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(
            SetupFolder::read(&path)
                .unwrap()
                .signatures(&circuit)
                .is_empty()
        );
    }
}

/// Nobody reads the file of a circuit that this program does not have, but for what keeps it apart from other files.
#[test]
fn a_circuit_of_another_release_is_signed_if_it_is_one() {
    let mut team = Team::new();
    let first = team.first();
    let list = read::<CircuitsFile>(&first, SetupFileName::Circuits).unwrap();
    let last = list.file.circuits.last().unwrap();
    let text = String::from_utf8(first.file(&file_of(last)).unwrap().to_vec()).unwrap();
    let own = format!("\"version\":{}}}", last.version);
    assert!(text.ends_with(&own), "{text}");
    let next = text.replace(&own, "\"version\":99}");
    let name = format!("\"{}\"", last.name);
    for (text, code) in [
        (next.clone(), None),
        (text, Some("setup-field-value")),
        (
            next.replace(&name, "\"another\""),
            Some("setup-field-value"),
        ),
        (
            next.replace("\"suite\"", "\"sweet\""),
            Some("setup-unknown-field"),
        ),
        ("{}".to_owned(), Some("setup-type")),
        ("[]".to_owned(), Some("setup-type")),
    ] {
        let mut folder = changed::<CircuitsFile>(&first, &SetupFileName::Circuits, |list| {
            list.envelope.version = 2;
            let last = list.file.circuits.last_mut().unwrap();
            last.version = 99;
            last.file = ListedFile::of(text.as_bytes());
        });
        let list = read::<CircuitsFile>(&folder, SetupFileName::Circuits).unwrap();
        folder.put(
            &file_of(list.file.circuits.last().unwrap()),
            text.into_bytes(),
        );
        let due = DueFiles::of(&folder, team.signer("carol"));
        assert_eq!(due.err().map(|error| error.code()), code);
    }
}

#[test]
fn the_list_is_signed_before_what_it_lists() {
    let mut team = Team::new();
    let folder = team.prepare();
    let due = Signing::of(&folder, team.signer("carol")).unwrap().due();
    assert_eq!(due[0].file, SetupFileName::Circuits);
    assert!(due.len() > 2);
}

#[test]
fn a_checkpoint_that_clients_refuse_is_not_signed() {
    let mut team = Team::new();
    let folder = team.prepare();
    let other = HeaderHash(rpp_verifier::Digest::from_bytes(&[1; 32]).unwrap());
    let ahead: fn(&mut NamedHeader, HeaderHash) = |header, _| header.timestamp_ms = NOW + 1;
    let elsewhere: fn(&mut NamedHeader, HeaderHash) = |header, other| header.hash = other;
    let changes = [
        (ahead, "setup-checkpoint-ahead"),
        (elsewhere, "setup-other-checkpoint"),
    ];
    for (change, code) in changes {
        let list = changed::<CircuitsFile>(&folder, &SetupFileName::Circuits, |list| {
            change(&mut list.file.checkpoint, other);
        });
        let refused = Signing::of(&list, team.signer("carol")).unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(refused.to_string().contains("circuits.json"), "{refused}");
        let file = SetupFileName::Checkpoint;
        let online = changed::<rpp_verifier::CheckpointFile>(&folder, &file, |own| {
            change(&mut own.file.header, other);
        });
        let refused = Signing::of(&online, team.signer("dave")).unwrap_err();
        assert_eq!(refused.code(), code);
    }
}

/// A root of that kind ends the chain of roots until its date.
#[test]
fn what_a_clock_has_dated_ahead_is_signed_only_if_its_owner_knows_better() {
    let mut team = Team::new();
    let folder = team.prepare();
    for (name, file) in [
        ("alice", "root.1.json"),
        ("carol", "circuits.json"),
        ("dave", "checkpoint.json"),
    ] {
        let behind = Agreement::default().at(NOW - DAY - 1);
        assert_eq!(
            refused(&mut team, name, &folder, &behind),
            "setup-issued-ahead"
        );
        let signing = Signing::of(&folder, team.signer(name)).unwrap();
        let refused = signing.agreed(behind).check().unwrap_err().to_string();
        assert!(
            refused.contains(file) && refused.contains("--clock-behind"),
            "{refused}"
        );
        // By a day at most, and by its owner's word.
        for agreed in [Agreement::default().at(NOW - DAY), Agreement::default()] {
            let signing = Signing::of(&folder, team.signer(name)).unwrap();
            let _ = signing.agreed(agreed).sign_in_memory().unwrap();
        }
    }
}
