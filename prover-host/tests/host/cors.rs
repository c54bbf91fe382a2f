//! Every page may read everything, errors included.

use axum::http::Method;

use crate::support::{ask, get_with, request};

const ORIGIN: (&str, &str) = ("origin", "https://wallet.example");

#[tokio::test]
async fn reads_and_errors_are_open_to_every_origin() {
    for path in [
        "/v1/head",
        "/v1/blocks/1/proofs/consensus",
        "/nowhere",
        "/v1/blocks/99",
    ] {
        let answer = get_with(path, &[ORIGIN]).await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        let exposed = answer.header("access-control-expose-headers");
        assert_eq!(exposed, "etag,retry-after,repr-digest", "{path}");
        let vary = answer.header("vary");
        assert!(
            !vary.contains("origin"),
            "{path}: one answer for all, so one in a cache: {vary}"
        );
    }
}

#[tokio::test]
async fn refused_methods_and_bodies_are_open_too() {
    let too_large = [ORIGIN, ("content-length", "1000000")];
    for headers in [&[ORIGIN][..], &too_large] {
        let answer = ask(request(Method::POST, "/v1/head", headers)).await;
        assert!(answer.status() >= 400);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
    }
}

#[tokio::test]
async fn preflight_lets_a_page_send_its_validators() {
    let asked = [
        ORIGIN,
        ("access-control-request-method", "GET"),
        ("access-control-request-headers", "if-none-match"),
    ];
    for path in ["/v1/proofs/ab", "/nowhere"] {
        let answer = ask(request(Method::OPTIONS, path, &asked)).await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(
            answer.header("access-control-allow-methods"),
            "GET,HEAD,POST"
        );
        assert_eq!(
            answer.header("access-control-allow-headers"),
            "content-type,if-none-match,last-event-id"
        );
    }
}
