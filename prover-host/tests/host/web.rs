//! The files of `--web DIR`, beside the API.

use axum::Router;
use axum::http::Method;
use rpp_prover_host::http::{WebError, WebFolder, router};
use tempfile::TempDir;

use crate::support::{Answer, CHAIN, ask_of, request};

fn folder() -> TempDir {
    let outside = tempfile::tempdir().unwrap();
    let root = outside.path().join("page");
    std::fs::create_dir_all(root.join("assets")).unwrap();
    std::fs::create_dir_all(root.join("v1")).unwrap();
    let files = [
        ("index.html", "<!doctype html><title>wallet</title>"),
        ("app.js", "export {};"),
        ("app.js.br", "brotli"),
        ("app.js.gz", "gzip"),
        ("rpp_bg.wasm", "wasm"),
        ("style.css", "p {}"),
        ("assets/a.js", "a"),
        ("v1/chain", "not the chain"),
        ("../secret", "secret"),
    ];
    for (name, text) in files {
        std::fs::write(root.join(name), text).unwrap();
    }
    outside
}

fn page(folder: &TempDir) -> Router {
    let web = WebFolder::open(&folder.path().join("page")).unwrap();
    router(CHAIN.host.clone(), Some(&web))
}

async fn get(router: &Router, path: &str, headers: &[(&str, &str)]) -> Answer {
    ask_of(router.clone(), request(Method::GET, path, headers)).await
}

#[tokio::test]
async fn files_have_their_types_and_the_headers_of_a_page() {
    let folder = folder();
    let router = page(&folder);
    for (path, media_type) in [
        ("/", "text/html"),
        ("/index.html", "text/html"),
        ("/app.js", "text/javascript"),
        ("/assets/a.js", "text/javascript"),
        ("/rpp_bg.wasm", "application/wasm"),
        ("/style.css", "text/css"),
    ] {
        let answer = get(&router, path, &[]).await;
        assert_eq!(
            (answer.status(), answer.header("content-type")),
            (200, media_type)
        );
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
             img-src 'self' data:; connect-src *; worker-src 'self'; object-src 'none'; \
             base-uri 'none'; frame-ancestors 'none'"
        );
        let modified = answer.header("last-modified").to_owned();
        let again = get(&router, path, &[("if-modified-since", &modified)]).await;
        assert_eq!((again.status(), again.body.len()), (304, 0), "{path}");
    }
}

#[tokio::test]
async fn compressed_files_are_served_to_those_who_take_them() {
    let folder = folder();
    let router = page(&folder);
    for (accept, encoding, body) in [
        ("br, gzip", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("identity", "", "export {};"),
    ] {
        let answer = get(&router, "/app.js", &[("accept-encoding", accept)]).await;
        assert_eq!(answer.header("content-encoding"), encoding);
        assert_eq!(answer.header("content-type"), "text/javascript");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(answer.body, body.as_bytes());
    }
}

#[tokio::test]
async fn the_api_comes_before_the_files() {
    let folder = folder();
    let router = page(&folder);
    let chain = get(&router, "/v1/chain", &[]).await;
    assert_eq!(chain.body, CHAIN.chain_file());
    assert_eq!(chain.header("content-security-policy"), "");
    assert_eq!(get(&router, "/health/live", &[]).await.status(), 200);
}

#[tokio::test]
async fn rejects_what_is_no_file_of_the_folder() {
    let folder = folder();
    let router = page(&folder);
    for path in [
        "/nowhere",
        "/assets/",
        "/../secret",
        "/..%2fsecret",
        "/%2e%2e/secret",
        "/assets/..%2f..%2fsecret",
        "/assets%00",
        "/%ff",
        "//etc/passwd",
        "/v1/nowhere",
    ] {
        let answer = get(&router, path, &[]).await;
        let code = (answer.status(), answer.problem_code());
        assert_eq!(code, (404, "unknown-path".into()), "{path}");
    }
    let posted = ask_of(router.clone(), request(Method::POST, "/app.js", &[])).await;
    assert_eq!(posted.problem_code(), "unknown-path");
    let refused = ask_of(router, request(Method::POST, "/v1/head", &[])).await;
    assert_eq!(refused.problem_code(), "method-not-allowed");
}

#[test]
fn rejects_a_folder_without_a_page() {
    let folder = folder();
    let refused = WebFolder::open(folder.path()).unwrap_err();
    let WebError::NoIndex { path } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(
        (path.as_path(), refused.code()),
        (folder.path(), "web-no-index")
    );
}
