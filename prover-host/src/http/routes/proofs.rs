//! Proof files, by id and by what they prove.

use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::{ProofKey, Subject};

use super::{Api, unknown_block};
use crate::http::connections::Client;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{ProofId, ProofStatus};

pub(super) async fn by_id(
    api: &Api,
    asked: (Client, &HeaderMap),
    id: ProofId,
) -> Result<Response, Problem> {
    let host = &api.host;
    let listed = !host.ledger().keys_of(id).is_empty();
    let answer = if listed {
        reply::proof(
            (host, &api.loaded),
            id,
            asked,
            "public, max-age=31536000, immutable",
        )
        .await?
    } else {
        None
    };
    answer.ok_or_else(|| {
        if host.ledger().is_retired(id) {
            let detail = format!("the proof with the id {id} is kept no longer");
            return Problem::new(ProblemKind::ProofRetired, detail);
        }
        let detail = format!("no proof has the id {id}");
        Problem::new(ProblemKind::UnknownProof, detail)
    })
}

pub(super) async fn by_key(
    api: &Api,
    asked: (Client, &HeaderMap),
    key: ProofKey,
) -> Result<Response, Problem> {
    let host = &api.host;
    if let Subject::Height(height) = key.subject {
        let latest = host.ledger().latest_height();
        if height > latest {
            return Err(unknown_block(height, latest));
        }
        if height == 0 {
            let detail = "block 0 is the genesis";
            return Err(Problem::new(ProblemKind::GenesisHasNoProof, detail));
        }
    }
    answer(api, key, asked).await
}

/// Answers with the proof of this key, or says why there is none.
async fn answer(
    api: &Api,
    key: ProofKey,
    asked: (Client, &HeaderMap),
) -> Result<Response, Problem> {
    let host = &api.host;
    let status = host.ledger().status(&key);
    match status {
        ProofStatus::Listed(proof) => {
            let answer =
                reply::proof((host, &api.loaded), proof.id, asked, "public, max-age=4").await?;
            answer.ok_or_else(|| match host.ledger().status(&key) {
                // While it was read.
                ProofStatus::Retired => retired(&key),
                // A damaged file is inspected and made again.
                _ => waiting(&key),
            })
        }
        ProofStatus::Waiting => Err(waiting(&key)),
        ProofStatus::Lost => {
            let detail = format!("{key} was damaged and cannot be made again");
            Err(Problem::new(ProblemKind::ProofLost, detail))
        }
        ProofStatus::Retired => Err(retired(&key)),
        ProofStatus::NotDue => {
            let detail = format!("nobody makes {key}");
            Err(Problem::new(ProblemKind::UnknownProof, detail))
        }
    }
}

fn retired(key: &ProofKey) -> Problem {
    let detail = format!("{key} was made, and is kept no longer");
    Problem::new(ProblemKind::ProofRetired, detail)
}

fn waiting(key: &ProofKey) -> Problem {
    Problem::new(ProblemKind::NotProvenYet, format!("{key} is not made yet"))
}
