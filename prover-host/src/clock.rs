//! The system's clock, for those who take time as an argument.

use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from: milliseconds since the Unix epoch.
pub type Clock = fn() -> u64;

/// Returns the system's time; zero before 1970.
#[must_use]
pub fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// The clock shows a time that no block can have.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the system's clock is set to a time before 1970: set it, then start again")]
pub struct ClockError;

/// Checks that a clock is not obviously wrong: headers cannot be dated before 1970, nor can the
/// `Date` of an answer.
///
/// # Errors
///
/// [`ClockError`] before 1970.
pub fn check_clock(now: SystemTime) -> Result<(), ClockError> {
    let since = now.duration_since(UNIX_EPOCH);
    since.map(|_| ()).map_err(|_| ClockError)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn rejects_a_clock_before_1970() {
        assert_eq!(check_clock(UNIX_EPOCH), Ok(()));
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(check_clock(before), Err(ClockError));
    }
}
