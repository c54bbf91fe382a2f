//! Versions, dates and rotations: what a client remembers.

use rpp_verifier::{CheckpointFile, SetupBundle};

use super::corpus::Result;
use super::world::{DAY, HOUR, NOW, header, header_hash};
use super::{Cases, step};

/// The latest time that a `u32` of seconds holds, in February 2106.
const IN_2106: u64 = 4_294_967_295_000;

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_rotations(cases)?;
    write_root_refusals(cases)?;
    write_rollbacks(cases)?;
    write_memory(cases)?;
    write_recoveries(cases)?;
    write_moves(cases)?;
    write_dates(cases)?;
    write_clocks(cases)
}

fn write_rotations(cases: &mut Cases) -> Result<()> {
    let second = cases.world.root(2, ["abc", "de", "f"]);
    let third = cases.world.root(3, ["bc", "de", "f"]);
    let served = cases.with_roots(&[(&second, "ab")]);
    cases.one("rotation", "two signers add a third", served, "accept")?;
    let served = cases.with_roots(&[(&second, "ab"), (&third, "abc")]);
    let note = "a third signer comes and the first one goes: two roots are walked";
    cases.one("rotation-of-two-roots", note, served, "accept")?;
    let steps = [
        step(NOW + HOUR, cases.with_roots(&[(&second, "ab")]), "accept"),
        step(NOW + DAY, cases.with_roots(&[(&third, "bc")]), "accept"),
    ];
    let note = "the same, a day apart: the second root's keys sign the third";
    cases.steps("rotation-in-steps", note, &steps)?;

    let mut old = second.clone();
    old.envelope.issued = NOW - 366 * DAY;
    old.envelope.expires = NOW - DAY;
    let served = cases.with_roots(&[(&old, "ab"), (&third, "bc")]);
    cases.one(
        "expired-root-on-the-way",
        "a root on the way has expired; the last has not",
        served,
        "accept",
    )?;
    let served = cases.with_roots(&[(&old, "ab")]);
    cases.one(
        "expired-root",
        "the last root has expired",
        served,
        "setup-expired",
    )
}

fn write_root_refusals(cases: &mut Cases) -> Result<()> {
    let second = cases.world.root(2, ["abc", "de", "f"]);
    let third = cases.world.root(3, ["abc", "de", "f"]);
    let served = cases.with_roots(&[(&third, "ab")]);
    cases.one(
        "root-skipped",
        "version 3 comes after version 1",
        served,
        "setup-root-skipped",
    )?;
    let served = cases.with_roots(&[(&cases.world.first_root(), "ab")]);
    let note = "the root that the client has already, once more";
    cases.one("root-again", note, served, "accept")?;
    let other = cases.world.root(1, ["abc", "de", "f"]);
    let served = cases.with_roots(&[(&other, "ab")]);
    let note = "another root by the number of the one that the client has";
    cases.one("root-rollback", note, served, "setup-rollback")?;
    let served = cases.with_roots(&[(&second, "aa")]);
    let note = "one key has signed a root twice";
    cases.one("root-signed-twice", note, served, "setup-signed-twice")?;
    let only_new = cases.with_roots(&[(&second, "bc")]);
    let note = "two of the new keys have signed a root, and one of the old";
    cases.one("root-by-new-keys", note, only_new, "setup-unknown-key")?;
    let mut strict = second.clone();
    strict.file.root = cases.world.keys("abc", 3);
    let only_old = cases.with_roots(&[(&strict, "ab")]);
    let note = "the old keys have signed a root, and not all that it asks for itself";
    cases.one("root-by-old-keys", note, only_old, "setup-too-few-keys")?;
    let served = cases.with_roots(&[(&strict, "abc")]);
    let note = "a root that asks for three keys, and has them";
    cases.one("root-by-all-keys", note, served, "accept")?;

    let mut before = cases.world.root(2, ["abc", "de", "f"]);
    before.file.circuits.min_version = 2;
    let mut lowered = third;
    lowered.file.circuits.min_version = 1;
    let served = cases.with_roots(&[(&before, "ab"), (&lowered, "ab")]);
    let note = "a root takes the lowest version of circuits.json back";
    cases.one(
        "root-lowers-the-minimum",
        note,
        served,
        "setup-minimum-lowered",
    )
}

