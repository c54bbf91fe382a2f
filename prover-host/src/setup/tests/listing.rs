//! Circuits of a list: retired, revoked, and added.

use rpp_verifier::{CIRCUITS, CircuitError, Role, SetupFileName};

use super::super::verify::verify_with;
use super::super::{check_follows, verify_folder};
use super::Team;
use super::rotating::{LATER, circuits, client, rotate, rotated};

#[test]
fn a_circuit_is_retired_from_a_height_on() {
    let mut team = Team::new();
    let first = team.first();
    let circuit = circuits(&first).file.circuits[0].to_string();
    let second = rotated(&first, |rotation| rotation.retire(&circuit, 100));
    let second = team.sign(second, &["carol"]);
    let setup = verify_folder(&second, None, LATER).unwrap();
    let key = CIRCUITS.iter().next().unwrap().key(super::CHAIN);
    assert_eq!(setup.version(), 2);
    assert_eq!(setup.check_listed(&key, 99), Ok(()));
    let revoked = setup.check_listed(&key, 100);
    assert!(matches!(
        revoked,
        Err(CircuitError::NotActive { height: 100, .. })
    ));
    let unknown = rotate(&second, |rotation| rotation.retire("another-1", 5)).unwrap_err();
    assert_eq!(unknown.code(), "setup-circuit-missing");
    let never = rotate(&second, |rotation| rotation.retire(&circuit, 0)).unwrap_err();
    assert_eq!(never.code(), "setup-no-heights");
}

#[test]
fn a_circuit_that_is_revoked_is_listed_no_more_whoever_signs() {
    let mut team = Team::new();
    let first = team.first();
    let mut client = client(&first);
    let circuit = circuits(&first).file.circuits[0].to_string();
    let unknown = rotate(&first, |rotation| rotation.revoke("another-1")).unwrap_err();
    assert_eq!(unknown.code(), "setup-circuit-missing");
    let revoked = rotated(&first, |rotation| rotation.revoke(&circuit));
    let revoked = team.sign(revoked, &["carol"]);
    let setup = verify_with(&revoked, &mut client, LATER).unwrap();
    let key = CIRCUITS.iter().next().unwrap().key(super::CHAIN);
    for height in [0, 1, u32::MAX] {
        let code = setup.check_listed(&key, height).unwrap_err().code();
        assert_eq!(code, "circuit-not-listed");
    }
    let name = SetupFileName::Circuit { name: circuit };
    assert_eq!(revoked.file(&name), None);
    check_follows(&first, &revoked).unwrap();
    // What was prepared before that, with a key added or with another one in place of the old, does not bring it back.
    team.join("frank", Role::Circuits);
    let (public, carol) = (team.public("frank"), team.id("carol"));
    let added = rotated(&first, |rotation| rotation.add_key(public.clone()));
    let replaced = rotated(&first, |rotation| {
        rotation.add_key(public.clone())?;
        rotation.remove_key(carol)
    });
    for stale in [&added, &replaced] {
        check_follows(&first, stale).unwrap();
        let code = check_follows(&revoked, stale).unwrap_err().code();
        assert!(
            ["setup-rollback", "setup-two-contents"].contains(&code),
            "{code}"
        );
    }
}

#[test]
fn circuits_that_are_missing_are_listed_and_their_files_added() {
    let team = Team::new();
    let mut first = team.prepare();
    let mut listed = circuits(&first);
    let taken = listed.file.circuits.pop().unwrap();
    let name = SetupFileName::Circuit {
        name: taken.to_string(),
    };
    first.put(&SetupFileName::Circuits, listed.encode());
    first.remove(&name);
    let second = rotated(&first, |rotation| {
        rotation.list_circuits(&CIRCUITS, 50);
        Ok(())
    });
    let added = circuits(&second).file.circuits.pop().unwrap();
    assert_eq!((added.from, added.file), (50, taken.file));
    assert!(second.file(&name).is_some());
    let all = rotate(&second, |rotation| {
        rotation.list_circuits(&CIRCUITS, 50);
        Ok(())
    });
    assert_eq!(all.unwrap_err().code(), "setup-nothing-to-change");
}
