//! `Timekeeper`: the time of the next header, from two clocks that have to agree.
//!
//! A header's time is there for ever, and no later header may be before it. So a reading of the
//! system's clock is compared with the time that has passed since the last one, which nobody can set,
//! and with the newest header; where they contradict each other, the chain waits.

use std::fmt;
use std::time::{Duration, Instant};

use tokio::sync::watch;
use tokio::time::sleep;

use crate::config::Clock;

/// Reads the time for headers.
#[derive(Debug)]
pub(crate) struct Timekeeper {
    clock: Clock,
    started: Instant,
    /// The last reading that was believed.
    believed: Reading,
    /// The first reading of a clock that has jumped.
    jumped: Option<Reading>,
    /// Why there is no time for a header, while somebody waits for it.
    waits: watch::Sender<Option<String>>,
}

/// The system's clock, and the time that has passed since the start, in milliseconds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Reading {
    wall: u64,
    passed: u64,
}

/// Why there is no time for a header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Trouble {
    /// The clock was set, or the machine slept.
    Jumped { from: u64, to: u64 },
    /// The clock is before the newest header.
    Behind { by: u64 },
}

impl Timekeeper {
    /// Believes the clock as it is.
    pub(crate) fn new(clock: Clock) -> Self {
        let (wall, passed) = (clock(), 0);
        Self {
            clock,
            started: Instant::now(),
            believed: Reading { wall, passed },
            jumped: None,
            waits: watch::Sender::new(None),
        }
    }

    /// Returns why a header is waited for, as it changes; `None` while none is.
    pub(crate) fn waits(&self) -> watch::Receiver<Option<String>> {
        self.waits.subscribe()
    }

    /// Returns the time for the child of a header of time `parent`, as soon as the clocks agree; logs
    /// what it waits for, again and again, and shows it to those who watch.
    pub(crate) async fn now(&mut self, parent: u64) -> u64 {
        let mut said: Option<(std::mem::Discriminant<Trouble>, Instant)> = None;
        loop {
            let passed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
            let wall = (self.clock)();
            match self.judge(Reading { wall, passed }, parent) {
                Ok(now) => {
                    self.waits.send_replace(None);
                    if said.is_some() {
                        tracing::info!("the clock can be believed again, and blocks go on");
                    }
                    return now;
                }
                Err(trouble) => {
                    let says = format!("no new block: {trouble}");
                    let kind = std::mem::discriminant(&trouble);
                    if said.is_none_or(|(before, at)| before != kind || at.elapsed() >= REMIND) {
                        tracing::warn!("{says}");
                        said = Some((kind, Instant::now()));
                    }
                    self.waits.send_replace(Some(says));
                }
            }
            sleep(POLL).await;
        }
    }

    fn judge(&mut self, reading: Reading, parent: u64) -> Result<u64, Trouble> {
        if !reading.follows(self.believed) {
            let jumped = self.jumped.filter(|&jumped| reading.follows(jumped));
            let jumped = *self.jumped.insert(jumped.unwrap_or(reading));
            if reading.passed - jumped.passed < SETTLE_MS {
                return Err(Trouble::Jumped {
                    from: self.believed.expected(reading.passed),
                    to: reading.wall,
                });
            }
        }
        self.believed = reading;
        self.jumped = None;
        match parent.checked_sub(reading.wall) {
            Some(by) if by > MOST_AHEAD_MS => Err(Trouble::Behind { by }),
            _ => Ok(reading.wall),
        }
    }
}

impl Reading {
    /// Returns what the clock should say now.
    const fn expected(self, passed: u64) -> u64 {
        self.wall.saturating_add(passed - self.passed)
    }

    /// Returns whether the clock went on as the time did. A clock that is being corrected runs a
    /// little faster or slower meanwhile.
    const fn follows(self, before: Self) -> bool {
        let passed = self.passed - before.passed;
        self.wall.abs_diff(before.expected(self.passed)) <= TOLERANCE_MS + passed / 1000
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // What the clock reads then stands still, and is never believed.
            Self::Jumped { to: 0, .. } => f.write_str(
                "the clock says that it is before 1970; blocks go on when it is set right",
            ),
            Self::Jumped { from, to } => {
                let seconds = from.abs_diff(*to) / 1000;
                let way = if from < to { "ahead" } else { "back" };
                let settle = SETTLE_MS / 1000;
                write!(
                    f,
                    "the clock jumped {way} by {seconds} s; blocks go on when it is right again, or \
                     has kept its new time for {settle} s"
                )
            }
            Self::Behind { by } => {
                let seconds = by.div_ceil(1000);
                write!(
                    f,
                    "the clock is {seconds} s behind the newest header; blocks go on when it has \
                     caught up. If the clock is wrong, set it; if it was wrong before and the wait is \
                     too long, begin another chain with --data"
                )
            }
        }
    }
}

