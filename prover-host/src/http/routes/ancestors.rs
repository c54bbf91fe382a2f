//! The place of a header in the history of a later one.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use super::{Shared, unknown_block};
use crate::http::documents::ancestor_document;
use crate::http::extract::{self, PathOf};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;

pub(super) async fn ancestor(
    State(host): Shared,
    path: PathOf<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let height = extract::height(&extract::parameters(path)?)?;
    let within = extract::within(query.as_deref())?;
    if height >= within {
        let detail = format!("height {height} is not below {within}");
        return Err(Problem::new(ProblemKind::NotAnAncestor, detail));
    }
    let ledger = host.ledger();
    let ancestor = ancestor_document(&ledger, height, within);
    let ancestor = ancestor.ok_or_else(|| unknown_block(within, ledger.latest_height()))?;
    Ok(reply::json(
        &ancestor,
        "public, max-age=31536000, immutable",
    ))
}
