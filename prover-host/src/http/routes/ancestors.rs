//! The position of a header in the history of a later one.

use axum::http::HeaderMap;
use axum::response::Response;

use super::unknown_block;
use crate::http::documents::ancestor_document;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::Host;

pub(super) fn ancestor(
    host: &Host,
    request: &HeaderMap,
    height: u32,
    within: u32,
) -> Result<Response, Problem> {
    if height >= within {
        let detail = format!("height {height} is not below {within}");
        return Err(Problem::new(ProblemKind::NotAnAncestor, detail));
    }
    let ledger = host.ledger();
    let ancestor = ancestor_document(&ledger, height, within);
    let ancestor = ancestor.ok_or_else(|| unknown_block(within, ledger.latest_height()))?;
    // The address does not name the chain: a devnet that starts anew has other ancestors there.
    Ok(reply::document(&ancestor, request, "public, max-age=60"))
}
