//! `ProofKey`: names a proof of a chain, before or after it is made.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::string::ToString;
use core::fmt;
use core::str::FromStr;

use crate::hash::Digest;
use crate::stark::CircuitId;

/// What a proof is about. In text: `17`, 64 hexadecimal digits, `5@2` (validator 5 in epoch 2), or
/// `16-31`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Subject {
    /// The block at a height.
    Height(u32),
    /// An operation, by its hash.
    Operation(Digest),
    /// A validator's participation in an epoch.
    ValidatorEpoch {
        /// Index of the validator in the epoch's set.
        validator: u32,
        /// The epoch.
        epoch: u32,
    },
    /// The blocks at heights `first` to `last`, inclusive.
    Range {
        /// The first height.
        first: u32,
        /// The last height, at least `first`.
        last: u32,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Height(height) => height.fmt(f),
            Self::Operation(hash) => hash.fmt(f),
            Self::ValidatorEpoch { validator, epoch } => write!(f, "{validator}@{epoch}"),
            Self::Range { first, last } => write!(f, "{first}-{last}"),
        }
    }
}

/// The text is not a valid [`Subject`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a subject is a height, an operation's hash, VALIDATOR@EPOCH or FIRST-LAST, in decimal or \
     lower-case hexadecimal digits"
)]
pub struct ParseSubjectError;

impl FromStr for Subject {
    type Err = ParseSubjectError;

    fn from_str(text: &str) -> Result<Self, ParseSubjectError> {
        let subject = parse(text).ok_or(ParseSubjectError)?;
        // `+1` and `01` parse as numbers too, but a subject has exactly one text.
        if subject.to_string() == text {
            return Ok(subject);
        }
        Err(ParseSubjectError)
    }
}

fn parse(text: &str) -> Option<Subject> {
    if text.len() == 2 * Digest::BYTES {
        return text.parse().ok().map(Subject::Operation);
    }
    if let Some((validator, epoch)) = text.split_once('@') {
        let (validator, epoch) = (validator.parse().ok()?, epoch.parse().ok()?);
        return Some(Subject::ValidatorEpoch { validator, epoch });
    }
    if let Some((first, last)) = text.split_once('-') {
        let (first, last) = (first.parse().ok()?, last.parse().ok()?);
        return (first <= last).then_some(Subject::Range { first, last });
    }
    text.parse().ok().map(Subject::Height)
}

/// Names a proof of a chain by its circuit and what it is about. Jobs, stored rows and URLs use it.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ProofKey {
    /// The circuit.
    pub circuit: CircuitId,
    /// What the proof is about.
    pub subject: Subject,
}

impl fmt::Display for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.circuit.name(), self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_its_own_text() {
        let subjects = [
            Subject::Height(17),
            Subject::Operation(Digest::ZERO),
            Subject::ValidatorEpoch {
                validator: 5,
                epoch: 2,
            },
            Subject::Range {
                first: 16,
                last: 31,
            },
            Subject::Range { first: 4, last: 4 },
        ];
        for subject in subjects {
            assert_eq!(subject.to_string().parse(), Ok(subject));
        }
    }

    #[test]
    fn rejects_every_other_text() {
        for text in [
            "",
            "+1",
            "01",
            "-1",
            "1-",
            "31-16",
            "1@",
            "@1",
            "1@2@3",
            "1-2-3",
            "4294967296",
            "0A00000000000000000000000000000000000000000000000000000000000000",
        ] {
            assert_eq!(text.parse::<Subject>(), Err(ParseSubjectError), "{text}");
        }
    }
}
