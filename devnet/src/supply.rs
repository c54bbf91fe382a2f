//! The accounts that a devnet starts with: one for each seat of its validator sets, and the faucet's.

use rpp_verifier::{Accounts, Header, MAX_VALIDATORS, MIN_TREE_HEIGHT, SignError};

use crate::account_key::AccountKey;
use crate::database::{Database, StoredAccount};
use crate::faucet::Faucet;
use crate::progress::Progress;
use crate::steps::Steps;
use crate::{DevnetConfig, DevnetError};

/// Number of the faucet's account. Those below it belong to the validators, by their places in the set.
pub const FAUCET_ACCOUNT: u32 = 1024;
const _: () = assert!(MAX_VALIDATORS == 1024);

/// What the faucet has at first, in the smallest unit: all that there ever is.
pub const SUPPLY: u64 = 1_000_000_000_000_000;

/// Draws the keys of the accounts. The fees go to the validators', whose keys sign nothing here.
///
/// # Errors
///
/// [`SignError::TreeHeight`].
pub(crate) fn draw(
    config: &DevnetConfig,
    progress: &dyn Progress,
) -> Result<Vec<AccountKey>, SignError> {
    let draw = |holding, height, progress: &(dyn Fn(usize) + Sync)| {
        AccountKey::draw(config.chain_id, holding, height, progress)
    };
    let seats = (0..config.validators).map(|place| draw((place, 0), MIN_TREE_HEIGHT, &|_| {}));
    let mut keys = seats.collect::<Result<Vec<_>, _>>()?;
    let height = faucet_height(config);
    let bar = progress.begin("generating the key of the faucet".into(), 1 << height);
    let reach = |leaves| bar.reach(u64::try_from(leaves).unwrap_or(u64::MAX));
    keys.push(draw((FAUCET_ACCOUNT, SUPPLY), height, &reach)?);
    Ok(keys)
}

/// Returns the accounts of these keys.
///
/// # Errors
///
/// [`DevnetError::Inconsistent`] if they are not the accounts of a genesis.
pub(crate) fn accounts(stored: &[StoredAccount]) -> Result<Accounts, DevnetError> {
    let accounts = stored.iter().map(|stored| (stored.number, stored.account));
    let genesis = Accounts::genesis(accounts);
    genesis.map_err(|_| DevnetError::Inconsistent("its accounts are not those of a genesis"))
}

/// Returns the accounts that the chain in the database started with, and its faucet.
///
/// # Errors
///
/// [`DevnetError::Inconsistent`] if they are not those of the genesis; [`DevnetError::StoredKey`] or
/// [`DevnetError::Database`].
pub(crate) async fn restore(
    database: &Database,
    genesis: &Header,
    steps: Steps,
) -> Result<(Accounts, Faucet), DevnetError> {
    let stored = database.accounts().await?;
    let accounts = accounts(&stored)?;
    let faucet = stored.iter().find(|stored| stored.number == FAUCET_ACCOUNT);
    let (true, Some(faucet)) = (accounts.root() == genesis.state_root, faucet) else {
        let what = "its accounts are not those of its genesis";
        return Err(DevnetError::Inconsistent(what));
    };
    let next = database.next_given().await?;
    let database = database.clone();
    let faucet = Faucet::restore(genesis.chain_id, faucet, next, database, steps)?;
    Ok((accounts, faucet))
}

/// The faucet's key signs 64 times as often as a validator's, and takes at most some seconds to draw.
const fn faucet_height(config: &DevnetConfig) -> u32 {
    let height = config.key_height + 6;
    if height < MAX_FAUCET_HEIGHT {
        height
    } else {
        MAX_FAUCET_HEIGHT
    }
}

const MAX_FAUCET_HEIGHT: u32 = 16;
