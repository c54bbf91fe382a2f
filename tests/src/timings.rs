//! `Timings`: how long the repetitions of a task took.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How long each repetition took, in order.
#[derive(Clone, Debug, Default)]
pub struct Timings(Vec<Duration>);

impl Timings {
    /// Times one repetition of `work` and returns its result.
    pub fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.0.push(start.elapsed());
        result
    }

    /// Returns the smallest duration that `percent` of the repetitions do not exceed (nearest
    /// rank). It is a measured value, never an interpolated one.
    ///
    /// # Panics
    ///
    /// If nothing was timed, or `percent` is not in `1..=100`.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Duration {
        assert!(
            (1..=100).contains(&percent),
            "a percentile must be in 1..=100"
        );
        assert!(!self.0.is_empty(), "nothing was timed");
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        sorted[(sorted.len() * percent).div_ceil(100) - 1]
    }

    /// Returns `{ first, p50, p95, count }`; times in milliseconds.
    ///
    /// # Panics
    ///
    /// If nothing was timed.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "first": millis(self.0[0]),
            "p50": millis(self.percentile(50)),
            "p95": millis(self.percentile(95)),
            "count": self.0.len(),
        })
    }
}

/// Returns milliseconds with three decimals.
fn millis(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timings(millis: impl IntoIterator<Item = u64>) -> Timings {
        Timings(millis.into_iter().map(Duration::from_millis).collect())
    }

    #[test]
    fn percentiles_are_nearest_ranks() {
        let twenty = timings((1..=20).rev());
        assert_eq!(twenty.percentile(50), Duration::from_millis(10));
        assert_eq!(twenty.percentile(95), Duration::from_millis(19));
        assert_eq!(twenty.percentile(100), Duration::from_millis(20));
        assert_eq!(timings([7]).percentile(1), Duration::from_millis(7));
    }

    #[test]
    fn the_first_repetition_is_named_apart() {
        let json = timings([9, 1, 2]).to_json();
        assert_eq!(
            json,
            json!({ "first": 9.0, "p50": 2.0, "p95": 9.0, "count": 3 })
        );
    }
}
