//! Whether the host is running, and whether it is doing its work.

use std::time::Duration;

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use serde_json::json;

use super::{Api, no_query, setup};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::setup::Date;
use crate::state::Host;

/// Answers as long as the process runs.
pub(in crate::http) async fn live(uri: Uri) -> Result<Response, Problem> {
    no_query(&uri)?;
    Ok(reply::json(&json!({ "live": true }), "no-store"))
}

/// Answers whether clients get what they come for: a head that is new, from a host that makes the
/// next one.
pub(super) async fn ready(State(api): State<Api>, uri: Uri) -> Result<Response, Problem> {
    no_query(&uri)?;
    let host = &api.host;
    let (head, latest, retained_from, (pruned, spans)) = {
        let ledger = host.ledger();
        let proven = ledger.proven_height();
        let head = proven.and_then(|height| ledger.header(height));
        let head = head.map(|header| (header.height, header.timestamp_ms));
        let retained_from = ledger.retained_from();
        (
            head,
            ledger.latest_height(),
            retained_from,
            (ledger.prune_report(), ledger.span_report()),
        )
    };
    let age = |timestamp_ms| Duration::from_millis((api.clock)().saturating_sub(timestamp_ms));
    let limit = max_head_age(host);
    let now_ms = (api.clock)();
    let trouble = host.trouble().or_else(|| expired(host, now_ms));
    let fault = match (host.is_proving(), trouble, head) {
        (false, ..) => "no block is being proven any more".to_owned(),
        (true, Some(trouble), _) => trouble,
        (true, None, None) => "no block is proven yet".to_owned(),
        (true, None, Some((height, timestamp_ms))) if age(timestamp_ms) > limit => {
            let age = age(timestamp_ms).as_secs();
            let limit = limit.as_secs();
            format!("block {height}, the newest proven one, is {age} s old, more than {limit} s")
        }
        (true, None, Some((proven_height, _))) => {
            let space = host.space();
            let report = space.as_ref().map(|(report, _)| report);
            let state = json!({
                "ready": true,
                "proven_height": proven_height,
                "latest_height": latest,
                "retained_from": retained_from,
                "pruned_before": pruned.before,
                "pruned_ranges": pruned.ranges,
                "freed_bytes": pruned.freed_bytes,
                "spans": spans.served,
                "spanned_before": spans.before,
                "free_mib": report.map(|report| report.free.mib()),
                "days_left": report.and_then(|report| report.days_left),
                "warning": space.as_ref().and_then(|(_, says)| says.as_deref()),
                "setup": setup::state(host, now_ms),
            });
            return Ok(reply::json(&state, "no-store"));
        }
    };
    Err(Problem::new(ProblemKind::NotReady, fault))
}

/// Returns which file of the setup has expired: no client starts from it.
fn expired(host: &Host, now_ms: u64) -> Option<String> {
    let setup = host.setup()?.current();
    let mut files = setup.status.current();
    let (_, file) = files.find(|(_, file)| file.expires_ms <= now_ms)?;
    let (file, expired) = (&file.file, Date(file.expires_ms));
    Some(format!(
        "{file} of the setup expired on {expired}: clients refuse it"
    ))
}

/// Clients call a head of five minutes stale: an operator hears of it before they do.
fn max_head_age(host: &Host) -> Duration {
    let block_time = Duration::from_millis(host.chain().block_time_ms.into());
    Duration::from_secs(120) + 8 * block_time
}
