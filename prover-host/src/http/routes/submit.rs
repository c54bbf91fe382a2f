//! `POST /v1/transactions`: takes an operation.

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::Response;
use rpp_verifier::{MAX_OPERATION_BYTES, OPERATION_MEDIA_TYPE, Submitted};

use super::{Api, no_query};
use crate::http::connections::Client;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::pool::PoolRefusal;
use crate::state::IntakeError;

pub(super) async fn submit(
    State(api): State<Api>,
    client: Option<Extension<Client>>,
    headers: HeaderMap,
    uri: Uri,
    body: Body,
) -> Result<Response, Problem> {
    no_query(&uri)?;
    let Extension(client) = client.unwrap_or(Extension(Client::UNKNOWN));
    if !is_announced(&headers) {
        let detail = format!("the body is to be {OPERATION_MEDIA_TYPE}");
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    let bytes = to_bytes(body, MAX_OPERATION_BYTES).await.map_err(|_| {
        let detail = format!("at most {MAX_OPERATION_BYTES} bytes are taken");
        Problem::new(ProblemKind::BodyTooLarge, detail)
    })?;
    let host = api.host.clone();
    let check = async move {
        let checked = host.check_operation(&bytes).await;
        checked.map_err(|error| refused(&error))
    };
    let checked = api.read(client, check).await?;
    let taken = api.host.take_operation(checked).await;
    let hash = taken.map_err(|error| refused(&error))?;
    Ok(reply::accepted(&Submitted { hash }, &headers))
}

/// Parameters of the media type mean nothing here.
fn is_announced(headers: &HeaderMap) -> bool {
    let announced = headers.get(header::CONTENT_TYPE);
    let announced = announced.and_then(|value| value.to_str().ok());
    let name = announced.and_then(|value| value.split(';').next());
    name.is_some_and(|name| name.trim().eq_ignore_ascii_case(OPERATION_MEDIA_TYPE))
}

pub(super) fn refused(error: &IntakeError) -> Problem {
    let kind = match error {
        IntakeError::Decode(error) => ProblemKind::Encoding(error.code()),
        IntakeError::Refused(PoolRefusal::Invalid(error)) => ProblemKind::Operation(error.code()),
        IntakeError::Refused(PoolRefusal::Conflict) => ProblemKind::OperationConflict,
        IntakeError::Refused(PoolRefusal::Full) => ProblemKind::PoolFull,
        IntakeError::NoRoom | IntakeError::Closing => ProblemKind::NotReady,
        IntakeError::Database(cause) if cause.is_passing() => ProblemKind::NotReady,
        IntakeError::Database(_) | IntakeError::Stopped(_) => return Problem::internal(error),
    };
    Problem::new(kind, error.to_string())
}
