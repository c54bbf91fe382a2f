//! `Signers`: the keys of a setup, and the setups that they sign.

use std::sync::OnceLock;

use rpp_light_client::{Answer, Checkpoint, RootFingerprint, RootPin};
use rpp_verifier::{
    BLOCK_MEDIA_TYPE, CIRCUITS, ChainFile, CheckpointFile, CircuitsFile, Delegation, Document,
    Envelope, HeaderHash, ListedCircuit, ListedFile, NamedHeader, Parsed, PinnedKeys, Role,
    RoleKeys, RootFile, Route, SetupBundle, SetupFile, SetupSecret, SignedFile,
};

use crate::chain::TestChain;
use crate::provider::{Provider, answer};

/// What a setup says, and until when. Its files are issued at one time, and live for as long as their roles may sign.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many roots there are, one or two: the second one names a third root key.
    pub roots: u32,
    /// When its files were made, in milliseconds since the Unix epoch.
    pub issued_ms: u64,
    /// The version of `circuits.json`.
    pub circuits_version: u32,
    /// The version of `checkpoint.json`.
    pub checkpoint_version: u32,
    /// Hash of the genesis.
    pub genesis: HeaderHash,
    /// The checkpoint in `circuits.json`.
    pub offline: Checkpoint,
    /// The checkpoint in `checkpoint.json`.
    pub online: Checkpoint,
    /// The circuits that it lists.
    pub circuits: Vec<ListedCircuit>,
}

/// A setup as a host has it.
#[derive(Clone, Debug)]
pub struct SignedSetup {
    roots: Vec<SignedFile>,
    /// Everything but the roots.
    newest: SetupBundle,
}

impl Plan {
    /// Returns the plan of a setup, version 1, that was made at the time of the header at `online`, and names the
    /// genesis and that header.
    #[must_use]
    pub fn of(chain: &Provider, online: u32) -> Self {
        Self {
            roots: 1,
            issued_ms: chain.header(online).timestamp_ms,
            circuits_version: 1,
            checkpoint_version: 1,
            genesis: chain.header(0).hash(),
            offline: chain.checkpoint(0),
            online: chain.checkpoint(online),
            circuits: all_circuits(),
        }
    }

    /// Changes what is listed of the circuit with this name.
    #[must_use]
    pub fn listing(mut self, name: &str, change: impl Fn(&mut ListedCircuit)) -> Self {
        let of_name = |circuit: &&mut ListedCircuit| circuit.name.as_str() == name;
        self.circuits.iter_mut().filter(of_name).for_each(change);
        self
    }

    /// Signs it.
    ///
    /// # Panics
    ///
    /// If what it says cannot be signed.
    #[must_use]
    pub fn sign(&self) -> SignedSetup {
        let chain = ChainFile {
            chain_id: TestChain::CHAIN_ID,
            genesis_hash: self.genesis,
            epoch_length: self.offline.epoch_length,
        };
        let chain = chain.encode();
        let circuits = CircuitsFile {
            chain: ListedFile::of(&chain),
            checkpoint: named(&self.offline),
            circuits: self.circuits.clone(),
            releases: Vec::new(),
        };
        let checkpoint = CheckpointFile {
            header: named(&self.online),
            circuits_version: self.circuits_version,
            root_version: self.roots,
        };
        let roots = (1..=self.roots).map(|version| {
            let signers: &[Key] = match version {
                1 => &[Key::RootA, Key::RootB],
                // The third key signs the root that names it.
                _ => &[Key::RootA, Key::RootB, Key::RootC],
            };
            sign(root(version), version, FIRST_MS, signers)
        });
        SignedSetup {
            roots: roots.collect(),
            newest: SetupBundle {
                roots: Vec::new(),
                circuits: sign(
                    circuits,
                    self.circuits_version,
                    self.issued_ms,
                    &[Key::Circuits],
                ),
                checkpoint: sign(
                    checkpoint,
                    self.checkpoint_version,
                    self.issued_ms,
                    &[Key::Checkpoint],
                ),
                chain,
            },
        }
    }
}

impl SignedSetup {
    /// Answers `GET path`, if that asks for a setup.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Answer> {
        let Ok(Route::Setup { root }) = Route::parse(path, &CIRCUITS) else {
            return None;
        };
        let have = usize::try_from(root.saturating_sub(1)).unwrap_or(usize::MAX);
        let bundle = SetupBundle {
            roots: self.roots.iter().skip(have).cloned().collect(),
            ..self.newest.clone()
        };
        Some(answer(BLOCK_MEDIA_TYPE, Some(bundle.to_bytes())))
    }

    /// Changes the bytes that are served as `circuits.json` and `checkpoint.json`.
    pub fn tamper(&mut self, change: impl FnOnce(&mut SetupBundle)) {
        change(&mut self.newest);
    }
}

