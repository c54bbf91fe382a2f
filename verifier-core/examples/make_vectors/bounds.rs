//! Vectors for headers at the edge of a rule.

use rpp_verifier::{Digest, SetOpening, history_root};

use crate::chain::{Chain, NOW_MS, Offer, SMALL, Shape};
use crate::format::Case;
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(crate) fn write_bounds(writer: &mut VectorWriter) -> Result<()> {
    write_shapes(writer)?;
    write_edges(writer)?;
    write_sizes(writer)?;
    write_ancestors(writer)
}

/// A name, a note, the code, and a change of the offer that gives it.
pub(crate) type Change = (&'static str, &'static str, &'static str, fn(&mut Offer));

/// Chains whose numbers are the smallest or the largest that are allowed.
fn write_shapes(writer: &mut VectorWriter) -> Result<()> {
    let shapes = [
        ("candidate-epochs-of-two", "the shortest epochs", 2, 3, 9),
        ("candidate-one-member", "a set of one member", 4, 1, 9),
        ("candidate-1024-members", "the largest set", 4, 1024, 9),
        (
            "candidate-longest-epoch",
            "an epoch without end",
            u32::MAX,
            3,
            9,
        ),
    ];
    for (name, note, epoch_length, members, total_power) in shapes {
        let shape = Shape {
            epoch_length,
            members,
            total_power,
        };
        let chain = Chain::of(shape, 4);
        writer.write(name, note, "accept", chain.offer(1, 3).into_case())?;
    }
    let shape = Shape {
        total_power: u32::MAX,
        ..SMALL
    };
    for (name, signed, expect) in [
        ("candidate-power-past-32-bits", 2_863_311_531, "accept"),
        (
            "header-power-past-32-bits",
            2_863_311_530,
            "header-signed-power",
        ),
    ] {
        let mut offer = Chain::of(shape, 7).offer(4, 6);
        offer.candidate.certificate.signed_power = signed;
        let note = "three times the power does not fit 32 bits";
        writer.write(name, note, expect, offer.into_case())?;
    }
    Ok(())
}

/// One step inside and one step outside of a rule.
fn write_edges(writer: &mut VectorWriter) -> Result<()> {
    let edges: [Change; 8] = [
        (
            "candidate-drift",
            "30,000 ms ahead of the clock",
            "accept",
            |o| {
                o.candidate.header.timestamp_ms = NOW_MS + 30_000;
            },
        ),
        (
            "header-drift",
            "30,001 ms ahead of the clock",
            "header-future",
            |o| o.candidate.header.timestamp_ms = NOW_MS + 30_001,
        ),
        (
            "candidate-next-slot",
            "the slot after the parent's",
            "accept",
            |o| {
                o.candidate.header.slot = 11;
                o.candidate.header.proposer = 2;
            },
        ),
        (
            "candidate-next-millisecond",
            "a millisecond after the parent",
            "accept",
            |o| o.candidate.header.timestamp_ms = 6001,
        ),
        ("candidate-all-signed", "all of the power", "accept", |o| {
            o.candidate.certificate.signed_power = 9;
        }),
        (
            "candidate-free-digests",
            "digests that no rule is about",
            "accept",
            |o| {
                let header = &mut o.candidate.header;
                (header.state_root, header.tx_root) = (digest(21), digest(22));
                (header.participation_root, header.randomness) = (digest(23), digest(24));
            },
        ),
        (
            "header-parent-past",
            "a parent at the largest height",
            "header-parent-height",
            |o| {
                o.candidate.parent.height = u32::MAX;
                o.link();
            },
        ),
        (
            "header-proposer-past-set",
            "a proposer that the set does not have",
            "header-proposer",
            |o| o.candidate.header.proposer += 3,
        ),
    ];
    write_changes(writer, &edges)
}

/// Writes the header at height 6, changed, for a client whose head is at 4.
pub(crate) fn write_changes(writer: &mut VectorWriter, changes: &[Change]) -> Result<()> {
    let chain = Chain::of(SMALL, 12);
    for (name, note, expect, change) in changes {
        let mut offer = chain.offer(4, 6);
        change(&mut offer);
        writer.write(name, note, expect, offer.into_case())?;
    }
    Ok(())
}

/// Sets that are too small or too large, named by the last header of an epoch.
fn write_sizes(writer: &mut VectorWriter) -> Result<()> {
    for (name, note, n, proposer) in [
        ("header-set-too-large", "1,025 members", 1025, 12),
        (
            "order-h7-h8",
            "1,025 members, a proposer out of turn",
            1025,
            1,
        ),
        ("order-h7-h9", "no members, another next set", 0, 0),
    ] {
        let mut chain = Chain::of(SMALL, 12);
        let set = SetOpening { n, ..SMALL.set(1) };
        chain.0[3].next_validator_set_root = set.set_root();
        let mut offer = chain.offer(3, 6);
        let header = &mut offer.candidate.header;
        (header.validator_set_root, header.proposer) = (set.set_root(), proposer);
        if n > 0 {
            header.next_validator_set_root = set.set_root();
        }
        offer.candidate.certificate.set = set;
        writer.write(name, note, "header-set-size", offer.into_case())?;
    }
    Ok(())
}

/// Headers that are, and are not, in the history of a later one.
fn write_ancestors(writer: &mut VectorWriter) -> Result<()> {
    let chain = Chain::of(SMALL, 6);
    let history = chain.history(5);
    let hash = |height: usize| chain.0[height].hash().0;
    let path = |height: u32| history.path(height);
    let none = Digest::ZERO;
    let root = history_root(5, &history.root());
    // No count that a header has covers a leaf that is not there.
    let longer = history_root(6, &history.root());
    let cases = [
        (
            "ancestor-first",
            "the genesis",
            "accept",
            hash(0),
            0,
            path(0),
            5,
            root,
        ),
        (
            "ancestor-last",
            "the parent",
            "accept",
            hash(4),
            4,
            path(4),
            5,
            root,
        ),
        (
            "ancestor-vacant",
            "a vacant leaf",
            "mismatch",
            none,
            5,
            path(5),
            5,
            root,
        ),
        (
            "ancestor-above",
            "a vacant leaf above the height",
            "mismatch",
            none,
            7,
            path(7),
            5,
            root,
        ),
        (
            "ancestor-other-count",
            "another count",
            "mismatch",
            hash(0),
            0,
            path(0),
            6,
            root,
        ),
        (
            "ancestor-count",
            "a count that the root was not made with",
            "mismatch",
            hash(0),
            0,
            path(0),
            5,
            longer,
        ),
        (
            "ancestor-neighbour",
            "the path of another header",
            "mismatch",
            hash(0),
            0,
            path(1),
            5,
            root,
        ),
        (
            "ancestor-other-height",
            "another height",
            "mismatch",
            hash(0),
            1,
            path(0),
            5,
            root,
        ),
    ];
    for (name, note, expect, header_hash, height, path, within, root) in cases {
        let case = Case::Ancestor {
            header_hash: header_hash.to_hex(),
            height,
            history_path: path.0.iter().map(Digest::to_hex).collect(),
            within,
            history_root: root.to_hex(),
        };
        writer.write(name, note, expect, case)?;
    }
    Ok(())
}
