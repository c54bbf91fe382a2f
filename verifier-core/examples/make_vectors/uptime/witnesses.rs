//! Witnesses of a validator's votes.

use rpp_verifier::{Bitmap, Header, UptimeWitness};

use super::Windows;
use super::window::{INDEX, NEIGHBOUR, Window};
use crate::circuits::{whole, write_changed};
use crate::{Result, VectorWriter, digest};

/// A name, the code, and a change of the witness that gives it.
type Change = (&'static str, &'static str, fn(&mut UptimeWitness));

const STATEMENTS: [Change; 6] = [
    ("stored", "accept", |w| w.statement.signed = 3),
    ("from-genesis", "uptime-window", |w| w.statement.first = 0),
    ("past-the-highest", "uptime-window", |w| {
        w.statement.first = u32::MAX - 4;
        w.statement.last = u32::MAX;
    }),
    ("window-of-1025", "uptime-window", |w| {
        w.statement.last = w.statement.first + 1024;
    }),
    ("no-index", "uptime-index", |w| w.statement.index = 1024),
    ("more-than-all", "uptime-count", |w| w.statement.signed = 6),
];

const HEADERS: [Change; 22] = [
    ("header-less", "witness-length", |w| w.headers.truncate(5)),
    ("header-more", "witness-length", |w| {
        w.headers.push(w.headers[5].clone());
    }),
    ("no-headers", "witness-length", |w| w.headers.clear()),
    ("votes-less", "witness-length", |w| w.votes.truncate(4)),
    ("votes-more", "witness-length", |w| w.votes.push(w.votes[4])),
    ("no-votes", "witness-length", |w| w.votes.clear()),
    ("longer-window", "witness-length", |w| w.statement.last += 1),
    ("shorter-window", "witness-length", |w| {
        w.statement.first += 1;
    }),
    ("first-version", "witness-place", |w| {
        w.headers[0].version = 2;
    }),
    ("last-version", "witness-place", |w| {
        w.headers[5].version = 0;
    }),
    ("chain-id", "witness-place", |w| w.statement.chain_id += 1),
    ("header-chain-id", "witness-place", |w| {
        w.headers[3].chain_id += 1;
    }),
    ("height", "witness-place", |w| w.headers[3].height += 1),
    ("swapped", "witness-place", |w| w.headers.swap(3, 4)),
    ("other-window", "witness-place", |w| {
        w.statement.first += 8;
        w.statement.last += 8;
    }),
    ("head-hash", "witness-link", |w| {
        w.statement.head_hash.0 = digest(9);
    }),
    ("first", "witness-link", |w| w.headers[0].slot += 1),
    ("parent", "witness-link", |w| {
        w.headers[4].parent_hash = digest(9);
    }),
    ("middle", "witness-link", |w| {
        w.headers[3].randomness = digest(9);
    }),
    ("head", "witness-link", |w| w.headers[5].timestamp_ms += 1),
    ("hash-of-the-last", "witness-link", |w| {
        w.statement.head_hash = w.headers[4].hash();
    }),
    ("head-of-the-last", "witness-link", |w| {
        w.headers[5] = Header {
            height: 16,
            ..w.headers[4].clone()
        };
    }),
];

const CLAIMS: [Change; 19] = [
    ("set-root", "witness-set", |w| {
        w.statement.validator_set_root = digest(9);
    }),
    ("set-of-the-head", "witness-set", |w| {
        w.statement.validator_set_root = w.headers[5].validator_set_root;
    }),
    ("first-votes", "witness-votes", |w| w.votes[0].insert(9)),
    ("last-votes", "witness-votes", |w| w.votes[4].insert(1023)),
    ("votes-swapped", "witness-votes", |w| w.votes.swap(1, 2)),
    ("no-vote", "witness-votes", |w| {
        w.votes[2] = Bitmap::default();
    }),
    ("vote-added", "witness-votes", |w| {
        w.votes[1].insert(INDEX);
        w.statement.signed += 1;
    }),
    ("key-id", "witness-not-a-member", |w| {
        w.statement.key_id = digest(9);
    }),
    ("member-key-id", "witness-not-a-member", |w| {
        w.member.key_id = digest(9);
    }),
    ("both-key-ids", "witness-not-a-member", |w| {
        w.statement.key_id = digest(9);
        w.member.key_id = digest(9);
    }),
    ("power", "witness-not-a-member", |w| w.member.power += 1),
    ("account", "witness-not-a-member", |w| w.member.account += 1),
    ("start-slot", "witness-not-a-member", |w| {
        w.member.start_slot += 1;
    }),
    ("index", "witness-not-a-member", |w| {
        w.statement.index ^= 512
    }),
    ("path", "witness-not-a-member", |w| w.path.0[9] = digest(9)),
    ("set-size", "witness-not-a-member", |w| w.set.n += 1),
    ("total-power", "witness-not-a-member", |w| {
        w.set.total_power += 1;
    }),
    ("vote-more", "witness-count", |w| w.statement.signed += 1),
    ("vote-less", "witness-count", |w| w.statement.signed -= 1),
];

