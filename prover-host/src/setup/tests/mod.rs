//! Keys and files of a setup, for the tests of this room.

mod agreeing;
mod dating;
mod drafts;
mod following;
mod holding;
mod keeping;
mod listing;
mod placing;
mod preparing;
mod rotating;
mod signing;
mod verifying;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use rpp_key_file::{Cost, Passphrase};
use rpp_verifier::{
    CIRCUITS, ChainFile, CheckpointFile, Delegation, Digest, Envelope, HeaderHash, MinisignKeyId,
    NamedHeader, Parsed, Role, RoleKeys, RootFile, SetupSecret,
};
use tempfile::TempDir;

use super::{Plan, PublicKeyFile, SetupFolder, Signer, Signing};

pub(super) const CHAIN: u32 = 7;
pub(super) const DAY: u64 = 24 * 60 * 60 * 1000;
pub(super) const NOW: u64 = 1_800_000_000_000;

/// A secret of a role.
pub(super) fn secret(role: Role) -> SetupSecret {
    secret_of("somebody", role)
}

/// The secret that somebody has for a role, made once.
pub(super) fn secret_of(owner: &str, role: Role) -> SetupSecret {
    static MADE: Mutex<BTreeMap<[u8; 72], Vec<u8>>> = Mutex::new(BTreeMap::new());
    // One half of a key from each half of the seed, and the Ed25519 key's id from the end.
    let digest = rpp_verifier::sha256(format!("{owner} {role}").as_bytes()).0;
    let mut seed = [0; 72];
    seed[..32].copy_from_slice(&digest);
    seed[32..64].copy_from_slice(&digest);
    seed[64..].copy_from_slice(&digest[..8]);
    let mut made = MADE.lock().unwrap();
    let bytes = made.entry(seed).or_insert_with(|| {
        let secret = SetupSecret::generate(seed, role, CHAIN, &|_| {});
        secret.unwrap().to_bytes().to_vec()
    });
    SetupSecret::from_bytes(bytes).unwrap()
}

/// The signers of a setup, each with a key file: two root keys, of which both have to sign, and one for each other role.
pub(super) struct Team {
    dir: TempDir,
    signers: BTreeMap<&'static str, Signer>,
}

impl Team {
    pub(super) fn new() -> Self {
        let mut team = Self {
            dir: tempfile::tempdir().unwrap(),
            signers: BTreeMap::new(),
        };
        team.join("alice", Role::Root);
        team.join("bob", Role::Root);
        team.join("carol", Role::Circuits);
        team.join("dave", Role::Checkpoint);
        team
    }

    pub(super) fn join(&mut self, name: &'static str, role: Role) {
        let path = self.dir.path().join(name);
        let signer = Signer::create(&path, secret_of(name, role), &passphrase());
        self.signers.insert(name, signer.unwrap());
    }

    pub(super) fn public(&self, name: &str) -> PublicKeyFile {
        self.signers[name].public()
    }

    pub(super) fn id(&self, name: &str) -> MinisignKeyId {
        self.signers[name].id()
    }

    /// The first setup, which nobody has signed.
    pub(super) fn prepare(&self) -> SetupFolder {
        let keys = |names: &[&str], threshold| {
            let keys = names.iter().map(|name| self.public(name).key);
            let keys = keys.collect();
            RoleKeys { keys, threshold }
        };
        let delegation = |name| Delegation {
            keys: keys(&[name], 1),
            min_version: 1,
        };
        let plan = Plan {
            chain: ChainFile {
                chain_id: CHAIN,
                genesis_hash: HeaderHash(Digest::ZERO),
                epoch_length: 8,
            },
            root: RootFile {
                root: keys(&["alice", "bob"], 2),
                circuits: delegation("carol"),
                checkpoint: delegation("dave"),
            },
            checkpoint: header(0),
            releases: Vec::new(),
            now_ms: NOW,
        };
        plan.prepare(&CIRCUITS).unwrap()
    }

    /// What these sign of it.
    pub(super) fn sign(&mut self, folder: SetupFolder, names: &[&'static str]) -> SetupFolder {
        names.iter().fold(folder, |folder, name| {
            let signer = self.signers.get_mut(*name).unwrap();
            Signing::of(&folder, signer)
                .unwrap()
                .sign_in_memory()
                .unwrap()
        })
    }

    /// The first setup, signed by all.
    pub(super) fn first(&mut self) -> SetupFolder {
        let folder = self.prepare();
        self.sign(folder, &["alice", "bob", "carol", "dave"])
    }

    pub(super) fn signer(&mut self, name: &'static str) -> &mut Signer {
        self.signers.get_mut(name).unwrap()
    }
}

/// A header that a checkpoint may name.
pub(super) fn header(height: u32) -> NamedHeader {
    NamedHeader {
        height,
        hash: HeaderHash(Digest::ZERO),
        timestamp_ms: NOW - DAY + u64::from(height),
    }
}

/// A passphrase that costs nothing to try.
pub(super) fn passphrase() -> Passphrase {
    Passphrase::new("open").cost(Cost::new(1024, 1).unwrap())
}

/// A checkpoint file; `height` tells two of one version apart.
pub(super) fn checkpoint(version: u32, height: u32) -> Vec<u8> {
    let header = header(height);
    let envelope = Envelope {
        chain_id: CHAIN,
        version,
        issued: NOW,
        expires: NOW + 7 * DAY,
    };
    let file = CheckpointFile {
        header,
        circuits_version: 1,
        root_version: 1,
    };
    Parsed { envelope, file }.encode()
}

/// Returns the names in a folder, in order.
pub(super) fn names(path: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(path).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

/// Copies what is at one path to another.
pub(super) fn copy(from: &Path, to: &Path) {
    std::fs::copy(from, to).unwrap();
}
