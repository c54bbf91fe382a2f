//! When a head is no longer as recent as its owner requires.

use crate::config::Config;

/// Returns when a header with this timestamp becomes stale, in milliseconds since the Unix epoch.
pub(super) fn stale_at_ms(timestamp_ms: u64, config: &Config) -> u64 {
    let age = u64::try_from(config.max_head_age.as_millis()).unwrap_or(u64::MAX);
    timestamp_ms.saturating_add(age)
}
