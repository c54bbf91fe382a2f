//! Vectors for headers: their encoding, the genesis, and one for each header rule.

use rpp_verifier::{
    Bitmap, Candidate, Certificate, Digest, Header, History, HistoryPath, SetOpening, genesis,
    history_root,
};

use crate::format::Case;
use crate::parts::{self, Params};
use crate::{Result, VectorWriter, digest};

/// Writes all vectors for headers.
pub(crate) fn write_headers(writer: &mut VectorWriter) -> Result<()> {
    write_encoding(writer)?;
    write_genesis(writer)?;
    write_candidates(writer)
}

pub(crate) const CHAIN_ID: u32 = 7;
pub(crate) const NOW_MS: u64 = 1_000_000;

/// The numbers that the chains of the vectors differ in.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) epoch_length: u32,
    pub(crate) members: u32,
    pub(crate) total_power: u32,
}

/// Epochs of four blocks, three members, total power 9.
pub(crate) const SMALL: Shape = Shape {
    epoch_length: 4,
    members: 3,
    total_power: 9,
};

/// The set of an epoch of a small chain.
fn set(epoch: u32) -> SetOpening {
    SMALL.set(epoch)
}

impl Shape {
    pub(crate) fn set(self, epoch: u32) -> SetOpening {
        SetOpening {
            root: digest(1000 + epoch),
            n: self.members,
            total_power: self.total_power,
        }
    }
}

/// The headers of a chain, from the genesis up.
pub(crate) struct Chain(pub(crate) Vec<Header>, Shape);

impl Chain {
    fn new(length: u32) -> Self {
        Self::of(SMALL, length)
    }

    pub(crate) fn of(shape: Shape, length: u32) -> Self {
        let (state, set_root) = (digest(0), shape.set(0).set_root());
        let first = genesis(
            CHAIN_ID,
            shape.epoch_length,
            1000,
            state,
            set_root,
            digest(1),
        );
        let mut chain = Self(vec![first], shape);
        for height in 1..length {
            chain.append(height);
        }
        chain
    }

    fn append(&mut self, height: u32) {
        let shape = self.1;
        let parent = &self.0[self.0.len() - 1];
        let set_root = |height| shape.set(height / shape.epoch_length).set_root();
        let slot = 2 * height;
        self.0.push(Header {
            height,
            slot,
            proposer: slot % shape.members,
            timestamp_ms: 1000 * u64::from(height + 1),
            parent_hash: parent.hash().0,
            validator_set_root: set_root(height),
            next_validator_set_root: set_root(height + 1),
            history_root: history_root(height, &self.history(self.0.len()).root()),
            randomness: digest(height + 1),
            ..parent.clone()
        });
    }

    pub(crate) fn history(&self, height: usize) -> History {
        let hashes: Vec<_> = self.0[..height].iter().map(Header::hash).collect();
        History::new(&hashes)
    }

    fn params(&self) -> Params {
        Params {
            epoch_length: self.1.epoch_length,
            ..params(&self.0[0])
        }
    }

    /// The header at `height`, offered to a client whose head is at `head`.
    pub(crate) fn offer(&self, head: usize, height: usize) -> Offer {
        let history = self.history(height);
        let trusted = &self.0[head];
        Offer {
            params: self.params(),
            trusted: trusted.clone(),
            trusted_hash: trusted.hash().0,
            candidate: Candidate {
                header: self.0[height].clone(),
                parent: self.0[height - 1].clone(),
                parent_path: history.path(self.0[height - 1].height),
                head_path: history.path(trusted.height),
                certificate: Certificate {
                    signed_power: 7,
                    signers: Bitmap::default().signers(),
                    set: self.1.set(self.0[height].height / self.1.epoch_length),
                },
            },
        }
    }
}

/// A candidate, and the client that it is offered to.
pub(crate) struct Offer {
    pub(crate) params: Params,
    pub(crate) trusted: Header,
    pub(crate) trusted_hash: Digest,
    pub(crate) candidate: Candidate,
}

