//! The signed setup: as clients take it, as people read it, and file by file.

use axum::extract::{Path, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use rpp_verifier::Document;
use serde_json::json;

use super::{Api, no_query, unknown};
use crate::http::accept::Encoding;
use crate::http::problem::{Problem, ProblemKind};
use crate::http::reply::{self, Rendered};
use crate::setup::ServedSetup;
use crate::state::Host;

/// Answers with the roots from a version on and the newest of the other files; in JSON, with what they say of themselves and
/// who has signed them.
pub(super) fn setup(api: &Api, request: &HeaderMap, root: u32) -> Result<Response, Problem> {
    if root == 0 {
        let detail = "the versions of root files start at 1: ask for ?root=1";
        return Err(Problem::new(ProblemKind::BadQuery, detail));
    }
    let shelf = api.host.setup().ok_or_else(no_setup)?;
    let served = shelf.current();
    let encoding = Encoding::of(request);
    let body = match encoding {
        Encoding::Binary => {
            let bundle = served.folder.bundle(root);
            bundle.map_err(|e| Problem::internal(&e))?.to_bytes()
        }
        Encoding::Json => summary(&served, (api.clock)())?,
    };
    Ok(reply::rendered_document(
        Rendered::new(body),
        encoding,
        request,
        SHORT,
    ))
}

/// Answers with a file of the setup, byte for byte: what was signed, for `minisign` and other tools.
pub(super) async fn file(
    State(api): State<Api>,
    Path(name): Path<String>,
    request: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    no_query(&uri)?;
    let shelf = api.host.setup().ok_or_else(no_setup)?;
    let served = shelf.current();
    let bytes = served.folder.get(&name).ok_or_else(|| unknown(&uri))?;
    let media_type = match name.rsplit_once('.') {
        Some((_, "json")) => "application/json",
        Some((_, "minisig")) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    Ok(reply::file(bytes.to_vec(), media_type, &request, SHORT))
}

/// Returns what those are told of the setup who ask whether the host is well.
pub(super) fn state(host: &Host, now_ms: u64) -> Option<serde_json::Value> {
    let shelf = host.setup()?;
    let served = shelf.current();
    let status = served.status.at(now_ms);
    let expires = status.current().map(|(role, file)| {
        let expires = file.expires_ms.to_string();
        (role.name().to_owned(), expires.into())
    });
    let expires: serde_json::Map<_, _> = expires.collect();
    Some(json!({
        "root": status.fingerprint,
        "version": served.setup.version(),
        "expires_ms": expires,
        "refused": shelf.refused(),
        "warnings": status.warnings,
    }))
}

fn summary(served: &ServedSetup, now_ms: u64) -> Result<Vec<u8>, Problem> {
    let names: Vec<_> = served.folder.names().collect();
    let status = served.status.at(now_ms);
    let online = served.setup.online_checkpoint();
    let summary = json!({
        "chain_id": status.chain_id,
        "setup_version": served.setup.version(),
        "fingerprint": status.fingerprint,
        "first_fingerprint": status.first_fingerprint,
        "files": status.files,
        "listed": status.listed,
        "warnings": status.warnings,
        "checkpoint": online.to_string(),
        "offline_checkpoint": served.setup.offline_checkpoint().to_string(),
        "served": names,
    });
    serde_json::to_vec(&summary).map_err(|e| Problem::internal(&e))
}

fn no_setup() -> Problem {
    Problem::new(ProblemKind::NoSetup, "this host serves no signed setup")
}

/// A file that changes is there for every client a few seconds later.
const SHORT: &str = "public, max-age=5";
