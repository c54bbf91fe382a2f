//! What a client remembers: versions, contents and headers.

use rpp_verifier::{CheckpointFile, SetupBundle};

use super::corpus::Result;
use super::world::{DAY, HOUR, NOW, header, header_hash};
use super::{Cases, step};

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_rollbacks(cases)?;
    write_memory(cases)?;
    write_recoveries(cases)?;
    write_moves(cases)
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

/// A file that was taken, and no setup with it.
fn write_half(cases: &mut Cases) -> Result<()> {
    let mut half = of(cases, 3, 5);
    half.checkpoint.signatures.clear();
    let more = cases.world.root(2, ["ab", "deh", "f"]);
    let mut back = cases.with_roots(&[(&more, "ab")]);
    back.circuits = cases.circuits(&cases.world.circuits(2));
    back.checkpoint = cases.checkpoint(&cases.world.checkpoint(5));
    let steps = [
        step(NOW + HOUR, of(cases, 2, 5), "accept"),
        step(NOW + DAY, half, "setup-too-few-keys"),
        step(NOW + 2 * DAY, back, "setup-rollback"),
    ];
    let note = "a newer circuits.json beside a checkpoint that nobody has signed, then a key more and the older one again";
    cases.steps("rollback-after-a-half", note, &steps)
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
    write_half(cases)?;
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

/// Returns the honest setup with these versions of both files.
fn of(cases: &Cases, circuits: u32, checkpoint: u32) -> SetupBundle {
    SetupBundle {
        circuits: cases.circuits(&cases.world.circuits(circuits)),
        checkpoint: cases.checkpoint(&cases.world.checkpoint(checkpoint)),
        ..cases.honest()
    }
}
