//! Statements about a validator's votes.

use std::num::NonZeroU32;

use rpp_verifier::{Header, UptimeClaim, UptimeStatement};

use super::window::{INDEX, NEIGHBOUR, Window};
use super::{EPOCH, LONG_EPOCH, Windows};
use crate::circuits::{CHAIN, other_chain, values};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// What an uptime statement is made from.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) head: Header,
    pub(super) epoch_length: u32,
    pub(super) claim: UptimeClaim,
}

impl Made {
    /// Returns what is true of a window, in epochs of this length.
    pub(super) fn of(window: &Window, epoch_length: u32) -> Self {
        Self::of_validator(window, epoch_length, INDEX)
    }

    /// Returns it for the validator beside.
    pub(super) fn of_neighbour(window: &Window, epoch_length: u32) -> Self {
        Self::of_validator(window, epoch_length, NEIGHBOUR)
    }

    fn of_validator(window: &Window, epoch_length: u32, index: u32) -> Self {
        let statement = window.witness_of(index).statement;
        Self {
            head: window.head().clone(),
            epoch_length,
            claim: UptimeClaim {
                first: statement.first,
                validator_set_root: statement.validator_set_root,
                index,
                key_id: statement.key_id,
                signed: statement.signed,
            },
        }
    }

    /// Makes up a window from a height to before another.
    fn between(first: u32, head: u32, epoch_length: u32) -> Self {
        Self {
            head: Window::header(head),
            epoch_length,
            claim: UptimeClaim {
                first,
                validator_set_root: digest(1),
                index: INDEX,
                key_id: digest(4),
                signed: 1,
            },
        }
    }

    pub(super) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut made = self.clone();
        change(&mut made);
        made
    }

    pub(super) fn of_other_chain(mut self) -> Self {
        self.head = other_chain(&self.head);
        self
    }

    pub(super) fn case(&self, chain_id: u32, proof: Option<Bytes>) -> Result<Case> {
        let Self {
            head,
            epoch_length,
            claim,
        } = self;
        let statement = UptimeStatement::new(head, NonZeroU32::try_from(*epoch_length)?, claim);
        Ok(Case::Uptime {
            chain_id,
            head: hex::encode(head.to_bytes()),
            epoch_length: *epoch_length,
            first: claim.first,
            validator_set_root: claim.validator_set_root.to_hex(),
            index: claim.index,
            key_id: claim.key_id.to_hex(),
            signed: claim.signed,
            public_values: statement.map_or_else(|_| vec![], |statement| values(&statement)),
            proof,
        })
    }
}

