//! Replies: documents and proof files with their validators, and other JSON.

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rpp_verifier::{Document, JsonDocument, PROOF_MEDIA_TYPE};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::accept::Encoding;
use super::connections::Client;
use super::loaded::Loaded;
use super::problem::Problem;
use crate::state::{Host, ProofId, PrunedRange};

/// A body as it is sent, with its `ETag`. Each encoding of a document is a separate body.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    etag: String,
    body: Bytes,
}

impl Rendered {
    pub(super) fn new(body: Vec<u8>) -> Self {
        let etag = etag_of(&body);
        Self {
            etag,
            body: body.into(),
        }
    }

    /// Returns a document in an encoding.
    pub(super) fn of(document: &(impl Document + JsonDocument), encoding: Encoding) -> Self {
        Self::new(match encoding {
            Encoding::Json => document.to_json(),
            Encoding::Binary => document.to_bytes(),
        })
    }

    pub(super) const fn len(&self) -> usize {
        self.body.len()
    }

    /// Returns it as an answer to this client holds it.
    ///
    /// # Errors
    ///
    /// [`ProblemKind::Busy`](super::problem::ProblemKind::Busy) if too much is on its way.
    pub(super) fn held(self, loaded: &Loaded, client: Client) -> Result<Self, Problem> {
        let body = loaded.hold(client, self.body)?;
        Ok(Self { body, ..self })
    }
}

/// Answers with a document in the encoding that the request selects.
pub(super) fn document(
    document: &(impl Document + JsonDocument),
    request: &HeaderMap,
    cache_control: &'static str,
) -> Response {
    let encoding = Encoding::of(request);
    let body = Rendered::of(document, encoding);
    rendered_document(body, encoding, request, cache_control)
}

/// Says where the headers are proven of a block that is pruned.
pub(super) fn proven_in(mut answer: Response, range: PrunedRange) -> Response {
    let link = format!("<{}>; rel=\"describedby\"; title=\"pruned\"", range.route());
    if let Ok(link) = HeaderValue::try_from(link) {
        answer.headers_mut().append(header::LINK, link);
    }
    answer
}

/// Answers with a document that is rendered already, in the encoding that the request selects.
pub(super) fn rendered_document(
    body: Rendered,
    encoding: Encoding,
    request: &HeaderMap,
    cache_control: &'static str,
) -> Response {
    let mut answer = cached(body, encoding.media_type(), request, cache_control);
    let vary = HeaderValue::from_static("accept");
    answer.headers_mut().append(header::VARY, vary);
    answer
}

/// Answers with a document whose only encoding is JSON.
pub(super) fn json_document(
    document: &impl JsonDocument,
    request: &HeaderMap,
    cache_control: &'static str,
) -> Response {
    let media_type = Encoding::Json.media_type();
    let body = Rendered::new(document.to_json());
    cached(body, media_type, request, cache_control)
}

/// Answers with a file as it is, or with 304 if the client already has it.
pub(super) fn file(
    bytes: Vec<u8>,
    media_type: &'static str,
    request: &HeaderMap,
    cache_control: &'static str,
) -> Response {
    cached(Rendered::new(bytes), media_type, request, cache_control)
}

/// Answers with a body, or with 304 if the client already has it.
fn cached(
    rendered: Rendered,
    media_type: &'static str,
    request: &HeaderMap,
    cache_control: &'static str,
) -> Response {
    let Rendered { etag, body } = rendered;
    let is_fresh = is_fresh(request, &etag);
    let validators = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, cache_control.to_owned()),
    ];
    if is_fresh {
        return (StatusCode::NOT_MODIFIED, validators).into_response();
    }
    (validators, [(header::CONTENT_TYPE, media_type)], body).into_response()
}

/// Answers that something was taken, with a document in the encoding that the request selects.
pub(super) fn accepted(document: &(impl Document + JsonDocument), request: &HeaderMap) -> Response {
    let encoding = Encoding::of(request);
    let headers = [
        (header::CONTENT_TYPE, encoding.media_type()),
        (header::CACHE_CONTROL, "no-store"),
        (header::VARY, "accept"),
    ];
    let Rendered { body, .. } = Rendered::of(document, encoding);
    (StatusCode::ACCEPTED, headers, body).into_response()
}

/// Answers with JSON that is not a document of the protocol.
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

/// Answers with a proof file, or with 304 if the client already has it; `None` if the file is
/// damaged.
pub(super) async fn proof(
    (host, loaded): (&Host, &Loaded),
    id: ProofId,
    (client, request): (Client, &HeaderMap),
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
    let Some(bytes) = loaded.proof(host, id, client).await? else {
        return Ok(None);
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), PROOF_MEDIA_TYPE.to_owned()),
        ("repr-digest", id.repr_digest()),
    ];
    Ok(Some((validators, headers, bytes).into_response()))
}

/// Returns the `ETag` of these bytes.
pub(super) fn etag_of(body: &[u8]) -> String {
    format!("\"{}\"", &hex::encode(Sha256::digest(body))[..ETAG_DIGITS])
}

/// Answers that the client has the body with this `ETag`.
pub(super) fn not_modified(etag: &str) -> Response {
    (StatusCode::NOT_MODIFIED, [(header::ETAG, etag.to_owned())]).into_response()
}

/// Returns whether `If-None-Match` names this entity (RFC 9110, weak comparison).
pub(super) fn is_fresh(request: &HeaderMap, etag: &str) -> bool {
    let fields = request.get_all(header::IF_NONE_MATCH).into_iter();
    let lists = fields.filter_map(|value| value.to_str().ok());
    lists
        .flat_map(|list| list.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}

/// 128 bits of a SHA-256: nobody gains from a collision between bodies of their own host.
const ETAG_DIGITS: usize = 32;
