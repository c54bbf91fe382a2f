//! The span of epochs that begins with one, and what its statement is made from.

use axum::http::HeaderMap;
use axum::response::Response;

use crate::http::documents::span_document;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::Host;

pub(super) fn from(
    host: &Host,
    request: &HeaderMap,
    first: u32,
    last: u32,
) -> Result<Response, Problem> {
    let document = {
        let ledger = host.ledger();
        let span = ledger.span_from(first, last);
        span.and_then(|(span, proof)| {
            let (_, end) = span.heights(host.chain().epoch_length)?;
            span_document(span, ledger.block(end)?, &proof)
        })
    };
    let document = document.ok_or_else(|| {
        let detail = format!("no span begins with epoch {first} and ends with {last} or before");
        Problem::new(ProblemKind::UnknownProof, detail)
    })?;
    // A longer one may come, and a devnet that starts anew has other headers there.
    Ok(reply::document(&document, request, "public, max-age=60"))
}
