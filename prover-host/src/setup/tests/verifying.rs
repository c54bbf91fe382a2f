//! A folder is verified, compared with its host, and its signers are told what to do.

use rpp_verifier::{
    CIRCUITS, ChainFile, Digest, HeaderHash, ListedFile, MinisignKeyId, Parsed, Release, Role,
    RootFingerprint, SetupFileName, SetupSignature, VerifiedSetup,
};

use super::super::content::read;
use super::super::{
    Rotation, SetupFolder, SetupStatus, Signing, check_headers, check_host, check_release,
    unlisted, verify_folder, warning_ms,
};
use super::{CHAIN, DAY, NOW, Team};

fn chain() -> ChainFile {
    ChainFile {
        chain_id: CHAIN,
        genesis_hash: HeaderHash(Digest::ZERO),
        epoch_length: 8,
    }
}

fn refused(folder: &SetupFolder) -> &'static str {
    verify_folder(folder, None, NOW).unwrap_err().code()
}

#[test]
fn every_file_of_a_folder_is_looked_at() {
    let mut team = Team::new();
    let whole = team.first();
    let _ = verify_folder(&whole, None, NOW).unwrap();
    let files: Vec<_> = whole.files().collect();
    assert_eq!(files.len(), 4 + CIRCUITS.iter().count());
    for file in files {
        let mut without = whole.clone();
        without.remove(&file);
        assert_eq!(refused(&without), "setup-missing-file", "{file}");
        let mut changed = whole.clone();
        let mut bytes = whole.file(&file).unwrap().to_vec();
        let last = bytes.len() - 2;
        bytes[last] ^= 1;
        changed.put(&file, bytes);
        for (key, signature) in whole.signatures(&file) {
            changed.put_signature(&file, key, signature);
        }
        let code = refused(&changed);
        assert!(code.starts_with("setup-"), "{file}: {code}");
    }
}

#[test]
fn signatures_that_nobody_asked_for_hide_none() {
    let mut team = Team::new();
    let mut folder = team.first();
    for low in 0..32 {
        let key = MinisignKeyId([0, 0, 0, 0, 0, 0, 0, low]);
        let junk = SetupSignature {
            ed25519: b"junk".to_vec(),
            hash: b"junk".to_vec(),
        };
        for file in [SetupFileName::Circuits, SetupFileName::Root { version: 1 }] {
            folder.put_signature(&file, key, junk.clone());
        }
    }
    let _ = verify_folder(&folder, None, NOW).unwrap();
    assert!(SetupStatus::of(&folder, NOW).unwrap().is_signed());
}

#[test]
fn a_folder_is_read_as_one_that_is_put_in_its_place_meanwhile() {
    let mut team = Team::new();
    let (first, dir) = (team.first(), tempfile::tempdir().unwrap());
    let mut second = first.clone();
    second.put(&SetupFileName::Chain, b"another chain".to_vec());
    let path = dir.path().join("setup");
    first.place(&path).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for turn in 0..200 {
                let folder = if turn % 2 == 0 { &second } else { &first };
                folder.place(&path).unwrap();
            }
            is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
            let read = SetupFolder::read(&path).unwrap();
            assert!(read == first || read == second);
        }
    });
}

#[test]
fn a_released_file_is_compared_with_the_pinned_one() {
    let mut team = Team::new();
    let folder = team.first();
    let given = |name: &str, bytes| Release {
        name: name.into(),
        file: ListedFile::of(bytes),
    };
    let none = verify_folder(&folder, None, NOW).unwrap();
    let refused =
        |setup: &VerifiedSetup, given: &Release| check_release(setup, given).unwrap_err().code();
    assert_eq!(refused(&none, &given("a.wasm", b"a")), "release-not-pinned");
    let mut rotation = Rotation::of(folder, NOW).unwrap();
    rotation.pin_release(given("a.wasm", b"a"));
    let (pinned, _) = rotation.finish().unwrap();
    let pinned = team.sign(pinned, &["carol"]);
    let setup = verify_folder(&pinned, None, NOW).unwrap();
    check_release(&setup, &given("a.wasm", b"a")).unwrap();
    assert_eq!(refused(&setup, &given("a.wasm", b"b")), "release-differs");
    assert_eq!(
        refused(&setup, &given("b.wasm", b"a")),
        "release-not-pinned"
    );
}

#[test]
fn the_pin_of_another_root_is_refused() {
    let mut team = Team::new();
    let folder = team.first();
    let first = folder.file(&SetupFileName::Root { version: 1 }).unwrap();
    let own = RootFingerprint::of(1, first);
    let _ = verify_folder(&folder, Some(own), NOW).unwrap();
    let other = RootFingerprint::of(1, b"another root");
    assert_eq!(
        verify_folder(&folder, Some(other), NOW).unwrap_err().code(),
        "setup-digest"
    );
}

