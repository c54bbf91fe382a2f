//! A devnet as its folder holds it: drawn anew where there is none, else as it was left.

use std::collections::BTreeMap;

use rand::Rng;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rpp_verifier::{Bitmap, HistoryFrontier};

use super::chain::Chain;
use super::epochs::Epochs;
use super::genesis::genesis;
use super::roster::Roster;
use super::turnout::Turnout;
use super::vote_key::{StoredKeyError, VoteKey};
use super::{DevnetConfig, DevnetError, key_kind, on_thread};
use crate::database::{Database, Proposal};
use crate::progress::Progress;
use crate::steps::{Step, Steps};

/// Draws keys and genesis, and saves both.
pub(super) async fn create(
    config: DevnetConfig,
    epochs: Epochs,
    database: &Database,
    progress: Progress,
    steps: &Steps,
) -> Result<Chain, DevnetError> {
    let (roster, turnout) = on_thread(move || first_roster(&config, epochs, &progress)).await??;
    let genesis = genesis(&config, roster.present().set().set_root());
    steps.reached(Step::GenesisDrawn)?;
    let seats = [roster.present().seats(), roster.next().seats()];
    let drawn = 0..=config.validators;
    let keys = roster.keys().to_stored(drawn);
    let chain = config.stored();
    let saved = database.save_genesis(&chain, &genesis, &keys, seats);
    saved.await?;
    steps.reached(Step::GenesisSaved)?;
    let mut history = HistoryFrontier::default();
    history.append(&genesis.hash());
    Ok(Chain {
        epochs,
        roster,
        turnout,
        tip: genesis,
        history,
        voters: Bitmap::default(),
        epoch: 0,
        first_slot: 0,
    })
}

/// Returns the chain as it was left, with the proposal that was saved and whose block was not.
///
/// A header that was decided is signed as it stands: its voters may have signed it before the
/// process ended, and no leaf signs two messages. Who is away is drawn from another seed.
pub(super) async fn restore(
    epochs: Epochs,
    database: &Database,
) -> Result<(Chain, Option<Proposal>), DevnetError> {
    let latest = database.latest_height().await?.unwrap_or(0);
    let tip = database.header(latest).await?;
    let tip = tip.ok_or(DevnetError::Inconsistent("it has no genesis"))?;
    let epoch = database.announced_epoch().await?.saturating_sub(1);
    let first_slot = match epochs.first_height(epoch).checked_sub(1) {
        None => 0,
        Some(last) => {
            let last = database.header(last).await?;
            let missing = DevnetError::Inconsistent("the last block of an epoch is missing");
            last.ok_or(missing)?.slot + 1
        }
    };
    let mut history = HistoryFrontier::default();
    for hash in database.header_hashes().await? {
        history.append(&hash);
    }
    let proposal = database.proposal().await?;
    let (voters, unfinished) = match proposal {
        Some(proposal) if proposal.header == tip => (proposal.voters, None),
        Some(proposal) if proposal.header.parent_hash == tip.hash().0 => {
            (Bitmap::default(), Some(proposal))
        }
        None if latest == 0 => (Bitmap::default(), None),
        _ => {
            let what = "the proposal is not one for the newest block";
            return Err(DevnetError::Inconsistent(what));
        }
    };
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let chain = Chain {
        epochs,
        roster: restore_roster(epoch, database).await?,
        turnout: Turnout::new(seed),
        tip,
        history,
        voters,
        epoch,
        first_slot,
    };
    if let Some(proposal) = &unfinished {
        check_intent(&chain, proposal, database).await?;
    }
    Ok((chain, unfinished))
}

/// Checks that each voter's leaf has the proposal's message and no other.
async fn check_intent(
    chain: &Chain,
    proposal: &Proposal,
    database: &Database,
) -> Result<(), DevnetError> {
    let intent = chain.intent(proposal);
    for (serial, leaf) in intent.leaves {
        if database.message_of(serial, leaf).await? != Some(intent.message) {
            let what = "a leaf was to sign something else than the newest proposal";
            return Err(DevnetError::Inconsistent(what));
        }
    }
    Ok(())
}

async fn restore_roster(epoch: u32, database: &Database) -> Result<Roster, DevnetError> {
    let stored = database.keys().await?;
    let keys = on_thread(move || {
        let key = stored.par_iter().map(|key| {
            let restored = VoteKey::restore(key)?;
            Ok::<_, StoredKeyError>((key.serial, restored))
        });
        key.collect::<Result<BTreeMap<_, _>, _>>()
    });
    let keys = keys.await??;
    let present = database.seats(epoch).await?;
    let next = database.seats(epoch + 1).await?;
    if !present
        .iter()
        .chain(&next)
        .all(|seat| keys.contains_key(&seat.serial))
    {
        return Err(DevnetError::Inconsistent("a validator's key is missing"));
    }
    let drawn = database.next_serial().await?;
    Ok(Roster::restore(keys, drawn, present, next)?)
}

fn first_roster(
    config: &DevnetConfig,
    epochs: Epochs,
    progress: &Progress,
) -> Result<(Roster, Turnout), DevnetError> {
    let (kind, count) = (key_kind(config), config.validators);
    let what = format!("generating {} validator keys", count + 1);
    let bar = progress.bar(what, kind.leaves(count + 1));
    let first = VoteKey::draw_many(kind, 0, count, &bar)?;
    // The set of epoch 1 is announced with the genesis.
    let newcomers = VoteKey::draw_many(kind, epochs.earliest_slot(0, 1), 1, &bar)?;
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let mut turnout = Turnout::new(seed);
    Ok((Roster::new(first, newcomers, &mut turnout)?, turnout))
}
