//! The HTTP service: the routes, and what applies to all of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, Method, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use rpp_verifier::MAX_OPERATION_BYTES;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::cors::{Any as AnyOrigin, CorsLayer};
use tower_http::trace::TraceLayer;

use super::connections::{Client, Spare};
use super::limits::Limits;
use super::problem::{Problem, ProblemKind};
use super::refusals::{Refusals, noted};
use super::routes::{self, Api};
use super::seldom::Seldom;
use super::web::WebFolder;
use crate::clock::system_clock;
use crate::state::Host;

/// Returns the routes of `host` with their layers, as a test calls them: without a listener, within
/// the default limits, and by the system's clock. The API's take precedence over the files of `web`.
pub fn router(host: Arc<Host>, web: Option<&WebFolder>) -> Router {
    let limits = Limits::of(Limits::DEFAULT_CONNECTIONS);
    let shutdown = CancellationToken::new();
    routes(Api::new(host, limits, system_clock, shutdown), web)
}

/// Returns the routes of an API with their layers; they take precedence over the files of `web`.
pub(super) fn routes(api: Api, web: Option<&WebFolder>) -> Router {
    let api = api.router();
    layered(match web {
        None => api.fallback(routes::unknown_path),
        Some(web) => api.fallback_service(web.router()),
    })
}

/// Returns routes with what applies to all of them.
pub(super) fn layered(routes: Router) -> Router {
    routes
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BODY_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(bounded))
        .layer(cors())
        .layer(middleware::from_fn_with_state(
            Arc::<Refusals>::default(),
            noted,
        ))
        // Its own lines are for those who debug; to it, who is turned away is a failure of the host.
        .layer(TraceLayer::new_for_http().on_failure(()))
}

/// Refuses what comes while there is no room, requests of HTTP/1.1 without one `Host`, and long bodies by their announced length, and limits the time until the answer begins, so
/// that a stream is not cut off.
///
/// Of a body of unannounced length no more is read, and by no handler but the one that takes it.
async fn bounded(request: Request, next: Next) -> Response {
    let parts = request.extensions();
    let is_spare = parts.get::<Spare>().is_some();
    if is_spare && !request.uri().path().starts_with("/health/") {
        let detail = "as many connections are open as this host keeps, in all or for this client";
        return Problem::new(ProblemKind::Busy, detail).into_response();
    }
    // RFC 9112, section 3.2. What comes through no socket has no need of one.
    let is_sent = parts.get::<Client>().is_some() && request.version() == Version::HTTP_11;
    if is_sent && request.headers().get_all(header::HOST).iter().count() != 1 {
        let detail = "a request of HTTP/1.1 has one Host header";
        return Problem::new(ProblemKind::BadHost, detail).into_response();
    }
    let length = request.headers().get(header::CONTENT_LENGTH);
    let length = length.and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let most = max_body_bytes(request.method(), request.uri().path());
    if length.is_some_and(|length| length > most) {
        let detail = format!("at most {most} bytes are taken");
        return Problem::new(ProblemKind::BodyTooLarge, detail).into_response();
    }
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let detail = "the answer took too long to make";
        Problem::new(ProblemKind::Timeout, detail).into_response()
    })
}

/// Returns how long the body of a request may be.
fn max_body_bytes(method: &Method, path: &str) -> usize {
    if method == Method::POST && path == "/v1/transactions" {
        return MAX_OPERATION_BYTES;
    }
    MAX_REQUEST_BODY_BYTES
}

/// Lets every page use every route: everything served is public, an operation is signed, and cookies are
/// ignored.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AnyOrigin)
        .allow_methods([Method::GET, Method::HEAD, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::IF_NONE_MATCH, LAST_EVENT_ID])
        .expose_headers([header::ETAG, header::RETRY_AFTER, REPR_DIGEST])
        // Every origin gets the same answer: a cache keeps one, for the page and for its worker.
        .vary([])
        .max_age(PREFLIGHT_MAX_AGE)
}

fn panicked(cause: Box<dyn Any + Send>) -> Response {
    let text = cause.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| cause.downcast_ref::<String>().cloned());
    static PANICKED: Seldom = Seldom::new();
    if let Some(unsaid) = PANICKED.occurred() {
        tracing::error!(cause = text, unsaid, "a handler panicked");
    }
    Problem::new(ProblemKind::Internal, "the host could not answer").into_response()
}

/// No other route takes a body; this much is allowed for clients that send an empty one in some form.
const MAX_REQUEST_BODY_BYTES: usize = 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");
