//! The chain, its head, and its blocks.

use axum::http::HeaderMap;
use axum::response::Response;

use super::{not_proven_yet, unknown_block};
use crate::http::accept::Encoding;
use crate::http::documents::{block_document, chain_document, head_document, page_document};
use crate::http::pages::{PageKey, Pages};
use crate::http::problem::Problem;
use crate::http::reply::{self, Rendered};
use crate::state::{Host, Ledger};

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

pub(super) fn page(
    host: &Host,
    pages: &Pages,
    request: &HeaderMap,
    (from, limit): (u32, u32),
) -> Response {
    let encoding = Encoding::of(request);
    let key = |ledger: &Ledger| PageKey {
        from,
        limit,
        encoding,
        revision: ledger.revision(from, limit),
    };
    let answer = |page| reply::rendered_document(page, encoding, request, "public, max-age=1");
    let kept = pages.get(key(&host.ledger()));
    if let Some(page) = kept {
        return answer(page);
    }
    let (key, is_finished, document) = {
        let ledger = host.ledger();
        let end = from.saturating_add(limit);
        let is_finished = (from.max(1)..end).all(|height| ledger.is_proven(height));
        let document = page_document(&ledger, from, limit);
        (key(&ledger), is_finished, document)
    };
    let page = Rendered::of(&document, encoding);
    if is_finished {
        pages.keep(key, page.clone());
    }
    answer(page)
}
