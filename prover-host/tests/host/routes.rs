//! Every route, and every problem that it can answer with.

use axum::http::Method;
use rpp_prover_host::http::ProblemKind;
use rpp_verifier::{
    Ancestor, Block, Blocks, ChainJson, Head, HeaderHash, JsonDocument, is_ancestor,
};

use crate::support::{PROVEN, ask, get, request};

async fn block(height: u32) -> Block {
    let answer = get(&format!("/v1/blocks/{height}")).await;
    assert_eq!(answer.status(), 200);
    Block::from_json(&answer.body).unwrap()
}

#[tokio::test]
async fn chain_shows_a_genesis_that_hashes_to_its_hash() {
    let answer = get("/v1/chain").await;
    assert_eq!(
        (answer.status(), answer.header("content-type")),
        (200, "application/json")
    );
    let chain = ChainJson::from_json(&answer.body).unwrap();
    assert_eq!((chain.chain_id, chain.epoch_length), (7, 4));
    assert_eq!(chain.genesis.hash().0, chain.genesis_hash);
    // 64-bit numbers are strings, 32-bit numbers are numbers.
    assert!(answer.json()["genesis"]["timestamp_ms"].is_string());
    assert!(answer.json()["chain_id"].is_number());
}

#[tokio::test]
async fn head_is_the_newest_proven_block() {
    let answer = get("/v1/head").await;
    let head = Head::from_json(&answer.body).unwrap();
    assert_eq!(
        (head.block.header.height, head.latest_height),
        (PROVEN, PROVEN + 1)
    );
    assert_eq!(head.block, block(PROVEN).await);
    assert_eq!(answer.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn blocks_come_with_parent_path_certificate_and_proofs() {
    for height in 1..=PROVEN {
        let block = block(height).await;
        let parent = block.parent.unwrap();
        assert_eq!(parent.header.hash().0, block.header.parent_hash);
        let (hash, root) = (
            HeaderHash(block.header.parent_hash),
            block.header.history_root,
        );
        assert!(is_ancestor(
            &hash,
            height - 1,
            &parent.history_path,
            height,
            &root
        ));
        let certificate = block.certificate.unwrap();
        assert_eq!(certificate.set.set_root(), block.header.validator_set_root);
        assert!(3 * certificate.signed_power > 2 * certificate.set.total_power);
        assert_eq!(block.proofs[0].circuit.as_str(), "consensus");
    }
}

#[tokio::test]
async fn blocks_come_in_pages_to_the_newest_one() {
    let mut query = "limit=4".to_owned();
    let mut heights = Vec::new();
    loop {
        let answer = get(&format!("/v1/blocks?{query}")).await;
        assert_eq!(answer.header("cache-control"), "public, max-age=1");
        let page = Blocks::from_json(&answer.body).unwrap();
        assert!(page.blocks.len() <= 4);
        for listed in page.blocks {
            heights.push(listed.header.height);
            assert_eq!(listed, block(listed.header.height).await);
        }
        let Some(next) = page.next else { break };
        query = format!("limit=4&from={next}");
    }
    assert_eq!(heights, (0..=PROVEN + 1).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_beyond_the_newest_block_is_empty() {
    for query in ["from=11", "from=4294967295&limit=64"] {
        let answer = get(&format!("/v1/blocks?{query}")).await;
        let page = Blocks::from_json(&answer.body).unwrap();
        assert_eq!((page.blocks.len(), page.next), (0, None));
    }
    let whole = get("/v1/blocks").await;
    let whole = Blocks::from_json(&whole.body).unwrap();
    assert_eq!((whole.blocks.len(), whole.next), (11, None));
}

#[tokio::test]
async fn genesis_has_neither_parent_nor_certificate() {
    let genesis = block(0).await;
    assert_eq!((genesis.parent, genesis.certificate), (None, None));
    assert!(genesis.proofs.is_empty());
}

#[tokio::test]
async fn an_unproven_block_is_served_without_proofs() {
    assert!(block(PROVEN + 1).await.proofs.is_empty());
}

#[tokio::test]
async fn sets_change_at_the_end_of_each_epoch_and_nowhere_else() {
    for height in 1..PROVEN {
        let (one, next) = (block(height).await.header, block(height + 1).await.header);
        assert_eq!(next.validator_set_root, one.next_validator_set_root);
        let changes = one.next_validator_set_root != one.validator_set_root;
        assert_eq!(changes, height % 4 == 3);
    }
}

#[tokio::test]
async fn ancestors_come_with_a_path_to_the_later_header() {
    for (height, within) in [(0, 1), (0, PROVEN), (3, PROVEN), (PROVEN - 1, PROVEN)] {
        let answer = get(&format!("/v1/ancestors/{height}?in={within}")).await;
        let ancestor = Ancestor::from_json(&answer.body).unwrap();
        assert_eq!((ancestor.height, ancestor.within), (height, within));
        assert_eq!(ancestor.header_hash, block(height).await.header.hash());
        let root = block(within).await.header.history_root;
        let hash = ancestor.header_hash;
        assert!(is_ancestor(
            &hash,
            height,
            &ancestor.history_path,
            within,
            &root
        ));
    }
}

#[tokio::test]
async fn a_host_that_stopped_proving_is_live_and_not_ready() {
    assert_eq!(get("/health/live").await.json()["live"], true);
    let ready = get("/health/ready").await;
    assert_eq!(
        (ready.status(), ready.problem_code()),
        (503, "not-ready".into())
    );
}

#[tokio::test]
async fn rejects_with_the_code_of_each_fault() {
    let unknown = "ab".repeat(32);
    let faults = [
        ("/", 404, "unknown-path"),
        ("/v1", 404, "unknown-path"),
        ("/v1/blocks/1/", 404, "unknown-path"),
        ("/v1/blocks/%ff", 400, "bad-height"),
        ("/v1/blocks/%31", 400, "bad-height"),
        ("/v1/head?x=1", 400, "bad-query"),
        ("/v1/nothing", 404, "unknown-path"),
        ("/v1/blocks/latest", 400, "bad-height"),
        ("/v1/blocks/-1", 400, "bad-height"),
        ("/v1/blocks/+1", 400, "bad-height"),
        ("/v1/blocks/01", 400, "bad-height"),
        ("/v1/blocks/4294967296", 400, "bad-height"),
        ("/v1/blocks/4294967295", 404, "unknown-block"),
        ("/v1/blocks/x/proofs/consensus", 400, "bad-height"),
        ("/v1/blocks/1/proofs/nothing", 404, "unknown-proof-kind"),
        ("/v1/blocks/99/proofs/consensus", 404, "unknown-block"),
        ("/v1/blocks/0/proofs/consensus", 404, "genesis-has-no-proof"),
        ("/v1/blocks/10/proofs/consensus", 404, "not-proven-yet"),
        ("/v1/proofs/1234", 400, "bad-proof-id"),
        (
            &format!("/v1/proofs/{}", unknown.to_uppercase()),
            400,
            "bad-proof-id",
        ),
        ("/v1/proofs/..%2fchain.json", 400, "bad-proof-id"),
        ("/v1/proofs/consensus/x", 400, "bad-subject"),
        ("/v1/proofs/consensus/01", 400, "bad-subject"),
        ("/v1/proofs/consensus/3-2", 400, "bad-subject"),
        ("/v1/proofs/nothing/1", 404, "unknown-proof-kind"),
        ("/v1/proofs/consensus/10", 404, "not-proven-yet"),
        ("/v1/proofs/consensus/99", 404, "unknown-block"),
        ("/v1/proofs/consensus/0-3", 404, "unknown-proof"),
        ("/v1/proofs/consensus/1@2", 404, "unknown-proof"),
        ("/v1/proofs/consensus/1/", 404, "unknown-path"),
        (&format!("/v1/proofs/{unknown}"), 404, "unknown-proof"),
        ("/v1/ancestors/1", 400, "bad-query"),
        ("/v1/ancestors/1?in=", 400, "bad-query"),
        ("/v1/ancestors/1?at=2", 400, "bad-query"),
        ("/v1/ancestors/1?in=2&in=3", 400, "bad-query"),
        ("/v1/ancestors/2?in=2", 400, "not-an-ancestor"),
        ("/v1/ancestors/2?in=99", 404, "unknown-block"),
        ("/v1/blocks?from=01", 400, "bad-query"),
        ("/v1/blocks?from=-1", 400, "bad-query"),
        ("/v1/blocks?from=", 400, "bad-query"),
        ("/v1/blocks?from", 400, "bad-query"),
        ("/v1/blocks?from=1&from=2", 400, "bad-query"),
        ("/v1/blocks?from=1&", 400, "bad-query"),
        ("/v1/blocks?limit=0", 400, "bad-query"),
        ("/v1/blocks?limit=65", 400, "bad-query"),
        ("/v1/blocks?limit=4294967296", 400, "bad-query"),
        ("/v1/blocks?to=3", 400, "bad-query"),
        ("/v1/blocks/", 404, "unknown-path"),
        ("/problems/no-such-problem", 404, "unknown-path"),
        ("/problems/no-such-problem?x", 404, "unknown-path"),
        ("/problems/bad-query?x", 400, "bad-query"),
        ("/problems/bad-query?", 400, "bad-query"),
        ("/v1/blocks/x/proposer", 400, "bad-height"),
        ("/v1/blocks/0/proposer", 404, "genesis-has-no-proof"),
        ("/v1/blocks/99/proposer", 404, "unknown-block"),
        ("/v1/uptime/x?epoch=0", 400, "bad-validator"),
        ("/v1/uptime/0?epoch=x", 400, "bad-query"),
        ("/v1/uptime/4?epoch=0", 404, "unknown-validator"),
        ("/v1/uptime/0?epoch=9", 404, "unknown-block"),
        ("/v1/accounts/x", 400, "bad-account"),
        ("/v1/accounts/1?height=99", 404, "unknown-block"),
        ("/v1/accounts/1?x=1", 400, "bad-query"),
        ("/v1/accounts/-1/transactions", 400, "bad-account"),
        ("/v1/accounts/1/transactions?cursor=1", 400, "bad-query"),
        ("/v1/keys/x", 400, "bad-key-id"),
        ("/v1/transactions/x", 400, "bad-operation-hash"),
        (
            &format!("/v1/transactions/{}", "00".repeat(32)),
            404,
            "unknown-operation",
        ),
        ("/v1/transactions", 405, "method-not-allowed"),
        ("/health/live?x=1", 400, "bad-query"),
        ("/health/live?", 400, "bad-query"),
        ("/health/ready?x=1", 400, "bad-query"),
    ];
    for (path, status, code) in faults {
        let answer = get(path).await;
        assert_eq!(
            (answer.status(), answer.problem_code().as_str()),
            (status, code),
            "{path}"
        );
    }
}

#[tokio::test]
async fn not_proven_yet_says_when_to_ask_again() {
    let answer = get("/v1/blocks/10/proofs/consensus").await;
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn rejects_other_methods_and_lists_those_allowed() {
    for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
        let answer = ask(request(method, "/v1/head", &[])).await;
        assert_eq!(answer.status(), 405);
        assert_eq!(answer.problem_code(), "method-not-allowed");
        assert_eq!(answer.header("allow"), "GET,HEAD");
    }
}

#[tokio::test]
async fn rejects_a_body_by_its_announced_length() {
    let headers = [("content-length", "1073741824")];
    let answer = ask(request(Method::POST, "/v1/head", &headers)).await;
    assert_eq!(
        (answer.status(), answer.problem_code()),
        (413, "body-too-large".into())
    );
}

#[tokio::test]
async fn answers_head_requests_without_a_body() {
    let answer = ask(request(Method::HEAD, "/v1/chain", &[])).await;
    assert_eq!((answer.status(), answer.body.len()), (200, 0));
}

#[tokio::test]
async fn every_problem_has_a_page() {
    let rules = ["operation-balance", "signature-root-mismatch", "truncated"];
    let rules = rules.map(|code| ProblemKind::of(code).unwrap());
    for kind in ProblemKind::ALL.into_iter().chain(rules) {
        let answer = get(&format!("/problems/{}", kind.code())).await;
        assert_eq!(
            (answer.status(), answer.header("content-type")),
            (200, "text/html; charset=utf-8")
        );
        assert!(
            String::from_utf8(answer.body)
                .unwrap()
                .contains(kind.title())
        );
    }
}

#[test]
fn problem_codes_are_distinct() {
    for (i, kind) in ProblemKind::ALL.iter().enumerate() {
        assert!(
            ProblemKind::ALL[..i]
                .iter()
                .all(|other| other.code() != kind.code())
        );
    }
}