impl Offer {
    /// Updates the parent hash after a change of the parent.
    pub(crate) fn link(&mut self) {
        self.candidate.header.parent_hash = self.candidate.parent.hash().0;
    }

    pub(crate) fn into_case(self) -> Case {
        let Candidate {
            header,
            parent,
            parent_path,
            head_path,
            certificate,
        } = self.candidate;
        let siblings = |path: HistoryPath| path.0.map(|sibling| sibling.to_hex()).to_vec();
        Case::Candidate {
            params: self.params,
            trusted: hex::encode(self.trusted.to_bytes()),
            trusted_hash: self.trusted_hash.to_hex(),
            now_ms: NOW_MS.to_string(),
            header: hex::encode(header.to_bytes()),
            parent: hex::encode(parent.to_bytes()),
            parent_path: siblings(parent_path),
            head_path: siblings(head_path),
            certificate: parts::Certificate {
                signed_power: certificate.signed_power,
                signers: certificate.signers.to_hex(),
                set_root: certificate.set.root.to_hex(),
                set_size: certificate.set.n,
                total_power: certificate.set.total_power,
            },
        }
    }
}

pub(crate) fn params(genesis: &Header) -> Params {
    Params {
        chain_id: CHAIN_ID,
        epoch_length: SMALL.epoch_length,
        genesis_hash: genesis.hash().0.to_hex(),
    }
}

fn write_encoding(writer: &mut VectorWriter) -> Result<()> {
    let header = Chain::new(4).0.remove(3);
    let bytes = header.to_bytes();
    let case = |bytes: &[u8], hash: String| Case::Header {
        header: hex::encode(bytes),
        hash,
    };
    let hash = header.hash().0.to_hex();
    writer.write(
        "header",
        "a header and its hash",
        "accept",
        case(&bytes, hash),
    )?;
    let mut element = bytes.clone();
    element[28..32].fill(0xff);
    let broken = [
        (
            "header-cut",
            "a byte too few",
            "truncated",
            bytes[..283].to_vec(),
        ),
        (
            "header-extended",
            "a byte too many",
            "trailing-bytes",
            [&bytes[..], &[0]].concat(),
        ),
        (
            "header-element",
            "an element past the modulus",
            "non-canonical-element",
            element,
        ),
    ];
    for (name, note, code, bytes) in broken {
        writer.write(name, note, code, case(&bytes, String::new()))?;
    }
    Ok(())
}

/// A code, a note, and a change of the genesis that breaks the code's rule.
type GenesisChange = (&'static str, &'static str, fn(&mut Header));

fn write_genesis(writer: &mut VectorWriter) -> Result<()> {
    let fixed = Chain::new(1).0.remove(0);
    let case = |params, header: &Header| Case::Genesis {
        params,
        header: hex::encode(header.to_bytes()),
    };
    writer.write(
        "genesis",
        "a genesis",
        "accept",
        case(params(&fixed), &fixed),
    )?;
    let other = Header {
        timestamp_ms: 1001,
        ..fixed.clone()
    };
    let note = "the genesis of another chain";
    writer.write(
        "genesis-hash",
        note,
        "genesis-hash",
        case(params(&fixed), &other),
    )?;
    let short = Params {
        epoch_length: 1,
        ..params(&fixed)
    };
    let note = "an epoch of one block";
    writer.write("epoch-length", note, "epoch-length", case(short, &fixed))?;
    let changes: [GenesisChange; 6] = [
        ("genesis-version", "another version", |h| h.version = 2),
        ("genesis-chain-id", "another chain id", |h| h.chain_id = 8),
        ("genesis-position", "a slot that is not zero", |h| {
            h.slot = 1
        }),
        ("genesis-params", "another parent hash", |h| {
            h.parent_hash = digest(9)
        }),
        ("genesis-next-set", "another next set", |h| {
            h.next_validator_set_root = digest(9)
        }),
        ("genesis-not-empty", "votes for no block", |h| {
            h.participation_root = digest(9)
        }),
    ];
    for (code, note, change) in changes {
        let mut header = fixed.clone();
        change(&mut header);
        writer.write(code, note, code, case(params(&header), &header))?;
    }
    Ok(())
}

