//! The proof of a range of headers, and what its statement is made from.

use axum::http::HeaderMap;
use axum::response::Response;

use super::proofs::unmade;
use crate::http::documents::range_document;
use crate::http::problem::Problem;
use crate::http::reply;
use crate::state::{Host, ProofStatus, PrunedRange};

pub(super) fn range(
    host: &Host,
    request: &HeaderMap,
    range: PrunedRange,
) -> Result<Response, Problem> {
    let key = range.key();
    let ledger = host.ledger();
    let status = ledger.status(&key);
    let document = match status {
        ProofStatus::Listed(proof) => range_document(&ledger, range, &proof),
        _ => None,
    };
    let document = document.ok_or_else(|| unmade(&ledger, &key, status))?;
    // The address does not name the chain: a devnet that starts anew has other headers there.
    Ok(reply::document(&document, request, "public, max-age=60"))
}
