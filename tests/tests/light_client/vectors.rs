//! The corpus of `vectors/v1/client`, through the client.

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
    assert!(cases.len() >= 30, "{} cases", cases.len());
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
