//! A light client of an rpp chain: it follows the chain from a checkpoint that its owner trusts,
//! and believes only what it has verified.
//!
//! [`Session`] holds all decisions and does no I/O: it says what it [needs](Need) next, takes the
//! answer, and moves its head only by verified proofs. [`LightClient`] drives a session with a
//! [`Transport`], a [`Store`] and a [`Clock`]; the browser package drives the same session from
//! JavaScript.
//!
//! With the features `http` and `file`, a client is a few lines: see `examples/follow_chain.rs`.
//! Without them, a provider is whatever implements [`Transport`]:
//!
//! ```
//! use rpp_light_client::*;
//! # use std::time::Duration;
//!
//! struct Nobody;
//!
//! impl Transport for Nobody {
//!     async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
//!         assert!(["/v1/blocks/0", "/v1/head"].contains(&request.path.as_str()));
//!         let (content_type, body) = ("text/plain".into(), b"not here".to_vec());
//!         Ok(Answer { status: 404, content_type, retry_after: None, body })
//!     }
//! }
//! # struct Fixed;
//! # impl Clock for Fixed {
//! #     fn now(&self) -> Now { Now { unix_ms: 1_700_000_000_000, uptime: Duration::ZERO } }
//! #     async fn sleep(&self, _: Duration) {}
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!
//! // What the owner trusts: height, hash, timestamp and epoch length, from an independent source.
//! let checkpoint: Checkpoint =
//!     "0:853bdf19c1ff8e4f754f3c66dfb8e30e5ee083415525b610025706002a7f4b39:1700000000000:32".parse()?;
//! let config = Config::new(checkpoint).follow(Follow::EveryBlock);
//! let mut client = LightClient::new(config, Nobody, MemoryStore::default(), Fixed)?;
//! let trouble = client.next().await.unwrap_err();
//! assert_eq!((trouble.code(), trouble.is_transient()), ("provider-refused", true));
//! # Ok(())
//! # }
//! ```
#![forbid(unsafe_code)]

mod answer;
mod client;
mod clock;
mod config;
mod conflict;
mod error;
mod in_flight;
#[cfg(feature = "json")]
mod json;
mod kept;
mod keys;
mod ledger;
mod maybe_send;
mod problem;
mod remembered;
mod session;
mod setup_status;
mod state;
mod store;
mod taken_span;
mod transport;
mod trust_error;
mod verdict;
#[cfg(feature = "wallet")]
mod wallet;

#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod file_lock;
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod file_store;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
mod http;
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod owned_file;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
mod provider_url;
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
mod state_file;

pub use rpp_verifier::{Checkpoint, Evidence, RootFingerprint, RootPin};

pub use self::client::LightClient;
pub use self::clock::{Clock, Now};
pub use self::config::{Config, ConfigError, Floor, Follow, OfflineCheckpoint};
pub use self::conflict::{Choice, ChoiceError, ConflictError};
pub use self::error::{AnswerError, Error, ErrorKind, ProblemError};
#[cfg(all(feature = "file", not(target_arch = "wasm32")))]
pub use self::file_store::FileStore;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
pub use self::http::{HttpTransport, SystemClock};
pub use self::keys::Keys;
pub use self::ledger::{HistoryError, KeyLedger, Ledger, OperationState, submit};
pub use self::maybe_send::MaybeSend;
#[cfg(all(feature = "http", not(target_arch = "wasm32")))]
pub use self::provider_url::UrlError;
pub use self::session::{Ask, Fetch, Need, ProviderId, Session, Ticket};
pub use self::setup_status::{FileStatus, SetupStatus};
pub use self::state::StateError;
pub use self::store::{MemoryStore, Store, StoreError, StoreFault};
pub use self::taken_span::TakenSpan;
pub use self::transport::{Answer, Body, Request, Transport, TransportError, TransportFault};
pub use self::trust_error::TrustError;
pub use self::verdict::{Anchor, Freshness, Spent, Status, Step, Verdict};
#[cfg(all(feature = "wallet", feature = "file", not(target_arch = "wasm32")))]
pub use self::wallet::FileSignerStore;
#[cfg(all(feature = "wallet", not(target_arch = "wasm32")))]
pub use self::wallet::SystemRandom;
#[cfg(feature = "wallet")]
pub use self::wallet::{
    AccountKey, Cost, Entropy, KeyFileError, Leaves, MemorySignerStore, Outgoing, Passphrase,
    Payment, Random, RandomError, RestoredKey, Settled, Signer, SignerError, SignerStatus,
    SignerStore, Standing, Swap, Words, WordsError,
};
