//! `/v1/head/events`: the newest proven block as it changes, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use rpp_verifier::{JsonDocument as _, parse_height};

use super::Api;
use crate::http::connections::Client;
use crate::http::documents::head_document;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::shares::Share;

/// Answers with a stream that begins with the newest head, unless the client already has it, and
/// ends when the host shuts down.
pub(super) fn head_events(
    api: Api,
    client: Client,
    request: &HeaderMap,
) -> Result<Response, Problem> {
    let seen = request.get(LAST_EVENT_ID).map(|id| {
        let id = id.to_str().unwrap_or_default();
        parse_height(id)
    });
    let seen = seen.transpose()?;
    let open = api.streams.take(client, 1).ok_or_else(|| {
        let detail = "as many streams are open as this host keeps, in all or for one client";
        Problem::new(ProblemKind::TooManyStreams, detail)
    })?;
    let events = Sse::new(heads(api, seen, open))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"));
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // nginx would keep events back until it has a buffer of them.
        (X_ACCEL_BUFFERING, "no"),
    ];
    Ok((headers, events).into_response())
}

/// Returns the heads above `seen`. A slow reader skips those in between and gets the newest.
fn heads(
    api: Api,
    seen: Option<u32>,
    open: Share,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((api, seen, open), async |(api, seen, open)| {
        let newer = api.host.wait_for(|ledger| {
            let is_newer = ledger.proven_height() > seen;
            is_newer.then(|| head_document(ledger)).flatten()
        });
        let head = tokio::select! {
            biased;
            () = api.shutdown.cancelled() => return None,
            head = newer => head,
        };
        let height = head.block.header.height;
        let json = String::from_utf8(head.to_json()).ok()?;
        let event = Event::default().event("head").id(height.to_string());
        Some((Ok(event.data(json)), (api, Some(height), open)))
    })
}

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const LAST_EVENT_ID: &str = "last-event-id";
/// Proxies close connections that are silent for a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