/// A code, a note, and a change of the offer that breaks the code's rule.
type Change = (&'static str, &'static str, fn(&mut Offer));

fn write_candidates(writer: &mut VectorWriter) -> Result<()> {
    let chain = Chain::new(12);
    let accepted = [
        ("candidate-child", "the child of the head", 4, 5),
        ("candidate-skip", "a height is skipped", 4, 6),
        (
            "candidate-epoch-end",
            "the end of the epoch, which names the next set",
            4,
            7,
        ),
        (
            "candidate-next-epoch",
            "the last of an epoch after the last of the one before",
            3,
            7,
        ),
        ("candidate-after-genesis", "the first block", 0, 1),
    ];
    for (name, note, head, height) in accepted {
        writer.write(name, note, "accept", chain.offer(head, height).into_case())?;
    }
    let epoch = chain.offer(2, 6).into_case();
    writer.write(
        "header-epoch",
        "an epoch end is skipped",
        "header-epoch",
        epoch,
    )?;
    let behind = chain.offer(6, 7);
    let behind = Offer {
        candidate: chain.offer(4, 6).candidate,
        ..behind
    };
    let note = "the height of the head";
    writer.write(
        "header-not-ahead",
        note,
        "header-not-ahead",
        behind.into_case(),
    )?;
    for (code, note, change) in CHANGES {
        let mut offer = chain.offer(4, 6);
        change(&mut offer);
        writer.write(code, note, code, offer.into_case())?;
    }
    write_set_size(writer, chain)
}

const CHANGES: [Change; 15] = [
    ("header-trusted-hash", "a head with another hash", |o| {
        o.trusted_hash = digest(9)
    }),
    ("header-version", "another version", |o| {
        o.candidate.header.version = 2
    }),
    ("header-chain-id", "another chain", |o| {
        o.candidate.header.chain_id = 8
    }),
    ("header-set", "another set", |o| {
        o.candidate.header.validator_set_root = digest(9)
    }),
    ("header-set-opening", "less total power", |o| {
        o.candidate.certificate.set.total_power = 8
    }),
    ("header-proposer", "a proposer out of turn", |o| {
        o.candidate.header.proposer = 1
    }),
    (
        "header-next-set",
        "a next set before the epoch's end",
        |o| {
            o.candidate.header.next_validator_set_root = digest(9);
        },
    ),
    ("header-parent-hash", "another parent", |o| {
        o.candidate.parent.state_root = digest(9)
    }),
    ("header-parent-height", "a parent two heights below", |o| {
        o.candidate.parent.height = 4;
        o.link();
    }),
    ("header-parent-slot", "two blocks in a slot", |o| {
        o.candidate.parent.slot = 12;
        o.link();
    }),
    ("header-parent-timestamp", "two blocks at a time", |o| {
        o.candidate.parent.timestamp_ms = 7000;
        o.link();
    }),
    ("header-future", "31 s ahead of the clock", |o| {
        o.candidate.header.timestamp_ms = NOW_MS + 31_000;
    }),
    (
        "header-parent-not-in-history",
        "a parent of another history",
        |o| {
            o.candidate.parent.state_root = digest(9);
            o.link();
        },
    ),
    (
        "header-head-not-in-history",
        "a head on another branch",
        |o| {
            o.trusted.state_root = digest(9);
            o.trusted_hash = o.trusted.hash().0;
        },
    ),
    ("header-signed-power", "two thirds and no more", |o| {
        o.candidate.certificate.signed_power = 6;
    }),
];

/// An empty set, named by the last header of an epoch.
fn write_set_size(writer: &mut VectorWriter, mut chain: Chain) -> Result<()> {
    let nobody = SetOpening { n: 0, ..set(1) };
    chain.0[3].next_validator_set_root = nobody.set_root();
    let mut offer = chain.offer(3, 6);
    offer.candidate.header.validator_set_root = nobody.set_root();
    offer.candidate.certificate.set = nobody;
    writer.write(
        "header-set-size",
        "a set without members",
        "header-set-size",
        offer.into_case(),
    )
}
