//! The handlers: each parses, asks the ledger or the store, and answers.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use crate::host::Host;
use crate::problem::{Problem, ProblemKind};
use crate::proof_id::ProofId;
use crate::reply;
use rpp_verifier::{Block, MAX_PAGE_BLOCKS};

/// The kind of the proofs that every block gets.
pub(crate) const CONSENSUS: &str = "consensus";

type PathOf<T> = Result<Path<T>, PathRejection>;
type Shared = State<Arc<Host>>;

pub(crate) async fn chain(State(host): Shared) -> Response {
    reply::document(host.chain(), "public, max-age=60")
}

pub(crate) async fn head(State(host): Shared) -> Result<Response, Problem> {
    let head = host.ledger().head();
    let head = head.ok_or_else(|| not_proven_yet(&host, "no block is proven yet".into()))?;
    Ok(reply::document(&head, "no-cache"))
}

pub(crate) async fn block(State(host): Shared, path: PathOf<String>) -> Result<Response, Problem> {
    let height = parse_height(&path.map_err(bad_path)?.0)?;
    Ok(reply::document(
        &block_at(&host, height)?,
        "public, max-age=1",
    ))
}

pub(crate) async fn blocks(
    State(host): Shared,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let page = Page::parse(query.as_deref().unwrap_or_default());
    let Page { from, limit } = page.ok_or_else(|| {
        let detail = "expected ?from={height}&limit={1 to 64}, each at most once";
        Problem::new(ProblemKind::BadQuery, detail)
    })?;
    Ok(reply::document(
        &host.ledger().page(from, limit),
        "public, max-age=1",
    ))
}

pub(crate) async fn proof_of_block(
    State(host): Shared,
    headers: HeaderMap,
    path: PathOf<(String, String)>,
) -> Result<Response, Problem> {
    let Path((height, kind)) = path.map_err(bad_path)?;
    let height = parse_height(&height)?;
    if kind != CONSENSUS {
        let detail = "this host makes consensus proofs";
        return Err(Problem::new(ProblemKind::UnknownProofKind, detail));
    }
    let block = block_at(&host, height)?;
    if height == 0 {
        let detail = "block 0 is the genesis";
        return Err(Problem::new(ProblemKind::GenesisHasNoProof, detail));
    }
    if let Some(listed) = block
        .proofs
        .iter()
        .find(|proof| proof.circuit.as_str() == kind)
    {
        let id = listed.id.into();
        let answer = reply::proof(host.clone(), id, &headers, "public, max-age=4").await?;
        if let Some(answer) = answer {
            return Ok(answer);
        }
    }
    Err(missing_proof(&host, height))
}

pub(crate) async fn proof(
    State(host): Shared,
    headers: HeaderMap,
    path: PathOf<String>,
) -> Result<Response, Problem> {
    let Path(id) = path.map_err(bad_path)?;
    let id: ProofId = id
        .parse()
        .map_err(|e| Problem::new(ProblemKind::BadProofId, format!("{e}")))?;
    let answer = if host.ledger().has_proof(id) {
        let forever = "public, max-age=31536000, immutable";
        reply::proof(host, id, &headers, forever).await?
    } else {
        None
    };
    answer.ok_or_else(|| {
        let detail = format!("no proof has the id {id}");
        Problem::new(ProblemKind::UnknownProof, detail)
    })
}

pub(crate) async fn ancestor(
    State(host): Shared,
    path: PathOf<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let height = parse_height(&path.map_err(bad_path)?.0)?;
    let within = query.as_deref().and_then(|query| query.strip_prefix("in="));
    let bad_query = || Problem::new(ProblemKind::BadQuery, "expected ?in={height}");
    let within = parse_height(within.ok_or_else(bad_query)?).map_err(|_| bad_query())?;
    if height >= within {
        let detail = format!("height {height} is not below {within}");
        return Err(Problem::new(ProblemKind::NotAnAncestor, detail));
    }
    let ledger = host.ledger();
    let ancestor = ledger.ancestor(height, within);
    let ancestor = ancestor.ok_or_else(|| unknown_block(within, ledger.latest_height()))?;
    Ok(reply::document(
        &ancestor,
        "public, max-age=31536000, immutable",
    ))
}

pub(crate) async fn live() -> Response {
    reply::json(&json!({ "live": true }), "no-store")
}

