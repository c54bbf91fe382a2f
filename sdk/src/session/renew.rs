//! What a session makes of a setup that is newer than its own.

use core::time::Duration;

use super::Session;
use super::stage::Stage;
use super::task::Task;
use crate::clock::Now;
use crate::error::Error;
use crate::state::StateError;

impl Session {
    /// Handles the answer to the question for a setup. What is under way goes on if it is no good, as long as the last
    /// one counts.
    pub(super) fn take_setup(
        &mut self,
        body: Result<Vec<u8>, Error>,
        retry_after: Option<Duration>,
        now: Now,
    ) -> Result<(), Error> {
        let time_ms = self.time_ms(now);
        let Some(watch) = &mut self.setup else {
            return Ok(());
        };
        let before = watch.kept();
        let taken = body.and_then(|body| watch.take(&body, &self.config, now, time_ms));
        if watch.kept() != before {
            self.saving.note();
        }
        if let Err(error) = taken {
            watch.fail(retry_after, now, time_ms, &mut self.tickets);
            let error = watch.explain(error, time_ms);
            return self.leave_revoked(now).and(Err(error));
        }
        watch.reopen(&mut self.tickets);
        self.settle(now).inspect_err(|_| {
            let (stage, mut turn) = self.turn(now);
            stage.reopen(&mut turn);
            self.pace.back_off(None, now);
        })
    }

    /// Takes what another client of the same store has saved, where it has seen more of the setup. Of its head nothing is taken.
    ///
    /// # Errors
    ///
    /// [`Error::State`]: it is of no use, or the head rests on what the other one's setup has revoked, and the session starts from that
    /// setup's checkpoint.
    pub fn join(&mut self, state: &[u8], now: Now) -> Result<(), Error> {
        let time_ms = self.time_ms(now);
        let Some(watch) = &mut self.setup else {
            return Ok(());
        };
        let before = watch.kept();
        let is_news = watch.join(state, &self.config, now, time_ms)?;
        if watch.kept() != before {
            self.saving.note();
        }
        if !is_news {
            return Ok(());
        }
        match self.is_certain(now) {
            true => self.settle(now),
            false => self.leave_revoked(now),
        }
    }

    /// Goes on under a setup that was just verified: with what was held, from its checkpoint, or where the session is.
    ///
    /// # Errors
    ///
    /// [`Error::State`]: what is stored or trusted rests on what the setup has revoked, and the session starts from the
    /// setup's checkpoint.
    fn settle(&mut self, now: Now) -> Result<(), Error> {
        let start = self.start();
        let (stage, mut turn) = self.turn(now);
        match stage {
            Stage::Load | Stage::Sealed => Ok(()),
            Stage::Held { kept, anchor } => {
                let (kept, anchor) = (core::mem::take(kept), *anchor);
                self.start_anew(now);
                let verdict = self.unpack(&kept, anchor, now)?;
                if let (Stage::Sync(syncing), Some(verdict)) = (&mut self.stage, verdict) {
                    // It is said once it is saved, as every verdict.
                    let verdict = Some(Box::new(verdict));
                    syncing.task = Task::Save { verdict, goal: 0 };
                }
                Ok(())
            }
            Stage::Anchor(anchoring) => {
                anchoring.point(start, &mut turn);
                self.finish_anchoring(now)
            }
            Stage::Sync(syncing) if syncing.is_stopped() => Ok(()),
            Stage::Sync(syncing) => match syncing.trusted.check(&turn.keys) {
                Ok(()) => {
                    syncing.renew(&mut turn);
                    Ok(())
                }
                Err(revoked) => {
                    self.start_anew(now);
                    Err(revoked.into())
                }
            },
        }
    }

    /// Goes back to the start where the head rests on what a setup has revoked of which nothing else is any good: one that lists a
    /// circuit no more that this client needs, or one that came with a broken checkpoint.
    ///
    /// # Errors
    ///
    /// [`Error::State`], if it does.
    pub(super) fn leave_revoked(&mut self, now: Now) -> Result<(), Error> {
        let (Stage::Sync(syncing), Some(watch)) = (&self.stage, &mut self.setup) else {
            return Ok(());
        };
        let rests_on = syncing.trusted.rests_on();
        let Some(rests_on) = rests_on.filter(|_| !syncing.is_stopped()) else {
            return Ok(());
        };
        let Err(revoked) = watch.check_listed(&rests_on) else {
            return Ok(());
        };
        self.saving.note();
        self.start_anew(now);
        Err(StateError::Revoked(revoked).into())
    }
}
