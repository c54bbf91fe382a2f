//! Writes the test vectors to `vectors/v1`, all but those of a whole client.
//!
//! It writes the same files each time, so a changed rule shows up as a changed vector.

mod bounds;
mod chain;
mod checkpoints;
mod circuits;
mod documents;
#[path = "../../tests/core/vectors/format.rs"]
mod format;
mod highest;
mod json;
mod keys;
mod ledger;
mod order;
#[path = "../../tests/core/vectors/parts.rs"]
mod parts;
mod proofs;
mod pruning;
mod sets;
mod signer;
mod span;
mod span_candidates;
mod starts;
mod texts;
mod uptime;
mod witness;

use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use format::{Case, Vector};
use p3_field::{PrimeCharacteristicRing, PrimeField32};
use parts::Key;
use rpp_verifier::hazmat::{self, Domain, Val, hash, u32_limbs};
use rpp_verifier::{
    Digest, HeaderHash, History, HistoryFrontier, KeyPurpose, MerkleTree, PublicKey, SecretKey,
    Signature, compress,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut writer = VectorWriter::new()?;
    write_hashes(&mut writer)?;
    write_trees(&mut writer)?;
    write_signatures(&mut writer)?;
    chain::write_headers(&mut writer)?;
    bounds::write_bounds(&mut writer)?;
    order::write_order(&mut writer)?;
    span_candidates::write_span_candidates(&mut writer)?;
    starts::write_starts(&mut writer)?;
    sets::write_sets(&mut writer)?;
    keys::write_keys(&mut writer)?;
    signer::write_signer(&mut writer)?;
    ledger::write_ledger(&mut writer)?;
    pruning::write_pruning(&mut writer)?;
    uptime::write_uptime(&mut writer)?;
    span::write_span(&mut writer)?;
    witness::write_witnesses(&mut writer)?;
    documents::write_documents(&mut writer)?;
    proofs::write_proofs(&mut writer)?;
    writeln!(io::stdout(), "{} vectors", writer.written)?;
    Ok(())
}

/// Writes vectors into their folder.
pub(crate) struct VectorWriter {
    folder: PathBuf,
    written: u32,
}

impl VectorWriter {
    fn new() -> Result<Self> {
        let folder = parts::folder();
        fs::create_dir_all(folder.join("documents"))?;
        Ok(Self { folder, written: 0 })
    }

    /// Writes one vector, named after its verdict and `name`.
    pub(crate) fn write(&mut self, name: &str, note: &str, expect: &str, case: Case) -> Result<()> {
        let vector = Vector {
            note: note.into(),
            origin: "rpp-verifier, example make_vectors".into(),
            case,
            expect: expect.into(),
        };
        let verdict = if expect == "accept" {
            "accept"
        } else {
            "reject"
        };
        let mut text = serde_json::to_string_pretty(&vector.to_json()?)?;
        text.push('\n');
        let same = Vector::from_json(&text)?.to_json()? == vector.to_json()?;
        assert!(same, "{name} does not read back as the same vector");
        fs::write(self.folder.join(format!("{verdict}-{name}.json")), text)?;
        self.written += 1;
        Ok(())
    }

    /// Writes a document that vectors change.
    pub(crate) fn document(&self, name: &str, bytes: &[u8]) -> Result<()> {
        fs::write(self.folder.join("documents").join(name), bytes)?;
        Ok(())
    }
}

/// Returns an arbitrary digest.
pub(crate) fn digest(x: u32) -> Digest {
    hash(Domain::Slot, &u32_limbs(x))
}

fn write_hashes(writer: &mut VectorWriter) -> Result<()> {
    let inputs = [
        ("hash-empty", "no element", Domain::Txs, vec![]),
        ("hash-one", "one element", Domain::Slot, vec![Val::ONE]),
        (
            "hash-padding",
            "a zero is not padding",
            Domain::Slot,
            vec![Val::ONE, Val::ZERO],
        ),
        (
            "hash-block",
            "one block",
            Domain::Random,
            (0..8).map(Val::new).collect(),
        ),
        (
            "hash-nine",
            "one element more than a block",
            Domain::Random,
            (0..9).map(Val::new).collect(),
        ),
        (
            "hash-extreme",
            "the largest element",
            Domain::SigMessage,
            vec![-Val::ONE; 21],
        ),
    ];
    for (name, note, domain, elements) in inputs {
        let case = Case::Hash {
            domain: domain.tag().as_canonical_u32(),
            elements: elements.iter().map(Val::as_canonical_u32).collect(),
            digest: hash(domain, &elements).to_hex(),
        };
        writer.write(name, note, "accept", case)?;
    }
    let pairs = [
        (
            "compress-zeros",
            "the empty node of level 1",
            Digest::ZERO,
            Digest::ZERO,
        ),
        ("compress", "two nodes", digest(1), digest(2)),
        ("compress-swapped", "the order counts", digest(2), digest(1)),
    ];
    for (name, note, left, right) in pairs {
        let case = Case::Compress {
            left: left.to_hex(),
            right: right.to_hex(),
            digest: compress(&left, &right).to_hex(),
        };
        writer.write(name, note, "accept", case)?;
    }
    Ok(())
}