fn write_rollbacks(cases: &mut Cases) -> Result<()> {
    let honest = cases.honest();
    let newer = SetupBundle {
        circuits: cases.circuits(&cases.world.circuits(3)),
        checkpoint: cases.checkpoint(&cases.world.checkpoint(5)),
        ..honest.clone()
    };
    let first = step(NOW + HOUR, newer.clone(), "accept");
    let again = step(NOW + DAY, newer.clone(), "accept");
    let note = "the same again";
    cases.steps("same-again", note, &[first.clone(), again])?;
    let old = SetupBundle {
        circuits: honest.circuits.clone(),
        ..newer.clone()
    };
    let steps = [first.clone(), step(NOW + DAY, old, "setup-rollback")];
    cases.steps(
        "rollback-of-circuits",
        "an older circuits.json than before",
        &steps,
    )?;
    let old = SetupBundle {
        checkpoint: honest.checkpoint.clone(),
        ..newer.clone()
    };
    let steps = [first.clone(), step(NOW + DAY, old, "setup-rollback")];
    cases.steps(
        "rollback-of-checkpoint",
        "an older checkpoint.json than before",
        &steps,
    )?;
    let mut other = cases.world.checkpoint(5);
    other.file.header = header(24);
    let other = SetupBundle {
        checkpoint: cases.checkpoint(&other),
        ..newer
    };
    let steps = [first, step(NOW + DAY, other, "setup-two-contents")];
    let note = "another checkpoint.json with the version of the one before, as well signed";
    cases.steps("two-contents", note, &steps)?;

    // A key is added, and the old ones still sign: without the lowest version, what was seen before would
    // be forgotten with the keys.
    let mut second = cases.world.root(2, ["ab", "deh", "f"]);
    second.file.circuits.min_version = 3;
    let newer = cases.with_circuits(&cases.world.circuits(3));
    let added = cases.with_roots(&[(&second, "ab")]);
    let steps = [
        step(NOW + HOUR, newer, "accept"),
        step(NOW + DAY, added, "setup-below-minimum"),
    ];
    let note = "a key is added to those of circuits.json, and an older one is served that the rest have signed";
    cases.steps("rollback-by-adding-a-key", note, &steps)
}

/// Returns the honest setup with these versions of both files.
fn of(cases: &Cases, circuits: u32, checkpoint: u32) -> SetupBundle {
    SetupBundle {
        circuits: cases.circuits(&cases.world.circuits(circuits)),
        checkpoint: cases.checkpoint(&cases.world.checkpoint(checkpoint)),
        ..cases.honest()
    }
}

/// What is remembered when a root comes.
fn write_memory(cases: &mut Cases) -> Result<()> {
    let first = step(NOW + HOUR, of(cases, 3, 5), "accept");
    let mut of_more = cases.world.root(2, ["abc", "de", "f"]);
    of_more.file.circuits.keys.threshold = 1;
    let roots = [
        (
            "the-same-keys",
            "a root with the same keys",
            of_more.clone(),
        ),
        (
            "keys-in-another-order",
            "a root with the same keys in another order",
            cases.world.root(2, ["ab", "ed", "f"]),
        ),
        (
            "a-key-more",
            "a root with one key more, of which the rest have signed the newest file",
            cases.world.root(2, ["ab", "deh", "f"]),
        ),
    ];
    for (name, note, root) in roots {
        let mut old = cases.with_roots(&[(&root, "ab")]);
        old.checkpoint = cases.checkpoint(&cases.world.checkpoint(5));
        let steps = [first.clone(), step(NOW + DAY, old, "setup-rollback")];
        let note = format!("{note}: an older circuits.json is one all the same");
        cases.steps(&format!("rollback-after-{name}"), &note, &steps)?;
    }
    let mut old = cases.with_roots(&[(&of_more, "ab")]);
    old.circuits = cases.circuits(&cases.world.circuits(3));
    let steps = [first.clone(), step(NOW + DAY, old, "setup-rollback")];
    let note = "a root with the same keys: an older checkpoint.json is one all the same";
    cases.steps("rollback-of-checkpoint-after-a-root", note, &steps)?;

    let mut other = cases.world.circuits(3);
    other.file.releases.clear();
    let mut two = of(cases, 3, 5);
    two.circuits = cases.circuits(&other);
    let steps = [first, step(NOW + DAY, two, "setup-two-contents")];
    let note = "another circuits.json with the version of the one before, as well signed";
    cases.steps("two-contents-of-circuits", note, &steps)?;

    let mut minimum = cases.world.root(2, ["ab", "de", "f"]);
    minimum.file.checkpoint.min_version = 2;
    let served = cases.with_roots(&[(&minimum, "ab")]);
    let note = "a checkpoint.json below the lowest version of the root";
    cases.one(
        "checkpoint-below-the-minimum",
        note,
        served,
        "setup-below-minimum",
    )?;
    let mut lowered = cases.world.root(3, ["ab", "de", "f"]);
    lowered.file.checkpoint.min_version = 1;
    let served = cases.with_roots(&[(&minimum, "ab"), (&lowered, "ab")]);
    let note = "a root takes the lowest version of checkpoint.json back";
    cases.one(
        "root-lowers-the-minimum-of-checkpoints",
        note,
        served,
        "setup-minimum-lowered",
    )
}

