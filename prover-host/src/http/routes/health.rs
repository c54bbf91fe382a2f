//! Whether the host is running, and whether it is doing its work.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::Shared;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;

pub(super) async fn live() -> Response {
    reply::json(&json!({ "live": true }), "no-store")
}

pub(super) async fn ready(State(host): Shared) -> Result<Response, Problem> {
    let (proven, latest) = {
        let ledger = host.ledger();
        (ledger.proven_height(), ledger.latest_height())
    };
    let not_ready = |detail| {
        let problem = Problem::new(ProblemKind::NotReady, detail);
        Err(problem.retry_after(host.retry_after_s()))
    };
    match (host.is_proving(), proven) {
        (false, _) => not_ready("no block is being proven any more"),
        (true, None) => not_ready("no block is proven yet"),
        (true, Some(proven)) => {
            let state = json!({ "ready": true, "proven_height": proven, "latest_height": latest });
            Ok(reply::json(&state, "no-store"))
        }
    }
}
