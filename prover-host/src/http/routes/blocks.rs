//! The chain, its head, and its blocks.

use axum::http::HeaderMap;
use axum::response::Response;

use super::{not_proven_yet, unknown_block};
use crate::http::documents::{block_document, chain_document, head_document, page_document};
use crate::http::problem::Problem;
use crate::http::reply;
use crate::state::Host;

pub(super) fn chain(host: &Host, request: &HeaderMap) -> Response {
    let chain = chain_document(host.chain());
    reply::json_document(&chain, request, "public, max-age=60")
}

pub(super) fn head(host: &Host, request: &HeaderMap) -> Result<Response, Problem> {
    let head = head_document(&host.ledger());
    let head = head.ok_or_else(|| not_proven_yet(host, "no block is proven yet".into()))?;
    Ok(reply::document(&head, request, "no-cache"))
}

pub(super) fn block(host: &Host, request: &HeaderMap, height: u32) -> Result<Response, Problem> {
    let ledger = host.ledger();
    let block = ledger.block(height);
    let block = block.ok_or_else(|| unknown_block(height, ledger.latest_height()))?;
    let block = block_document(block);
    Ok(reply::document(&block, request, "public, max-age=1"))
}

pub(super) fn page(host: &Host, request: &HeaderMap, from: u32, limit: u32) -> Response {
    let page = page_document(&host.ledger(), from, limit);
    reply::document(&page, request, "public, max-age=1")
}
