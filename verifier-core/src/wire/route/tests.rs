//! Routes that are accepted, and what is refused.

use super::*;
use crate::circuit::CIRCUITS;
use crate::follow::HeadCircuit;
use crate::hash::Digest;
use crate::stark::Key;

fn parse(target: &str) -> Result<Route, RouteError> {
    Route::parse(target, &CIRCUITS)
}

fn proof_of(subject: Subject) -> Route {
    let circuit = Key::of::<HeadCircuit>(0).circuit();
    Route::ProofOf(ProofKey { circuit, subject })
}

fn account(index: u32, height: Option<u32>) -> Route {
    Route::Account { index, height }
}

fn key(from: u32) -> Route {
    let key_id = Digest::ZERO;
    Route::Key { key_id, from }
}

fn transactions(cursor: Option<(u32, u32)>) -> Route {
    let cursor = cursor.map(|(height, position)| TxPlace { height, position });
    Route::AccountTransactions { index: 3, cursor }
}

#[test]
fn accepts_its_own_text() {
    let (validator, epoch) = (5, 2);
    let (first, last) = (16, 31);
    let routes = [
        Route::Chain,
        Route::Head,
        Route::HeadEvents,
        Route::Block { height: u32::MAX },
        Route::Blocks { from: 7, limit: 64 },
        proof_of(Subject::Height(3)),
        proof_of(Subject::Operation(Digest::ZERO)),
        proof_of(Subject::ValidatorEpoch { validator, epoch }),
        proof_of(Subject::Range { first, last }),
        Route::Proof(FileDigest([0xab; 32])),
        Route::Ancestor {
            height: 0,
            within: 3,
        },
        Route::Pruning { first, last },
        Route::Span { first, last },
        Route::Proposer { height: 4 },
        account(7, None),
        account(u32::MAX, Some(0)),
        key(0),
        key(9),
        transactions(None),
        transactions(Some((17, 255))),
        Route::Uptime { validator, epoch },
        Route::Setup { root: 1 },
        Route::Submit,
        Route::Transaction {
            hash: OperationHash(Digest::ZERO),
        },
    ];
    for route in routes {
        assert_eq!(parse(&route.to_string()), Ok(route), "{route}");
    }
}

#[test]
fn accepts_a_page_that_leaves_out_what_has_a_default() {
    let page = |from, limit| Ok(Route::Blocks { from, limit });
    assert_eq!(parse("/v1/blocks"), page(0, 16));
    assert_eq!(parse("/v1/blocks?"), page(0, 16));
    assert_eq!(parse("/v1/blocks?limit=1"), page(0, 1));
    assert_eq!(parse("/v1/blocks?limit=4&from=9"), page(9, 4));
}

#[test]
fn accepts_the_proof_about_a_block_by_its_subject() {
    let name = Key::of::<HeadCircuit>(0).circuit().name();
    let target = alloc::format!("/v1/proofs/{name}/17");
    assert_eq!(parse(&target), Ok(proof_of(Subject::Height(17))));
}

