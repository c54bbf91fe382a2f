//! The host from outside: its routes, its files, its commands.
#![expect(clippy::unwrap_used, reason = "tests may panic")]
#![expect(
    clippy::disallowed_macros,
    reason = "their runner takes what tests print"
)]

mod audit;
mod binary;
mod cli;
mod clock;
mod cors;
mod damage;
mod encodings;
mod events;
mod faucet;
mod faults;
mod files;
mod floods;
mod from_file;
mod kill;
mod lanes;
mod ledger;
mod light_client;
mod load;
mod lost;
mod mounts;
mod new_circuit;
mod node;
mod operations;
mod passing;
mod proofs;
mod prune_faults;
mod pruned;
mod pruned_clients;
mod pruning;
mod quiet;
mod ranges;
mod requested;
mod retire;
mod room;
mod routes;
mod setup;
mod setup_docs;
mod setup_http;
mod setup_signing;
mod signals;
mod span;
mod spans;
mod strangers;
mod streams;
mod support;
mod taken;
mod transactions;
mod uptime;
mod voters;
mod wallet;
mod wallets;
mod web;
mod windows;
