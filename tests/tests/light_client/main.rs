//! The light client against an honest provider, and against one that lies in each way there is.

#![expect(clippy::unwrap_used, reason = "tests may panic")]

mod example;
mod following;
mod fork;
mod history;
mod http;
mod keys;
mod lies;
mod long_epoch;
mod range;
mod setup;
mod spans;
mod state;
mod support;
mod tickets;
mod unsaved;
mod vectors;
