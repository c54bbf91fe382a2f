//! `Stage`: how far a session has got; `Turn`: one call from a driver.

use super::anchor::Anchoring;
use super::need::{Ask, Ticket, Tickets};
use super::pace::Pace;
use super::providers::Provider;
use super::sync::Syncing;
use super::trusted::Trusted;
use crate::clock::Now;
use crate::config::Config;
use crate::conflict::Seen;
use crate::keys::Keys;
use crate::verdict::Anchor;

/// How far a session has got.
#[derive(Debug, Default)]
pub(super) enum Stage {
    /// The stored state has not been read.
    #[default]
    Load,
    /// Something is stored, and no setup is verified under which it could be checked again.
    Held { kept: Vec<u8>, anchor: Anchor },
    /// Something is stored in a form of a later release. Nothing is asked or written, unless its owner starts again.
    Sealed,
    /// Nothing is stored, and the checkpoint's header has not arrived yet.
    Anchor(Anchoring),
    /// A chain is trusted.
    Sync(Box<Syncing>),
}

/// One call from a driver: what a stage may use besides its own state.
pub(super) struct Turn<'a> {
    pub(super) config: &'a Config,
    pub(super) now: Now,
    /// The latest time that is known, in milliseconds since the Unix epoch: that of the clock, or one that was verified.
    pub(super) time_ms: u64,
    pub(super) keys: Keys,
    pub(super) tickets: &'a mut Tickets,
    pub(super) pace: &'a mut Pace,
    pub(super) provider: &'a mut Provider,
    /// The newest conflict.
    pub(super) seen: &'a mut Option<Box<Seen>>,
}

impl Turn<'_> {
    /// Returns whether a conflict waits for the owner's choice.
    pub(super) fn is_open(&self) -> bool {
        self.seen.as_ref().is_some_and(|seen| seen.is_open())
    }
}

impl Stage {
    /// Returns what is believed.
    pub(super) fn trusted(&self) -> Option<&Trusted> {
        match self {
            Self::Load | Self::Held { .. } | Self::Sealed => None,
            Self::Anchor(anchoring) => anchoring.trusted(),
            Self::Sync(syncing) => Some(&syncing.trusted),
        }
    }

    /// Returns the open questions.
    pub(super) fn open(&self) -> Vec<(Ticket, Ask)> {
        match self {
            Self::Load | Self::Held { .. } | Self::Sealed => Vec::new(),
            Self::Anchor(anchoring) => anchoring.open(),
            Self::Sync(syncing) => syncing.open(),
        }
    }

    /// Drops everything unverified, and every open question.
    pub(super) fn reopen(&mut self, turn: &mut Turn<'_>) {
        match self {
            Self::Load | Self::Held { .. } | Self::Sealed => {}
            Self::Anchor(anchoring) => anchoring.reopen(turn),
            Self::Sync(syncing) => syncing.reopen(turn),
        }
    }

    /// Returns whether what is stored stays there as it is, unread.
    pub(super) const fn is_held(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Sealed)
    }

    /// Returns whether a step waits to be saved.
    pub(super) fn is_unsaved(&self) -> bool {
        matches!(self, Self::Sync(syncing) if syncing.is_unsaved())
    }

    /// Returns whether the client waits for its owner's choice.
    pub(super) fn is_stopped(&self) -> bool {
        matches!(self, Self::Sync(syncing) if syncing.is_stopped())
    }
}
