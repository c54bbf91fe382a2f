//! Vectors for the header that a client starts from.

use rpp_verifier::{Checkpoint, Digest, Header, history_root};

use crate::bounds::Change;
use crate::chain::{Chain, SMALL, Shape, params};
use crate::format::Case;
use crate::parts::Params;
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_starts(writer: &mut VectorWriter) -> Result<()> {
    write_trusted(writer)?;
    write_genesis(writer)?;
    write_checkpoints(writer)
}

/// What is wrong with the header that a client starts from.
fn write_trusted(writer: &mut VectorWriter) -> Result<()> {
    let changes: [Change; 9] = [
        (
            "trusted-epoch-length",
            "epochs of one block",
            "epoch-length",
            |o| {
                o.params.epoch_length = 1;
            },
        ),
        (
            "trusted-version",
            "another version",
            "header-version",
            |o| {
                o.trusted.version = 2;
            },
        ),
        (
            "trusted-chain-id",
            "another chain",
            "header-chain-id",
            |o| {
                o.trusted.chain_id = 8;
            },
        ),
        (
            "trusted-next-set",
            "another next set",
            "header-next-set",
            |o| {
                o.trusted.next_validator_set_root = digest(9);
            },
        ),
        (
            "order-p1-start",
            "no epochs, and another hash",
            "epoch-length",
            |o| {
                o.params.epoch_length = 0;
                o.trusted.version = 2;
            },
        ),
        (
            "order-start-h1",
            "another hash and version",
            "header-trusted-hash",
            |o| {
                o.trusted.version = 2;
                o.trusted_hash = digest(9);
            },
        ),
        (
            "order-start-h1-h2",
            "another version and chain",
            "header-version",
            |o| {
                (o.trusted.version, o.trusted.chain_id) = (2, 8);
            },
        ),
        (
            "order-start-h2-h9",
            "another chain and next set",
            "header-chain-id",
            |o| {
                o.trusted.chain_id = 8;
                o.trusted.next_validator_set_root = digest(9);
            },
        ),
        (
            "order-start-h9-h3",
            "another next set, and a height past the candidate's",
            "header-next-set",
            |o| {
                o.trusted.next_validator_set_root = digest(9);
                o.trusted.height = 8;
            },
        ),
    ];
    let chain = Chain::of(SMALL, 12);
    for (name, note, expect, change) in changes {
        let mut offer = chain.offer(4, 6);
        let honest = offer.trusted_hash;
        change(&mut offer);
        if offer.trusted_hash == honest {
            offer.trusted_hash = offer.trusted.hash().0;
        }
        writer.write(name, note, expect, offer.into_case())?;
    }
    Ok(())
}

/// Changes the parameters and the genesis; the hash that is trusted is made to fit before the last.
type GenesisChange = (&'static str, &'static str, fn(&mut Header), fn(&mut Params));

fn write_genesis(writer: &mut VectorWriter) -> Result<()> {
    let case = |params, header: &Header| Case::Genesis {
        params,
        header: hex::encode(header.to_bytes()),
    };
    let shortest = Shape {
        epoch_length: 2,
        ..SMALL
    };
    let genesis = Chain::of(shortest, 1).0.remove(0);
    let rules = Params {
        epoch_length: 2,
        ..params(&genesis)
    };
    let note = "epochs of two blocks";
    writer.write(
        "genesis-epochs-of-two",
        note,
        "accept",
        case(rules, &genesis),
    )?;
    let keep: fn(&mut Params) = |_| {};
    let changes: [GenesisChange; 13] = [
        (
            "order-p1-g1",
            "epoch-length",
            |h| h.version = 2,
            |p| {
                p.epoch_length = 0;
                p.genesis_hash = digest(9).to_hex();
            },
        ),
        (
            "order-g1-g2",
            "genesis-hash",
            |h| h.version = 2,
            |p| {
                p.genesis_hash = digest(9).to_hex();
            },
        ),
        (
            "order-g2-g3",
            "genesis-version",
            |h| (h.version, h.chain_id) = (2, 8),
            keep,
        ),
        (
            "order-g3-g4",
            "genesis-chain-id",
            |h| (h.chain_id, h.slot) = (8, 1),
            keep,
        ),
        (
            "order-g4-g5",
            "genesis-position",
            |h| (h.height, h.parent_hash) = (1, digest(9)),
            keep,
        ),
        (
            "order-g5-g6",
            "genesis-params",
            |h| (h.parent_hash, h.next_validator_set_root) = (digest(9), digest(9)),
            keep,
        ),
        (
            "order-g6-g7",
            "genesis-next-set",
            |h| (h.next_validator_set_root, h.tx_root) = (digest(9), digest(9)),
            keep,
        ),
        ("genesis-height", "genesis-position", |h| h.height = 1, keep),
        (
            "genesis-proposer",
            "genesis-position",
            |h| h.proposer = 1,
            keep,
        ),
        (
            "genesis-operations",
            "genesis-not-empty",
            |h| h.tx_root = digest(9),
            keep,
        ),
        (
            "genesis-history",
            "genesis-not-empty",
            |h| h.history_root = history_root(1, &Digest::ZERO),
            keep,
        ),
        (
            "genesis-other-epochs",
            "genesis-params",
            |_| {},
            |p| p.epoch_length = 5,
        ),
        (
            "genesis-other-chain",
            "genesis-chain-id",
            |_| {},
            |p| p.chain_id = 8,
        ),
    ];
    for (name, code, header, rules) in changes {
        let mut changed = Chain::of(SMALL, 1).0.remove(0);
        header(&mut changed);
        let mut trusted = params(&changed);
        rules(&mut trusted);
        let note = name.replace('-', " ");
        writer.write(name, &note, code, case(trusted, &changed))?;
    }
    Ok(())
}

