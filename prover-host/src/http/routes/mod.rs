//! The handlers: each parses, asks the host, and answers.

mod ancestors;
mod blocks;
mod events;
mod health;
mod problems;
mod proofs;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::get;

use super::problem::{Problem, ProblemKind};
use crate::state::Host;

type Shared = State<Arc<Host>>;

/// Returns every route.
pub(super) fn api(host: Arc<Host>) -> Router {
    Router::new()
        .route("/v1/chain", get(blocks::chain))
        .route("/v1/head", get(blocks::head))
        .route("/v1/head/events", get(events::head_events))
        .route("/v1/blocks", get(blocks::page))
        .route("/v1/blocks/{height}", get(blocks::block))
        .route(
            "/v1/blocks/{height}/proofs/{circuit}",
            get(proofs::of_block),
        )
        .route("/v1/proofs/{id}", get(proofs::by_id))
        .route("/v1/proofs/{circuit}/{subject}", get(proofs::by_key))
        .route("/v1/ancestors/{height}", get(ancestors::ancestor))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/problems/{code}", get(problems::page))
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(host)
}

pub(super) async fn unknown_path(uri: Uri) -> Problem {
    let detail = format!("nothing is at {}", uri.path());
    Problem::new(ProblemKind::UnknownPath, detail)
}

async fn method_not_allowed() -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed, "every route is read-only")
}

fn unknown_block(height: u32, latest: u32) -> Problem {
    let detail = format!("no block at height {height}, the newest is at {latest}");
    Problem::new(ProblemKind::UnknownBlock, detail)
}

fn not_proven_yet(host: &Host, detail: String) -> Problem {
    Problem::new(ProblemKind::NotProvenYet, detail).retry_after(host.retry_after_s())
}
