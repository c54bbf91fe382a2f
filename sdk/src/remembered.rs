//! `Remembered`: all that a client of a setup keeps in its store.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{DecodeError, Document, Format, Reader, SetupBundle, Writer};

use crate::state::{State, StateError};
use crate::verdict::Anchor;

/// All that a client of a setup keeps: what it remembers of the setup, and what any client keeps. Nothing in it is
/// believed before it is checked again.
#[derive(Debug)]
pub(crate) struct Remembered<'a> {
    /// What its chain was started from.
    pub(crate) anchor: Anchor,
    /// What is remembered of the setup.
    pub(crate) trust: &'a [u8],
    /// A [`Kept`](crate::kept::Kept), or nothing.
    pub(crate) kept: &'a [u8],
}

impl<'a> Remembered<'a> {
    /// The form of a client of a setup. Another one's is what any client keeps.
    pub(crate) const FORMAT: Format = Format {
        version: 4,
        max_bytes: State::FORMAT
            .max_bytes
            .saturating_add(SetupBundle::FORMAT.max_bytes)
            .saturating_add(1 << 10),
        ..State::FORMAT
    };

    /// Returns the encoding: magic `RPPL`, version 4 (`u32`), what the chain was started from (`u32`: 1 the offline
    /// checkpoint, 2 the online one alone), length of what is remembered of the setup (`u32`) and that, then what any
    /// client keeps, or nothing.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let length = self.trust.len().saturating_add(self.kept.len());
        let mut w = Writer::open(&Self::FORMAT, length.saturating_add(16));
        w.u32(match self.anchor {
            Anchor::Given | Anchor::Offline => 1,
            Anchor::OnlineAlone => 2,
        });
        w.u32(u32::try_from(self.trust.len()).unwrap_or(u32::MAX));
        w.bytes(self.trust);
        w.bytes(self.kept);
        w.finish()
    }

    /// Decodes the bytes.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, StateError> {
        let mut r = match Reader::open(bytes, &Self::FORMAT) {
            Err(DecodeError::UnsupportedVersion { got: 1 | 2, .. }) => {
                return Err(StateError::OtherPin);
            }
            opened => opened?,
        };
        let anchor = match r.u32_in(1, 2, "checkpoint that it was started from")? {
            1 => Anchor::Offline,
            _ => Anchor::OnlineAlone,
        };
        let max = u32::try_from(Self::FORMAT.max_bytes).unwrap_or(u32::MAX);
        let length = r.u32_in(1, max, "length of the setup")?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        Ok(Self {
            anchor,
            trust: r.bytes(length, "setup")?,
            kept: r.rest(),
        })
    }

    /// Returns whether the bytes are of a client of a setup.
    pub(crate) fn is_begun(bytes: &[u8]) -> bool {
        Reader::open(bytes, &Self::FORMAT).is_ok()
    }
}