#[test]
fn a_host_says_which_field_differs() {
    let mut team = Team::new();
    let folder = team.first();
    let setup = verify_folder(&folder, None, NOW).unwrap();
    let check = |chain: &ChainFile| check_host(&folder, &setup, chain, &CIRCUITS);
    check(&chain()).unwrap();
    let differs = |chain: &ChainFile, field: &str| {
        let refused = check(chain).unwrap_err();
        assert_eq!(refused.code(), "setup-chain");
        assert!(refused.to_string().contains(field), "{refused}");
    };
    let other = chain();
    differs(
        &ChainFile {
            chain_id: 8,
            ..other
        },
        "chain_id",
    );
    differs(
        &ChainFile {
            epoch_length: 9,
            ..other
        },
        "epoch_length",
    );
    let genesis_hash = HeaderHash(Digest::from_bytes(&[1; 32]).unwrap());
    differs(
        &ChainFile {
            genesis_hash,
            ..other
        },
        "genesis_hash",
    );
    let hash_at = |height| (height == 0).then_some(genesis_hash);
    let refused = check_headers(&setup, hash_at).unwrap_err();
    assert_eq!(refused.code(), "setup-other-checkpoint");
    check_headers(&setup, |_| None).unwrap();
}

#[test]
fn a_host_says_in_what_a_circuit_differs() {
    let mut team = Team::new();
    let mut folder = team.prepare();
    let mut list: Parsed<rpp_verifier::CircuitsFile> =
        read(&folder, SetupFileName::Circuits).unwrap();
    let circuit = &mut list.file.circuits[0];
    let name = SetupFileName::Circuit {
        name: circuit.to_string(),
    };
    let text = String::from_utf8(folder.file(&name).unwrap().to_vec()).unwrap();
    let text = text.replace("\"num_queries\":8", "\"num_queries\":7");
    circuit.file = ListedFile::of(text.as_bytes());
    folder.put(&name, text.into_bytes());
    folder.put(&SetupFileName::Circuits, list.encode());
    let mut folder = team.sign(folder, &["alice", "bob", "dave"]);
    // A signer of this release refuses the list; one of another release does not.
    let refused = Signing::of(&folder, team.signer("carol")).unwrap_err();
    assert_eq!(refused.code(), "setup-circuit-differs");
    let signature = team.signer("carol").sign(&list.encode()).unwrap();
    folder.put_signature(&SetupFileName::Circuits, team.id("carol"), signature);
    let setup = verify_folder(&folder, None, NOW).unwrap();
    let refused = check_host(&folder, &setup, &chain(), &CIRCUITS).unwrap_err();
    assert_eq!(refused.code(), "setup-circuit-differs");
    assert!(refused.to_string().contains("fri.num_queries"), "{refused}");
}

#[test]
fn a_host_serves_a_setup_without_one_of_its_circuits_and_says_so() {
    let mut team = Team::new();
    let mut folder = team.prepare();
    let mut list: Parsed<rpp_verifier::CircuitsFile> =
        read(&folder, SetupFileName::Circuits).unwrap();
    list.file.circuits.pop();
    folder.put(&SetupFileName::Circuits, list.encode());
    let folder = team.sign(folder, &["alice", "bob", "carol", "dave"]);
    let setup = verify_folder(&folder, None, NOW).unwrap();
    check_host(&folder, &setup, &chain(), &CIRCUITS).unwrap();
    let last = CIRCUITS.iter().last().unwrap().key(CHAIN).file_name();
    let missing = unlisted(&setup, &CIRCUITS);
    assert_eq!(missing, [last.to_string()]);
    let status = SetupStatus::of(&folder, NOW).unwrap();
    assert_eq!(status.warnings, [""; 0]);
    let warnings = status.on_host(missing, NOW).at(NOW).warnings;
    assert!(
        warnings[0].starts_with(&format!("{last} is not listed")),
        "{warnings:?}"
    );
}

#[test]
fn a_status_says_who_is_missing() {
    let mut team = Team::new();
    let folder = team.prepare();
    let status = SetupStatus::of(&folder, NOW).unwrap();
    assert!(!status.is_signed());
    assert_eq!(status.warnings.len(), 3);
    let folder = team.sign(folder, &["alice", "carol", "dave"]);
    let status = SetupStatus::of(&folder, NOW).unwrap();
    let by = &status.files[0].signed_by[0];
    assert_eq!(by.signed, [team.id("alice").to_string()]);
    assert_eq!(by.missing, [team.id("bob").to_string()]);
    assert!(
        status.warnings[0].contains(&by.missing[0]),
        "{:?}",
        status.warnings
    );
    assert_eq!(status.warnings.len(), 1);
    let folder = team.sign(folder, &["bob"]);
    let status = SetupStatus::of(&folder, NOW).unwrap();
    assert!(status.is_signed() && status.warnings.is_empty());
    assert!(
        status
            .listed
            .iter()
            .all(|listed| listed.signed == [team.id("carol").to_string()])
    );
}

#[test]
fn expiry_is_announced_well_ahead() {
    let mut team = Team::new();
    let folder = team.first();
    let warnings = |now| SetupStatus::of(&folder, now).unwrap().warnings;
    let expires = [365, 90, 7].map(|days| NOW + days * DAY);
    for (role, expires) in Role::ALL.into_iter().zip(expires) {
        let name = role.name();
        let mentions = |now| {
            let warnings = warnings(now);
            warnings
                .into_iter()
                .find(|warning| warning.contains(&format!("--renew {name}")))
        };
        assert_eq!(mentions(expires - warning_ms(role) - 1), None);
        let soon = mentions(expires - warning_ms(role)).unwrap();
        assert!(soon.contains("expires in"), "{soon}");
        assert!(
            mentions(expires - 1)
                .unwrap()
                .contains("expires in less than an hour")
        );
        assert!(mentions(expires).unwrap().contains("expired on"));
    }
}
