//! The handlers: each queries the host and answers.

mod ancestors;
mod blocks;
mod events;
mod health;
mod problems;
mod proofs;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use axum::routing::get;
use rpp_verifier::{Route, RouteError};

use super::problem::{Problem, ProblemKind};
use crate::state::Host;

type Shared = State<Arc<Host>>;

/// Returns every route; those under `/v1` are parsed the way clients format them.
pub(super) fn api(host: Arc<Host>) -> Router {
    Router::new()
        .route("/v1/{*rest}", get(v1))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
        .route("/problems/{code}", get(problems::page))
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(host)
}

async fn v1(State(host): Shared, headers: HeaderMap, uri: Uri) -> Result<Response, Problem> {
    match parse(&host, &uri)? {
        Route::Chain => Ok(blocks::chain(&host, &headers)),
        Route::Head => blocks::head(&host, &headers),
        Route::HeadEvents => events::head_events(host, &headers),
        Route::Block { height } => blocks::block(&host, &headers, height),
        Route::Blocks { from, limit } => Ok(blocks::page(&host, &headers, from, limit)),
        Route::ProofOf(key) => proofs::by_key(&host, &headers, key).await,
        Route::Proof(id) => proofs::by_id(&host, &headers, id.into()).await,
        Route::Ancestor { height, within } => ancestors::ancestor(&host, &headers, height, within),
    }
}

fn parse(host: &Host, uri: &Uri) -> Result<Route, Problem> {
    let target = uri
        .path_and_query()
        .map_or(uri.path(), |target| target.as_str());
    Route::parse(target, &host.circuits()).map_err(|error| match error {
        RouteError::UnknownPath => unknown(uri),
        RouteError::UnknownCircuit => {
            let names: Vec<_> = host.circuits().iter().map(|c| c.id().name()).collect();
            let detail = format!("this host makes proofs of {}", names.join(", "));
            Problem::new(ProblemKind::UnknownProofKind, detail)
        }
        error => error.into(),
    })
}

pub(super) async fn unknown_path(uri: Uri) -> Problem {
    unknown(&uri)
}

fn unknown(uri: &Uri) -> Problem {
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