/// Two readings of one clock differ by less, whatever else the machine does.
const TOLERANCE_MS: u64 = 2000;
/// A clock that has jumped and goes on from there for this long is believed: it was set, or the
/// machine slept.
const SETTLE_MS: u64 = 30_000;
/// Clients take a header that is up to 30 s ahead of their own clock, which may be wrong too.
const MOST_AHEAD_MS: u64 = 10_000;
const POLL: Duration = Duration::from_millis(200);
const REMIND: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;
    const START: u64 = 1_000_000_000;

    fn keeper() -> Timekeeper {
        Timekeeper::new(|| START)
    }

    fn at(wall: u64, passed: u64) -> Reading {
        let wall = START + wall;
        Reading { wall, passed }
    }

    fn jumped(from: u64, to: u64) -> Result<u64, Trouble> {
        let (from, to) = (START + from, START + to);
        Err(Trouble::Jumped { from, to })
    }

    #[test]
    fn a_jump_ahead_for_seconds_gives_no_header() {
        let mut keeper = keeper();
        assert_eq!(keeper.judge(at(4000, 4000), START), Ok(START + 4000));
        let ahead = HOUR + 8000;
        assert_eq!(keeper.judge(at(ahead, 8000), START), jumped(8000, ahead));
        let later = ahead + 2000;
        assert_eq!(
            keeper.judge(at(later, 10_000), START),
            jumped(10_000, later)
        );
        assert_eq!(keeper.judge(at(12_000, 12_000), START), Ok(START + 12_000));
    }

    #[test]
    fn a_jump_that_lasts_is_believed_in_the_end() {
        for (wall, passed) in [(HOUR, 8000), (10, 8000)] {
            let mut keeper = keeper();
            // A second jump begins the wait anew.
            keeper.judge(at(9 * HOUR, 4000), 0).unwrap_err();
            for more in [0, 10_000, 29_999] {
                keeper.judge(at(wall + more, passed + more), 0).unwrap_err();
            }
            let now = keeper.judge(at(wall + 30_000, passed + 30_000), 0);
            assert_eq!(now, Ok(START + wall + 30_000));
            let next = keeper.judge(at(wall + 34_000, passed + 34_000), 0);
            assert_eq!(next, Ok(START + wall + 34_000));
        }
    }

    #[test]
    fn a_clock_that_stands_is_never_believed() {
        let mut keeper = keeper();
        for passed in (3000..300_000).step_by(1000) {
            keeper.judge(at(0, passed), 0).unwrap_err();
        }
    }

    #[test]
    fn a_clock_that_is_being_corrected_is_believed() {
        let mut keeper = keeper();
        for minutes in 1..600 {
            let passed = minutes * 60_000;
            // The fastest that the system turns it: 500 parts in a million.
            let wall = passed + passed / 2000;
            assert_eq!(keeper.judge(at(wall, passed), START), Ok(START + wall));
        }
    }

    #[test]
    fn a_header_ahead_of_the_clock_is_waited_for() {
        let mut keeper = keeper();
        let parent = START + HOUR;
        let behind = |by| Err(Trouble::Behind { by });
        assert_eq!(keeper.judge(at(1, 1), parent), behind(HOUR - 1));
        let almost = HOUR - 10_000;
        assert_eq!(
            keeper.judge(at(almost - 1, almost - 1), parent),
            behind(10_001)
        );
        assert_eq!(keeper.judge(at(almost, almost), parent), Ok(START + almost));
    }

    #[test]
    fn says_what_is_wrong_and_what_to_do() {
        let trouble = jumped(0, HOUR).unwrap_err().to_string();
        assert!(trouble.contains("jumped ahead by 3600 s"), "{trouble}");
        let trouble = jumped(HOUR, 0).unwrap_err().to_string();
        assert!(trouble.contains("jumped back by 3600 s"), "{trouble}");
        let before = Trouble::Jumped { from: HOUR, to: 0 }.to_string();
        assert!(before.contains("before 1970") && !before.contains("new time"));
        let trouble = Trouble::Behind { by: HOUR }.to_string();
        assert!(trouble.contains("3600 s behind the newest header") && trouble.contains("set it"));
    }
}