#[test]
fn rejects_every_other_text_with_its_code() {
    let name = Key::of::<HeadCircuit>(0).circuit().name();
    let refused = [
        ("", "unknown-path"),
        ("/", "unknown-path"),
        ("/v1", "unknown-path"),
        ("/v1/", "unknown-path"),
        ("/v2/head", "unknown-path"),
        ("v1/head", "unknown-path"),
        ("/v1/head/", "unknown-path"),
        ("/v1/head/events/", "unknown-path"),
        ("/v1/blocks/", "unknown-path"),
        ("/v1/blocks/1/", "unknown-path"),
        ("/v1/blocks/1/proofs", "unknown-path"),
        ("/v1/chain?", "bad-query"),
        ("/v1/head?x=1", "bad-query"),
        ("/v1/blocks/1?x", "bad-query"),
        ("/v1/blocks/latest", "bad-height"),
        ("/v1/blocks/01", "bad-height"),
        ("/v1/blocks/+1", "bad-height"),
        ("/v1/blocks/%31", "bad-height"),
        ("/v1/blocks/4294967296", "bad-height"),
        ("/v1/blocks?from=01", "bad-query"),
        ("/v1/blocks?from=1&from=2", "bad-query"),
        ("/v1/blocks?from=1&", "bad-query"),
        ("/v1/blocks?from", "bad-query"),
        ("/v1/blocks?limit=0", "bad-query"),
        ("/v1/blocks?limit=65", "bad-query"),
        ("/v1/blocks?to=3", "bad-query"),
        ("/v1/proofs/12", "bad-proof-id"),
        ("/v1/ancestors/1", "bad-query"),
        ("/v1/ancestors/1?in=", "bad-query"),
        ("/v1/ancestors/1?in=2&in=3", "bad-query"),
        ("/v1/ancestors/x?in=2", "bad-height"),
        ("/v1/pruning", "unknown-path"),
        ("/v1/pruning/0-3/", "unknown-path"),
        ("/v1/pruning/0-3?x", "bad-query"),
        ("/v1/pruning/", "bad-subject"),
        ("/v1/pruning/3", "bad-subject"),
        ("/v1/pruning/3-0", "bad-subject"),
        ("/v1/pruning/00-3", "bad-subject"),
        ("/v1/spans", "unknown-path"),
        ("/v1/spans/0-3?x", "bad-query"),
        ("/v1/spans/3-0", "bad-subject"),
        ("/v1/spans/3@0", "bad-subject"),
        ("/v1/blocks/1/proofs/nothing", "unknown-proof-kind"),
        ("/v1/blocks/01/proposer", "bad-height"),
        ("/v1/blocks/1/proposer/", "unknown-path"),
        ("/v1/blocks/1/proposer?x", "bad-query"),
        ("/v1/accounts", "unknown-path"),
        ("/v1/accounts/", "unknown-path"),
        ("/v1/accounts/1/", "unknown-path"),
        ("/v1/accounts/01", "bad-account"),
        ("/v1/accounts/4294967296", "bad-account"),
        ("/v1/accounts/x/transactions", "bad-account"),
        ("/v1/accounts/1/operations", "unknown-path"),
        ("/v1/accounts/1?", "bad-query"),
        ("/v1/accounts/1?height=", "bad-query"),
        ("/v1/accounts/1?height=01", "bad-query"),
        ("/v1/accounts/1?height=1&height=1", "bad-query"),
        ("/v1/accounts/1?at=1", "bad-query"),
        ("/v1/accounts/1/transactions/", "unknown-path"),
        ("/v1/accounts/1/transactions?cursor=1", "bad-query"),
        ("/v1/accounts/1/transactions?cursor=1.256", "bad-query"),
        ("/v1/accounts/1/transactions?cursor=1.01", "bad-query"),
        ("/v1/keys/", "bad-key-id"),
        ("/v1/keys/00", "bad-key-id"),
        ("/v1/keys", "unknown-path"),
        ("/v1/uptime", "unknown-path"),
        ("/v1/uptime/", "bad-validator"),
        ("/v1/uptime/05?epoch=1", "bad-validator"),
        ("/v1/uptime/5", "bad-query"),
        ("/v1/uptime/5?epoch=", "bad-query"),
        ("/v1/uptime/5?epoch=01", "bad-query"),
        ("/v1/uptime/5?epoch=1&epoch=1", "bad-query"),
        ("/v1/uptime/5/?epoch=1", "unknown-path"),
        ("/v1/setup", "bad-query"),
        ("/v1/setup?root=01", "bad-query"),
        ("/v1/setup/", "unknown-path"),
        ("/v1/transactions?x=1", "bad-query"),
        ("/v1/transactions/", "bad-operation-hash"),
        ("/v1/transactions/12", "bad-operation-hash"),
    ];
    for (target, code) in refused {
        assert_eq!(parse(target).map_err(|e| e.code()), Err(code), "{target}");
    }
    let upper = alloc::format!("/v1/proofs/{}", "AB".repeat(32));
    assert_eq!(parse(&upper), Err(RouteError::BadProofId));
    for (end, code) in [
        ("017", "bad-subject"),
        ("31-16", "bad-subject"),
        ("", "bad-subject"),
        ("1-2/", "unknown-path"),
    ] {
        let target = alloc::format!("/v1/proofs/{name}/{end}");
        assert_eq!(parse(&target).map_err(|e| e.code()), Err(code), "{target}");
    }
    let long = alloc::format!("/v1/blocks/1/proofs/{name}/");
    assert_eq!(parse(&long), Err(RouteError::UnknownPath));
}
