//! The chain, its head, and its blocks.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::{Shared, not_proven_yet, unknown_block};
use crate::http::documents::{block_document, chain_document, head_document, page_document};
use crate::http::extract::{self, Page, PathOf};
use crate::http::problem::Problem;
use crate::http::reply;

pub(super) async fn chain(State(host): Shared) -> Response {
    reply::json(&chain_document(host.chain()), "public, max-age=60")
}

pub(super) async fn head(State(host): Shared) -> Result<Response, Problem> {
    let head = head_document(&host.ledger());
    let head = head.ok_or_else(|| not_proven_yet(&host, "no block is proven yet".into()))?;
    Ok(reply::json(&head, "no-cache"))
}

pub(super) async fn block(State(host): Shared, path: PathOf<String>) -> Result<Response, Problem> {
    let height = extract::height(&extract::parameters(path)?)?;
    let ledger = host.ledger();
    let block = ledger.block(height);
    let block = block.ok_or_else(|| unknown_block(height, ledger.latest_height()))?;
    Ok(reply::json(&block_document(block), "public, max-age=1"))
}

pub(super) async fn page(
    State(host): Shared,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let Page { from, limit } = Page::parse(query.as_deref())?;
    let page = page_document(&host.ledger(), from, limit);
    Ok(reply::json(&page, "public, max-age=1"))
}
