//! What became of an operation, and the operations of an account.

use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::{
    MAX_PAGE_TRANSACTIONS, OperationHash, TransactionStatus, Transactions, TxPlace, TxTree,
};

use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{DatabaseError, Host};

pub(super) async fn transaction(
    host: &Host,
    request: &HeaderMap,
    hash: OperationHash,
) -> Result<Response, Problem> {
    let found = find(host, hash).await.map_err(|e| Problem::internal(&e))?;
    let found = found.ok_or_else(|| {
        let detail = format!("this host has no operation {hash}");
        Problem::new(ProblemKind::UnknownOperation, detail)
    })?;
    Ok(reply::document(&found, request, "no-cache"))
}

async fn find(
    host: &Host,
    hash: OperationHash,
) -> Result<Option<TransactionStatus>, DatabaseError> {
    let pending = |entry: &crate::pool::Entry| TransactionStatus::Pending {
        signed: entry.signed().clone(),
        height: entry.height(),
    };
    if let Some(pending) = host.pool().get(&hash).map(pending) {
        return Ok(Some(pending));
    }
    // A block that took it took it from those that wait.
    let database = host.database();
    if let Some(stored) = database.operation(&hash).await? {
        let TxPlace { height, position } = stored.place;
        let hashes = database.operation_hashes(height).await?;
        let tree = TxTree::new(&hashes).map_err(|_| database.other_operations(height))?;
        let (count, path) = (tree.count(), tree.path(position));
        return Ok(Some(match stored.signed {
            Some(signed) => TransactionStatus::Included {
                signed,
                height,
                position,
                count,
                path,
            },
            // Of a block that is whole, the operation was lost in another way.
            None if host.ledger().pruned_range(height).is_none() => {
                return Err(database.other_operations(height));
            }
            None => TransactionStatus::Pruned {
                hash,
                height,
                position,
                count,
                path,
            },
        }));
    }
    let dropped = database.dropped(&hash).await?;
    Ok(dropped.map(|(height, code)| TransactionStatus::Dropped { hash, height, code }))
}

pub(super) async fn page(
    host: &Host,
    request: &HeaderMap,
    account: u32,
    cursor: Option<TxPlace>,
) -> Result<Response, Problem> {
    let height = host.ledger().latest_height();
    let most = u32::try_from(MAX_PAGE_TRANSACTIONS).unwrap_or(u32::MAX);
    // One more says whether there is a next page.
    let found = host.database().transactions(account, cursor, most + 1);
    let mut transactions = found.await.map_err(|e| Problem::internal(&e))?;
    let has_more = transactions.len() > MAX_PAGE_TRANSACTIONS;
    transactions.truncate(MAX_PAGE_TRANSACTIONS);
    let last = transactions.last().filter(|_| has_more);
    let page = Transactions {
        account,
        height,
        next: last.map(|listed| listed.place),
        transactions,
    };
    Ok(reply::document(&page, request, "no-cache"))
}
