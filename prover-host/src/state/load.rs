//! Accounts as they are read when a host starts.

use std::collections::BTreeMap;

use rpp_verifier::{Account, Accounts, Header};
use tokio::task::spawn_blocking;

use super::accounts::AccountHistory;
use super::ledger::Ledger;
use super::sql::{Database, DatabaseError, StoredAccount};

/// The changes of accounts that a database has.
#[derive(Debug, Default)]
struct Changes {
    /// The accounts as the oldest tree that is kept has them, by number.
    first: Vec<(u32, Account)>,
    /// What later blocks changed, by height.
    later: BTreeMap<u32, Vec<(u32, Account)>>,
}

/// Builds the trees of the newest blocks, and checks each against its header.
///
/// # Errors
///
/// [`DatabaseError`].
pub(super) async fn load_accounts(
    ledger: &Ledger,
    database: &Database,
) -> Result<AccountHistory, DatabaseError> {
    let newest = ledger.latest_height();
    let oldest = AccountHistory::kept_from(newest);
    let Changes { first, later } = read_changes(oldest, database).await?;
    let headers: Vec<Header> = (oldest..=newest)
        .filter_map(|height| ledger.header(height).cloned())
        .collect();
    let built = spawn_blocking(move || build(&first, &later, &headers)).await;
    let built = built.ok().flatten();
    built.ok_or_else(|| database.other_accounts())
}

async fn read_changes(oldest: u32, database: &Database) -> Result<Changes, DatabaseError> {
    let mut changes = Changes::default();
    let mut last: Option<StoredAccount> = None;
    let mut read = 0_u64;
    loop {
        let page = database.accounts(last.as_ref(), PAGE).await?;
        let Some(end) = page.last() else {
            if read >= SAY {
                tracing::info!(accounts = changes.first.len(), "the accounts are read");
            }
            return Ok(changes);
        };
        last = Some(*end);
        let before = read;
        read += u64::try_from(page.len()).unwrap_or(u64::MAX);
        if read / SAY > before / SAY {
            tracing::info!("{read} rows of accounts are read");
        }
        for stored in page {
            let StoredAccount {
                number,
                height,
                account,
            } = stored;
            if height > oldest {
                let later = changes.later.entry(height).or_default();
                later.push((number, account));
                continue;
            }
            // Of what is as old, the newest counts.
            changes.first.pop_if(|(last, _)| *last == number);
            changes.first.push((number, account));
        }
    }
}

/// Returns the trees under these headers, by height; `None` if one is not that of its header.
fn build(
    first: &[(u32, Account)],
    later: &BTreeMap<u32, Vec<(u32, Account)>>,
    headers: &[Header],
) -> Option<AccountHistory> {
    let (oldest, rest) = headers.split_first()?;
    let mut accounts = Accounts::from_sorted(first)?;
    if accounts.root() != oldest.state_root {
        return None;
    }
    let mut history = AccountHistory::new(oldest.height, accounts.clone());
    for header in rest {
        let changed = later.get(&header.height).into_iter().flatten();
        accounts = changed.fold(accounts, |accounts, (number, account)| {
            accounts.with(*number, *account)
        });
        if accounts.root() != header.state_root {
            return None;
        }
        history.push(accounts.clone());
    }
    let last = rest.last().unwrap_or(oldest).height;
    let is_all = later
        .keys()
        .next_back()
        .is_none_or(|height| *height <= last);
    is_all.then_some(history)
}

/// Rows read at a time.
const PAGE: u32 = 4096;
/// The log says so each time that this many more are read.
const SAY: u64 = 100_000;
