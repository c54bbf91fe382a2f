//! Writes the cases of a signed setup to `vectors/v1/setup`: for each rule one that passes and one that breaks it,
//! with everything else valid and signed.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a generator may panic"
)]

mod answers;
mod chain;
mod checkpoints;
mod circuits;
mod corpus;
mod files;
mod form;
mod memory;
mod nested;
mod roots;
mod rotations;
#[path = "../../tests/core/schema.rs"]
mod schema;
mod signatures;
mod text;
mod times;
mod world;

use std::io::{self, Write};

use corpus::{Corpus, Result, Step};
use rpp_verifier::{
    CheckpointFile, CircuitsFile, Parsed, RootFingerprint, RootPin, SetupBundle, SignedFile,
};
use world::{HOUR, NOW, Root, World};

fn main() -> Result<()> {
    let mut cases = Cases {
        world: World::new(),
        corpus: Corpus::new()?,
    };
    cases.write_pins()?;
    rotations::write(&mut cases)?;
    memory::write(&mut cases)?;
    times::write(&mut cases)?;
    signatures::write(&mut cases)?;
    form::write(&mut cases)?;
    nested::write(&mut cases)?;
    roots::write(&mut cases)?;
    circuits::write(&mut cases)?;
    checkpoints::write(&mut cases)?;
    chain::write(&mut cases)?;
    answers::write(&mut cases)?;
    files::write()?;
    writeln!(io::stdout(), "{} cases", cases.corpus.written)?;
    Ok(())
}

/// What the cases are made of.
pub(crate) struct Cases {
    pub(crate) world: World,
    pub(crate) corpus: Corpus,
}

impl Cases {
    /// Returns the honest setup after the pinned root.
    pub(crate) fn honest(&self) -> SetupBundle {
        SetupBundle {
            roots: vec![],
            circuits: self.circuits(&self.world.circuits(1)),
            checkpoint: self.checkpoint(&self.world.checkpoint(1)),
            chain: self.world.chain.encode(),
        }
    }

    pub(crate) fn circuits(&self, file: &Parsed<CircuitsFile>) -> SignedFile {
        self.world.signed(file, "de")
    }

    pub(crate) fn checkpoint(&self, file: &Parsed<CheckpointFile>) -> SignedFile {
        self.world.signed(file, "f")
    }

    /// Returns the honest setup with another `circuits.json`.
    pub(crate) fn with_circuits(&self, file: &Parsed<CircuitsFile>) -> SetupBundle {
        SetupBundle {
            circuits: self.circuits(file),
            ..self.honest()
        }
    }

    /// Returns the honest setup with another `checkpoint.json`.
    pub(crate) fn with_checkpoint(&self, file: &Parsed<CheckpointFile>) -> SetupBundle {
        SetupBundle {
            checkpoint: self.checkpoint(file),
            ..self.honest()
        }
    }

    /// Returns the honest setup with a `checkpoint.json` of these bytes, well signed as version 1.
    pub(crate) fn with_checkpoint_of(&self, content: Vec<u8>) -> SetupBundle {
        SetupBundle {
            checkpoint: self.world.sign(content, 1, "f"),
            ..self.honest()
        }
    }

