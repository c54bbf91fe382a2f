//! What a request asks for, parsed: one thing has one text, so that a cache holds it once.

use axum::extract::Path;
use axum::extract::rejection::PathRejection;
use rpp_verifier::{BlocksJson, CircuitId, Subject};

use super::problem::{Problem, ProblemKind};
use crate::state::{Host, ProofId};

/// The parameters of a path, or what is wrong with its encoding.
pub(super) type PathOf<T> = Result<Path<T>, PathRejection>;

/// Returns the parameters of a path.
pub(super) fn parameters<T>(path: PathOf<T>) -> Result<T, Problem> {
    let Path(parameters) =
        path.map_err(|e| Problem::new(ProblemKind::UnknownPath, e.body_text()))?;
    Ok(parameters)
}

/// Parses a height.
pub(super) fn height(text: &str) -> Result<u32, Problem> {
    let detail = "a height is a decimal number from 0 to 4294967295";
    number(text).ok_or_else(|| Problem::new(ProblemKind::BadHeight, detail))
}

/// Parses what a proof is about.
pub(super) fn subject(text: &str) -> Result<Subject, Problem> {
    let subject = text.parse();
    subject.map_err(|e| Problem::new(ProblemKind::BadSubject, format!("{e}")))
}

/// Parses the id of a proof.
pub(super) fn proof_id(text: &str) -> Result<ProofId, Problem> {
    let id = text.parse();
    id.map_err(|e| Problem::new(ProblemKind::BadProofId, format!("{e}")))
}

/// Parses the name of a circuit of this host.
pub(super) fn circuit(host: &Host, name: &str) -> Result<CircuitId, Problem> {
    host.circuit(name).ok_or_else(|| {
        let names: Vec<_> = host.circuits().iter().map(|c| c.id().name()).collect();
        let detail = format!("this host makes proofs of {}", names.join(", "));
        Problem::new(ProblemKind::UnknownProofKind, detail)
    })
}

/// Parses the query `in={height}` of an ancestor.
pub(super) fn within(query: Option<&str>) -> Result<u32, Problem> {
    let text = query.and_then(|query| query.strip_prefix("in="));
    let bad_query = || Problem::new(ProblemKind::BadQuery, "expected ?in={height}");
    text.and_then(number).ok_or_else(bad_query)
}

/// The query of a page of blocks.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Page {
    pub(super) from: u32,
    pub(super) limit: u32,
}

impl Page {
    const DEFAULT_LIMIT: u32 = 16;

    /// Parses `from` and `limit`, each at most once and nothing else.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Problem> {
        Self::of(query.unwrap_or_default()).ok_or_else(|| {
            let detail = "expected ?from={height}&limit={1 to 64}, each at most once";
            Problem::new(ProblemKind::BadQuery, detail)
        })
    }

    fn of(query: &str) -> Option<Self> {
        let (mut from, mut limit) = (None, None);
        for pair in query.split('&').filter(|_| !query.is_empty()) {
            let (name, value) = pair.split_once('=')?;
            let slot = match name {
                "from" => &mut from,
                "limit" => &mut limit,
                _ => return None,
            };
            if slot.replace(number(value)?).is_some() {
                return None;
            }
        }
        let limit = limit.unwrap_or(Self::DEFAULT_LIMIT);
        let allowed = (1..=BlocksJson::MAX_BLOCKS).contains(&usize::try_from(limit).ok()?);
        allowed.then_some(Self {
            from: from.unwrap_or(0),
            limit,
        })
    }
}

/// `parse` takes a sign and leading zeros.
fn number(text: &str) -> Option<u32> {
    let number: Option<u32> = text.parse().ok();
    number.filter(|number| number.to_string() == text)
}
