//! `World`: an honest setup, and signers that sign whatever they are told to.

use std::collections::BTreeMap;

use rpp_verifier::hazmat::{Domain, hash, u32_limbs};
use rpp_verifier::{
    CIRCUITS, ChainFile, CheckpointFile, CircuitsFile, Delegation, Envelope, HashHalf, HeaderHash,
    KeyPurpose, ListedCircuit, ListedFile, MinisignKeyId, MinisignSecret, NamedHeader, Parsed,
    Release, Role, RoleKeys, RootFile, SecretKey, SetupFile, SetupKey, SetupSignature, SignedFile,
    setup_message, sha256,
};

pub(crate) const CHAIN: u32 = 7;
pub(crate) const HOUR: u64 = 60 * 60 * 1000;
pub(crate) const DAY: u64 = 24 * HOUR;
/// When the honest files were issued.
pub(crate) const NOW: u64 = 1_800_000_000_000;

/// One signer, with secrets that are made from a letter. The hash-based key signs anything at any leaf.
pub(crate) struct Signer {
    pub(crate) ed25519: MinisignSecret,
    hash: SecretKey,
    /// The key as it was made: signing erases leaves.
    fresh: Vec<u8>,
    role: Role,
}

/// What a hash-based half signs, and where.
#[derive(Clone, Copy)]
pub(crate) struct Half {
    pub(crate) role: Role,
    pub(crate) chain_id: u32,
    /// The version in the message and in the file.
    pub(crate) version: u32,
    pub(crate) leaf: u32,
}

impl Signer {
    pub(crate) fn new(letter: u8, role: Role) -> Self {
        let height = role.tree_height();
        let hash = SecretKey::generate([letter; 32], KeyPurpose::Setup, CHAIN, height, &|_| {});
        let hash = hash.expect("a height of a role");
        Self {
            ed25519: MinisignSecret::new(MinisignKeyId([letter; 8]), &[letter; 32]),
            fresh: hash.to_bytes().to_vec(),
            hash,
            role,
        }
    }

    pub(crate) fn key(&self) -> SetupKey {
        SetupKey {
            ed25519: self.ed25519.public_key(),
            hash: self.hash.key_id(),
        }
    }

    pub(crate) fn minisig(&self, content: &[u8]) -> Vec<u8> {
        self.ed25519.sign(content, "for tests").into_bytes()
    }

    pub(crate) fn half(&self, content: &[u8], half: Half) -> Vec<u8> {
        let mut key = SecretKey::from_bytes(&self.fresh).expect("as it was made");
        let message = setup_message(half.chain_id, half.role, half.version, &sha256(content));
        let signature = key.sign(half.leaf, &message).expect("a leaf of the key");
        let (version, key) = (half.version, *self.hash.public_key());
        let half = HashHalf {
            version,
            key,
            signature,
        };
        half.to_bytes()
    }

    /// Signs as the role and version that are asked for.
    pub(crate) fn sign(&self, content: &[u8], version: u32) -> SetupSignature {
        SetupSignature {
            ed25519: self.minisig(content),
            hash: self.half(content, self.honest(version)),
        }
    }

    pub(crate) const fn honest(&self, version: u32) -> Half {
        Half {
            role: self.role,
            chain_id: CHAIN,
            version,
            leaf: version,
        }
    }
}

/// The signers, by letter: `a`, `b`, `c` for roots, `d`, `e` for circuits, `f`, `g` for checkpoints, `x` for nothing that any root
/// names.
pub(crate) struct World {
    signers: BTreeMap<char, Signer>,
    pub(crate) chain: ChainFile,
}

impl World {
    pub(crate) fn new() -> Self {
        let roles = [
            ('a', Role::Root),
            ('b', Role::Root),
            ('c', Role::Root),
            ('d', Role::Circuits),
            ('e', Role::Circuits),
            ('h', Role::Circuits),
            ('f', Role::Checkpoint),
            ('g', Role::Checkpoint),
            ('x', Role::Checkpoint),
        ];
        let signers = roles.map(|(letter, role)| {
            let seed = u8::try_from(letter).expect("ASCII");
            (letter, Signer::new(seed, role))
        });
        Self {
            signers: signers.into(),
            chain: ChainFile {
                chain_id: CHAIN,
                genesis_hash: header_hash(0),
                epoch_length: 8,
            },
        }
    }

