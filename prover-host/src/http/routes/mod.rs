//! The handlers: each queries the host and answers.

mod accounts;
mod ancestors;
mod blocks;
mod events;
mod faucet;
mod health;
mod problems;
mod proofs;
mod ranges;
mod requests;
mod setup;
mod spans;
mod submit;
mod transactions;
mod uptime;

pub(super) use self::health::live;

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Uri, header};
use axum::middleware::map_response_with_state;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use rpp_verifier::{Route, RouteError};
use tokio_util::sync::CancellationToken;

use super::connections::Client;
use super::gate::Gate;
use super::heads::Heads;
use super::limits::Limits;
use super::loaded::Loaded;
use super::pages::Pages;
use super::problem::{Problem, ProblemKind, Retry};
use super::shares::Shares;
use crate::clock::Clock;
use crate::state::{Host, PrunedRange};

/// What the handlers share.
#[derive(Clone, Debug)]
pub(super) struct Api {
    host: Arc<Host>,
    clock: Clock,
    gate: Gate,
    pages: Arc<Pages>,
    heads: Arc<Heads>,
    loaded: Arc<Loaded>,
    streams: Arc<Shares>,
    /// Cancelled when streams are to end.
    shutdown: CancellationToken,
}

impl Api {
    pub(super) fn new(
        host: Arc<Host>,
        limits: Limits,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            host,
            clock,
            gate: Gate::default(),
            pages: Arc::default(),
            heads: Arc::default(),
            loaded: Loaded::new(&limits),
            streams: Shares::new(limits.streams, limits.streams_per_client),
            shutdown,
        }
    }

    /// Returns every route; those under `/v1` are parsed the way clients format them.
    pub(super) fn router(self) -> Router {
        Router::new()
            .route("/v1/faucet/{number}", post(faucet::give))
            .route("/v1/transactions", post(submit::submit))
            .route(
                "/v1/proofs/{circuit}/{subject}",
                get(v1).post(requests::request),
            )
            .route("/v1/setup/files/{name}", get(setup::file))
            .route("/v1/{*rest}", get(v1))
            .route("/health/live", get(live))
            .route("/health/ready", get(health::ready))
            .route("/problems/{code}", get(problems::page))
            .method_not_allowed_fallback(method_not_allowed)
            .layer(map_response_with_state(self.clone(), after_the_next_block))
            .with_state(self)
    }
}

async fn v1(
    State(api): State<Api>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let Extension(client) = client.unwrap_or(Extension(Client::UNKNOWN));
    let host = api.host.clone();
    match parse(&host, &uri)? {
        Route::Chain => Ok(blocks::chain(&host, &headers)),
        Route::Head => blocks::head(&host, &api.heads, &headers),
        Route::HeadEvents => events::head_events(api, client, &headers),
        Route::Block { height } => {
            let block = move || blocks::block(&host, &headers, height);
            api.make(client, block).await
        }
        Route::Blocks { from, limit } => {
            let of = api.clone();
            let page = move || blocks::page(&of, (client, &headers), (from, limit));
            api.make(client, page).await
        }
        Route::ProofOf(key) => proofs::by_key(&api, (client, &headers), key).await,
        Route::Proof(id) => proofs::by_id(&api, (client, &headers), id.into()).await,
        Route::Ancestor { height, within } => {
            let ancestor = move || ancestors::ancestor(&host, &headers, height, within);
            api.make(client, ancestor).await
        }
        Route::Pruning { first, last } => {
            let range = PrunedRange { first, last };
            let range = move || ranges::range(&host, &headers, range);
            api.make(client, range).await
        }
        Route::Span { first, last } => {
            let span = move || spans::from(&host, &headers, first, last);
            api.make(client, span).await
        }
        Route::Proposer { height } => {
            let proposer = async move { blocks::proposer(&host, &headers, height).await };
            api.read(client, proposer).await
        }
        Route::Account { index, height } => {
            let account = move || accounts::account(&host, &headers, index, height);
            api.make(client, account).await
        }
        Route::Key { key_id, from } => {
            let key = async move { accounts::of_key(&host, &headers, key_id, from).await };
            api.read(client, key).await
        }
        Route::AccountTransactions { index, cursor } => {
            let page = async move { transactions::page(&host, &headers, index, cursor).await };
            api.read(client, page).await
        }
        Route::Transaction { hash } => {
            let found = async move { transactions::transaction(&host, &headers, hash).await };
            api.read(client, found).await
        }
        Route::Uptime { validator, epoch } => {
            let uptime = async move { uptime::uptime(&host, &headers, validator, epoch).await };
            api.read(client, uptime).await
        }
        Route::Setup { root } => {
            let of = api.clone();
            let setup = move || setup::setup(&of, &headers, root);
            api.make(client, setup).await
        }
        // Its own handler has it.
        Route::Submit => Err(method_not_allowed().await),
    }
}

impl Api {
    async fn make(
        &self,
        client: Client,
        answer: impl FnOnce() -> Result<Response, Problem> + Send + 'static,
    ) -> Result<Response, Problem> {
        self.gate.make(client, answer).await?
    }
}

impl Api {
    /// The same of an answer that reads from the disk, which has one connection for all.
    async fn read<T: Send + 'static>(
        &self,
        client: Client,
        answer: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.gate.read(client, answer).await?
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

/// Refuses a query on a route that takes none; under `/v1` the parser of routes does.
fn no_query(uri: &Uri) -> Result<(), Problem> {
    match uri.query() {
        None => Ok(()),
        Some(_) => Err(Problem::new(
            ProblemKind::BadQuery,
            "this route takes no query",
        )),
    }
}

async fn method_not_allowed() -> Problem {
    let detail = "this path does not take this method";
    Problem::new(ProblemKind::MethodNotAllowed, detail)
}

fn unknown_block(height: u32, latest: u32) -> Problem {
    let detail = format!("no block at height {height}, the newest is at {latest}");
    Problem::new(ProblemKind::UnknownBlock, detail)
}

/// Says when the next block comes to who is to wait for it.
async fn after_the_next_block(State(api): State<Api>, mut answer: Response) -> Response {
    let kind = answer.extensions().get::<ProblemKind>();
    if kind.and_then(|kind| kind.retry()) == Some(Retry::NextBlock) {
        let seconds = HeaderValue::from(api.host.retry_after_s());
        answer.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    answer
}