fn write_trees(writer: &mut VectorWriter) -> Result<()> {
    let tree = MerkleTree::<10>::new((0..5).map(digest).collect());
    for (name, index, leaf) in [("path", 4, digest(4)), ("path-vacant", 700, Digest::ZERO)] {
        let case = Case::Path {
            leaf: leaf.to_hex(),
            index,
            siblings: tree.path(index).0.map(|sibling| sibling.to_hex()).to_vec(),
            root: tree.root().to_hex(),
        };
        writer.write(
            name,
            "a leaf in a tree of depth 10 with five leaves",
            "accept",
            case,
        )?;
    }
    for count in [0, 1, 7, 8] {
        let headers: Vec<_> = (0..count).map(digest).collect();
        let mut frontier = HistoryFrontier::default();
        for header in &headers {
            frontier.append(&HeaderHash(*header));
        }
        let hashes: Vec<_> = headers.iter().copied().map(HeaderHash).collect();
        let whole = rpp_verifier::history_root(count, &History::new(&hashes).root());
        assert_eq!(frontier.history_root(), whole);
        let case = Case::History {
            headers: headers.iter().map(Digest::to_hex).collect(),
            history_root: whole.to_hex(),
        };
        let note = format!("the history of {count} headers");
        writer.write(&format!("history-{count}"), &note, "accept", case)?;
    }
    Ok(())
}

fn write_signatures(writer: &mut VectorWriter) -> Result<()> {
    let (leaf, message) = (11, digest(1));
    let mut secret = SecretKey::generate([1; 32], KeyPurpose::Vote, 7, 4, &|_| ())?;
    let signature = secret.sign(leaf, &message)?;
    let public = *secret.public_key();
    for (purpose, name) in [
        (KeyPurpose::Vote, "vote"),
        (KeyPurpose::Account, "account"),
        (KeyPurpose::Setup, "setup"),
    ] {
        let case = Case::KeyId {
            public_key: key(&public),
            purpose: name.into(),
            chain_id: 7,
            key_id: public.key_id(purpose, 7).to_hex(),
        };
        writer.write(&format!("key-id-{name}"), "the id of a key", "accept", case)?;
    }
    let mut write = |name: &str, note, expect, public: &PublicKey, leaf, signature: &[u8]| {
        let case = Case::Signature {
            public_key: key(public),
            leaf,
            message: message.to_hex(),
            signature: hex::encode(signature),
        };
        writer.write(&format!("signature{name}"), note, expect, case)
    };
    let bytes = signature.to_bytes();
    write("", "a signature", "accept", &public, leaf, &bytes)?;

    let mut high = public;
    high.tree_height = 3;
    write(
        "-tree-height",
        "a key that is too low",
        "signature-tree-height",
        &high,
        leaf,
        &bytes,
    )?;
    let (note, code) = (
        "a leaf whose path bits are right",
        "signature-leaf-past-tree",
    );
    write("-leaf", note, code, &public, leaf + 16, &bytes)?;
    let forged = |forge: fn(&mut Signature)| {
        let mut forged = signature.clone();
        forge(&mut forged);
        forged.to_bytes()
    };
    let long = forged(|s| s.path.push(Digest::ZERO));
    write(
        "-path",
        "a sibling too many",
        "signature-path-length",
        &public,
        leaf,
        &long,
    )?;
    let missed = forged(|s| hazmat::randomizer_mut(s)[6] += Val::ONE);
    write(
        "-sum",
        "another randomizer",
        "signature-target-sum",
        &public,
        leaf,
        &missed,
    )?;
    let code = "signature-root-mismatch";
    let chain = forged(|s| hazmat::chain_values_mut(s)[77][3] += Val::ONE);
    write("-chain", "another chain value", code, &public, leaf, &chain)?;
    let slot = forged(|s| s.slot_digest = Digest::ZERO);
    write(
        "-slot-digest",
        "another slot digest",
        code,
        &public,
        leaf,
        &slot,
    )?;
    let path = forged(|s| s.path[3] = Digest::ZERO);
    write("-sibling", "another sibling", code, &public, leaf, &path)?;

    let with = |at: usize, x: u32| {
        let mut bytes = bytes.clone();
        bytes[at..at + 4].copy_from_slice(&x.to_le_bytes());
        bytes
    };
    let modulus = with(8, Val::ORDER_U32);
    write(
        "-element",
        "an element at the modulus",
        "non-canonical-element",
        &public,
        leaf,
        &modulus,
    )?;
    write(
        "-version",
        "another version",
        "unsupported-version",
        &public,
        leaf,
        &with(0, 2),
    )?;
    write(
        "-height",
        "a path of three siblings",
        "out-of-range",
        &public,
        leaf,
        &with(4, 3),
    )?;
    let cut = &bytes[..bytes.len() - 1];
    write("-cut", "a byte too few", "truncated", &public, leaf, cut)?;
    let extended = [&bytes[..], &[0]].concat();
    write(
        "-extended",
        "a byte too many",
        "trailing-bytes",
        &public,
        leaf,
        &extended,
    )
}

pub(crate) fn key(public: &PublicKey) -> Key {
    Key {
        tree_height: public.tree_height,
        parameter: hazmat::parameter_of(public)
            .map(|x| x.as_canonical_u32())
            .to_vec(),
        root: public.root.to_hex(),
    }
}
