//! Replies: JSON, and proof files with their validators.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::problem::Problem;
use crate::state::{Host, ProofId};

/// The media type of a proof file.
pub const PROOF_MEDIA_TYPE: &str = "application/vnd.rpp.proof";

/// Answers with JSON.
pub(super) fn json(body: &impl Serialize, cache_control: &'static str) -> Response {
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
/// good.
pub(super) async fn proof(
    host: &Host,
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
    let read = host
        .read_proof(id)
        .await
        .map_err(|e| Problem::internal(&e))?;
    let Some(bytes) = read else {
        return Ok(None);
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
