//! `Kept`: all that a client keeps in its store: its head, and the conflict that it has seen.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{Checkpoint, DecodeError, Evidence, Format, Reader, Writer};

use crate::conflict::{Seen, Standing};
use crate::state::{Restored, State, StateError};

/// What was in a store, checked again.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) seen: Option<Seen>,
    /// The head; none where the client is at its checkpoint, or is stopped: the head is in the evidence.
    pub(crate) restored: Result<Option<Restored>, StateError>,
}

impl Kept {
    /// The form of a client that has seen a conflict. Another one's is its state alone.
    const FORMAT: Format = Format {
        version: 2,
        ..State::FORMAT
    };

    /// Returns the encoding: a state (version 1) where there is one and nothing else is to be kept; otherwise
    /// magic `RPPL`, version 2 (`u32`), where its owner stands (`u32`), length of the evidence (`u32`, 0 if
    /// there is none), evidence, and up to the end a state in version 1, or nothing.
    pub(crate) fn encode(seen: Option<&Seen>, state: Option<&State>) -> Vec<u8> {
        let state = state.map(State::to_bytes);
        if let (None, Some(state)) = (seen, &state) {
            return state.clone();
        }
        let evidence = seen.map_or_else(Vec::new, |seen| seen.evidence.to_bytes());
        let standing = seen.map_or(Standing::Checkpoint, |seen| seen.standing);
        // The head of a client that is stopped is in the evidence.
        let state = state.filter(|_| standing != Standing::Open);
        let state = state.unwrap_or_default();
        let length = evidence.len().saturating_add(state.len());
        let mut w = Writer::open(&Self::FORMAT, length.saturating_add(16));
        w.u32(standing.number());
        w.u32(u32::try_from(evidence.len()).unwrap_or(u32::MAX));
        w.bytes(&evidence);
        w.bytes(&state);
        w.finish()
    }

    /// Decodes the bytes and checks everything that can be checked again.
    ///
    /// Evidence from another checkpoint stops nobody: in giving another one its owner has chosen.
    pub(crate) fn restore(bytes: &[u8], pinned: &Checkpoint) -> Result<Self, StateError> {
        let r = match Reader::open(bytes, &Self::FORMAT) {
            Err(DecodeError::UnsupportedVersion { got: 1, .. }) => {
                let restored = Ok(Some(State::restore(bytes, pinned)?));
                return Ok(Self {
                    seen: None,
                    restored,
                });
            }
            opened => opened?,
        };
        let (mut seen, state) = read_seen(r)?;
        let elsewhere = seen.as_mut().filter(|seen| {
            let is_open = seen.standing == Standing::Open;
            is_open && seen.evidence.checkpoint != *pinned
        });
        let restored = if let Some(seen) = elsewhere {
            seen.standing = Standing::Checkpoint;
            Err(StateError::OtherCheckpoint {
                expected: *pinned,
                got: seen.evidence.checkpoint,
            })
        } else if state.is_empty() {
            Ok(None)
        } else {
            State::restore(state, pinned).map(Some)
        };
        Ok(Self { seen, restored })
    }
}

/// Returns the conflict, verified again, and what follows it.
fn read_seen(mut r: Reader<'_>) -> Result<(Option<Seen>, &[u8]), StateError> {
    let standing = Standing::read(&mut r)?;
    let max = u32::try_from(Evidence::FORMAT.max_bytes).unwrap_or(u32::MAX);
    // Who is stopped is stopped by something.
    let min = u32::from(standing == Standing::Open);
    let length = r.u32_in(min, max, "length of the evidence")?;
    if length == 0 {
        return Ok((None, r.rest()));
    }
    let evidence = r.bytes(usize::try_from(length).unwrap_or(usize::MAX), "evidence")?;
    let evidence = Evidence::from_bytes(evidence)?;
    let rest = r.rest();
    if standing == Standing::Open && !rest.is_empty() {
        let left = rest.len();
        return Err(DecodeError::TrailingBytes { left }.into());
    }
    let conflict = evidence.check()?;
    let seen = Seen {
        evidence,
        conflict,
        standing,
    };
    Ok((Some(seen), rest))
}
