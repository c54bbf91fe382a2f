//! The chain, its head, and its blocks.

use axum::http::HeaderMap;
use axum::response::Response;

use super::{Api, unknown_block};
use crate::http::accept::Encoding;
use crate::http::connections::Client;
use crate::http::documents::{block_document, chain_document, page_document};
use crate::http::heads::Heads;
use crate::http::pages::PageKey;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply::{self, Rendered};
use crate::state::{Host, Ledger};

pub(super) fn chain(host: &Host, request: &HeaderMap) -> Response {
    let chain = chain_document(host.chain());
    reply::json_document(&chain, request, "public, max-age=60")
}

pub(super) fn head(host: &Host, heads: &Heads, request: &HeaderMap) -> Result<Response, Problem> {
    let encoding = Encoding::of(request);
    let head = heads.get(host, encoding);
    let head =
        head.ok_or_else(|| Problem::new(ProblemKind::NotProvenYet, "no block is proven yet"))?;
    Ok(reply::rendered_document(
        head, encoding, request, "no-cache",
    ))
}

pub(super) fn block(host: &Host, request: &HeaderMap, height: u32) -> Result<Response, Problem> {
    let ledger = host.ledger();
    let block = ledger.block(height);
    let block = block.ok_or_else(|| unknown_block(height, ledger.latest_height()))?;
    let block = block_document(block);
    let answer = reply::document(&block, request, "public, max-age=1");
    Ok(match ledger.pruned_range(height) {
        Some(range) => reply::proven_in(answer, range),
        None => answer,
    })
}

pub(super) async fn proposer(
    host: &Host,
    request: &HeaderMap,
    height: u32,
) -> Result<Response, Problem> {
    let latest = host.ledger().latest_height();
    if height > latest {
        return Err(unknown_block(height, latest));
    }
    let proposer = host.database().proposer(height).await;
    let proposer = proposer.map_err(|e| Problem::internal(&e))?;
    let proposer = proposer.ok_or_else(|| {
        let detail = format!("nobody proposed block {height}");
        Problem::new(ProblemKind::GenesisHasNoProof, detail)
    })?;
    Ok(reply::document(&proposer, request, "public, max-age=60"))
}

pub(super) fn page(
    api: &Api,
    (client, request): (Client, &HeaderMap),
    (from, limit): (u32, u32),
) -> Result<Response, Problem> {
    let (host, pages) = (&api.host, &api.pages);
    let encoding = Encoding::of(request);
    let key = |ledger: &Ledger| PageKey {
        from,
        limit,
        encoding,
        revision: ledger.revision(from, limit),
    };
    let answer = |page: Rendered| {
        let page = page.held(&api.loaded, client)?;
        let cache_control = "public, max-age=1";
        Ok(reply::rendered_document(
            page,
            encoding,
            request,
            cache_control,
        ))
    };
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
