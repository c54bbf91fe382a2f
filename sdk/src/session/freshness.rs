//! Whether a head is as recent as its owner requires.

use rpp_verifier::MAX_CLOCK_DRIFT_MS;

use crate::clock::Now;
use crate::config::Config;
use crate::verdict::Freshness;

impl Freshness {
    /// Returns the freshness of a verified header with this timestamp.
    ///
    /// A header further ahead of the clock than the rules allow shows that the clock is behind, and
    /// then no age can be known.
    pub(super) fn of(timestamp_ms: u64, config: &Config, now: Now) -> Self {
        let is_old = now.unix_ms > stale_at_ms(timestamp_ms, config);
        let clock_is_behind = timestamp_ms > now.unix_ms.saturating_add(MAX_CLOCK_DRIFT_MS);
        if is_old || clock_is_behind {
            Self::Stale
        } else {
            Self::Fresh
        }
    }
}

/// Returns when a header with this timestamp becomes stale, in milliseconds since the Unix epoch.
pub(super) fn stale_at_ms(timestamp_ms: u64, config: &Config) -> u64 {
    let age = u64::try_from(config.max_head_age.as_millis()).unwrap_or(u64::MAX);
    timestamp_ms.saturating_add(age)
}
