//! A devnet as stored in its folder: newly drawn if there is none, otherwise as it was left.

use std::collections::BTreeMap;

use rand::Rng;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rpp_verifier::{Bitmap, HistoryFrontier};

use crate::chain::Chain;
use crate::database::{Database, Proposal};
use crate::epochs::Epochs;
use crate::genesis::genesis;
use crate::progress::SharedProgress;
use crate::roster::Roster;
use crate::steps::{Step, Steps};
use crate::turnout::Turnout;
use crate::vote_key::{StoredKeyError, VoteKey};
use crate::{DevnetConfig, DevnetError, key_kind, on_thread};

/// Draws the keys and the genesis, and saves both.
pub(crate) async fn create(
    config: DevnetConfig,
    epochs: Epochs,
    database: &Database,
    progress: SharedProgress,
    steps: &Steps,
) -> Result<Chain, DevnetError> {
    let (roster, turnout) = on_thread(move || first_roster(&config, epochs, &progress)).await??;
    let genesis = genesis(&config, roster.present().set().set_root());
    steps.reached(Step::GenesisDrawn)?;
    let seats = [roster.present().seats(), roster.next().seats()];
    let drawn = 0..=config.validators;
    let keys = roster.keys().to_stored(drawn);
    let config = config.stored();
    let saved = database.save_genesis(&config, &genesis, &keys, seats);
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

/// Returns the chain as it was left: its tip is the parent of the newest header that was decided,
/// which is returned alongside it, since it is not known here whether its block was taken.
///
/// A decided header is signed as it stands: its voters may have signed it before the process ended,
/// and no leaf signs two messages. Absent validators are drawn from a different seed.
pub(crate) async fn restore(
    epochs: Epochs,
    database: &Database,
) -> Result<(Chain, Option<Proposal>), DevnetError> {
    let newest = database.newest().await?;
    let newest = newest.ok_or(DevnetError::Inconsistent("it has no genesis"))?;
    let (tip, decided) = match newest.header.height.checked_sub(1) {
        None => (newest, None),
        Some(below) => {
            let parent = database.proposal_at(below).await?;
            let parent = parent.filter(|p| p.header.hash().0 == newest.header.parent_hash);
            let missing = DevnetError::Inconsistent("the newest header has no parent");
            (parent.ok_or(missing)?, Some(newest))
        }
    };
    let epoch = database.announced_epoch().await?.saturating_sub(1);
    let first_slot = match epochs.first_height(epoch).checked_sub(1) {
        None => 0,
        Some(last) => {
            let last = database.proposal_at(last).await?;
            let missing = DevnetError::Inconsistent("the last block of an epoch is missing");
            last.ok_or(missing)?.header.slot + 1
        }
    };
    let mut history = HistoryFrontier::default();
    for hash in database.header_hashes(tip.header.height + 1).await? {
        history.append(&hash);
    }
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let chain = Chain {
        epochs,
        roster: restore_roster(epoch, database).await?,
        turnout: Turnout::new(seed),
        tip: tip.header,
        history,
        voters: tip.voters,
        epoch,
        first_slot,
    };
    if let Some(proposal) = &decided
        && epochs.epoch_of(proposal.header.height) == epoch
    {
        check_intent(&chain, proposal, database).await?;
    }
    Ok((chain, decided))
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
    progress: &SharedProgress,
) -> Result<(Roster, Turnout), DevnetError> {
    let (kind, count) = (key_kind(config), config.validators);
    let what = format!("generating {} validator keys", count + 1);
    let bar = progress.begin(what, kind.leaves(count + 1));
    let first = VoteKey::draw_many(kind, 0, count, 0, &*bar)?;
    // The set of epoch 1 is announced with the genesis.
    let start_slot = epochs.earliest_slot(0, 1);
    let newcomers = VoteKey::draw_many(kind, start_slot, 1, kind.leaves(count), &*bar)?;
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    let mut turnout = Turnout::new(seed);
    Ok((Roster::new(first, newcomers, &mut turnout)?, turnout))
}
