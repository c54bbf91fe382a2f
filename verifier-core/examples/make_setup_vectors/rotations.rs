//! Roots that follow each other, and such that do not.

use super::corpus::Result;
use super::world::{DAY, HOUR, NOW};
use super::{Cases, step};

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_rotations(cases)?;
    write_root_refusals(cases)
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
