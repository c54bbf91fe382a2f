//! The circuits that are listed, and at which heights.

use rpp_verifier::CircuitsFile;

use super::corpus::{Result, Step};
use super::world::{HOUR, NOW};
use super::{Cases, step};

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_circuits(cases)?;
    write_heights(cases)
}

fn write_circuits(cases: &mut Cases) -> Result<()> {
    type Change = fn(&mut CircuitsFile);
    let changed: [(&str, &str, Change, &'static str); 13] = [
        (
            "circuit-exchanged",
            "a circuit is listed with the file of another",
            |file| {
                file.circuits[0].file = file.circuits[1].file;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-changed",
            "a circuit is listed with another SHA-256",
            |file| {
                file.circuits[0].file.sha256.0[0] ^= 1;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-length",
            "a circuit is listed with another length",
            |file| {
                file.circuits[0].file.length += 1;
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-renamed",
            "a circuit is listed with the name of another",
            |file| {
                file.circuits[0].name = file.circuits[1].name.clone();
            },
            "setup-circuit-differs",
        ),
        (
            "circuit-missing",
            "the circuit of heads is not listed",
            |file| {
                file.circuits.remove(0);
            },
            "setup-circuit-missing",
        ),
        (
            "circuit-unknown",
            "a circuit that this program does not have, for nothing that it needs",
            |file| {
                let last = file.circuits.last_mut().expect("circuits");
                last.number = 99;
            },
            "accept",
        ),
        (
            "circuit-newer",
            "the next version of a circuit, from a height on",
            overlap,
            "accept",
        ),
        (
            "circuit-twice",
            "a circuit is listed twice",
            |file| {
                file.circuits.insert(1, file.circuits[0].clone());
            },
            "setup-order",
        ),
        (
            "circuits-out-of-order",
            "the circuits are listed in another order",
            |file| file.circuits.swap(0, 1),
            "setup-order",
        ),
        (
            "circuit-for-no-height",
            "a circuit ends where it begins",
            |file| {
                file.circuits[0].from = 5;
                file.circuits[0].until = Some(5);
            },
            "setup-no-heights",
        ),
        (
            "release-twice",
            "a released file is listed twice",
            |file| {
                file.releases.push(file.releases[0].clone());
            },
            "setup-order",
        ),
        (
            "release-name",
            "a released file with a path for a name",
            |file| {
                file.releases[0].name = "../module".into();
            },
            "setup-field-value",
        ),
        (
            "circuits-too-many",
            "33 circuits",
            |file| {
                for version in 2..31 {
                    let mut next = file.circuits[0].clone();
                    next.version = version;
                    next.number = 50;
                    file.circuits.push(next);
                }
            },
            "setup-too-many",
        ),
    ];
    for (name, note, change, expect) in changed {
        let mut file = cases.world.circuits(1);
        change(&mut file.file);
        let served = cases.with_circuits(&file);
        cases.one(name, note, served, expect)?;
    }
    Ok(())
}

/// At which heights a proof of the circuit of heads is looked at.
fn write_heights(cases: &mut Cases) -> Result<()> {
    type Change = fn(&mut CircuitsFile);
    type Heads = Vec<(u32, &'static str)>;
    let all: [(&str, &str, Change, Heads); 4] = [
        (
            "heights-all",
            "the circuit is listed for all heights",
            |_| {},
            vec![(0, "accept"), (u32::MAX, "accept")],
        ),
        (
            "heights-from-until",
            "the circuit is listed for some heights: it was revoked, and nothing came in its place",
            |file| {
                file.circuits[0].from = 100;
                file.circuits[0].until = Some(120);
            },
            vec![
                (99, "circuit-not-active"),
                (100, "accept"),
                (119, "accept"),
                (120, "circuit-not-active"),
            ],
        ),
        (
            "heights-of-two-versions",
            "the circuit and its next version overlap",
            overlap,
            vec![(99, "accept"), (119, "accept"), (120, "upgrade-required")],
        ),
        (
            "heights-of-the-next-version",
            "only the next version of the circuit is listed",
            |file| {
                let first = &mut file.circuits[0];
                first.version = 2;
                first.from = 100;
                first.file.sha256.0[0] ^= 1;
            },
            vec![(99, "circuit-not-listed"), (100, "upgrade-required")],
        ),
    ];
    for (name, note, change, heads) in all {
        let mut file = cases.world.circuits(1);
        change(&mut file.file);
        let served = cases.with_circuits(&file);
        let step = Step {
            heads,
            ..step(NOW + HOUR, served, "accept")
        };
        cases.steps(name, note, &[step])?;
    }
    Ok(())
}

/// Lists the next version of the first circuit from height 100 on, and the first one up to 120.
fn overlap(file: &mut CircuitsFile) {
    let mut next = file.circuits[0].clone();
    next.version = 2;
    next.from = 100;
    next.file.sha256.0[0] ^= 1;
    file.circuits[0].until = Some(120);
    file.circuits.insert(1, next);
}