pub(crate) async fn ready(State(host): Shared) -> Result<Response, Problem> {
    let (proven, latest) = {
        let ledger = host.ledger();
        (ledger.proven_height(), ledger.latest_height())
    };
    let not_ready = |detail| {
        let problem = Problem::new(ProblemKind::NotReady, detail);
        Err(problem.retry_after(host.retry_after_s()))
    };
    match (host.is_proving(), proven) {
        (false, _) => not_ready("no block is being proven any more"),
        (true, None) => not_ready("no block is proven yet"),
        (true, Some(proven)) => {
            let state = json!({ "ready": true, "proven_height": proven, "latest_height": latest });
            Ok(reply::json(&state, "no-store"))
        }
    }
}

pub(crate) async fn problem_page(path: PathOf<String>) -> Result<Response, Problem> {
    let Path(code) = path.map_err(bad_path)?;
    let kind = ProblemKind::ALL.iter().find(|kind| kind.code() == code);
    let kind = kind.ok_or_else(|| Problem::new(ProblemKind::UnknownPath, "no such problem"))?;
    let (title, status, advice) = (kind.title(), kind.status(), kind.advice());
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>{title}</title>\
         <h1>{title}</h1><p><code>{code}</code>, HTTP {status}</p><p>{advice}</p></html>\n",
    );
    Ok((
        [(header::CACHE_CONTROL, "public, max-age=3600")],
        Html(page),
    )
        .into_response())
}

pub(crate) async fn unknown_path(uri: Uri) -> Problem {
    Problem::new(
        ProblemKind::UnknownPath,
        format!("nothing is at {}", uri.path()),
    )
}

pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(ProblemKind::MethodNotAllowed, "every route is read-only")
}

fn block_at(host: &Host, height: u32) -> Result<Block, Problem> {
    let ledger = host.ledger();
    let block = ledger.block(height);
    block.ok_or_else(|| unknown_block(height, ledger.latest_height()))
}

fn unknown_block(height: u32, latest: u32) -> Problem {
    let detail = format!("no block at height {height}, the newest is at {latest}");
    Problem::new(ProblemKind::UnknownBlock, detail)
}

/// Returns why the block at `height`, which is there, has no proof.
fn missing_proof(host: &Host, height: u32) -> Problem {
    let provable = host.ledger().is_unproven(height);
    if provable {
        return not_proven_yet(host, format!("block {height} is not proven yet"));
    }
    let detail = format!("the proof of block {height} was damaged and cannot be made again");
    Problem::new(ProblemKind::ProofLost, detail)
}

fn not_proven_yet(host: &Host, detail: String) -> Problem {
    Problem::new(ProblemKind::NotProvenYet, detail).retry_after(host.retry_after_s())
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is the argument of `map_err`"
)]
fn bad_path(rejection: PathRejection) -> Problem {
    Problem::new(ProblemKind::UnknownPath, rejection.body_text())
}

/// The query of a page of blocks.
#[derive(Debug, Eq, PartialEq)]
struct Page {
    from: u32,
    limit: u32,
}

impl Page {
    const DEFAULT_LIMIT: u32 = 16;

    /// Parses `from` and `limit`, each at most once and nothing else.
    fn parse(query: &str) -> Option<Self> {
        let (mut from, mut limit) = (None, None);
        for pair in query.split('&').filter(|_| !query.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let slot = match name {
                "from" => &mut from,
                "limit" => &mut limit,
                _ => return None,
            };
            if slot.replace(canonical(value)?).is_some() {
                return None;
            }
        }
        let limit = limit.unwrap_or(Self::DEFAULT_LIMIT);
        let allowed = (1..=MAX_PAGE_BLOCKS).contains(&usize::try_from(limit).ok()?);
        allowed.then_some(Self {
            from: from.unwrap_or(0),
            limit,
        })
    }
}

pub(crate) fn parse_height(text: &str) -> Result<u32, Problem> {
    let detail = "a height is a decimal number from 0 to 4294967295";
    canonical(text).ok_or_else(|| Problem::new(ProblemKind::BadHeight, detail))
}

/// `parse` takes a sign and leading zeros; one height has one URL, so that a cache holds it once.
fn canonical(text: &str) -> Option<u32> {
    let number: Option<u32> = text.parse().ok();
    number.filter(|number| number.to_string() == text)
}
