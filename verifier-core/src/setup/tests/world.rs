//! Keys, and the files that they sign.

use super::*;

/// Secret keys by role and seed, made once for all.
pub(super) fn key(role: Role, seed: u8) -> SetupSecret {
    SetupSecret::generate([seed; 72], role, CHAIN, &|_| {}).unwrap()
}

pub(super) struct World {
    pub(super) roots: [SetupSecret; 2],
    pub(super) circuits: Vec<SetupSecret>,
    pub(super) checkpoint: SetupSecret,
}

impl World {
    pub(super) fn new() -> Self {
        let [a, b, c, d] = secrets();
        Self {
            roots: [a, b],
            circuits: vec![c, key(Role::Circuits, 11), key(Role::Circuits, 12)],
            checkpoint: d,
        }
    }

    /// A root whose circuits keys are these.
    pub(super) fn root(&mut self, version: u32, circuits: &[usize]) -> SignedFile {
        let keys = |keys: Vec<SetupKey>, threshold| RoleKeys { keys, threshold };
        let circuits: Vec<_> = circuits
            .iter()
            .map(|i| self.circuits[*i].public_key())
            .collect();
        let file = RootFile {
            root: keys(
                self.roots.each_ref().map(SetupSecret::public_key).to_vec(),
                2,
            ),
            circuits: Delegation {
                keys: keys(circuits, 1),
                min_version: 1,
            },
            checkpoint: Delegation {
                keys: keys(vec![self.checkpoint.public_key()], 1),
                min_version: 1,
            },
        };
        let content = Parsed {
            envelope: envelope(version, 365),
            file,
        }
        .encode();
        let [a, b] = &mut self.roots;
        let signatures = vec![a.sign(&content).unwrap(), b.sign(&content).unwrap()];
        SignedFile {
            content,
            signatures,
        }
    }

    /// More roots than one answer brings, the last two with circuits keys of their own.
    pub(super) fn many_roots(&mut self) -> Vec<SignedFile> {
        let keys_of = |version| match version {
            66 => 2,
            65 => 1,
            _ => 0,
        };
        (1..=66)
            .map(|version| self.root(version, &[keys_of(version)]))
            .collect()
    }

    pub(super) fn chain() -> Vec<u8> {
        ChainFile {
            chain_id: CHAIN,
            genesis_hash: HeaderHash(Digest::ZERO),
            epoch_length: 8,
        }
        .encode()
    }

    /// A fresh copy of the keys signs: versions need not go up here.
    pub(super) fn circuits(&self, version: u32, by: &[usize]) -> SignedFile {
        let file = CircuitsFile {
            chain: ListedFile::of(&Self::chain()),
            checkpoint: header(),
            circuits: vec![],
            releases: vec![],
        };
        let content = Parsed {
            envelope: envelope(version, 90),
            file,
        }
        .encode();
        let signatures = by.iter().map(|i| {
            let mut copy = SetupSecret::from_bytes(&self.circuits[*i].to_bytes()).unwrap();
            copy.sign(&content).unwrap()
        });
        SignedFile {
            signatures: signatures.collect(),
            content,
        }
    }

    pub(super) fn checkpoint(&self, version: u32) -> SignedFile {
        let file = CheckpointFile {
            header: header(),
            circuits_version: 1,
            root_version: 1,
        };
        let content = Parsed {
            envelope: envelope(version, 7),
            file,
        }
        .encode();
        let mut copy = SetupSecret::from_bytes(&self.checkpoint.to_bytes()).unwrap();
        SignedFile {
            signatures: vec![copy.sign(&content).unwrap()],
            content,
        }
    }
}

pub(super) fn served(
    roots: &[&SignedFile],
    circuits: SignedFile,
    checkpoint: SignedFile,
) -> SetupBundle {
    SetupBundle {
        roots: roots.iter().map(|one| (*one).clone()).collect(),
        circuits,
        checkpoint,
        chain: World::chain(),
    }
}

pub(super) fn code<T>(verdict: Result<T, SetupError>) -> &'static str {
    verdict.map_or_else(|error| error.code(), |_| "accept")
}
