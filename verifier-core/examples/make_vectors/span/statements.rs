//! Statements about ends of epochs.

use std::num::NonZeroU32;

use rpp_verifier::{Digest, Header, SpanStatement};

use super::ends::Ends;
use super::{EPOCH, SHORT_EPOCH, Spans};
use crate::circuits::{CHAIN, other_chain, values};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// What a span statement is made from.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) first_height: u32,
    pub(super) epoch_length: u32,
    pub(super) validator_set_root: Digest,
    pub(super) last: Header,
}

impl Made {
    /// Returns what is true of ends of epochs.
    pub(super) fn of(ends: &Ends) -> Self {
        let statement = &ends.witness.statement;
        Self {
            first_height: statement.first_height,
            epoch_length: statement.epoch_length.get(),
            validator_set_root: statement.validator_set_root,
            last: ends.last().clone(),
        }
    }

    /// Makes up the ends of epochs of a length from one height to another.
    fn between(first_height: u32, last: u32, epoch_length: u32) -> Self {
        Self {
            first_height,
            epoch_length,
            validator_set_root: digest(1),
            last: Ends::header(last),
        }
    }

    pub(super) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut made = self.clone();
        change(&mut made);
        made
    }

    pub(super) fn of_other_chain(mut self) -> Self {
        self.last = other_chain(&self.last);
        self
    }

    pub(super) fn case(&self, chain_id: u32, proof: Option<Bytes>) -> Result<Case> {
        let Self {
            first_height,
            epoch_length,
            validator_set_root,
            last,
        } = self;
        let length = NonZeroU32::try_from(*epoch_length)?;
        let statement = SpanStatement::new(*first_height, length, *validator_set_root, last);
        Ok(Case::Span {
            chain_id,
            first_height: *first_height,
            epoch_length: *epoch_length,
            validator_set_root: validator_set_root.to_hex(),
            last: hex::encode(last.to_bytes()),
            public_values: statement.map_or_else(|_| vec![], |statement| values(&statement)),
            proof,
        })
    }
}

type Written = (&'static str, &'static str, Made, &'static str);

pub(super) fn write_statements(writer: &mut VectorWriter, spans: &Spans) -> Result<()> {
    let two = Made::of(&spans.two);
    let cases = accepted(spans, &two)
        .into_iter()
        .chain(ends_refused())
        .chain(others_refused());
    for (name, note, made, expect) in cases {
        let name = format!("span{name}");
        writer.write(&name, note, expect, made.case(CHAIN, None)?)?;
    }
    Ok(())
}

fn accepted(spans: &Spans, two: &Made) -> Vec<Written> {
    let of = |name, note, made| (name, note, made, "accept");
    let between = Made::between;
    vec![
        of("", "the ends of two epochs", two.clone()),
        of("-one", "the end of one epoch", Made::of(&spans.one)),
        of(
            "-later",
            "ends of later epochs",
            between(4 * EPOCH - 1, 9 * EPOCH - 1, EPOCH),
        ),
        of(
            "-1024",
            "as many ends as there can be",
            between(SHORT_EPOCH - 1, 1024 * SHORT_EPOCH - 1, SHORT_EPOCH),
        ),
        of(
            "-one-at-the-highest",
            "one end, at the largest height",
            between(u32::MAX, u32::MAX, 1 << 16),
        ),
        of(
            "-highest",
            "the second end is at the largest height",
            between(u32::MAX - 2, u32::MAX, 2),
        ),
        of(
            "-halves",
            "two epochs have all heights",
            between(0x7fff_ffff, u32::MAX, 0x8000_0000),
        ),
        of(
            "-longest-epoch",
            "the longest epoch",
            between(u32::MAX - 1, u32::MAX - 1, u32::MAX),
        ),
        of(
            "-other-chain",
            "ends of another chain",
            two.clone().of_other_chain(),
        ),
    ]
}

fn ends_refused() -> Vec<Written> {
    let ends = |name, note, made| (name, note, made, "span-ends");
    let between = Made::between;
    vec![
        ends(
            "-backwards",
            "the last end is before the first",
            between(2 * EPOCH - 1, EPOCH - 1, EPOCH),
        ),
        ends(
            "-wrapped",
            "the last end is after the largest height",
            between(u32::MAX - 1, 0, 2),
        ),
        ends(
            "-last-within",
            "the last header does not end an epoch",
            between(EPOCH - 1, 2 * EPOCH - 2, EPOCH),
        ),
        ends(
            "-last-begins",
            "the last header begins an epoch",
            between(EPOCH - 1, 2 * EPOCH, EPOCH),
        ),
        ends(
            "-1025",
            "one end more than there can be",
            between(SHORT_EPOCH - 1, 1025 * SHORT_EPOCH - 1, SHORT_EPOCH),
        ),
        ends("-2-to-31", "2^31 ends", between(1, u32::MAX, 2)),
        ends(
            "-epochs-of-one",
            "each header ends an epoch",
            between(0, 1023, 1),
        ),
        ends(
            "-2-to-32",
            "2^32 ends, of epochs of one",
            between(0, u32::MAX, 1),
        ),
        ends(
            "-order-ends-first",
            "neither header ends an epoch, and they are no epochs apart",
            between(EPOCH - 2, 2 * EPOCH - 3, EPOCH),
        ),
        ends(
            "-order-count-first",
            "too many headers, each one before the end of an epoch",
            between(SHORT_EPOCH - 2, 1025 * SHORT_EPOCH - 2, SHORT_EPOCH),
        ),
    ]
}

fn others_refused() -> Vec<Written> {
    let first = |name, note, made| (name, note, made, "span-not-an-end");
    let between = Made::between;
    vec![
        first(
            "-before-ends",
            "each header is one before the end of an epoch",
            between(EPOCH - 2, 2 * EPOCH - 2, EPOCH),
        ),
        first(
            "-begins",
            "each header begins an epoch",
            between(EPOCH, 2 * EPOCH, EPOCH),
        ),
        first(
            "-genesis",
            "the genesis does not end its epoch",
            between(0, 0, 2),
        ),
        first(
            "-highest-within",
            "the largest height does not end its epoch",
            between(u32::MAX, u32::MAX, 3),
        ),
    ]
}
