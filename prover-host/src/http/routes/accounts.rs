//! Accounts under a header, and those of a key.

use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::{Digest, KeyAccounts, MAX_KEY_ACCOUNTS, ServedAccount};

use super::unknown_block;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{HeightError, Host};

pub(super) fn account(
    host: &Host,
    request: &HeaderMap,
    index: u32,
    height: Option<u32>,
) -> Result<Response, Problem> {
    let at = host.accounts_at(height);
    let (height, header_hash, accounts) = at.map_err(|error| match error {
        HeightError::Gone { .. } => Problem::new(ProblemKind::StateGone, error.to_string()),
        HeightError::Ahead { newest } => unknown_block(height.unwrap_or(newest), newest),
    })?;
    let account = ServedAccount {
        height,
        header_hash,
        index,
        opening: accounts.open(index),
    };
    Ok(reply::document(&account, request, "public, max-age=1"))
}

pub(super) async fn of_key(
    host: &Host,
    request: &HeaderMap,
    key_id: Digest,
    from: u32,
) -> Result<Response, Problem> {
    let newest = host.accounts_at(None);
    let (height, header_hash, state) = newest.map_err(|e| Problem::internal(&e))?;
    let most = u32::try_from(MAX_KEY_ACCOUNTS).unwrap_or(u32::MAX);
    // One more says whether there is a next page.
    let found = host.database().accounts_of_key(&key_id, from, most + 1);
    let mut accounts = found.await.map_err(|e| Problem::internal(&e))?;
    let next = accounts.get(MAX_KEY_ACCOUNTS).copied();
    accounts.truncate(MAX_KEY_ACCOUNTS);
    // A block may have been saved meanwhile.
    let has_key = |index: &u32| {
        state
            .get(*index)
            .is_some_and(|account| account.key_id == key_id)
    };
    accounts.retain(has_key);
    let accounts = KeyAccounts {
        height,
        header_hash,
        key_id,
        accounts,
        next,
    };
    Ok(reply::document(&accounts, request, "no-cache"))
}
