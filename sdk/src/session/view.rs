//! What a session says of itself.

use std::sync::Arc;

use rpp_verifier::{Checkpoint, ClaimError, Evidence, Header, TrustedHeader, VerifiedSetup};

use super::Session;
use super::freshness::stale_at_ms;
use crate::clock::Now;
use crate::conflict::ConflictError;
use crate::keys::Keys;
use crate::verdict::{Freshness, Status};

impl Session {
    /// Returns why the client is stopped.
    #[must_use]
    pub fn conflict(&self) -> Option<ConflictError> {
        let seen = self.seen.as_deref();
        Some(seen.filter(|seen| seen.is_open())?.error())
    }

    /// Returns the evidence of the newest conflict, checked; it is kept after the owner's choice.
    #[must_use]
    pub fn evidence(&self) -> Option<&Evidence> {
        Some(&self.seen.as_ref()?.evidence)
    }

    /// Returns where the client stands.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let checkpoint = self.checkpoint();
        let head = self.stage.trusted().map(|trusted| {
            let head = trusted.shown().head();
            (head.height, head.hash, head.timestamp_ms)
        });
        let is_held = self.stage.is_held();
        let at_checkpoint = || {
            let Checkpoint {
                height,
                hash,
                timestamp_ms,
                ..
            } = checkpoint.filter(|_| !is_held)?;
            Some((height, hash, timestamp_ms))
        };
        let head = head.or_else(at_checkpoint);
        let timestamp_ms = head.map_or(0, |(_, _, timestamp_ms)| timestamp_ms);
        let stale_at_ms = stale_at_ms(timestamp_ms, &self.config);
        Status {
            checkpoint,
            head: head.map(|(height, hash, _)| (height, hash)),
            timestamp_ms,
            stale_at_ms,
            freshness: Freshness::at(timestamp_ms, stale_at_ms, now.unix_ms),
            epoch: self.stage.trusted().map(|trusted| trusted.shown().epoch()),
            latest_height: self.provider.latest_height,
            spent: self.provider.spent,
            is_stopped: self.conflict().is_some(),
            setup: self.setup().map(|setup| (&**setup).into()),
        }
    }

    /// Returns `header` as a trusted one, under which accounts and operations are believed, if it is the
    /// client's head. It stays trusted when the head moves on.
    ///
    /// # Errors
    ///
    /// [`ClaimError::NotHead`] if it is not, or if the client is stopped.
    pub fn trust(&self, header: &Header) -> Result<TrustedHeader, ClaimError> {
        let chain = self.stage.trusted().filter(|_| self.conflict().is_none());
        chain.ok_or(ClaimError::NotHead)?.shown().trusted(header)
    }

    /// Returns the keys that count at this moment: those of this build for a client that was given a checkpoint, those that the setup
    /// lists for one with a pin, and none where no setup counts.
    #[must_use]
    pub fn keys(&self, now: Now) -> Keys {
        let time_ms = self.time_ms(now);
        let watch = self.setup.as_ref();
        watch.map_or(Keys::Built, |watch| watch.keys(time_ms))
    }

    /// Returns the checkpoint that the chain was started from; none before a setup is verified.
    #[must_use]
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        let trusted = self.stage.trusted();
        let start = trusted.map(|trusted| trusted.start);
        Some(start.or_else(|| self.start())?.checkpoint)
    }

    /// Returns the setup that was verified last, which may have expired since; none before the first, and for a client
    /// that was given a checkpoint.
    #[must_use]
    pub fn setup(&self) -> Option<&Arc<VerifiedSetup>> {
        self.setup.as_ref()?.verified()
    }

    /// Returns the newest versions that were seen of a setup's root, `circuits.json` and `checkpoint.json`, 0 before the first; none for a
    /// client that was given a checkpoint.
    #[must_use]
    pub fn seen(&self) -> Option<[u32; 3]> {
        Some(self.setup.as_ref()?.seen())
    }
}
