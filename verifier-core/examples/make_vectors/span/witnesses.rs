//! Witnesses of ends of epochs.

use std::mem;
use std::num::NonZeroU32;

use rpp_verifier::hazmat::chain_values_mut;
use rpp_verifier::{Header, SpanWitness};

use super::ends::Ends;
use super::{EPOCH, Spans};
use crate::circuits::{whole, write_changed};
use crate::{Result, VectorWriter, digest};

/// A name, the code, and a change of the witness that gives it.
type Change = (&'static str, &'static str, fn(&mut SpanWitness));

const STATEMENTS: [Change; 8] = [
    ("epochs-of-one", "span-ends", |w| {
        w.statement.epoch_length = NonZeroU32::MIN;
    }),
    ("stored", "accept", |_| ()),
    ("of-no-ends", "span-ends", |w| w.statement.ends = 0),
    ("of-1025-ends", "span-ends", |w| w.statement.ends = 1025),
    ("past-the-highest", "span-ends", |w| {
        w.statement.first_height = u32::MAX - 100_000 + 1;
    }),
    ("of-long-epochs", "span-ends", |w| {
        (w.statement.epoch_length, w.statement.ends) = (NonZeroU32::MAX, 3);
    }),
    ("first-within", "span-not-an-end", |w| {
        w.statement.first_height -= 1;
    }),
    ("first-highest", "span-ends", |w| {
        w.statement.first_height = u32::MAX;
    }),
];

const HEADERS: [Change; 20] = [
    ("end-less", "witness-length", |w| w.ends.truncate(1)),
    ("end-more", "witness-length", |w| {
        w.ends.push(w.ends[1].clone());
    }),
    ("no-ends", "witness-length", |w| w.ends.clear()),
    ("longer", "witness-length", |w| w.statement.ends += 1),
    ("shorter", "witness-length", |w| w.statement.ends -= 1),
    ("second-without-a-path", "witness-length", |w| {
        w.ends[1].path = None;
    }),
    ("first-with-a-path", "witness-length", |w| {
        w.ends[0].path = w.ends[1].path;
    }),
    ("first-version", "witness-place", |w| {
        w.ends[0].header.version = 2;
    }),
    ("last-version", "witness-place", |w| {
        w.ends[1].header.version = 0;
    }),
    ("chain-id", "witness-place", |w| w.statement.chain_id += 1),
    ("header-chain-id", "witness-place", |w| {
        w.ends[1].header.chain_id += 1;
    }),
    ("first-height", "witness-place", |w| {
        w.ends[0].header.height += 1;
    }),
    ("last-height", "witness-place", |w| {
        w.ends[1].header.height -= 65_536;
    }),
    // Then the first is the one that has a path.
    ("swapped", "witness-length", |w| w.ends.swap(0, 1)),
    ("headers-swapped", "witness-place", |w| {
        let (first, second) = w.ends.split_at_mut(1);
        mem::swap(&mut first[0].header, &mut second[0].header);
    }),
    ("doubled", "witness-place", |w| {
        w.ends[1].header = w.ends[0].header.clone();
    }),
    ("other-epochs", "witness-place", |w| {
        w.statement.first_height += EPOCH;
    }),
    ("other-length", "witness-place", |w| {
        w.statement.epoch_length = NonZeroU32::new(EPOCH / 2).unwrap_or(NonZeroU32::MIN);
    }),
    ("last-hash", "witness-link", |w| {
        w.statement.last_hash.0 = digest(9);
    }),
    ("hash-of-the-first", "witness-link", |w| {
        w.statement.last_hash = w.ends[0].header.hash();
    }),
];

const SETS: [Change; 11] = [
    ("set-root", "witness-set", |w| {
        w.statement.validator_set_root = digest(9);
    }),
    ("set-of-the-next", "witness-set", |w| {
        w.statement.validator_set_root = w.ends[1].header.validator_set_root;
    }),
    ("first-set", "witness-set", |w| {
        w.ends[0].header.validator_set_root = digest(9);
    }),
    ("last-set", "witness-set", |w| {
        w.ends[1].header.validator_set_root = digest(9);
    }),
    ("opening", "witness-set", |w| w.ends[0].set.root = digest(9)),
    ("set-size", "witness-set", |w| w.ends[0].set.n += 1),
    ("total-power", "witness-set", |w| {
        w.ends[1].set.total_power -= 1;
    }),
    ("set-of-the-first", "witness-set", |w| {
        w.ends[1].set = w.ends[0].set;
    }),
    ("history", "witness-history", |w| {
        w.ends[1].header.history_root = digest(9);
    }),
    ("path-lowest", "witness-history", |w| {
        w.ends[1]
            .path
            .iter_mut()
            .for_each(|path| path.0[0] = digest(9));
    }),
    ("path-highest", "witness-history", |w| {
        w.ends[1]
            .path
            .iter_mut()
            .for_each(|path| path.0[31] = digest(9));
    }),
];

