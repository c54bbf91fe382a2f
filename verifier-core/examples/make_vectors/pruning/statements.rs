//! Statements about ranges of headers.

use rpp_verifier::{Digest, Header, PruningStatement};

use super::chain::Chain;
use crate::circuits::{CHAIN, OTHER_CHAIN, other_chain, values};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

/// What a pruning statement is made from.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) start: Header,
    pub(super) end: Header,
    pub(super) folds: [Digest; 2],
}

impl Made {
    /// Takes both ends out of the chain of the vectors.
    pub(super) fn of(chain: &Chain, start: usize, end: usize) -> Self {
        Self {
            start: chain.at(start).clone(),
            end: chain.at(end).clone(),
            folds: [chain.fold(start), chain.fold(end)],
        }
    }

    /// Makes both ends up.
    fn between(start: u32, end: u32) -> Self {
        Self {
            start: Chain::header(start),
            end: Chain::header(end),
            folds: [digest(3), digest(4)],
        }
    }

    pub(super) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut made = self.clone();
        change(&mut made);
        made
    }

    pub(super) fn of_other_chain(mut self) -> Self {
        self.start = other_chain(&self.start);
        self.end = other_chain(&self.end);
        self
    }

    fn after_nothing(mut self) -> Self {
        self.folds[0] = Digest::ZERO;
        self
    }

    pub(super) fn case(&self, chain_id: u32, proof: Option<Bytes>) -> Case {
        let Self { start, end, folds } = self;
        let statement = PruningStatement::new(start, end, *folds);
        Case::Pruning {
            chain_id,
            start: hex::encode(start.to_bytes()),
            end: hex::encode(end.to_bytes()),
            fold_before: folds[0].to_hex(),
            fold_after: folds[1].to_hex(),
            public_values: statement.map_or_else(|_| vec![], |statement| values(&statement)),
            proof,
        }
    }
}

pub(super) fn write_statements(writer: &mut VectorWriter, chain: &Chain) -> Result<()> {
    let (eight, one) = (Made::of(chain, 8, 16), Made::of(chain, 0, 1));
    write_ranges(writer, chain, &eight, &one)?;
    write_refusals(writer, &eight, &one)
}

type Written<'a> = (&'a str, &'a str, Made, &'a str);

fn write(writer: &mut VectorWriter, cases: Vec<Written<'_>>) -> Result<()> {
    for (name, note, made, expect) in cases {
        let name = format!("pruning{name}");
        writer.write(&name, note, expect, made.case(CHAIN, None))?;
    }
    Ok(())
}

fn write_ranges(writer: &mut VectorWriter, chain: &Chain, eight: &Made, one: &Made) -> Result<()> {
    let cases = vec![
        ("", "eight headers", eight.clone(), "accept"),
        ("-genesis", "the first header", one.clone(), "accept"),
        (
            "-genesis-16",
            "the first 16 headers",
            Made::of(chain, 0, 16),
            "accept",
        ),
        (
            "-one",
            "one header at an odd height",
            Made::of(chain, 1, 2),
            "accept",
        ),
        (
            "-1024-of-other-chain",
            "1,024 headers of another chain, at a height of two limbs",
            Made::between(0x0003_0400, 0x0003_0800).of_other_chain(),
            "accept",
        ),
        (
            "-genesis-1024",
            "the first 1,024 headers",
            Made::between(0, 1024).after_nothing(),
            "accept",
        ),
        (
            "-highest",
            "the last header that can have a child",
            Made::between(u32::MAX - 1, u32::MAX),
            "accept",
        ),
        (
            "-fold-of-nothing",
            "a fold before that is zero, above the genesis",
            eight.clone().after_nothing(),
            "accept",
        ),
    ];
    write(writer, cases)
}

fn write_refusals(writer: &mut VectorWriter, eight: &Made, one: &Made) -> Result<()> {
    let (chain, range, fold) = ("header-chain-id", "pruning-range", "pruning-fold");
    let to = |height| eight.changed(|m| m.end.height = height);
    let from = |height| eight.changed(|m| m.start.height = height);
    let cases = vec![
        ("-none", "no header", to(8), range),
        ("-three", "three headers", to(11), range),
        ("-nine", "nine headers", to(17), range),
        ("-sixteen", "16 headers from a multiple of 8", to(24), range),
        (
            "-not-aligned",
            "8 headers from height 7",
            from(7).changed(|m| m.end.height = 15),
            range,
        ),
        (
            "-not-aligned-by-half",
            "8 headers from height 4",
            from(4).changed(|m| m.end.height = 12),
            range,
        ),
        ("-backwards", "an end before the start", from(24), range),
        (
            "-wrapped",
            "an end past the largest height",
            Made::between(u32::MAX - 1023, 0),
            range,
        ),
        ("-2048", "2,048 headers", Made::between(2048, 4096), range),
        (
            "-genesis-2048",
            "the first 2,048 headers",
            Made::between(0, 2048).after_nothing(),
            range,
        ),
        (
            "-1024-not-aligned",
            "1,024 headers from a multiple of 512",
            Made::between(512, 1536),
            range,
        ),
        (
            "-2-to-31",
            "2^31 headers",
            Made::between(0, 1 << 31).after_nothing(),
            range,
        ),
        (
            "-other-chain-start",
            "a first header of another chain",
            eight.changed(|m| m.start.chain_id = OTHER_CHAIN),
            chain,
        ),
        (
            "-other-chain-end",
            "a header after the range of another chain",
            eight.changed(|m| m.end.chain_id = OTHER_CHAIN),
            chain,
        ),
        (
            "-fold-before-genesis",
            "a fold before the genesis",
            one.changed(|m| m.folds[0] = digest(9)),
            fold,
        ),
        (
            "-order-chain-range",
            "another chain, and three headers",
            to(11).changed(|m| m.end.chain_id = OTHER_CHAIN),
            chain,
        ),
        (
            "-order-range-fold",
            "three headers from the genesis, and a fold before it",
            Made::between(0, 3),
            range,
        ),
    ];
    write(writer, cases)
}
