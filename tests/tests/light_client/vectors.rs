//! The corpus of `vectors/v1/client`, through the client.

use std::collections::BTreeSet;

use rpp_light_client::{
    Answer, Config, LightClient, MemoryStore, Request, Transport, TransportError,
};
use rpp_tests::corpus::{Case, cases, folder};

use crate::support::TestClock;

/// The provider of a case.
struct Corpus(Case);

impl Transport for Corpus {
    async fn get(&self, request: &Request) -> Result<Answer, TransportError> {
        Ok(self.0.answer(&folder(), &request.path))
    }
}

#[tokio::test]
async fn every_case_has_the_verdict_that_it_expects() {
    let cases = cases().unwrap();
    let expected: BTreeSet<_> = cases.values().map(|case| case.expect.as_str()).collect();
    assert_eq!(expected, CODES.into(), "a case for each code");
    for (name, case) in cases {
        let config = Config::new(case.checkpoint.parse().unwrap());
        let clock = TestClock::at(case.now_ms.parse().unwrap());
        let provider = Corpus(case.clone());
        let made = LightClient::new(config, provider, MemoryStore::default(), clock);
        let verdict = made.unwrap().next().await;
        let verdict = verdict.as_ref().map_or_else(|e| e.code(), |_| "accept");
        assert_eq!(verdict, case.expect, "{name}: {}", case.note);
    }
}

/// Every verdict that the answers to one step can have.
///
/// A client never asks what would lead to `header-epoch`, `header-not-ahead` or `header-set-size`, and finds
/// the header's own rules broken before those of a genesis that say the same; the core's own vectors
/// have all of these.
const CODES: [&str; 37] = [
    "accept",
    "bad-json",
    "bad-magic",
    "block-incomplete",
    "block-label",
    "checkpoint-label",
    "constraint-mismatch",
    "genesis-not-empty",
    "genesis-params",
    "genesis-position",
    "header-chain-id",
    "header-future",
    "header-head-not-in-history",
    "header-next-set",
    "header-parent-hash",
    "header-parent-height",
    "header-parent-not-in-history",
    "header-parent-slot",
    "header-parent-timestamp",
    "header-proposer",
    "header-set",
    "header-set-opening",
    "header-signed-power",
    "header-trusted-hash",
    "header-version",
    "malformed-payload",
    "non-canonical-payload",
    "opening",
    "other-ancestor",
    "proof-of-work",
    "proof-shape",
    "too-long",
    "trace-height",
    "trailing-bytes",
    "truncated",
    "unknown-circuit",
    "unsupported-version",
];
