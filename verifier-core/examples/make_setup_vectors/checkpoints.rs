//! The two checkpoints against each other.

use super::Cases;
use super::corpus::Result;
use super::world::{NOW, header, header_hash};

/// The online checkpoint against the offline one, which is at height 8.
pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    let at = |height, other| {
        let mut header = header(height);
        if other {
            header.hash = header_hash(99);
        }
        header
    };
    for (name, note, header, expect) in [
        (
            "checkpoint-the-same",
            "the header of circuits.json",
            at(8, false),
            "accept",
        ),
        (
            "checkpoint-on-another-chain",
            "another header at the height of the one in circuits.json",
            at(8, true),
            "setup-other-checkpoint",
        ),
        (
            "checkpoint-behind",
            "a header below the one in circuits.json",
            at(7, false),
            "setup-checkpoint-behind",
        ),
    ] {
        let mut file = cases.world.checkpoint(1);
        file.file.header = header;
        let served = cases.with_checkpoint(&file);
        cases.one(name, note, served, expect)?;
    }
    let mut file = cases.world.checkpoint(1);
    file.file.header.timestamp_ms = NOW + 1;
    let served = cases.with_checkpoint(&file);
    let note = "a header from after the file was issued";
    cases.one("checkpoint-ahead", note, served, "setup-checkpoint-ahead")?;
    let mut file = cases.world.circuits(1);
    file.file.checkpoint.timestamp_ms = NOW + 1;
    let served = cases.with_circuits(&file);
    let note = "the same in circuits.json";
    cases.one(
        "offline-checkpoint-ahead",
        note,
        served,
        "setup-checkpoint-ahead",
    )?;
    let mut genesis = cases.world.circuits(1);
    genesis.file.checkpoint = at(0, true);
    let served = cases.with_circuits(&genesis);
    let note = "a checkpoint in circuits.json at height 0, which is not the genesis";
    cases.one(
        "offline-checkpoint-other-genesis",
        note,
        served,
        "setup-other-checkpoint",
    )?;
    genesis.file.checkpoint = at(0, false);
    let served = cases.with_circuits(&genesis);
    let note = "the genesis as the checkpoint in circuits.json";
    cases.one("offline-checkpoint-genesis", note, served, "accept")
}
