//! `Kept`: all that a client keeps in its store: its head, and the conflict that it has seen.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{
    Checkpoint, DecodeError, Digest, Evidence, EvidenceError, Format, Key, Reader, SpanCircuit,
    Writer,
};

use crate::conflict::{Seen, SpanKey, Standing};
use crate::keys::Keys;
use crate::state::{Restored, State, StateError, check_checkpoint};

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
        version: 3,
        ..State::FORMAT
    };
    /// The form that earlier releases gave to that: without the key of the spans.
    const EARLIER: Format = Format {
        version: 2,
        ..State::FORMAT
    };

    /// Returns the encoding: a state (version 1) where there is one and nothing else is to be kept; otherwise
    /// magic `RPPL`, version 3 (`u32`), where its owner stands (`u32`), the digest of the key of the spans that led to the head of the
    /// evidence (zero if none did), length of the evidence (`u32`, 0 if there is none), evidence, and up to the end a state in version 1,
    /// or nothing. What an earlier release has stored without the digest stays so.
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
        let length = length.saturating_add(16 + Digest::BYTES);
        let mut w = match seen.map_or(SpanKey::Known(None), |seen| seen.span) {
            SpanKey::Known(key) => {
                let mut w = Writer::open(&Self::FORMAT, length);
                w.u32(standing.number());
                w.digest(&key.unwrap_or_default());
                w
            }
            SpanKey::Unknown => {
                let mut w = Writer::open(&Self::EARLIER, length);
                w.u32(standing.number());
                w
            }
        };
        w.u32(u32::try_from(evidence.len()).unwrap_or(u32::MAX));
        w.bytes(&evidence);
        w.bytes(&state);
        w.finish()
    }

    /// Decodes the bytes and checks everything that can be checked again. `pinned` is the checkpoint that its owner
    /// gave.
    ///
    /// Evidence from another checkpoint stops nobody: in giving another one its owner has chosen. Nor does evidence
    /// that rests on a circuit which the setup has revoked.
    pub(crate) fn restore(
        bytes: &[u8],
        pinned: Option<&Checkpoint>,
        keys: &Keys,
    ) -> Result<Self, StateError> {
        let opened = match Reader::open(bytes, &Self::FORMAT) {
            Err(DecodeError::UnsupportedVersion { got: 1, .. }) => {
                let restored = Ok(Some(State::restore(bytes, pinned, keys)?));
                return Ok(Self {
                    seen: None,
                    restored,
                });
            }
            Err(DecodeError::UnsupportedVersion { got: 2, .. }) => {
                Opened::read_earlier(Reader::open(bytes, &Self::EARLIER)?)
            }
            opened => Opened::read(opened?),
        };
        let Opened {
            standing,
            span,
            evidence,
            state,
        } = opened?;
        if let (SpanKey::Known(Some(key)), Some(evidence)) = (&span, &evidence) {
            let chain_id = evidence.anchor.chain_id;
            if *key != Key::of::<SpanCircuit>(chain_id).digest() {
                return Err(StateError::UnknownKey);
            }
        }
        let mut seen = match evidence.map(|evidence| see(evidence, span, standing, keys)) {
            None => None,
            // What this build cannot check is not revoked.
            Some(Err(error)) if error.needs_other_release() => return Err(error.into()),
            Some(Err(EvidenceError::Circuit(revoked))) => {
                if standing == Standing::Open {
                    return Err(StateError::Revoked(revoked));
                }
                None
            }
            Some(seen) => Some(seen?),
        };
        let elsewhere = seen.as_mut().filter(|seen| seen.is_open());
        let elsewhere = elsewhere.map(|seen| {
            let checked = check_checkpoint(&seen.evidence.checkpoint, pinned, keys);
            checked.inspect_err(|_| seen.standing = Standing::Checkpoint)
        });
        let restored = match elsewhere {
            Some(Err(elsewhere)) => Err(elsewhere),
            _ if state.is_empty() => Ok(None),
            _ => State::restore(state, pinned, keys).map(Some),
        };
        Ok(Self { seen, restored })
    }
}

/// What is in the form of a client that has seen a conflict, not believed yet.
struct Opened<'a> {
    standing: Standing,
    span: SpanKey,
    evidence: Option<Evidence>,
    /// A state in version 1, or nothing.
    state: &'a [u8],
}

impl<'a> Opened<'a> {
    fn read(mut r: Reader<'a>) -> Result<Self, DecodeError> {
        let standing = Standing::read(&mut r)?;
        let digest = r.digest("key of the spans")?;
        let span = SpanKey::Known((digest != Digest::ZERO).then_some(digest));
        Self::read_rest(r, standing, span)
    }

    fn read_earlier(mut r: Reader<'a>) -> Result<Self, DecodeError> {
        let standing = Standing::read(&mut r)?;
        Self::read_rest(r, standing, SpanKey::Unknown)
    }

    fn read_rest(
        mut r: Reader<'a>,
        standing: Standing,
        span: SpanKey,
    ) -> Result<Self, DecodeError> {
        let max = u32::try_from(Evidence::FORMAT.max_bytes).unwrap_or(u32::MAX);
        // Who is stopped is stopped by something.
        let min = u32::from(standing == Standing::Open);
        let length = r.u32_in(min, max, "length of the evidence")?;
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let evidence =
            (length > 0).then(|| r.bytes(length, "evidence").and_then(Evidence::from_bytes));
        let (evidence, state) = (evidence.transpose()?, r.rest());
        if standing == Standing::Open && !state.is_empty() {
            let left = state.len();
            return Err(DecodeError::TrailingBytes { left });
        }
        Ok(Self {
            standing,
            span,
            evidence,
            state,
        })
    }
}

/// Returns the conflict, verified again.
fn see(
    evidence: Evidence,
    span: SpanKey,
    standing: Standing,
    keys: &Keys,
) -> Result<Seen, EvidenceError> {
    let conflict = keys.check(&evidence)?;
    Ok(Seen {
        evidence,
        conflict,
        span,
        standing,
    })
}
