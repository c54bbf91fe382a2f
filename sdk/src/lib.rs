//! A light client of an rpp chain: it follows the chain from a checkpoint that its owner trusts,
//! and believes only what it has verified.
//!
//! [`Session`] holds all decisions and does no I/O: it says what it [needs](Need) next, takes the
//! answer, and moves its head by verified proofs only. [`LightClient`] drives a session with a
//! [`Transport`], a [`Store`] and a [`Clock`]; the browser package drives the same session from
//! JavaScript.
#![forbid(unsafe_code)]

mod answer;
mod backoff;
mod client;
mod clock;
mod config;
mod error;
mod json;
mod maybe_send;
mod session;
mod state;
mod store;
mod transport;
mod verdict;

#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod file_store;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
mod http;

pub use rpp_verifier::checkpoint::Checkpoint;

pub use self::client::LightClient;
pub use self::clock::{Clock, Now};
pub use self::config::{Config, ConfigError, Floor, Follow};
pub use self::error::{AnswerError, Error, ErrorKind, ProblemError};
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
pub use self::file_store::FileStore;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
pub use self::http::{HttpTransport, SystemClock, UrlError};
pub use self::maybe_send::MaybeSend;
pub use self::session::{Need, Request, Session};
pub use self::state::StateError;
pub use self::store::{MemoryStore, Store, StoreError};
pub use self::transport::{Answer, Transport, TransportError, TransportFault};
pub use self::verdict::{Freshness, Spent, Status, Step, Verdict};
