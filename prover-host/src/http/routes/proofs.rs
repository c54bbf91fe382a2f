//! Proof files, by id and by what they prove.

use axum::http::HeaderMap;
use axum::response::Response;
use rpp_verifier::{ProofKey, Subject};

use super::{Api, unknown_block};
use crate::http::connections::Client;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply;
use crate::state::{Ledger, ProofId, ProofStatus};

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
    let ProofStatus::Listed(proof) = status else {
        return Err(unmade(&host.ledger(), &key, status));
    };
    let answer = reply::proof((host, &api.loaded), proof.id, asked, "public, max-age=4").await?;
    answer.ok_or_else(|| {
        let ledger = host.ledger();
        // It may have gone while it was read. A damaged file is inspected and made again.
        unmade(&ledger, &key, ledger.status(&key))
    })
}

/// Says why there is no proof.
pub(super) fn unmade(ledger: &Ledger, key: &ProofKey, status: ProofStatus) -> Problem {
    let (kind, detail) = match status {
        ProofStatus::Waiting | ProofStatus::Listed(_) => {
            (ProblemKind::NotProvenYet, format!("{key} is not made yet"))
        }
        ProofStatus::Lost => {
            let detail = format!("{key} was damaged and cannot be made again");
            (ProblemKind::ProofLost, detail)
        }
        ProofStatus::Retired => {
            let detail = format!("{key} was made, and is kept no longer");
            (ProblemKind::ProofRetired, detail)
        }
        ProofStatus::Pruned => return pruned(ledger, key),
        ProofStatus::NotDue => (ProblemKind::UnknownProof, format!("nobody makes {key}")),
    };
    Problem::new(kind, detail)
}

fn pruned(ledger: &Ledger, key: &ProofKey) -> Problem {
    let range = match key.subject {
        Subject::Height(height) => ledger.pruned_range(height),
        _ => None,
    };
    let detail = format!("what was proven about the block is kept no longer: {key}");
    let problem = Problem::new(ProblemKind::Pruned, detail);
    match range {
        Some(range) => problem.proven_in(range),
        None => problem,
    }
}
