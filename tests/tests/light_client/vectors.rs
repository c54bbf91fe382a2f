//! The corpus of `vectors/v1/client`, through the client.

use std::collections::{BTreeMap, BTreeSet};

use rpp_light_client::{
    Answer, Config, LightClient, MemoryStore, Request, Step, Transport, TransportError,
};
use rpp_tests::corpus::{Case, answer, cases, folder};

use crate::support::TestClock;

/// The provider of a case.
struct Corpus(BTreeMap<String, Vec<u8>>);

impl Transport for Corpus {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        Ok(answer(&self.0, &request.path))
    }
}

/// Returns the first code that a client has for the provider of `case`, or `accept`.
async fn verdict(case: &Case) -> &'static str {
    let answers = match case.answers(&folder()) {
        Err(no_document) => return no_document,
        Ok(answers) => answers,
    };
    let config = Config::new(case.checkpoint.parse().unwrap());
    let clock = TestClock::at(case.now_ms.parse().unwrap());
    let state = case.state(&folder());
    let store = state.map_or_else(MemoryStore::default, MemoryStore::with);
    let mut client = LightClient::new(config, Corpus(answers), store, clock).unwrap();
    loop {
        match client.next().await {
            // What comes after it is what the case is about.
            Ok(verdict) if verdict.step() == Step::Stored => {}
            verdict => return verdict.as_ref().map_or_else(|e| e.code(), |_| "accept"),
        }
    }
}

#[tokio::test]
async fn every_case_has_the_verdict_that_it_expects() {
    let cases = cases().unwrap();
    let expected: BTreeSet<_> = cases.values().map(|case| case.expect.as_str()).collect();
    assert_eq!(expected, CODES.into(), "a case for each code");
    for (name, case) in cases {
        assert_eq!(verdict(&case).await, case.expect, "{name}: {}", case.note);
    }
}

/// Every verdict that the answers to one step can have.
///
/// A client never asks what would lead to `header-epoch`, `header-not-ahead` or `header-set-size`, and finds
/// the header's own rules broken before those of a genesis that say the same; the core's own vectors
/// have all of these.
const CODES: [&str; 50] = [
    "accept",
    "answered-json",
    "bad-json",
    "bad-magic",
    "block-incomplete",
    "block-label",
    "checkpoint-label",
    "conflicting-headers",
    "constraint-mismatch",
    "evidence-no-conflict",
    "genesis-not-empty",
    "genesis-params",
    "genesis-position",
    "head-behind",
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
    "non-canonical-element",
    "non-canonical-payload",
    "not-a-name",
    "opening",
    "other-ancestor",
    "other-head",
    "other-height",
    "out-of-range",
    "proof-of-work",
    "proof-shape",
    "state-not-ahead",
    "state-other-checkpoint",
    "state-unknown-key",
    "too-long",
    "trace-height",
    "trailing-bytes",
    "truncated",
    "unknown-circuit",
    "unsupported-version",
    "upgrade-required",
];
