//! A devnet as stored in its folder: newly drawn if there is none, otherwise as it was left.

use std::collections::BTreeMap;

use rand::Rng;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use rpp_verifier::{Bitmap, HistoryFrontier, SignError};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use crate::account_key::AccountKey;
use crate::chain::Chain;
use crate::database::{Database, Draft};
use crate::epochs::Epochs;
use crate::genesis::genesis;
use crate::past;
use crate::progress::SharedProgress;
use crate::roster::Roster;
use crate::steps::{Step, Steps};
use crate::supply;
use crate::timekeeper::Timekeeper;
use crate::turnout::Turnout;
use crate::vote_key::{StoredKeyError, VoteKey};
use crate::{DevnetConfig, DevnetError, key_kind, on_thread};

/// Draws the keys that are still missing and the genesis, and saves each of them.
pub(crate) async fn create(
    config: DevnetConfig,
    epochs: Epochs,
    database: &Database,
    time: &mut Timekeeper,
    progress: SharedProgress,
    steps: &Steps,
) -> Result<Chain, DevnetError> {
    let mut first = draw_first(config, epochs, database, progress.clone(), steps).await?;
    // Drawn again after a kill before the genesis is saved: they have signed nothing.
    let accounts = on_thread(move || {
        let keys = supply::draw(&config, &*progress)?;
        Ok::<_, SignError>(keys.iter().map(AccountKey::to_stored).collect::<Vec<_>>())
    });
    let accounts = accounts.await??;
    // The set of epoch 1 is announced with the genesis.
    let newcomers = first.pop().into_iter().collect();
    let mut turnout = Turnout::new(seed());
    let roster = Roster::new(first, newcomers, &mut turnout)?;
    let now = time.now(0).await;
    let state = supply::accounts(&accounts)?;
    let genesis = genesis(&config, &state, roster.present().set().set_root(), now);
    steps.reached(Step::GenesisDrawn)?;
    let seats = [roster.present().seats(), roster.next().seats()];
    database.save_genesis(&genesis, &accounts, seats).await?;
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

/// Returns the keys of the first set, and the one that the second set has besides: those that an
/// earlier process saved, and for the rest new ones, each saved while the next one is drawn.
async fn draw_first(
    config: DevnetConfig,
    epochs: Epochs,
    database: &Database,
    progress: SharedProgress,
    steps: &Steps,
) -> Result<Vec<VoteKey>, DevnetError> {
    let stored = database.keys().await?;
    if !(0..).zip(&stored).all(|(serial, key)| key.serial == serial) {
        return Err(DevnetError::Inconsistent("a validator's key is missing"));
    }
    let restored = on_thread(move || stored.par_iter().map(VoteKey::restore).collect());
    let restored: Result<Vec<VoteKey>, StoredKeyError> = restored.await?;
    let mut keys = restored?;
    let (kind, last) = (key_kind(&config), config.validators);
    let saved = u32::try_from(keys.len()).unwrap_or(u32::MAX);
    let (send, mut drawn) = mpsc::channel(DRAWN_AHEAD);
    let drawing = spawn_blocking(move || {
        let bar = progress.begin(saying(saved, last + 1), kind.leaves(last + 1));
        for serial in saved..=last {
            let start_slot = if serial < last {
                0
            } else {
                epochs.earliest_slot(0, 1)
            };
            let key = VoteKey::draw(kind, start_slot, kind.leaves(serial), &*bar)?;
            let stored = key.to_stored(serial);
            if send.blocking_send((key, stored)).is_err() {
                // Nobody wants the rest.
                break;
            }
        }
        Ok::<_, SignError>(())
    });
    while let Some((key, stored)) = drawn.recv().await {
        database.save_key(&stored).await?;
        steps.reached(Step::KeySaved)?;
        keys.push(key);
    }
    drawing.await??;
    Ok(keys)
}

fn saying(saved: u32, all: u32) -> String {
    match saved {
        0 => format!("generating {all} validator keys"),
        saved => format!("generating {all} validator keys, {saved} of them kept from before"),
    }
}

fn seed() -> [u8; 32] {
    let mut seed = [0; 32];
    rand::rng().fill_bytes(&mut seed);
    seed
}

/// Returns the chain as it was left: its tip is the parent of the newest header that was decided,
/// whose block is returned alongside it, since it is not known here whether it was taken.
///
/// A decided header is signed as it stands: its voters may have signed it before the process ended,
/// and no leaf signs two messages. Absent validators are drawn from a different seed.
pub(crate) async fn restore(
    config: &DevnetConfig,
    epochs: Epochs,
    database: &Database,
) -> Result<(Chain, Option<Draft>), DevnetError> {
    let newest = database.newest().await?;
    let newest = newest.ok_or(DevnetError::Inconsistent("it has no genesis"))?;
    let (tip, decided) = match newest.header.height.checked_sub(1) {
        None => (newest, None),
        Some(below) => {
            let parent = database.proposal_at(below).await?;
            let parent = parent.filter(|p| p.header.hash().0 == newest.header.parent_hash);
            let missing = DevnetError::Inconsistent("the newest header has no parent");
            (parent.ok_or(missing)?, Some(database.draft(newest).await?))
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
    let roster = restore_roster(config, epoch, database).await?;
    let in_use = roster.in_use();
    let history = past::check(database, epochs, &in_use, tip.header.height).await?;
    let chain = Chain {
        epochs,
        roster,
        turnout: Turnout::new(seed()),
        tip: tip.header,
        history,
        voters: tip.voters,
        epoch,
        first_slot,
    };
    Ok((chain, decided))
}

async fn restore_roster(
    config: &DevnetConfig,
    epoch: u32,
    database: &Database,
) -> Result<Roster, DevnetError> {
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
    let is_theirs = |key: &VoteKey| key.public_key().tree_height == config.key_height;
    let seated = usize::try_from(config.validators).ok();
    if Some(present.len()) != seated || Some(next.len()) != seated || !keys.values().all(is_theirs)
    {
        let what = "its validators are not those of its configuration";
        return Err(DevnetError::Inconsistent(what));
    }
    let drawn = database.next_serial().await?;
    Ok(Roster::restore(keys, drawn, present, next)?)
}

/// A key takes longer to draw than to save.
const DRAWN_AHEAD: usize = 4;
