//! Replies: JSON, and proof files with their validators.

use std::sync::Arc;

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rpp_verifier::{JsonDocument, PROOF_MEDIA_TYPE};
use serde::Serialize;

use crate::host::Host;
use crate::problem::Problem;
use crate::proof_id::ProofId;

/// Answers with a document in JSON.
pub(crate) fn document(document: &impl JsonDocument, cache_control: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, cache_control),
    ];
    (headers, document.to_json()).into_response()
}

/// Answers with JSON that is not a document of the protocol.
pub(crate) fn json(body: &impl Serialize, cache_control: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, cache_control),
    ];
    match serde_json::to_vec(body) {
        Ok(body) => (headers, body).into_response(),
        Err(e) => Problem::internal(&e).into_response(),
    }
}

/// Answers with a proof file, or with 304 where the client has it already; none if the file is no
/// good, and then it is not listed any more.
pub(crate) async fn proof(
    host: Arc<Host>,
    id: ProofId,
    request: &HeaderMap,
    cache_control: &'static str,
) -> Result<Option<Response>, Problem> {
    let etag = id.etag();
    let validators = [
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, cache_control.to_owned()),
    ];
    if is_fresh(request, &etag) {
        let answer = (StatusCode::NOT_MODIFIED, validators).into_response();
        return Ok(Some(answer));
    }
    let reader = host.clone();
    let read = tokio::task::spawn_blocking(move || reader.store().read_proof(id)).await;
    let bytes = match read.map_err(|e| Problem::internal(&e))? {
        Err(e) if e.is_damage() => {
            host.lose_proof(id).await;
            return Ok(None);
        }
        read => read.map_err(|e| Problem::internal(&e))?,
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), PROOF_MEDIA_TYPE.to_owned()),
        ("repr-digest", id.repr_digest()),
    ];
    Ok(Some((validators, headers, bytes).into_response()))
}

/// Returns whether `If-None-Match` names this entity (RFC 9110, weak comparison).
fn is_fresh(request: &HeaderMap, etag: &str) -> bool {
    let fields = request.get_all(header::IF_NONE_MATCH).into_iter();
    let lists = fields.filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}
