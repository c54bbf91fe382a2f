//! How often a validator has voted, under a light client's head; and a host that lies about it.

use rpp_light_client::{Answer, Error};
use rpp_verifier::{Ancestor, Block, ServedUptime};

use crate::light_client::{CHAIN, Link, TOP, at_top, served};
use crate::requested::{prove, request};
use crate::support::{CONFIG, STARK, stark_or};
use crate::uptime::voters;

/// The epoch that is over.
const EPOCH: u32 = 0;

fn proof_path(validator: u32) -> String {
    format!("/v1/proofs/uptime/{validator}@{EPOCH}")
}

/// Has all that is asked about proven.
async fn proven() {
    for validator in 0..CONFIG.validators {
        let asked = request(&CHAIN.host, &proof_path(validator)).await;
        assert_eq!(asked.status(), 202);
    }
    prove(&CHAIN.host).await;
}

#[tokio::test]
async fn shows_how_often_each_validator_has_voted_once_the_proof_is_made() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    // Whoever asks has it made, and is told to wait.
    let asked = ledger.uptime(2, EPOCH).await.unwrap_err();
    assert_eq!(
        (asked.code(), asked.is_transient()),
        ("provider-busy", true)
    );
    let paths = link.asked();
    let expected = [
        "/v1/blocks/4",
        "/v1/ancestors/4?in=6",
        "/v1/uptime/2?epoch=0",
        "/v1/proofs/uptime/2@0",
        "/v1/proofs/uptime/2@0",
        "/v1/proofs/uptime/2@0",
    ];
    assert_eq!(paths, expected);
    assert_eq!(CHAIN.host.ledger().requests(), 1);
    proven().await;
    for validator in 0..CONFIG.validators {
        let uptime = ledger.uptime(validator, EPOCH).await.unwrap();
        let voted = (1..=3).filter(|&h| voters(&CHAIN.host, h).contains(validator));
        assert_eq!(uptime.signed(), u32::try_from(voted.count()).unwrap());
        assert_eq!((uptime.validator(), uptime.epoch()), (validator, EPOCH));
        assert_eq!((uptime.first(), uptime.last()), (1, 3));
        let after = ledger.ancestor(4).await.unwrap();
        assert_eq!(uptime.header_hash(), after.hash());
    }
    // What is not over under the header is asked of nobody.
    link.asked();
    for epoch in [1, u32::MAX] {
        let above = ledger.uptime(0, epoch).await.unwrap_err();
        assert_eq!(
            (above.code(), above.kind().name()),
            ("above-head", "config")
        );
    }
    assert_eq!(link.asked(), Vec::<String>::new());
    assert_eq!(TOP, 6);
}

#[tokio::test]
async fn believes_no_count_that_is_not_proven() {
    proven().await;
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let honest = ledger.uptime(1, EPOCH).await.unwrap();
    type Lie = fn(&mut ServedUptime);
    let lies: [(Lie, &str); 10] = [
        // One too low is as much of a lie as one too high.
        (|served| served.signed ^= 1, STARK),
        (|served| served.signed -= 1, STARK),
        (|served| served.signed = 4, "uptime-count"),
        (|served| served.key_id = served.validator_set_root, STARK),
        (|served| served.validator_set_root = served.key_id, STARK),
        (|served| served.validator = 2, "other-validator"),
        (|served| served.epoch = 1, "other-epoch"),
        (|served| served.first = 2, "other-epoch"),
        (
            |served| served.header_hash.0 = served.key_id,
            "other-header",
        ),
        (|served| served.last = 2, "other-epoch"),
    ];
    assert!(honest.signed() > 0);
    for (lie, code) in lies {
        link.forge("/v1/uptime/", lie);
        let error = ledger.uptime(1, EPOCH).await.unwrap_err();
        assert!(!error.is_transient(), "{error}");
        assert_eq!(stark_or(error.code()), code, "{error}");
    }
    link.repent();
    assert_eq!(ledger.uptime(1, EPOCH).await.unwrap(), honest);
}

#[tokio::test]
async fn believes_nothing_about_another_validator_or_under_another_header() {
    proven().await;
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let others = served(&link, &proof_path(2)).await;
    link.tell(move |request, answer| match &*request.path {
        "/v1/proofs/uptime/1@0" => Answer {
            body: others.clone(),
            ..answer
        },
        _ => answer,
    });
    let error = ledger.uptime(1, EPOCH).await.unwrap_err();
    assert_eq!(stark_or(error.code()), STARK);
    assert!(!error.is_transient());
    // All that is honest about another validator, under the name of this one.
    let (document, proof) = (
        served(&link, "/v1/uptime/2?epoch=0").await,
        served(&link, &proof_path(2)).await,
    );
    link.tell(move |request, mut answer| {
        match &*request.path {
            "/v1/uptime/1?epoch=0" => {
                answer.body.clone_from(&document);
                answer.body[8] = 1;
            }
            "/v1/proofs/uptime/1@0" => answer.body.clone_from(&proof),
            _ => {}
        }
        answer
    });
    let error = ledger.uptime(1, EPOCH).await.unwrap_err();
    assert_eq!(stark_or(error.code()), STARK);
    link.forge("/v1/blocks/4", |block: &mut Block| {
        block.header.participation_root = block.header.state_root;
    });
    let error = ledger.uptime(1, EPOCH).await.unwrap_err();
    assert_eq!(error.code(), "claim-not-ancestor");
    link.forge("/v1/ancestors/", |ancestor: &mut Ancestor| {
        ancestor.history_path.0[0] = ancestor.header_hash.0;
    });
    let error = ledger.uptime(1, EPOCH).await.unwrap_err();
    assert_eq!(error.code(), "claim-not-ancestor");
}

#[tokio::test]
async fn takes_what_a_host_cannot_prove_for_trouble() {
    let link = Link::honest();
    let (client, verdict) = at_top(&link).await;
    let ledger = client.ledger(verdict.header()).unwrap();
    let refused = ledger.uptime(CONFIG.validators, EPOCH).await.unwrap_err();
    let Error::Problem(problem) = &refused else {
        panic!("{refused}")
    };
    let code = problem.provider_code.as_deref();
    assert_eq!(code, Some("unknown-validator"));
    assert_eq!(
        (refused.code(), refused.is_transient()),
        ("provider-refused", true)
    );
    proven().await;
    link.tell(|request, mut answer| {
        if request.path.starts_with("/v1/uptime/") {
            answer.body.truncate(60);
        }
        answer
    });
    let cut = ledger.uptime(0, EPOCH).await.unwrap_err();
    assert_eq!((cut.code(), cut.is_transient()), ("truncated", true));
    // Whatever comes after a question that was not answered is not asked for.
    link.tell(|request, answer| match request.body {
        Some(_) => Answer {
            status: 200,
            ..answer
        },
        None if request.path.starts_with("/v1/proofs/") => Answer {
            status: 410,
            body: br#"{"code":"proof-retired"}"#.to_vec(),
            ..answer
        },
        None => answer,
    });
    link.asked();
    let foreign = ledger.uptime(0, EPOCH).await.unwrap_err();
    assert_eq!(
        (foreign.code(), foreign.is_transient()),
        ("provider-refused", true)
    );
    assert_eq!(link.asked().len(), 5);
}