const ORDER: [Change; 9] = [
    ("order-count-length", "uptime-count", |w| {
        w.statement.signed = 6;
        w.headers.clear();
    }),
    ("order-length-place", "witness-length", |w| {
        w.votes.clear();
        w.headers[0].version = 2;
    }),
    ("order-place-link", "witness-place", |w| {
        w.headers[2].version = 2;
        w.headers[2].parent_hash = digest(9);
    }),
    ("order-link-place", "witness-link", |w| {
        w.headers[1].parent_hash = digest(9);
        w.headers[2].version = 2;
    }),
    ("order-link-set", "witness-link", |w| {
        w.headers[0].validator_set_root = digest(9);
    }),
    ("order-link-votes", "witness-link", |w| {
        w.headers[5].participation_root = digest(9);
    }),
    ("order-set-votes", "witness-set", |w| {
        w.statement.validator_set_root = digest(9);
        w.votes[0].insert(9);
    }),
    ("order-votes-member", "witness-votes", |w| {
        w.votes[4].insert(9);
        w.statement.key_id = digest(9);
    }),
    ("order-member-count", "witness-not-a-member", |w| {
        w.statement.key_id = digest(9);
        w.statement.signed -= 1;
    }),
];

pub(super) fn write_witnesses(writer: &mut VectorWriter, windows: &Windows) -> Result<()> {
    let honest = windows.end.witness();
    let bytes = honest.to_bytes();
    let changes = [&STATEMENTS[..], &HEADERS, &CLAIMS, &ORDER];
    for (name, expect, change) in changes.into_iter().flatten() {
        let mut witness = honest.clone();
        change(&mut witness);
        write_changed(writer, "uptime", name, expect, &bytes, &witness.to_bytes())?;
    }
    write_neighbours(writer, &windows.end, &bytes)?;
    write_other_sets(writer)?;
    for (name, note, window) in [
        ("one", "the first header after the genesis", &windows.one),
        ("carry", "heights on both sides of 65,536", &windows.carry),
    ] {
        let case = whole("uptime", &window.witness().to_bytes());
        writer.write(&format!("uptime-witness-{name}"), note, "accept", case)?;
    }
    Ok(())
}

/// Writes what is shown of the validator beside, with its own count and with the other's.
fn write_neighbours(writer: &mut VectorWriter, window: &Window, honest: &[u8]) -> Result<()> {
    let mut witness = window.witness_of(NEIGHBOUR);
    let bytes = witness.to_bytes();
    write_changed(writer, "uptime", "neighbour", "accept", honest, &bytes)?;
    let (name, expect) = ("neighbour-with-another-count", "witness-count");
    witness.statement.signed = window.witness().statement.signed;
    let bytes = witness.to_bytes();
    write_changed(writer, "uptime", name, expect, honest, &bytes)
}

/// Writes windows of which one header names another set, whatever follows it.
fn write_other_sets(writer: &mut VectorWriter) -> Result<()> {
    let changes: [(_, _, fn(&mut Header)); 4] = [
        ("first-set", "witness-set", |h| change_set(h, 11)),
        ("middle-set", "witness-set", |h| change_set(h, 13)),
        ("last-set", "witness-set", |h| change_set(h, 15)),
        ("head-set", "accept", |h| change_set(h, 16)),
    ];
    for (name, expect, change) in changes {
        let witness = Window::with(11, 5, change)?.witness();
        let (name, note) = (format!("uptime-witness-{name}"), name.replace('-', " "));
        writer.write(&name, &note, expect, whole("uptime", &witness.to_bytes()))?;
    }
    Ok(())
}

fn change_set(header: &mut Header, height: u32) {
    if header.height == height {
        header.validator_set_root = digest(9);
    }
}