/// Changes the checkpoint and its header; the checkpoint's hash is made to fit before the last.
type Repin = (
    &'static str,
    &'static str,
    fn(&mut Header),
    fn(&mut Checkpoint),
);

/// Checkpoints and their headers.
fn write_checkpoints(writer: &mut VectorWriter) -> Result<()> {
    let honest: fn(&mut Header) = |_| {};
    let kept: fn(&mut Checkpoint) = |_| {};
    let at_genesis: [Repin; 11] = [
        ("start-genesis", "accept", honest, kept),
        ("start-height", "checkpoint-label", honest, |c| c.height = 1),
        ("start-timestamp", "checkpoint-label", honest, |c| {
            c.timestamp_ms += 1
        }),
        ("start-slot", "genesis-position", |h| h.slot = 1, kept),
        ("start-epoch-length", "genesis-params", honest, |c| {
            c.epoch_length = 5
        }),
        (
            "start-votes",
            "genesis-not-empty",
            |h| h.participation_root = digest(9),
            kept,
        ),
        ("order-start-p1-hash", "epoch-length", honest, |c| {
            (c.epoch_length, c.hash.0) = (1, digest(9));
        }),
        (
            "order-start-h9-g4",
            "header-next-set",
            |h| {
                h.slot = 1;
                h.next_validator_set_root = digest(9);
            },
            kept,
        ),
        (
            "order-start-g4-g5",
            "genesis-position",
            |h| (h.proposer, h.parent_hash) = (1, digest(9)),
            kept,
        ),
        (
            "order-start-g5-g7",
            "genesis-params",
            |h| {
                (h.parent_hash, h.tx_root) = (digest(9), digest(9));
            },
            kept,
        ),
        (
            "order-start-g7-label",
            "genesis-not-empty",
            |h| h.tx_root = digest(9),
            |c| c.height = 1,
        ),
    ];
    for (name, expect, header, repin) in at_genesis {
        write_start(writer, 0, (name, expect, header, repin))?;
    }
    let later: [Repin; 5] = [
        ("start-later", "accept", honest, kept),
        (
            "start-end-of-epoch",
            "accept",
            |h| {
                h.height = 3;
                h.next_validator_set_root = digest(9);
            },
            kept,
        ),
        ("start-other-header", "header-trusted-hash", honest, |c| {
            c.hash.0 = digest(9)
        }),
        (
            "start-next-set",
            "header-next-set",
            |h| h.next_validator_set_root = digest(9),
            kept,
        ),
        (
            "start-other-version",
            "header-version",
            |h| h.version = 0,
            |c| c.height = 9,
        ),
    ];
    for repin in later {
        write_start(writer, 5, repin)?;
    }
    Ok(())
}

fn write_start(writer: &mut VectorWriter, height: usize, repin: Repin) -> Result<()> {
    let (name, expect, change, repin) = repin;
    let mut header = Chain::of(SMALL, 6).0.remove(height);
    change(&mut header);
    let mut checkpoint = Checkpoint::of(&header, SMALL.epoch_length);
    repin(&mut checkpoint);
    let case = Case::Start {
        checkpoint: checkpoint.to_string(),
        header: hex::encode(header.to_bytes()),
    };
    writer.write(name, &name.replace('-', " "), expect, case)
}
