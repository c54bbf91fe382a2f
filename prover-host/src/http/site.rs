//! `Site`: what a server answers from the first moment, and what it answers once it has a chain.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower::{ServiceExt, service_fn};

use super::limits::Limits;
use super::problem::{Problem, ProblemKind};
use super::routes::{self, Api};
use super::web::WebFolder;
use super::{server, service};
use crate::clock::Clock;
use crate::state::Host;

/// What a server answers: at first that it lives and what it is doing, then all of a host.
///
/// To generate the keys of a large chain takes a minute, and to read a long chain takes seconds; whoever
/// looks after the host sees the difference from one that hangs.
#[derive(Debug)]
pub struct Site {
    limits: Limits,
    clock: Clock,
    web: Option<WebFolder>,
    shutdown: CancellationToken,
    doing: Mutex<String>,
    open: OnceLock<Router>,
}

impl Site {
    /// Returns a site without a host yet, with the files of `web`; its streams end when `shutdown` is
    /// cancelled.
    #[must_use]
    pub fn new(
        web: Option<WebFolder>,
        limits: Limits,
        clock: Clock,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            limits,
            clock,
            web,
            shutdown,
            doing: Mutex::new("the host is starting".to_owned()),
            open: OnceLock::new(),
        })
    }

    /// Says what is being done before there is a host, to those who ask whether it is ready.
    pub fn say(&self, doing: impl Into<String>) {
        *self.doing.lock().unwrap_or_else(PoisonError::into_inner) = doing.into();
    }

    /// Serves this host from now on.
    ///
    /// # Panics
    ///
    /// If the site has a host already.
    pub fn open(&self, host: Arc<Host>) {
        let api = Api::new(host, self.limits, self.clock, self.shutdown.clone());
        let opened = self.open.set(service::routes(api, self.web.as_ref()));
        assert!(opened.is_ok(), "a site has one host");
    }

    fn starting(self: &Arc<Self>) -> Router {
        let files = match &self.web {
            None => Router::new().fallback(not_ready),
            Some(web) => Router::new()
                .route("/v1/{*rest}", any(not_ready))
                .route("/health/ready", any(not_ready))
                .fallback_service(web.router()),
        };
        let routes = files
            .route("/health/live", get(routes::live))
            .with_state(self.clone());
        service::layered(routes)
    }
}

async fn not_ready(State(site): State<Arc<Site>>) -> Response {
    let doing = site.doing.lock().unwrap_or_else(PoisonError::into_inner);
    Problem::new(ProblemKind::NotReady, doing.clone()).into_response()
}

/// Serves `site` until its shutdown, and until the requests in flight are answered.
///
/// The threads of its runtime should begin with [`settle_thread`](super::settle_thread).
pub async fn serve(listener: &TcpListener, site: Arc<Site>) {
    let (limits, clock, shutdown) = (site.limits, site.clock, site.shutdown.clone());
    let starting = site.starting();
    let dispatch = service_fn(move |request: Request| {
        let router = site.open.get().unwrap_or(&starting).clone();
        async move {
            let answer = router.oneshot(request).await;
            Ok::<Response, Infallible>(answer.unwrap_or_else(|never| match never {}))
        }
    });
    let router = Router::new().fallback_service(dispatch);
    server::run(listener, router, limits, clock, shutdown).await;
}
