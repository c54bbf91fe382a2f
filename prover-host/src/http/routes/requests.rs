//! `POST /v1/proofs/{circuit}/{hash}`: has a proof about an operation made.

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rpp_verifier::{ProofKey, Route, Subject};
use serde_json::json;

use super::{Api, method_not_allowed, parse};
use crate::http::connections::Client;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::RequestError;

pub(super) async fn request(
    State(api): State<Api>,
    client: Option<Extension<Client>>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Extension(client) = client.unwrap_or(Extension(Client::UNKNOWN));
    let (key, hash) = match parse(&api.host, &uri)? {
        Route::ProofOf(key) => match key.subject {
            Subject::Operation(hash) => (key, hash),
            _ => return Err(only_asked_for().await),
        },
        _ => return Err(only_asked_for().await),
    };
    let host = api.host.clone();
    let requested = async move {
        let height = host.request_proof(key).await;
        let height = height.map_err(|error| refused(&key, &error))?;
        let header_hash = host.ledger().header_hash(height);
        Ok((height, header_hash.0))
    };
    let (height, header_hash) = api.read(client, requested).await?;
    let requested = json!({
        "operation": hash.to_hex(),
        "height": height,
        "header_hash": header_hash.to_hex(),
    });
    Ok((StatusCode::ACCEPTED, reply::json(&requested, "no-store")).into_response())
}

/// The path is that of a proof which every block brings.
async fn only_asked_for() -> Problem {
    method_not_allowed().await.allowing("GET,HEAD")
}

fn refused(key: &ProofKey, error: &RequestError) -> Problem {
    let kind = match error {
        RequestError::UnknownKind => ProblemKind::UnknownProofKind,
        RequestError::OtherKind => ProblemKind::UnknownProof,
        RequestError::UnknownOperation { .. } => ProblemKind::UnknownOperation,
        RequestError::Height(_) => ProblemKind::StateGone,
        RequestError::Invalid(error) => ProblemKind::Operation(error.code()),
        RequestError::Full => ProblemKind::TooManyProofs,
        RequestError::NoRoom => ProblemKind::NotReady,
        RequestError::Publish(cause) if cause.is_passing() => ProblemKind::NotReady,
        RequestError::Database(cause) if cause.is_passing() => ProblemKind::NotReady,
        RequestError::Publish(_) | RequestError::Database(_) | RequestError::Thread(_) => {
            return Problem::internal(error);
        }
    };
    Problem::new(kind, format!("{key}: {error}"))
}
