//! Windows: how often a validator has voted in an epoch, and what a proof of that is made from.

use std::num::NonZeroU32;
use std::sync::Arc;

use rpp_verifier::{
    Bitmap, ChainParams, Header, MAX_WINDOW, ServedUptime, UptimeClaim, UptimeStatement,
    UptimeWitness, ValidatorSet,
};
use tokio::task::spawn_blocking;

use super::host::Host;
use super::requests::RequestError;
use super::tallies::Tally;

impl Host {
    /// Returns how often a validator has voted in an epoch that is over.
    ///
    /// # Errors
    ///
    /// [`RequestError`].
    pub async fn uptime(&self, validator: u32, epoch: u32) -> Result<ServedUptime, RequestError> {
        let tally = match self.tallies.get(epoch) {
            Some(tally) => tally,
            None => self.tally(epoch).await?,
        };
        tally.of(validator, epoch)
    }

    /// Counts the votes of an epoch, and keeps them.
    async fn tally(&self, epoch: u32) -> Result<Arc<Tally>, RequestError> {
        let Window {
            headers,
            votes,
            set,
        } = self.read_window(epoch).await?;
        let head = headers.last().map_or(0, |header| header.height);
        let hash = self.ledger().header_hash(head);
        let counted = spawn_blocking(move || Tally::count(&headers, hash, &votes, &set)).await?;
        let tally = Arc::new(counted.ok_or_else(|| self.database.other_votes())?);
        self.tallies.keep(epoch, tally.clone());
        Ok(tally)
    }

    /// Returns what a proof of a validator's votes in an epoch is made from.
    pub(super) async fn window_witness(
        &self,
        validator: u32,
        epoch: u32,
    ) -> Result<UptimeWitness, RequestError> {
        let window = self.read_window(epoch).await?;
        let epoch_length = self.chain.epoch_length;
        let made = spawn_blocking(move || window.witness(validator, epoch_length)).await?;
        let witness = made?;
        witness.ok_or_else(|| self.database.other_votes().into())
    }

    async fn read_window(&self, epoch: u32) -> Result<Window, RequestError> {
        let (first, last) = self.window(epoch).ok_or(RequestError::OtherWindow)?;
        // The window ends below the highest height.
        let after = last.saturating_add(1);
        let (headers, newest) = {
            let ledger = self.ledger();
            let headers = ledger.headers(first, after.saturating_add(1));
            (headers, ledger.latest_height())
        };
        let headers = headers.ok_or(RequestError::NoHeaderAfter { last, newest })?;
        let votes = self.database.votes(first.saturating_add(1), after).await?;
        let votes: Option<Vec<_>> = votes.into_iter().collect();
        let root = headers.first().map(|header| header.validator_set_root);
        let set = match root {
            Some(root) => self.database.set(&root).await?,
            None => None,
        };
        let (Some(votes), Some(set)) = (votes, set) else {
            return Err(RequestError::VotesUnknown { epoch });
        };
        Ok(Window {
            headers,
            votes,
            set,
        })
    }

    /// Returns the first and the last height of an epoch that are voted for; `None` of one that no proof is about.
    pub(super) fn window(&self, epoch: u32) -> Option<(u32, u32)> {
        let params = ChainParams::new(self.chain.chain_id, self.chain.epoch_length).ok()?;
        let (first, last) = params.voted(epoch)?;
        (last.saturating_sub(first) < MAX_WINDOW).then_some((first, last))
    }
}

/// What an epoch's votes are known by.
struct Window {
    /// The headers that are voted for, and the one after them.
    headers: Vec<Header>,
    /// Who voted for each of them but the last.
    votes: Vec<Bitmap>,
    set: ValidatorSet,
}

impl Window {
    /// Returns what a proof of the votes of the member at `validator` is made from; `None` if the votes are not those of
    /// the headers.
    fn witness(
        self,
        validator: u32,
        epoch_length: u32,
    ) -> Result<Option<UptimeWitness>, RequestError> {
        let Self {
            headers,
            votes,
            set,
        } = self;
        let index = usize::try_from(validator).unwrap_or(usize::MAX);
        let Some(member) = set.members().get(index) else {
            let n = set.opening().n;
            return Err(RequestError::UnknownValidator { validator, n });
        };
        let (Some(first), Some(head)) = (headers.first(), headers.last()) else {
            return Ok(None);
        };
        let signed = votes.iter().filter(|votes| votes.contains(validator));
        let claim = UptimeClaim {
            first: first.height,
            validator_set_root: first.validator_set_root,
            index: validator,
            key_id: member.key_id,
            signed: u32::try_from(signed.count()).unwrap_or(u32::MAX),
        };
        let epoch_length = NonZeroU32::new(epoch_length).unwrap_or(NonZeroU32::MIN);
        let witness = UptimeWitness {
            statement: UptimeStatement::new(head, epoch_length, &claim)?,
            member: *member,
            path: set.path(validator),
            set: set.opening(),
            headers,
            votes,
        };
        // A count is true, or there is none.
        Ok(witness.check().is_ok().then_some(witness))
    }
}
