//! Proof files, by their id and by what they prove.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::{ProofKey, Subject};

use super::{Shared, not_proven_yet, unknown_block};
use crate::http::extract::{self, PathOf};
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{Host, ProofStatus};

pub(super) async fn by_id(
    State(host): Shared,
    headers: HeaderMap,
    path: PathOf<String>,
) -> Result<Response, Problem> {
    let id = extract::proof_id(&extract::parameters(path)?)?;
    let listed = !host.ledger().keys_of(id).is_empty();
    let answer = if listed {
        reply::proof(&host, id, &headers, "public, max-age=31536000, immutable").await?
    } else {
        None
    };
    answer.ok_or_else(|| {
        let detail = format!("no proof has the id {id}");
        Problem::new(ProblemKind::UnknownProof, detail)
    })
}

pub(super) async fn of_block(
    State(host): Shared,
    headers: HeaderMap,
    path: PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let (height, circuit) = extract::parameters(path)?;
    let height = extract::height(&height)?;
    let key = ProofKey {
        circuit: extract::circuit(&host, &circuit)?,
        subject: Subject::Height(height),
    };
    let latest = host.ledger().latest_height();
    if height > latest {
        return Err(unknown_block(height, latest));
    }
    if height == 0 {
        let detail = "block 0 is the genesis";
        return Err(Problem::new(ProblemKind::GenesisHasNoProof, detail));
    }
    answer(host, key, &headers).await
}

pub(super) async fn by_key(
    State(host): Shared,
    headers: HeaderMap,
    path: PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let (circuit, subject) = extract::parameters(path)?;
    let key = ProofKey {
        circuit: extract::circuit(&host, &circuit)?,
        subject: extract::subject(&subject)?,
    };
    answer(host, key, &headers).await
}

/// Answers with the proof of this key, or says why there is none.
async fn answer(host: Arc<Host>, key: ProofKey, headers: &HeaderMap) -> Result<Response, Problem> {
    let status = host.ledger().status(&key);
    match status {
        ProofStatus::Listed(proof) => {
            let answer = reply::proof(&host, proof.id, headers, "public, max-age=4").await?;
            // A file that is no good is looked at, and made again.
            answer.ok_or_else(|| waiting(&host, &key))
        }
        ProofStatus::Waiting => Err(waiting(&host, &key)),
        ProofStatus::Lost => {
            let detail = format!("{key} was damaged and cannot be made again");
            Err(Problem::new(ProblemKind::ProofLost, detail))
        }
        ProofStatus::NotDue => {
            let detail = format!("nobody makes {key}");
            Err(Problem::new(ProblemKind::UnknownProof, detail))
        }
    }
}

fn waiting(host: &Host, key: &ProofKey) -> Problem {
    not_proven_yet(host, format!("{key} is not made yet"))
}