    /// Writes a case for each of these texts of a `checkpoint.json`.
    pub(crate) fn checkpoints<const N: usize>(
        &mut self,
        changed: [(&str, &str, String, &'static str); N],
    ) -> Result<()> {
        for (name, note, content, expect) in changed {
            let served = self.with_checkpoint_of(content.into_bytes());
            self.one(name, note, served, expect)?;
        }
        Ok(())
    }

    pub(crate) fn with_roots(&self, roots: &[(&Root, &str)]) -> SetupBundle {
        let roots = roots.iter().map(|(root, by)| self.world.signed(root, by));
        SetupBundle {
            roots: roots.collect(),
            ..self.honest()
        }
    }

    /// Returns the pin that most cases start from: the first root, whole.
    pub(crate) fn pin(&self) -> RootPin {
        RootPin::File(self.world.first_root().encode())
    }

    /// Writes a case of one step, an hour after the honest files were issued.
    pub(crate) fn one(
        &mut self,
        name: &str,
        note: &str,
        served: SetupBundle,
        expect: &'static str,
    ) -> Result<()> {
        self.steps(name, note, &[step(NOW + HOUR, served, expect)])
    }

    /// Writes a case that starts from the usual pin.
    pub(crate) fn steps(&mut self, name: &str, note: &str, steps: &[Step]) -> Result<()> {
        let pin = self.pin();
        self.corpus.write(name, note, &pin, steps)
    }

    fn write_pins(&mut self) -> Result<()> {
        let root = self.world.first_root();
        let file = root.encode();
        let with_root = self.with_roots(&[(&root, "ab")]);
        let after = |served| [step(NOW + HOUR, served, "accept")];
        self.one(
            "pinned-file",
            "a client with the first root file",
            self.honest(),
            "accept",
        )?;
        let fingerprint = RootPin::Fingerprint(RootFingerprint::of(1, &file));
        let note = "a client with the fingerprint of the first root file";
        let served = after(with_root.clone());
        self.corpus
            .write("pinned-fingerprint", note, &fingerprint, &served)?;
        let keys = |letters, threshold, version| {
            RootPin::Keys(rpp_verifier::PinnedKeys {
                chain_id: world::CHAIN,
                version,
                keys: self.world.keys(letters, threshold),
            })
        };
        let (both, one, other) = (keys("ab", 2, 1), keys("b", 1, 1), keys("ac", 2, 1));
        let (none, twice) = (keys("ab", 3, 1), keys("aa", 2, 1));
        let (second, chain) = (keys("abc", 2, 2), {
            RootPin::Keys(rpp_verifier::PinnedKeys {
                chain_id: 8,
                version: 1,
                keys: self.world.keys("ab", 2),
            })
        });
        let note = "a client with the keys that signed the first root file";
        self.corpus
            .write("pinned-keys", note, &both, &after(with_root.clone()))?;
        let note = "a client with one of the keys, of which one has to sign";
        self.corpus
            .write("pinned-key", note, &one, &after(with_root.clone()))?;
        let next = self.world.root(2, ["abc", "de", "f"]);
        let served = after(self.with_roots(&[(&next, "ab")]));
        let note =
            "a client with the keys of the second root file, which is the first that it asks for";
        self.corpus
            .write("pinned-keys-of-a-later-root", note, &second, &served)?;

        let refused = |served, expect| [step(NOW + HOUR, served, expect)];
        let note = "one of the pinned keys has not signed";
        let steps = refused(with_root.clone(), "setup-unknown-key");
        self.corpus
            .write("pinned-keys-others", note, &other, &steps)?;
        let note = "more keys have to sign than there are";
        let steps = refused(with_root.clone(), "setup-threshold");
        self.corpus
            .write("pinned-keys-threshold", note, &none, &steps)?;
        let note = "one key, pinned twice";
        let steps = refused(with_root.clone(), "setup-key-twice");
        self.corpus
            .write("pinned-keys-twice", note, &twice, &steps)?;
        let note = "the same keys, pinned for another chain";
        let steps = refused(with_root.clone(), "setup-hash-key");
        self.corpus
            .write("pinned-keys-other-chain", note, &chain, &steps)?;
        let note = "no root is served to a client that has none";
        let steps = refused(self.honest(), "setup-missing-file");
        self.corpus.write(
            "pinned-fingerprint-without-root",
            note,
            &fingerprint,
            &steps,
        )?;
        let other = self.world.root(1, ["abc", "de", "f"]);
        let steps = refused(self.with_roots(&[(&other, "ab")]), "setup-digest");
        let note =
            "another root file, with good signatures, than the one whose fingerprint is pinned";
        self.corpus
            .write("pinned-fingerprint-other-root", note, &fingerprint, &steps)?;
        let wrong = RootPin::Fingerprint(RootFingerprint::of(2, &file));
        let steps = refused(with_root, "setup-signed-version");
        let note = "a fingerprint with the SHA-256 of another version";
        self.corpus
            .write("pinned-fingerprint-other-version", note, &wrong, &steps)?;
        let cut = RootPin::File(file[..file.len() - 1].to_vec());
        let steps = refused(self.honest(), "setup-json-truncated");
        self.corpus
            .write("pinned-file-truncated", "half a root file", &cut, &steps)?;
        let long = RootPin::File(vec![b' '; 8193]);
        let steps = refused(self.honest(), "setup-too-long");
        let note = "a root file of 8,193 bytes";
        self.corpus
            .write("pinned-file-too-long", note, &long, &steps)
    }
}

pub(crate) fn step(now_ms: u64, served: SetupBundle, expect: &'static str) -> Step {
    Step {
        now_ms,
        served,
        splice: None,
        expect,
        heads: vec![],
    }
}
