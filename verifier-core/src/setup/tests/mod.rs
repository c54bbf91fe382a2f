//! A whole setup, made, signed and verified.
#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod keeping;
mod sharing;
mod world;

use alloc::vec;
use alloc::vec::Vec;
use std::sync::OnceLock;

use super::*;
use crate::chain::HeaderHash;
use crate::circuit::CIRCUITS;
use crate::circuit::consensus::Consensus;
use crate::hash::Digest;
use crate::stark::Circuit;
use crate::wire::Document;

const CHAIN: u32 = 7;
const DAY: u64 = 24 * 60 * 60 * 1000;
const NOW: u64 = 1_800_000_000_000;

/// The secret keys, made once: root twice, circuits, checkpoint.
fn secrets() -> [SetupSecret; 4] {
    static MADE: OnceLock<[Vec<u8>; 4]> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let roles = [Role::Root, Role::Root, Role::Circuits, Role::Checkpoint];
        let mut seed = 0;
        roles.map(|role| {
            seed += 1;
            let secret = SetupSecret::generate([seed; 72], role, CHAIN, &|_| {});
            secret.unwrap().to_bytes().to_vec()
        })
    });
    [0, 1, 2, 3].map(|i| SetupSecret::from_bytes(&made[i]).unwrap())
}

fn envelope(version: u32, days: u64) -> Envelope {
    Envelope {
        chain_id: CHAIN,
        version,
        issued: NOW,
        expires: NOW + days * DAY,
    }
}

fn root(secrets: &[SetupSecret; 4]) -> Parsed<RootFile> {
    let [a, b, circuits, checkpoint] = secrets.each_ref().map(SetupSecret::public_key);
    let keys = |keys: Vec<SetupKey>, threshold| RoleKeys { keys, threshold };
    let delegation = |key| Delegation {
        keys: keys(vec![key], 1),
        min_version: 1,
    };
    Parsed {
        envelope: envelope(1, 365),
        file: RootFile {
            root: keys(vec![a, b], 2),
            circuits: delegation(circuits),
            checkpoint: delegation(checkpoint),
        },
    }
}

fn header() -> NamedHeader {
    NamedHeader {
        height: 0,
        hash: HeaderHash(Digest::ZERO),
        timestamp_ms: NOW - DAY,
    }
}

fn bundle(secrets: &mut [SetupSecret; 4]) -> SetupBundle {
    let chain = ChainFile {
        chain_id: CHAIN,
        genesis_hash: HeaderHash(Digest::ZERO),
        epoch_length: 8,
    };
    let chain = chain.encode();
    let circuits = CIRCUITS.iter().map(|circuit| {
        let key = circuit.key(CHAIN);
        ListedCircuit {
            number: key.circuit().number(),
            version: key.version(),
            name: key.circuit().name().parse().unwrap(),
            file: ListedFile::of(&key.setup_file()),
            from: 0,
            until: None,
        }
    });
    let circuits = Parsed {
        envelope: envelope(1, 90),
        file: CircuitsFile {
            chain: ListedFile::of(&chain),
            checkpoint: header(),
            circuits: circuits.collect(),
            releases: vec![],
        },
    };
    let checkpoint = Parsed {
        envelope: envelope(1, 7),
        file: CheckpointFile {
            header: header(),
            circuits_version: 1,
            root_version: 1,
        },
    };
    let root = root(secrets).encode();
    let [a, b, c, d] = secrets;
    let signed = |content: Vec<u8>, by: Vec<&mut SetupSecret>| SignedFile {
        signatures: by.into_iter().map(|s| s.sign(&content).unwrap()).collect(),
        content,
    };
    SetupBundle {
        roots: vec![signed(root, vec![a, b])],
        circuits: signed(circuits.encode(), vec![c]),
        checkpoint: signed(checkpoint.encode(), vec![d]),
        chain,
    }
}

#[test]
fn says_which_keys_have_signed() {
    let mut secrets = secrets();
    let bundle = bundle(&mut secrets);
    let root = bundle.roots[0].clone();
    let keys = Parsed::<RootFile>::decode(&root.content).unwrap().file;
    let by = |file: &SignedFile, role, version| {
        let signers = file.signers(role, CHAIN, version, keys.keys(role));
        signers.len()
    };
    assert_eq!(by(&root, Role::Root, 1), 2);
    assert_eq!(by(&root, Role::Root, 2), 0);
    assert_eq!(by(&root, Role::Circuits, 1), 0);
    let mut half = root.clone();
    half.signatures[0].hash.clear();
    let one = keys.root.keys[1].ed25519.id;
    assert_eq!(half.signers(Role::Root, CHAIN, 1, &keys.root), [one]);
    let mut twice = root.clone();
    twice.signatures[0] = twice.signatures[1].clone();
    assert_eq!(by(&twice, Role::Root, 1), 1);

    let file = b"a listed file";
    let [own, other] = [&secrets[0], &secrets[1]].map(|secret| secret.public_key().ed25519);
    let signature = secrets[0].sign_listed(file, "comment");
    own.verify_file(file, &signature).unwrap();
    for refused in [
        other.verify_file(file, &signature),
        own.verify_file(b"another", &signature),
    ] {
        assert_eq!(refused, Err(MinisignError::File));
    }
}

#[test]
fn accepts_a_signed_setup_from_each_pin() {
    let mut secrets = secrets();
    let bundle = bundle(&mut secrets);
    let file = bundle.roots[0].content.clone();
    let without = SetupBundle {
        roots: vec![],
        ..bundle.clone()
    };
    let keys = Parsed::<RootFile>::decode(&file).unwrap().file.root;
    let pinned = PinnedKeys {
        chain_id: CHAIN,
        version: 1,
        keys,
    };
    let fingerprint = RootFingerprint::of(1, &file);
    for (pin, served) in [
        (RootPin::File(file), &without),
        (RootPin::Fingerprint(fingerprint), &bundle),
        (RootPin::Keys(pinned), &bundle),
    ] {
        let mut trust = SetupTrust::new(pin.clone()).unwrap();
        let setup = trust.verify(served, NOW + DAY).unwrap();
        setup.check_circuits(&CIRCUITS, &[Consensus::ID]).unwrap();
        let key = setup.key::<Consensus>(5).unwrap();
        assert_eq!(key.setup_version(), Some(1));
        assert_eq!(setup.root_fingerprint(), fingerprint);
        let read = SetupBundle::from_bytes(&served.to_bytes());
        assert_eq!(read.as_ref(), Ok(served));
        let (again, rest) = SetupTrust::restore(pin, &trust.to_bytes()).unwrap();
        assert_eq!(again.to_bytes(), trust.to_bytes());
        assert_eq!(again.next_root(), 2);
        let _ = again.clone().verify(&rest, NOW).unwrap();
    }
}