/// Returns the first root as a client is given it: the file, its fingerprint, and the keys that have signed it.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn pins() -> [RootPin; 3] {
    let root = root(1);
    let keys = root.root.clone();
    let file = parsed(root, 1, FIRST_MS).encode();
    [
        RootPin::Fingerprint(RootFingerprint::of(1, &file)),
        RootPin::Keys(PinnedKeys {
            chain_id: TestChain::CHAIN_ID,
            version: 1,
            keys,
        }),
        RootPin::File(file),
    ]
}

/// Returns the second root, as a file.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn later_pin() -> RootPin {
    RootPin::File(parsed(root(2), 2, FIRST_MS).encode())
}

/// Returns another first root: the keys of the files are the same, and one root key is enough.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn other_pin() -> RootPin {
    let mut root = root(1);
    root.root.threshold = 1;
    RootPin::File(parsed(root, 1, FIRST_MS).encode())
}

/// Returns every circuit of this build, active at every height.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn all_circuits() -> Vec<ListedCircuit> {
    let circuits = CIRCUITS.iter().map(|circuit| {
        let key = circuit.key(TestChain::CHAIN_ID);
        ListedCircuit {
            number: key.circuit().number(),
            version: key.version(),
            name: key.circuit().name().parse().expect("a name"),
            file: ListedFile::of(&key.setup_file()),
            from: 0,
            until: None,
        }
    });
    circuits.collect()
}

/// Who signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Key {
    RootA,
    RootB,
    RootC,
    Circuits,
    Checkpoint,
}

impl Key {
    const ALL: [Self; 5] = [
        Self::RootA,
        Self::RootB,
        Self::RootC,
        Self::Circuits,
        Self::Checkpoint,
    ];

    const fn role(self) -> Role {
        match self {
            Self::RootA | Self::RootB | Self::RootC => Role::Root,
            Self::Circuits => Role::Circuits,
            Self::Checkpoint => Role::Checkpoint,
        }
    }

    /// Returns a copy that has signed nothing yet: here one version may have many contents.
    fn secret(self) -> SetupSecret {
        static MADE: [OnceLock<Vec<u8>>; 5] = [const { OnceLock::new() }; 5];
        let mut numbered = (1..).zip(Self::ALL).zip(&MADE);
        let found = numbered.find(|((_, key), _)| *key == self);
        let ((seed, _), made) = found.expect("each key is listed");
        let bytes = made.get_or_init(|| {
            let chain_id = TestChain::CHAIN_ID;
            let secret = SetupSecret::generate([seed; 72], self.role(), chain_id, &|_| {});
            secret.expect("a key of a role").to_bytes().to_vec()
        });
        SetupSecret::from_bytes(bytes).expect("a key that was made")
    }
}

fn root(version: u32) -> RootFile {
    let keys = |keys: &[Key], threshold| RoleKeys {
        keys: keys.iter().map(|key| key.secret().public_key()).collect(),
        threshold,
    };
    let delegation = |key| Delegation {
        keys: keys(&[key], 1),
        min_version: 1,
    };
    let roots: &[Key] = match version {
        1 => &[Key::RootA, Key::RootB],
        _ => &[Key::RootA, Key::RootB, Key::RootC],
    };
    RootFile {
        root: keys(roots, 2),
        circuits: delegation(Key::Circuits),
        checkpoint: delegation(Key::Checkpoint),
    }
}

fn parsed<F: SetupFile>(file: F, version: u32, issued: u64) -> Parsed<F> {
    let envelope = Envelope {
        chain_id: TestChain::CHAIN_ID,
        version,
        issued,
        expires: issued + F::ROLE.max_lifetime_ms(),
    };
    Parsed { envelope, file }
}

fn sign<F: SetupFile>(file: F, version: u32, issued: u64, by: &[Key]) -> SignedFile {
    let content = parsed(file, version, issued).encode();
    let signatures = by.iter().map(|key| {
        let signature = key.secret().sign(&content);
        signature.expect("a file of the key's role and chain")
    });
    SignedFile {
        signatures: signatures.collect(),
        content,
    }
}

const fn named(checkpoint: &Checkpoint) -> NamedHeader {
    NamedHeader {
        height: checkpoint.height,
        hash: checkpoint.hash,
        timestamp_ms: checkpoint.timestamp_ms,
    }
}

/// When the roots were made: as the chain begins.
const FIRST_MS: u64 = 1_700_000_000_000;
