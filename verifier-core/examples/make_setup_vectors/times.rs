//! Dates, and clocks that are wrong.

use rpp_verifier::SetupBundle;

use super::corpus::Result;
use super::world::{DAY, HOUR, NOW, header};
use super::{Cases, step};

/// The latest time that a `u32` of seconds holds, in February 2106.
const IN_2106: u64 = 4_294_967_295_000;

pub(crate) fn write(cases: &mut Cases) -> Result<()> {
    write_dates(cases)?;
    write_clocks(cases)
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
