//! What is served over HTTP: handlers parse, ask the host, and answer.

mod accept;
mod activity;
mod connections;
mod date;
mod documents;
mod gate;
mod heads;
mod limits;
mod loaded;
mod pages;
mod problem;
mod refusals;
mod reply;
mod routes;
mod seldom;
mod server;
mod service;
mod shares;
mod site;
mod web;

pub use self::date::settle_thread;
pub use self::documents::{block_document, chain_document};
pub use self::limits::Limits;
pub use self::problem::{Problem, ProblemKind, Retry};
pub use self::server::listen;
pub use self::service::router;
pub use self::site::{Site, serve};
pub use self::web::{WebError, WebFolder};
