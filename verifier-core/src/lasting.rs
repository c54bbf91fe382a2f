//! `Lasting`: how long something lasts, as people say it.

use core::fmt;

/// How long something lasts, in milliseconds; as text, in the largest unit that it has two of.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Lasting(pub u64);

impl fmt::Display for Lasting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0 / 1000;
        let (count, unit) = match seconds {
            0..120 => (seconds, "s"),
            120..7_200 => (seconds / 60, "min"),
            7_200..172_800 => (seconds / 3_600, "h"),
            _ => (seconds / 86_400, "days"),
        };
        write!(f, "{count} {unit}")
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn is_said_in_the_largest_unit_that_it_has_two_of() {
        for (ms, said) in [
            (0, "0 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_199_999, "119 min"),
            (7_200_000, "2 h"),
            (172_799_999, "47 h"),
            (172_800_000, "2 days"),
            (u64::MAX, "213503982334 days"),
        ] {
            assert_eq!(Lasting(ms).to_string(), said);
        }
    }
}
