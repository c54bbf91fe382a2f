//! `POST /v1/faucet/{number}`: has the chain's faucet give something to an account.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use rpp_verifier::{OperationError, OperationHash, Submitted, parse_height};

use super::{Api, no_query, submit};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::source::{Faucet, FaucetError};
use crate::state::{Host, IntakeError};

pub(super) async fn give(
    State(api): State<Api>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    // As it is sent: an account has one address.
    let number = uri.path().strip_prefix("/v1/faucet/").unwrap_or_default();
    // Numbers of accounts are written as heights are.
    let index = parse_height(number).map_err(|_| {
        let detail = format!("{number} is not the number of an account");
        Problem::new(ProblemKind::BadAccount, detail)
    })?;
    no_query(&uri)?;
    let host = api.host;
    let faucet = host.faucet().ok_or_else(|| {
        let detail = "this chain has nothing that gives funds away";
        Problem::new(ProblemKind::NoFaucet, detail)
    })?;
    if host.newest_accounts().1.get(index).is_none() {
        let error = OperationError::UnknownReceiver { index };
        let kind = ProblemKind::Operation(error.code());
        return Err(Problem::new(kind, error.to_string()));
    }
    // It goes on when the client hangs up: what is signed is sent.
    let given = tokio::spawn(give_to(host, faucet, index));
    let hash = given.await.map_err(|e| Problem::internal(&e))??;
    Ok(reply::accepted(&Submitted { hash }, &headers))
}

async fn give_to(
    host: Arc<Host>,
    faucet: Arc<dyn Faucet>,
    index: u32,
) -> Result<OperationHash, Problem> {
    // Before a leaf has signed: each gift takes one, whether it can be saved or not.
    if host.is_full().await {
        return Err(submit::refused(&IntakeError::NoRoom));
    }
    let gift = faucet.give(index).await;
    let gift = gift.map_err(|error| refused(&error))?;
    let taken = host.submit(&gift).await;
    taken.map_err(|error| submit::refused(&error))
}

fn refused(error: &FaucetError) -> Problem {
    let kind = match error {
        FaucetError::Busy => ProblemKind::Busy,
        FaucetError::UsedUp => ProblemKind::FaucetEmpty,
        FaucetError::Unavailable {
            is_passing: true, ..
        } => ProblemKind::NotReady,
        FaucetError::Unavailable { .. } => return Problem::internal(error),
    };
    Problem::new(kind, error.to_string())
}
