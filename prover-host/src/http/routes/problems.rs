//! A page about each problem.

use axum::http::{Uri, header};
use axum::response::{Html, IntoResponse, Response};

use super::no_query;
use crate::http::problem::{Problem, ProblemKind};

pub(super) async fn page(uri: Uri) -> Result<Response, Problem> {
    // As it is sent: a page has one address.
    let code = uri.path().strip_prefix("/problems/").unwrap_or_default();
    let kind = ProblemKind::of(code);
    let kind = kind.ok_or_else(|| Problem::new(ProblemKind::UnknownPath, "no such problem"))?;
    no_query(&uri)?;
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
