//! What a session makes of what is stored.

use super::Session;
use super::anchor::Anchoring;
use super::stage::Stage;
use super::sync::Syncing;
use crate::clock::Now;
use crate::error::Error;
use crate::kept::Kept;
use crate::remembered::Remembered;
use crate::state::StateError;
use crate::store::{StoreError, StoreFault};
use crate::verdict::{Anchor, Verdict};

impl Session {
    /// Takes the stored state, `None` if there is none, and returns the verdict on its head, whose
    /// proof is verified again; none if the client was stopped by a conflict, and is still, or if the stored setup is not valid
    /// any more: then the verdict comes once a newer one is verified.
    ///
    /// # Errors
    ///
    /// [`Error::State`], or [`Error::Store`] with [`StoreFault::Foreign`]: the session starts from its
    /// checkpoint. Any other [`Error::Store`]: the next need is to wait a little and read again, since
    /// a state that cannot be read may reach further than the provider shows, and would be overwritten.
    pub fn loaded(
        &mut self,
        state: Result<Option<Vec<u8>>, StoreError>,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        if !matches!(self.stage, Stage::Load) {
            return Ok(None);
        }
        let (state, foreign) = match state {
            Err(error) if error.fault == StoreFault::Foreign => (None, Some(error)),
            state => (state.inspect_err(|_| self.pace.back_off(None, now))?, None),
        };
        self.pace.succeed();
        self.start_anew(now);
        let verdict = match state {
            None => Ok(None),
            Some(bytes) => self.restore(&bytes, now),
        };
        foreign.map_or(verdict, |error| Err(error.into()))
    }

    /// Goes to the checkpoint: the one that the owner gave, or that of the setup. What has stopped the client rests on what it leaves.
    pub(super) fn start_anew(&mut self, now: Now) {
        self.seen.take_if(|seen| seen.is_open());
        let start = self.start();
        let (stage, mut turn) = self.turn(now);
        *stage = Stage::Anchor(Anchoring::new(start, &mut turn));
    }

    fn restore(&mut self, bytes: &[u8], now: Now) -> Result<Option<Verdict>, Error> {
        let time_ms = now.unix_ms;
        let (kept, anchor) = match &mut self.setup {
            None if Remembered::is_begun(bytes) => return Err(StateError::OtherPin.into()),
            None => (bytes, Anchor::Given),
            Some(watch) => {
                let restored = watch.restore(bytes, &self.config, time_ms);
                let is_valid = watch.is_valid(time_ms);
                match &restored {
                    // What was seen of the setup outlives the state.
                    Err(StateError::Waived) => self.saving.note(),
                    Err(error) if error.needs_other_release() => self.stage = Stage::Sealed,
                    _ => {}
                }
                // Where its checkpoint is known, it is gone to at once.
                if is_valid {
                    self.start_anew(now);
                }
                let (kept, anchor) = restored?;
                if kept.is_empty() {
                    return Ok(None);
                }
                if !is_valid {
                    let kept = kept.to_vec();
                    self.stage = Stage::Held { kept, anchor };
                    return Ok(None);
                }
                (kept, anchor)
            }
        };
        self.unpack(kept, anchor, now)
    }

    /// Checks what is kept again, and goes on from there. Where it cannot be used, what was seen of the setup is kept without it; but
    /// what another build has kept of a conflict, or in a form of its own, stays, and nothing goes on beside it.
    pub(super) fn unpack(
        &mut self,
        kept: &[u8],
        anchor: Anchor,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        let unpacked = self.try_unpack(kept, anchor, now);
        match &unpacked {
            Err(Error::State(error)) if error.needs_other_release() => {
                let kept = kept.to_vec();
                self.stage = Stage::Held { kept, anchor };
            }
            // Another version of the circuit has proven it, which may be a later one: it is not written over by less.
            Err(Error::State(StateError::UnknownKey)) => {}
            Err(_) if self.setup.is_some() => self.saving.note(),
            _ => {}
        }
        unpacked
    }

    fn try_unpack(
        &mut self,
        kept: &[u8],
        anchor: Anchor,
        now: Now,
    ) -> Result<Option<Verdict>, Error> {
        let (stage, mut turn) = self.turn(now);
        let kept = Kept::restore(kept, turn.config.given(), &turn.keys)?;
        *turn.seen = kept.seen.map(Box::new);
        if let Some(restored) = kept.restored? {
            let (syncing, verdict) = Syncing::resume(restored, anchor, &mut turn);
            *stage = Stage::Sync(Box::new(syncing));
            return Ok(Some(verdict));
        }
        if let Some(stopped) = turn.seen.as_deref().filter(|seen| seen.is_open()) {
            let syncing = Syncing::stopped(stopped, anchor, &turn);
            *stage = Stage::Sync(Box::new(syncing));
        }
        Ok(None)
    }

    /// Begins to follow the chain, once its start and the provider's head are there.
    pub(super) fn finish_anchoring(&mut self, now: Now) -> Result<(), Error> {
        let is_anchoring = matches!(self.stage, Stage::Anchor(_));
        if !is_anchoring || !self.is_certain(now) {
            return Ok(());
        }
        let (stage, mut turn) = self.turn(now);
        let Stage::Anchor(anchoring) = core::mem::take(stage) else {
            return Ok(());
        };
        let (trusted, head) = match anchoring.finish() {
            Ok(both) => both,
            Err(waiting) => {
                *stage = Stage::Anchor(waiting);
                return Ok(());
            }
        };
        let mut syncing = Syncing::new(trusted, &mut turn);
        let begun = syncing.begin(head, &mut turn);
        *stage = Stage::Sync(Box::new(syncing));
        begun
    }
}
