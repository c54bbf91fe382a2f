//! `Fields`: the fields of an object of a setup file, each taken once.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::borrow::Cow;
use alloc::vec::Vec;
use core::str::FromStr;

use super::canonical::Value;

/// Why an object is not the one that was expected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FieldError {
    /// A field is missing.
    #[error("the field {field} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// There is a field that nobody knows.
    #[error("{what} has a field that is not part of its format")]
    Unknown {
        /// What has it.
        what: &'static str,
    },
    /// A field has a value of another kind, or out of its range.
    #[error("the field {field} has an unexpected value")]
    Value {
        /// Its name.
        field: &'static str,
    },
    /// A list is longer than it may be.
    #[error("{field} has {got} entries, at most {max} are allowed")]
    TooMany {
        /// Its name.
        field: &'static str,
        /// Most entries.
        max: usize,
        /// Its entries.
        got: usize,
    },
}

impl FieldError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "setup-missing-field",
            Self::Unknown { .. } => "setup-unknown-field",
            Self::Value { .. } => "setup-field-value",
            Self::TooMany { .. } => "setup-too-many",
        }
    }
}

/// The fields of an object that have not been taken.
pub struct Fields<'a> {
    what: &'static str,
    left: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Fields<'a> {
    /// Opens the object `what`.
    pub(super) fn open(what: &'static str, value: Value<'a>) -> Result<Self, FieldError> {
        match value {
            Value::Object(left) => Ok(Self { what, left }),
            _ => Err(FieldError::Value { field: what }),
        }
    }

    /// Takes a field.
    pub(super) fn take(&mut self, field: &'static str) -> Result<Value<'a>, FieldError> {
        let place = self.left.iter().position(|(name, _)| name == field);
        let place = place.ok_or(FieldError::Missing { field })?;
        Ok(self.left.remove(place).1)
    }

    /// Takes an integer.
    pub(super) fn integer(&mut self, field: &'static str) -> Result<u64, FieldError> {
        match self.take(field)? {
            Value::Integer(x) => Ok(x),
            _ => Err(FieldError::Value { field }),
        }
    }

    /// Takes an integer of 32 bits.
    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, FieldError> {
        let x = self.integer(field)?;
        u32::try_from(x).map_err(|_| FieldError::Value { field })
    }

    /// Takes an integer of 32 bits, or `null`.
    pub(super) fn option(&mut self, field: &'static str) -> Result<Option<u32>, FieldError> {
        match self.take(field)? {
            Value::Null => Ok(None),
            Value::Integer(x) => {
                let x = u32::try_from(x);
                x.map(Some).map_err(|_| FieldError::Value { field })
            }
            _ => Err(FieldError::Value { field }),
        }
    }

    /// Takes a text.
    pub(super) fn text(&mut self, field: &'static str) -> Result<Cow<'a, str>, FieldError> {
        match self.take(field)? {
            Value::Text(text) => Ok(text),
            _ => Err(FieldError::Value { field }),
        }
    }

    /// Takes a text and parses it.
    pub(super) fn parsed<T: FromStr>(&mut self, field: &'static str) -> Result<T, FieldError> {
        let text = self.text(field)?;
        text.parse().map_err(|_| FieldError::Value { field })
    }

    /// Takes a list of at most `max` entries.
    pub(super) fn list(
        &mut self,
        field: &'static str,
        max: usize,
    ) -> Result<Vec<Value<'a>>, FieldError> {
        match self.take(field)? {
            Value::List(items) if items.len() > max => {
                let got = items.len();
                Err(FieldError::TooMany { field, max, got })
            }
            Value::List(items) => Ok(items),
            _ => Err(FieldError::Value { field }),
        }
    }

    /// Checks that nothing is left.
    pub(super) fn finish(self) -> Result<(), FieldError> {
        if self.left.is_empty() {
            return Ok(());
        }
        Err(FieldError::Unknown { what: self.what })
    }
}
