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
        (".env", "password"),
        (".well-known/a", "a"),
        ("v1/chain", "not the chain"),
        ("../secret", "secret"),
    ];
    std::fs::create_dir_all(root.join(".well-known")).unwrap();
    for (name, text) in files {
        std::fs::write(root.join(name), text).unwrap();
    }
    for (name, target) in [
        ("inward.js", "app.js"),
        ("outward", "../secret"),
        ("to-env", ".env"),
        ("away", ".."),
    ] {
        std::os::unix::fs::symlink(target, root.join(name)).unwrap();
    }
    outside
}

fn page(folder: &TempDir) -> Router {
    let web = WebFolder::open(&folder.path().join("page"), NOWHERE.as_ref()).unwrap();
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
        ("/inward.js", "text/javascript"),
        ("/?checkpoint=0", "text/html"),
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
        let etag = answer.header("etag").to_owned();
        let again = get(&router, path, &[("if-none-match", &etag)]).await;
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
        "/index.html/",
        "/app%2ejs",
        "/app.js.br",
        "/.env",
        "/.well-known/a",
        "/outward",
        "/to-env",
        "/away/secret",
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

#[tokio::test]
async fn what_changes_in_the_folder_later_is_not_served() {
    let folder = folder();
    let router = page(&folder);
    let root = folder.path().join("page");
    std::fs::write(root.join("later.js"), "later").unwrap();
    std::fs::remove_file(root.join("app.js")).unwrap();
    std::os::unix::fs::symlink("../secret", root.join("app.js")).unwrap();
    assert_eq!(get(&router, "/later.js", &[]).await.status(), 404);
    assert_eq!(get(&router, "/app.js", &[]).await.body, b"export {};");
}

#[test]
fn rejects_a_folder_that_has_to_do_with_the_data() {
    let folder = folder();
    let root = folder.path().join("page");
    let inside = root.join("devnet-data");
    std::fs::create_dir(&inside).unwrap();
    std::os::unix::fs::symlink(&inside, folder.path().join("link")).unwrap();
    for data in [&inside, &root, folder.path(), &folder.path().join("link")] {
        let refused = WebFolder::open(&root, data).unwrap_err();
        assert_eq!(refused.code(), "web-holds-data", "{}", data.display());
    }
    assert!(WebFolder::open(&root, &folder.path().join("assets")).is_ok());
    // Nor with one that is only made later, at a first start.
    std::os::unix::fs::symlink(&root, folder.path().join("way")).unwrap();
    for later in [
        "page/later",
        "page/deep/later",
        "way/later",
        "assets/../page/later",
    ] {
        let refused = WebFolder::open(&root, &folder.path().join(later)).unwrap_err();
        assert_eq!(refused.code(), "web-holds-data", "{later}");
    }
    assert!(WebFolder::open(&root, &folder.path().join("later")).is_ok());
}

/// Returns what serving the page comes to, with a data folder beside it.
fn served(folder: &TempDir) -> &'static str {
    let opened = WebFolder::open(&folder.path().join("page"), &folder.path().join("data"));
    opened.map_or_else(|refused| refused.code(), |_| "served")
}

#[test]
fn rejects_a_folder_with_the_data_of_any_chain() {
    let identity = format!("folder={}\nstage=new\n", "7".repeat(32));
    let (log, other_log) = (b"\x37\x7f\x06\x82...", b"\x37\x7f\x06\x83...");
    let cases: [(&str, &[u8]); 7] = [
        ("devnet-data/chain.db", b""),
        ("deep/devnet/keys.db", b""),
        ("data/identity", identity.as_bytes()),
        ("keys.bak", b"SQLite format 3\0..."),
        ("deep/keys.js", b"SQLite format 3\0..."),
        ("log", log),
        ("other-log", other_log),
    ];
    for (name, bytes) in cases {
        let folder = folder();
        let path = folder.path().join("page").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(served(&folder), "web-holds-data", "{name}");
    }
    let folder = folder();
    let root = folder.path().join("page");
    std::fs::write(root.join("identity"), "a page's own").unwrap();
    std::fs::write(root.join("chain.db.js"), "SQLite format 3").unwrap();
    assert_eq!(served(&folder), "served");
}

#[test]
fn rejects_a_file_of_the_data_under_another_name() {
    let folder = folder();
    let (root, devnet) = (
        folder.path().join("page"),
        folder.path().join("data/devnet"),
    );
    std::fs::create_dir_all(&devnet).unwrap();
    for file in [devnet.join("signed"), folder.path().join("data/lock")] {
        std::fs::write(&file, b"7").unwrap();
        assert_eq!(served(&folder), "served");
        std::fs::hard_link(&file, root.join("link.txt")).unwrap();
        assert_eq!(served(&folder), "web-holds-data", "{}", file.display());
        std::fs::remove_file(root.join("link.txt")).unwrap();
    }
    // A folder that is not served itself, and a link to what is in it.
    std::fs::create_dir(root.join("my data")).unwrap();
    std::fs::write(root.join("my data/a"), b"SQLite format 3\0").unwrap();
    assert_eq!(served(&folder), "served");
    std::os::unix::fs::symlink("my data/a", root.join("a.js")).unwrap();
    assert_eq!(served(&folder), "web-holds-data");
}

#[test]
fn rejects_a_folder_that_is_too_large_for_a_page() {
    let folder = folder();
    let root = folder.path().join("page");
    let large = std::fs::File::create(root.join("large")).unwrap();
    large.set_len(65 << 20).unwrap();
    let refused = WebFolder::open(&root, NOWHERE.as_ref()).unwrap_err();
    assert_eq!(refused.code(), "web-too-large");
}

/// A data folder that is not there yet.
const NOWHERE: &str = "/nowhere/at/all";

#[test]
fn rejects_a_folder_without_a_page() {
    let folder = folder();
    let refused = WebFolder::open(folder.path(), NOWHERE.as_ref()).unwrap_err();
    let WebError::NoIndex { path } = &refused else {
        panic!("{refused}");
    };
    assert_eq!(
        (path.as_path(), refused.code()),
        (folder.path(), "web-no-index")
    );
}