/// Checkpoints move forward, and with the files of their time.
fn write_moves(cases: &mut Cases) -> Result<()> {
    let moved = |cases: &Cases, version, change: &dyn Fn(&mut CheckpointFile)| {
        let mut file = cases.world.checkpoint(version);
        change(&mut file.file);
        cases.with_checkpoint(&file)
    };
    let first = moved(cases, 2, &|file| file.header = header(24));
    let first = step(NOW + HOUR, first, "accept");
    type Change = fn(&mut CheckpointFile);
    let all: [(&str, &str, Change, &'static str); 5] = [
        (
            "on",
            "the next checkpoint is higher and later",
            |file| file.header = header(32),
            "accept",
        ),
        (
            "nowhere",
            "the next checkpoint is the same header",
            |file| file.header = header(24),
            "accept",
        ),
        (
            "back",
            "the next checkpoint is lower",
            |file| file.header = header(23),
            "setup-checkpoint-behind",
        ),
        (
            "back-in-time",
            "the next checkpoint is higher, and not later",
            |file| {
                file.header = header(32);
                file.header.timestamp_ms = header(24).timestamp_ms;
            },
            "setup-checkpoint-behind",
        ),
        (
            "to-another-chain",
            "the next checkpoint is another header at the same height",
            |file| {
                file.header = header(24);
                file.header.hash = header_hash(99);
            },
            "setup-other-checkpoint",
        ),
    ];
    for (name, note, change, expect) in all {
        let next = moved(cases, 3, &change);
        let steps = [first.clone(), step(NOW + DAY, next, expect)];
        cases.steps(&format!("checkpoint-moves-{name}"), note, &steps)?;
    }
    let held: [(&str, &str, Change); 2] = [
        (
            "circuits",
            "a checkpoint of the time of circuits.json 2, beside version 1",
            |file| file.circuits_version = 2,
        ),
        (
            "root",
            "a checkpoint of the time of root 2, beside version 1",
            |file| file.root_version = 2,
        ),
    ];
    for (name, note, change) in held {
        let next = moved(cases, 2, &change);
        let steps = [
            step(NOW + HOUR, next, "setup-out-of-date"),
            step(NOW + HOUR, moved(cases, 3, &|_| {}), "accept"),
        ];
        cases.one(
            &format!("held-back-{name}"),
            note,
            steps[0].served.clone(),
            "setup-out-of-date",
        )?;
        let note = format!("{note}: it is not remembered");
        cases.steps(&format!("held-back-{name}-and-forgotten"), &note, &steps)?;
    }
    let next = moved(cases, 2, &|file| file.circuits_version = 2);
    let both = SetupBundle {
        circuits: cases.circuits(&cases.world.circuits(2)),
        ..next
    };
    let note = "a checkpoint of the time of circuits.json 2, beside that";
    cases.one("not-held-back", note, both, "accept")
}

fn write_recoveries(cases: &mut Cases) -> Result<()> {
    let ahead = cases.with_checkpoint(&cases.world.checkpoint(16_383));
    let behind = cases.with_checkpoint(&cases.world.checkpoint(2));
    let mut second = cases.world.root(2, ["ab", "de", "g"]);
    second.file.checkpoint.min_version = 3;
    let mut healed = cases.with_roots(&[(&second, "ab")]);
    healed.checkpoint = cases.world.signed(&cases.world.checkpoint(3), "g");
    let mut by_old = cases.with_roots(&[(&second, "ab")]);
    by_old.checkpoint = cases.checkpoint(&cases.world.checkpoint(3));
    let forward = step(NOW + HOUR, ahead, "accept");
    let stuck = step(NOW + 2 * HOUR, behind, "setup-rollback");
    let steps = [
        forward.clone(),
        stuck.clone(),
        step(NOW + DAY, healed, "accept"),
    ];
    let note =
        "a thief signs the highest version; a new key and a lowest version bring the client back";
    cases.steps("fast-forward-healed", note, &steps)?;
    let steps = [forward, stuck, step(NOW + DAY, by_old, "setup-unknown-key")];
    let note = "the same, but the old key signs on";
    cases.steps("fast-forward-by-the-old-key", note, &steps)?;

    let ahead = cases.with_circuits(&cases.world.circuits(1023));
    let mut second_circuits = cases.world.root(2, ["ab", "dh", "f"]);
    second_circuits.file.circuits.min_version = 3;
    let mut healed = cases.with_roots(&[(&second_circuits, "ab")]);
    healed.circuits = cases.world.signed(&cases.world.circuits(3), "dh");
    let steps = [
        step(NOW + HOUR, ahead, "accept"),
        step(NOW + DAY, healed, "accept"),
    ];
    let note = "the same with circuits.json";
    cases.steps("fast-forward-of-circuits-healed", note, &steps)?;

    // The root that takes a key away counts, whatever is wrong with what comes along.
    let mut broken = cases.with_roots(&[(&second, "ab")]);
    broken.circuits.signatures.clear();
    let steps = [
        step(NOW + HOUR, broken, "setup-too-few-keys"),
        step(NOW + DAY, cases.honest(), "setup-unknown-key"),
    ];
    let note = "a root takes a key away, and comes with a file that is refused: the key stays away";
    cases.steps("root-counts-alone", note, &steps)
}

fn write_dates(cases: &mut Cases) -> Result<()> {
    let honest = cases.honest();
    let at = |now, expect| [step(now, honest.clone(), expect)];
    let expires = NOW + 7 * DAY;
    cases.steps(
        "last-millisecond",
        "a millisecond before the checkpoint expires",
        &at(expires - 1, "accept"),
    )?;
    let note = "the checkpoint has expired: nobody refreshed it for seven days";
    cases.steps("expired-checkpoint", note, &at(expires, "setup-expired"))?;
    let mut file = cases.world.circuits(1);
    file.envelope.expires = NOW + HOUR;
    let served = cases.with_circuits(&file);
    cases.one(
        "expired-circuits",
        "circuits.json has expired",
        served,
        "setup-expired",
    )?;
    for (name, note, days, extra) in [
        (
            "lifetime-of-checkpoint",
            "a checkpoint.json for seven days and a millisecond",
            7,
            1,
        ),
        (
            "no-lifetime",
            "a checkpoint.json that expires when it is issued",
            0,
            0,
        ),
    ] {
        let mut file = cases.world.checkpoint(1);
        file.envelope.issued = NOW + 2 * HOUR;
        file.envelope.expires = NOW + 2 * HOUR + days * DAY + extra;
        let served = cases.with_checkpoint(&file);
        cases.one(name, note, served, "setup-lifetime")?;
    }
    let mut file = cases.world.circuits(1);
    file.envelope.expires += 1;
    let served = cases.with_circuits(&file);
    let note = "a circuits.json for ninety days and a millisecond";
    cases.one("lifetime-of-circuits", note, served, "setup-lifetime")?;
    let mut file = cases.world.root(2, ["ab", "de", "f"]);
    file.envelope.expires += DAY + 1;
    let served = cases.with_roots(&[(&file, "ab")]);
    let note = "a root for 366 days and a millisecond";
    cases.one("lifetime-of-root", note, served, "setup-lifetime")
}

fn write_clocks(cases: &mut Cases) -> Result<()> {
    let honest = cases.honest();
    let at = |now, expect| [step(now, honest.clone(), expect)];
    let note = "the clock shows 1970";
    cases.steps("clock-in-1970", note, &at(0, "setup-issued-ahead"))?;
    let note = "the clock shows 2106";
    cases.steps("clock-in-2106", note, &at(IN_2106, "setup-expired"))?;
    let note = "the clock is a day behind the signers'";
    cases.steps("clock-a-day-behind", note, &at(NOW - DAY, "accept"))?;
    let note = "the clock is a millisecond more than a day behind the signers'";
    cases.steps(
        "clock-more-than-a-day-behind",
        note,
        &at(NOW - DAY - 1, "setup-issued-ahead"),
    )?;

    let future = |days: u64| {
        let mut file = cases.world.checkpoint(2);
        file.envelope.issued += days * DAY;
        file.envelope.expires += days * DAY;
        cases.with_checkpoint(&file)
    };
    let steps = [
        step(NOW + HOUR, future(30), "setup-issued-ahead"),
        step(NOW + HOUR, honest.clone(), "accept"),
    ];
    let note = "a file from next month is refused, and raises neither version nor clock";
    cases.steps("from-the-future", note, &steps)?;

    // What was verified is at least as old as the latest of it, whatever the clock shows.
    let mut late = cases.world.checkpoint(2);
    late.envelope.issued = NOW + 5 * DAY + 12 * HOUR;
    late.envelope.expires = NOW + 12 * DAY;
    let late = cases.with_checkpoint(&late);
    let mut short = cases.world.circuits(2);
    short.envelope.expires = NOW + 5 * DAY;
    let short = SetupBundle {
        circuits: cases.circuits(&short),
        ..late.clone()
    };
    let steps = [
        step(NOW + 6 * DAY, late, "accept"),
        step(NOW + HOUR, short.clone(), "setup-expired"),
    ];
    let note =
        "the clock goes back to before a file has expired, but one that is newer was verified";
    cases.steps("clock-set-back", note, &steps)?;
    let steps = [step(NOW + 5 * DAY - HOUR, short, "setup-expired")];
    let note = "a file has expired by the time at which another one in the same answer was issued";
    cases.steps("expired-beside-a-newer", note, &steps)?;
    let mut late = cases.world.circuits(2);
    late.envelope.issued = NOW + 7 * DAY;
    late.envelope.expires = NOW + 70 * DAY;
    let mut fresh = cases.world.checkpoint(2);
    fresh.envelope.issued = NOW + 6 * DAY;
    fresh.envelope.expires = NOW + 12 * DAY;
    let late = SetupBundle {
        circuits: cases.circuits(&late),
        checkpoint: cases.checkpoint(&fresh),
        ..honest.clone()
    };
    let mut next = cases.world.checkpoint(3);
    next.envelope.expires = NOW + 7 * DAY - HOUR;
    let next = SetupBundle {
        checkpoint: cases.checkpoint(&next),
        ..late.clone()
    };
    let steps = [
        step(NOW + 6 * DAY, late, "accept"),
        step(NOW + 6 * DAY, next, "setup-expired"),
    ];
    let note = "the time of circuits.json counts as well";
    cases.steps("clock-behind-circuits", note, &steps)?;

    // Nobody can push the clock on and on, a day with each file.
    let day_ahead = |days: u64, version| {
        let mut file = cases.world.checkpoint(version);
        file.envelope.issued += days * DAY;
        file.envelope.expires += days * DAY;
        cases.with_checkpoint(&file)
    };
    let steps = [
        step(NOW, day_ahead(1, 2), "accept"),
        step(NOW, day_ahead(2, 3), "setup-issued-ahead"),
        step(NOW + DAY, honest_after(cases, 3), "accept"),
    ];
    let note = "files that are each a day further ahead: the second is refused";
    cases.steps("clock-pushed-ahead", note, &steps)
}

/// Returns the honest setup with a later checkpoint.
fn honest_after(cases: &Cases, version: u32) -> SetupBundle {
    let mut file = cases.world.checkpoint(version);
    file.file.header = header(24);
    cases.with_checkpoint(&file)
}