const VOTES: [Change; 16] = [
    ("order-of-votes", "witness-order", |w| {
        w.ends[0].votes.reverse()
    }),
    ("vote-twice", "witness-order", |w| {
        w.ends[0].votes[1] = w.ends[0].votes[0].clone();
    }),
    ("index-past-set", "witness-order", |w| {
        w.ends[1].votes[0].index = 1024;
    }),
    ("other-place", "witness-not-a-member", |w| {
        w.ends[0].votes[0].index = 0;
    }),
    ("other-power", "witness-not-a-member", |w| {
        w.ends[1].votes[0].validator.power += 1;
    }),
    ("other-key", "witness-not-a-member", |w| {
        w.ends[0].votes[0].public_key = w.ends[0].votes[1].public_key;
    }),
    ("other-set-path", "witness-not-a-member", |w| {
        w.ends[0].votes[1].set_path.0[9] = digest(9);
    }),
    ("vote-of-the-other-set", "witness-not-a-member", |w| {
        w.ends[1].votes = w.ends[0].votes.clone();
    }),
    ("not-started", "witness-not-started", |w| {
        w.ends[0].header.slot = 0x0001_ffff;
    }),
    ("first-slot", "witness-signature", |w| {
        w.ends[0].header.slot += 1
    }),
    ("first", "witness-signature", |w| {
        w.ends[0].header.timestamp_ms += 1;
    }),
    ("last", "witness-signature", |w| {
        w.ends[1].header.randomness = digest(9);
    }),
    ("signature", "witness-signature", |w| {
        chain_values_mut(&mut w.ends[0].votes[1].signature)[0] = Default::default();
    }),
    ("first-vote-less", "witness-below-threshold", |w| {
        drop(w.ends[0].votes.pop());
    }),
    ("no-vote", "witness-below-threshold", |w| {
        w.ends[1].votes.clear()
    }),
    ("no-vote-for-the-first", "witness-below-threshold", |w| {
        w.ends[0].votes.clear();
    }),
];

const ORDER: [Change; 9] = [
    ("order-ends-length", "span-ends", |w| {
        w.statement.ends = 0;
        w.ends.clear();
    }),
    ("order-end-length", "span-not-an-end", |w| {
        w.statement.first_height -= 1;
        w.ends.clear();
    }),
    ("order-length-place", "witness-length", |w| {
        w.ends[1].path = None;
        w.ends[0].header.version = 2;
    }),
    ("order-place-set", "witness-place", |w| {
        w.ends[0].header.version = 2;
        w.ends[0].header.validator_set_root = digest(9);
    }),
    ("order-set-history", "witness-set", |w| {
        w.ends[1].set.n += 1;
        w.ends[1].header.history_root = digest(9);
    }),
    ("order-votes-place", "witness-below-threshold", |w| {
        w.ends[0].votes.clear();
        w.ends[1].header.version = 2;
    }),
    ("order-history-votes", "witness-history", |w| {
        w.ends[1].header.history_root = digest(9);
        w.ends[1].votes[0].index = 1024;
    }),
    ("order-vote-threshold", "witness-not-a-member", |w| {
        w.ends[0].votes.truncate(1);
        w.ends[0].votes[0].validator.account = 9;
    }),
    ("order-threshold-last", "witness-below-threshold", |w| {
        w.ends[1].votes.clear();
        w.statement.last_hash.0 = digest(9);
    }),
];

pub(super) fn write_witnesses(writer: &mut VectorWriter, spans: &Spans) -> Result<()> {
    let honest = &spans.two.witness;
    let bytes = honest.to_bytes();
    let changes = [&STATEMENTS[..], &HEADERS, &SETS, &VOTES, &ORDER];
    for (name, expect, change) in changes.into_iter().flatten() {
        let mut witness = honest.clone();
        change(&mut witness);
        write_changed(writer, "span", name, expect, &bytes, &witness.to_bytes())?;
    }
    write_signed(writer)?;
    let case = whole("span", &spans.one.witness.to_bytes());
    writer.write("span-witness-one", "the end of one epoch", "accept", case)
}

/// Writes ends that their sets have signed after a change.
fn write_signed(writer: &mut VectorWriter) -> Result<()> {
    let changes: [(_, _, fn(&mut Header)); 6] = [
        // What a header has beside set, history and place is what its set signs.
        ("signed-first", "accept", |h| change(h, 1, |h| h.slot += 1)),
        ("signed-proposer", "accept", |h| h.proposer = u32::MAX),
        ("signed-timestamp", "accept", |h| h.timestamp_ms = u64::MAX),
        ("signed-first-history", "accept", |h| {
            change(h, 1, |h| h.history_root = digest(9));
        }),
        ("signed-next-set", "witness-set", |h| {
            change(h, 1, |h| h.next_validator_set_root = digest(9));
        }),
        ("signed-history", "witness-history", |h| {
            change(h, 2, |h| h.history_root = digest(9));
        }),
    ];
    for (name, expect, change) in changes {
        let witness = Ends::two(change)?.witness;
        let (name, note) = (format!("span-witness-{name}"), name.replace('-', " "));
        writer.write(&name, &note, expect, whole("span", &witness.to_bytes()))?;
    }
    Ok(())
}

/// Changes the end of one epoch.
fn change(header: &mut Header, epoch: u32, change: fn(&mut Header)) {
    if header.height == epoch * EPOCH - 1 {
        change(header);
    }
}