type Written = (&'static str, &'static str, Made, &'static str);

pub(super) fn write_statements(writer: &mut VectorWriter, windows: &Windows) -> Result<()> {
    let end = Made::of(&windows.end, EPOCH);
    let cases = accepted(windows, &end)
        .into_iter()
        .chain(windows_refused(&end))
        .chain(claims_refused(&end));
    for (name, note, made, expect) in cases {
        let name = format!("uptime{name}");
        writer.write(&name, note, expect, made.case(CHAIN, None)?)?;
    }
    Ok(())
}

fn accepted(windows: &Windows, end: &Made) -> Vec<Written> {
    let of = |name, note, made| (name, note, made, "accept");
    let signed = |signed| end.changed(|m| m.claim.signed = signed);
    let index = |index| end.changed(|m| m.claim.index = index);
    vec![
        of("", "the last five headers of an epoch", end.clone()),
        of(
            "-one",
            "the first header after the genesis",
            Made::of(&windows.one, EPOCH),
        ),
        of(
            "-carry",
            "heights on both sides of 65,536",
            Made::of(&windows.carry, LONG_EPOCH),
        ),
        of(
            "-neighbour",
            "another validator",
            Made::of_neighbour(&windows.end, EPOCH),
        ),
        of(
            "-within",
            "headers in the middle of an epoch",
            Made::between(9, 14, EPOCH),
        ),
        of(
            "-epoch",
            "all headers of an epoch",
            Made::between(8, 16, EPOCH),
        ),
        of(
            "-1024-of-other-chain",
            "1,024 headers of another chain, at a height of two limbs",
            Made::between(0x0003_0400, 0x0003_0800, 1024).of_other_chain(),
        ),
        of(
            "-highest",
            "the last header that can have a child",
            Made::between(u32::MAX - 1, u32::MAX, EPOCH),
        ),
        of(
            "-longest-epoch",
            "an epoch that never ends",
            Made::between(0x7fff_fff0, 0x8000_0010, u32::MAX),
        ),
        of("-never", "no vote", signed(0)),
        of("-always", "a vote for each header", signed(5)),
        of("-index-0", "the first place of a set", index(0)),
        of("-index-1023", "the last place of a set", index(1023)),
    ]
}

fn windows_refused(end: &Made) -> Vec<Written> {
    let window = |name, note, made| (name, note, made, "uptime-window");
    let epoch = |name, note, made| (name, note, made, "uptime-epoch");
    let from = |first| end.changed(|m| m.claim.first = first);
    vec![
        window(
            "-genesis",
            "the genesis is the header at the end",
            Made::between(0, 0, EPOCH),
        ),
        window(
            "-wrapped",
            "the genesis at the end, after the highest header",
            Made::between(u32::MAX, 0, EPOCH),
        ),
        window(
            "-from-genesis",
            "votes for the genesis",
            Made::between(0, 5, EPOCH),
        ),
        window("-none", "no header", from(16)),
        window("-backwards", "a header after the end", from(17)),
        window(
            "-1025",
            "1,025 headers",
            Made::between(2048, 3073, LONG_EPOCH),
        ),
        window(
            "-2-to-31",
            "2^31 headers",
            Made::between(1, 0x8000_0001, u32::MAX),
        ),
        epoch(
            "-two-epochs",
            "the header before the epoch as well",
            from(7),
        ),
        epoch(
            "-next-epoch",
            "the last header of an epoch and the next one",
            Made::between(15, 17, EPOCH),
        ),
        epoch(
            "-1024-of-two-epochs",
            "1,024 headers, the last of the next epoch",
            Made::between(1025, 2049, 1024),
        ),
        epoch(
            "-epochs-of-one",
            "two headers where each epoch has one",
            Made::between(2, 4, 1),
        ),
    ]
}

fn claims_refused(end: &Made) -> Vec<Written> {
    let of = |name, note, change: fn(&mut Made), expect| (name, note, end.changed(change), expect);
    let (window, index, count) = ("uptime-window", "uptime-index", "uptime-count");
    vec![
        of(
            "-index-1024",
            "a place that no set has",
            |m| m.claim.index = 1024,
            index,
        ),
        of(
            "-index-largest",
            "the largest number as a place",
            |m| m.claim.index = u32::MAX,
            index,
        ),
        of(
            "-count",
            "more votes than headers",
            |m| m.claim.signed = 6,
            count,
        ),
        of(
            "-count-largest",
            "the largest number of votes",
            |m| m.claim.signed = u32::MAX,
            count,
        ),
        of(
            "-count-of-the-field",
            "the modulus more votes than none",
            |m| m.claim.signed = 0x7800_0001,
            count,
        ),
        of(
            "-order-window-index",
            "votes for the genesis, by no place of a set",
            |m| (m.claim.first, m.claim.index) = (0, 1024),
            window,
        ),
        of(
            "-order-index-count",
            "no place of a set, and more votes than headers",
            |m| (m.claim.index, m.claim.signed) = (1024, 6),
            index,
        ),
        of(
            "-order-count-epoch",
            "more votes than headers, of two epochs",
            |m| (m.claim.first, m.claim.signed) = (7, 10),
            count,
        ),
    ]
}
