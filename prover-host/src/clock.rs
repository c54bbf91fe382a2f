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
