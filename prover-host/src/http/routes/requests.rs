//! `POST /v1/proofs/{circuit}/{subject}`: has a proof about an operation, a range of headers or of
//! epochs, or a validator in an epoch made.

use std::fmt::Display;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use rpp_verifier::{ProofKey, Route, Subject};
use serde_json::{Value, json};

use super::{Api, method_not_allowed, parse};
use crate::http::connections::Client;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{EpochSpan, Host, RequestError};

pub(super) async fn request(
    State(api): State<Api>,
    client: Option<Extension<Client>>,
    uri: Uri,
) -> Result<Response, Problem> {
    let Extension(client) = client.unwrap_or(Extension(Client::UNKNOWN));
    let key = match parse(&api.host, &uri)? {
        Route::ProofOf(key) => key,
        _ => return Err(only_asked_for().await),
    };
    if let Subject::Height(_) = key.subject {
        return Err(only_asked_for().await);
    }
    let host = api.host.clone();
    let requested = async move {
        let height = host.request_proof(key).await;
        let height = height.map_err(|error| refused(&key, &error))?;
        Ok(requested(&host, &key, height))
    };
    let requested = api.read(client, requested).await?;
    Ok((StatusCode::ACCEPTED, reply::json(&requested, "no-store")).into_response())
}

/// Says what is proven: what it is about, the header that it is under, and what a client cannot compute.
fn requested(host: &Host, key: &ProofKey, height: u32) -> Value {
    let header_hash = host.ledger().header_hash(height).0.to_hex();
    let mut said = json!({ "height": height, "header_hash": header_hash });
    match key.subject {
        Subject::Operation(hash) => said["operation"] = hash.to_hex().into(),
        Subject::Range { first, last } => {
            (said["first"], said["last"]) = (first.into(), last.into());
            let is_of_headers = EpochSpan::of(key).is_none();
            if let Some(folds) = host.range_folds(first, last).filter(|_| is_of_headers) {
                said["fold_before"] = folds.before.to_hex().into();
                said["fold_after"] = folds.after.to_hex().into();
            }
        }
        Subject::ValidatorEpoch { validator, epoch } => {
            (said["validator"], said["epoch"]) = (validator.into(), epoch.into());
        }
        Subject::Height(_) => {}
    }
    said
}

/// The path is that of a proof which every block brings.
async fn only_asked_for() -> Problem {
    method_not_allowed().await.allowing("GET,HEAD")
}

/// Returns the problem of what was asked `about`.
pub(super) fn refused(about: &dyn Display, error: &RequestError) -> Problem {
    let kind = match error {
        RequestError::UnknownKind => ProblemKind::UnknownProofKind,
        RequestError::OtherKind
        | RequestError::OtherRange
        | RequestError::OtherSpan
        | RequestError::OtherWindow
        | RequestError::SpanTooLong { .. } => ProblemKind::UnknownProof,
        RequestError::NoHeaderAfter { .. } | RequestError::NoEnd { .. } => {
            ProblemKind::UnknownBlock
        }
        RequestError::UnknownValidator { .. } => ProblemKind::UnknownValidator,
        RequestError::VotesUnknown { .. } => ProblemKind::VotesUnknown,
        RequestError::UnknownOperation { .. } => ProblemKind::UnknownOperation,
        RequestError::Height(_) => ProblemKind::StateGone,
        RequestError::Pruned { range, .. } => {
            let problem = Problem::new(ProblemKind::Pruned, format!("{about}: {error}"));
            return problem.proven_in(*range);
        }
        RequestError::Invalid(error) => ProblemKind::Operation(error.code()),
        RequestError::Full => ProblemKind::TooManyProofs,
        RequestError::NoRoom => ProblemKind::NotReady,
        RequestError::Publish(cause) if cause.is_passing() => ProblemKind::NotReady,
        RequestError::Database(cause) if cause.is_passing() => ProblemKind::NotReady,
        RequestError::Publish(_)
        | RequestError::Database(_)
        | RequestError::Statement(_)
        | RequestError::Ends(_)
        | RequestError::Votes(_)
        | RequestError::Thread(_) => {
            return Problem::internal(error);
        }
    };
    Problem::new(kind, format!("{about}: {error}"))
}
