//! What is served over HTTP: handlers parse, ask the host, and answer.

mod accept;
mod activity;
mod connections;
mod date;
mod documents;
mod gate;
mod limits;
mod pages;
mod problem;
mod reply;
mod routes;
mod server;
mod service;
mod site;
mod streams;
mod web;

pub use self::date::settle_thread;
pub use self::documents::{block_document, chain_document};
pub use self::limits::Limits;
pub use self::problem::{Problem, ProblemKind};
pub use self::server::listen;
pub use self::service::router;
pub use self::site::{Site, serve};
pub use self::web::{WebError, WebFolder};
