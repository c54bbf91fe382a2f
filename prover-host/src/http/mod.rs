//! What is served over HTTP: handlers parse, ask the host, and answer.

mod accept;
mod documents;
mod problem;
mod reply;
mod routes;
mod service;
mod web;

pub use self::documents::{block_document, chain_document};
pub use self::problem::{Problem, ProblemKind};
pub use self::service::{router, serve};
pub use self::web::{WebError, WebFolder};