    pub(crate) fn signer(&self, letter: char) -> &Signer {
        &self.signers[&letter]
    }

    /// Returns keys of signers.
    pub(crate) fn keys(&self, letters: &str, threshold: u32) -> RoleKeys {
        let keys = letters.chars().map(|letter| self.signer(letter).key());
        RoleKeys {
            keys: keys.collect(),
            threshold,
        }
    }

    /// Returns the root with these signers for roots and circuits, one for checkpoints, and lowest versions of
    /// 1.
    pub(crate) fn root(&self, version: u32, [root, circuits, checkpoint]: [&str; 3]) -> Root {
        let delegation = |keys| Delegation {
            keys,
            min_version: 1,
        };
        Parsed {
            envelope: envelope(version, 365),
            file: RootFile {
                root: self.keys(root, 2),
                circuits: delegation(self.keys(circuits, 2)),
                checkpoint: delegation(self.keys(checkpoint, 1)),
            },
        }
    }

    /// Returns the root that the others come after.
    pub(crate) fn first_root(&self) -> Root {
        self.root(1, ["ab", "de", "f"])
    }

    pub(crate) fn circuits(&self, version: u32) -> Parsed<CircuitsFile> {
        // The same files again when there are more circuits.
        let circuits = CIRCUITS.iter().filter(|circuit| circuit.id().number() <= 4);
        let circuits = circuits.map(|circuit| {
            let key = circuit.key(CHAIN);
            let name = key.circuit().name().parse();
            ListedCircuit {
                number: key.circuit().number(),
                version: key.version(),
                name: name.expect("a name"),
                file: ListedFile::of(&key.setup_file()),
                from: 0,
                until: None,
            }
        });
        Parsed {
            envelope: envelope(version, 90),
            file: CircuitsFile {
                chain: ListedFile::of(&self.chain.encode()),
                checkpoint: header(8),
                circuits: circuits.collect(),
                releases: vec![Release {
                    name: "rpp_wasm_bg.wasm".into(),
                    file: ListedFile::of(b"a module"),
                }],
            },
        }
    }

    pub(crate) fn checkpoint(&self, version: u32) -> Parsed<CheckpointFile> {
        Parsed {
            envelope: envelope(version, 7),
            file: CheckpointFile {
                header: header(16),
                circuits_version: 1,
                root_version: 1,
            },
        }
    }

    /// Signs bytes by these signers, as this version.
    pub(crate) fn sign(&self, content: Vec<u8>, version: u32, letters: &str) -> SignedFile {
        let signatures = letters.chars().map(|letter| {
            let signer = self.signer(letter);
            signer.sign(&content, version)
        });
        SignedFile {
            signatures: signatures.collect(),
            content,
        }
    }

    /// Signs a file by these signers.
    pub(crate) fn signed<F: SetupFile>(&self, file: &Parsed<F>, letters: &str) -> SignedFile {
        self.sign(file.encode(), file.envelope.version, letters)
    }
}

pub(crate) type Root = Parsed<RootFile>;

pub(crate) fn envelope(version: u32, days: u64) -> Envelope {
    Envelope {
        chain_id: CHAIN,
        version,
        issued: NOW,
        expires: NOW + days * DAY,
    }
}

/// Returns a header at a height: nobody looks at more of it.
pub(crate) fn header(height: u32) -> NamedHeader {
    NamedHeader {
        height,
        hash: header_hash(height),
        timestamp_ms: NOW - HOUR + u64::from(height),
    }
}

pub(crate) fn header_hash(height: u32) -> HeaderHash {
    HeaderHash(hash(Domain::Slot, &u32_limbs(height)))
}
