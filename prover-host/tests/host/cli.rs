//! The real binary's words to people: what `follow` says and waits for, and what the environment and
//! the options may be.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Output, Stdio};

use rpp_devnet::DevnetConfig;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::{Limits, Site, serve};
use rpp_prover_host::prove::Witnesses;
use tokio_util::sync::CancellationToken;

use crate::binary::{Devnet, devnet, host, temporary_files, wait};
use crate::support::{CHAIN, CONFIG, Opened};

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Serves, for the rest of this process, what `serve` does with each connection and its number.
fn server(serve: impl Fn(usize, TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let serve = serve.clone();
            std::thread::spawn(move || serve(number, stream.unwrap()));
        }
    });
    url
}

/// Reads a request and answers with a status alone.
fn answer(mut stream: TcpStream, status: &str) {
    let mut request = BufReader::new(stream.try_clone().unwrap()).lines();
    while request.next().is_some_and(|line| !line.unwrap().is_empty()) {}
    let head = "Connection: close\r\nContent-Length: 0\r\n\r\n";
    let _ = write!(stream, "HTTP/1.1 {status}\r\n{head}");
}

/// Passes both directions on.
fn pass_on(stream: TcpStream, address: &str) {
    let host = TcpStream::connect(address).unwrap();
    let (mut from, mut to) = (stream.try_clone().unwrap(), host.try_clone().unwrap());
    std::thread::spawn(move || std::io::copy(&mut from, &mut to));
    let _ = std::io::copy(&mut { host }, &mut { stream });
}

#[test]
fn follow_waits_while_a_proxy_answers_for_a_host_that_starts() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(&data.path().join("chain"));
    let address = devnet.url().strip_prefix("http://").unwrap().to_owned();
    let statuses = [
        "502 Bad Gateway",
        "503 Not Yet",
        "429 Too Many",
        "504 Timeout",
        "404 Not Found",
        "403 Forbidden",
        "302 Found",
        "200 OK",
    ];
    let proxy = server(move |number, stream| match statuses.get(number) {
        Some(status) => answer(stream, status),
        None => pass_on(stream, &address),
    });
    let followed = host(&["follow", &proxy, "--blocks", "2"]).output().unwrap();
    let said = stderr(&followed);
    assert_eq!(followed.status.code(), Some(0), "{said}");
    assert!(said.contains("status 502; asking again"), "{said}");
    assert_eq!(devnet.terminate().code(), Some(0));
    // Each that is new is said, and where the address may be wrong, that too.
    for words in [
        "status 404; asking again",
        "status 403; asking again",
        "with something else than asked for; asking again",
        "is a prover-host at http://127.0.0.1",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn follow_says_when_a_block_is_old_and_when_nothing_newer_comes() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let data = tempfile::tempdir().unwrap();
    let config = DevnetConfig {
        clock: || system_clock() - 660_000,
        ..CONFIG
    };
    let url = runtime.block_on(async {
        let opened =
            Opened::configured(data.path(), config, Default::default(), Default::default());
        let opened = opened.await.unwrap();
        let pipeline = opened.pipeline(Witnesses::Drop);
        let made = pipeline.run(opened.devnet, Some(2), CancellationToken::new());
        made.await.unwrap();
        let host = opened.host;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let forever = CancellationToken::new();
        let site = Site::new(None, Limits::of(64), system_clock, forever);
        site.open(host);
        tokio::spawn(async move { serve(&listener, site).await });
        url
    });
    let followed = host(&["follow", &url, "--blocks", "2"]).output().unwrap();
    let text = String::from_utf8(followed.stdout).unwrap();
    assert_eq!(
        text.matches("verified, but stale: dated 11 min ago")
            .count(),
        2,
        "{text}"
    );
    // From here on nothing can be verified: a proxy says that the host is away.
    let away = server(|_, stream| answer(stream, "503 Away"));
    let old = format!(
        "7:{}:{}:4",
        "01000000".repeat(8),
        system_clock() - 7_300_000
    );
    for (json, expected) in [
        (
            &[][..],
            "height      7  stale: dated 2 h ago, and nothing newer could be verified",
        ),
        (&["--json"], r#""verdict":"stale""#),
    ] {
        let mut follow = host(&["follow", &away, "--checkpoint", &old]);
        let follow = follow
            .args(json)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut follow = follow.spawn().unwrap();
        let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
        assert!(lines.next().unwrap().unwrap().contains("trust"));
        let stale = lines.next().unwrap().unwrap();
        follow.kill().unwrap();
        follow.wait().unwrap();
        assert!(stale.contains(expected), "{stale}");
    }
}

#[test]
fn follow_says_at_once_that_it_has_no_tls() {
    for url in ["https://127.0.0.1:1", "HTTPS://host.example/path"] {
        let refused = host(&["follow", url]).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains("no TLS"), "{}", stderr(&refused));
    }
}

#[test]
fn follow_names_what_a_url_looks_like_that_it_can_read() {
    let refused = host(&["follow", "localhost:9101"]).output().unwrap();
    let said = stderr(&refused);
    assert_eq!(refused.status.code(), Some(1), "{said}");
    assert!(said.contains("give one like http://"), "{said}");
    assert!(!said.contains("https"), "{said}");
}

#[test]
fn verify_reads_standard_input() {
    let dir = tempfile::tempdir().unwrap();
    let empty = dir.path().join("empty").display().to_string();
    std::fs::write(&empty, "").unwrap();
    let files = [
        "verify", "--proof", &empty, "--block", &empty, "--chain", "-",
    ];
    let mut verify = host(&files);
    verify.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut verify = verify.stderr(Stdio::piped()).spawn().unwrap();
    // Longer than a chain may be: nothing else is too long.
    let text = vec![b' '; 20_000];
    let _ = verify.stdin.take().unwrap().write_all(&text);
    let refused = verify.wait_with_output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    let said = String::from_utf8(refused.stdout).unwrap();
    assert!(
        said.contains("too-long") && said.contains("standard input"),
        "{said}"
    );
}

#[test]
fn follow_asks_this_machine_without_a_proxy() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(&data.path().join("chain"));
    let proxy = "http://127.0.0.1:9";
    let mut follow = host(&["follow", devnet.url(), "--blocks", "1"]);
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        follow.env(variable, proxy);
    }
    let mut follow = follow.stdout(Stdio::null()).spawn().unwrap();
    let status = wait(&mut follow);
    let _ = follow.kill();
    assert_eq!(status.code(), Some(0));
    assert_eq!(devnet.terminate().code(), Some(0));
}

#[test]
fn follow_says_since_which_block_it_knows_what_blocks_did() {
    let data = tempfile::tempdir().unwrap();
    let devnet = Devnet::start(&data.path().join("chain"));
    let args = ["follow", devnet.url(), "--transitions", "--blocks", "2"];
    let followed = host(&args).output().unwrap();
    assert_eq!(followed.status.code(), Some(0), "{}", stderr(&followed));
    let text = String::from_utf8(followed.stdout).unwrap();
    let shown = text.matches("verified, accounts since block 1").count();
    assert_eq!(shown, 2, "{text}");
    assert_eq!(devnet.terminate().code(), Some(0));
}

#[test]
fn a_name_can_be_listened_on_and_a_checkpoint_is_said() {
    let data = tempfile::tempdir().unwrap();
    let mut command = host(&["devnet", "--listen", "localhost:0", "--blocks", "1"]);
    command.args([
        "--validators",
        "2",
        "--key-height",
        "4",
        "--epoch-length",
        "2",
    ]);
    command.args(["--block-time-ms", "1", "--data"]);
    let ended = command.arg(data.path().join("chain")).output().unwrap();
    let said = stderr(&ended);
    assert_eq!(ended.status.code(), Some(0), "{said}");
    assert!(said.contains("serving http://127.0.0.1:"), "{said}");
    let (_, checkpoint) = said.split_once("checkpoint 0:").unwrap();
    let (_, genesis) = said.split_once("genesis ").unwrap();
    assert_eq!(checkpoint[..64], genesis[..64]);
    for wrong in [
        "localhost",
        "8645",
        ":8645",
        "::1:8645",
        "localhost:x",
        "localhost:65536",
    ] {
        let refused = host(&["devnet", "--listen", wrong]).output().unwrap();
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
        assert!(
            stderr(&refused).contains("such as 127.0.0.1:8645"),
            "{wrong}"
        );
    }
    let nobody = ["devnet", "--listen", "no-such-host.invalid:1", "--data"];
    let mut nobody = host(&nobody);
    let refused = nobody.arg(data.path().join("none")).output().unwrap();
    assert!(stderr(&refused).contains("cannot listen on no-such-host.invalid:1"));
    assert!(!data.path().join("none").exists());
}

#[test]
fn an_empty_log_level_is_as_none_and_an_invalid_one_is_said() {
    let data = tempfile::tempdir().unwrap();
    for (level, expected) in [("", "serving"), ("x[[", "RUST_LOG is invalid")] {
        let mut command = devnet(&data.path().join("chain"), &["--blocks", "1"]);
        let ended = command.env("RUST_LOG", level).output().unwrap();
        let said = stderr(&ended);
        assert_eq!(ended.status.code(), Some(0), "{said}");
        assert!(
            said.contains(expected) && said.contains("serving"),
            "{said}"
        );
        assert!(!said.contains('\u{1b}'), "{said}");
    }
}

#[test]
fn a_path_that_is_no_text_is_refused_at_once_where_it_cannot_be_used() {
    let data = tempfile::tempdir().unwrap();
    let strange = data.path().join(OsStr::from_bytes(b"chain\xff"));
    let mut command = host(&["devnet", "--listen", "127.0.0.1:0", "--data"]);
    let refused = command.arg(&strange).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("invalid UTF-8"),
        "{}",
        stderr(&refused)
    );
    assert!(!strange.exists());
    // Files are the system's alone.
    let (witness, out) = (strange.with_extension("w"), strange.with_extension("p"));
    std::fs::copy(witness_file(), &witness).unwrap();
    let proven = prove(&witness, &out).output().unwrap();
    assert_eq!(proven.status.code(), Some(0), "{}", stderr(&proven));
    assert!(out.exists());
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_not_the_end() {
    let data = tempfile::tempdir().unwrap();
    let out = data.path().join("proof");
    let prove = prove(&witness_file(), &out);
    let mut limited = std::process::Command::new("sh");
    limited.args(["-c", "ulimit -f 8; exec \"$@\"", "sh"]);
    limited.arg(prove.get_program()).args(prove.get_args());
    let limited = limited.output().unwrap();
    assert_eq!(limited.status.code(), Some(1));
    assert!(
        stderr(&limited).contains("error[file]: cannot write"),
        "{}",
        stderr(&limited)
    );
    assert!(!out.exists() && temporary_files(data.path()) == 0);
}

#[test]
fn a_proof_is_written_through_what_is_no_file_and_a_bad_place_is_found_before_the_work() {
    let data = tempfile::tempdir().unwrap();
    let at = |name: &str| data.path().join(name);
    symlink("/dev/full", at("full")).unwrap();
    let full = prove(&witness_file(), &at("full")).output().unwrap();
    assert_eq!(full.status.code(), Some(1));
    assert!(
        stderr(&full).contains("error[disk-full]"),
        "{}",
        stderr(&full)
    );
    assert!(at("full").is_symlink());
    let mut piped = prove(&witness_file(), Path::new("/dev/stderr"));
    let piped = piped.env("RUST_LOG", "off").output().unwrap();
    assert_eq!(piped.status.code(), Some(0));
    let proof = piped.stderr;
    symlink("proof", at("link")).unwrap();
    let linked = prove(&witness_file(), &at("link")).output().unwrap();
    assert_eq!(linked.status.code(), Some(0));
    assert!(at("link").is_symlink() && at("proof").is_file());
    assert_eq!(&proof[..4], &std::fs::read(at("proof")).unwrap()[..4]);
    for bad in [at("missing/proof"), at(".")] {
        let refused = prove(&witness_file(), &bad).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(said.starts_with("error[file]: cannot"), "{said}");
    }
    assert_eq!(temporary_files(data.path()), 0);
}

#[test]
fn a_bad_place_for_evidence_is_found_before_anything_is_asked() {
    let data = tempfile::tempdir().unwrap();
    // Nobody answers there: a client that asked would wait.
    for bad in [
        data.path().join("missing/evidence"),
        data.path().to_path_buf(),
    ] {
        let mut command = host(&["follow", "http://127.0.0.1:9", "--evidence"]);
        let refused = command.arg(bad).output().unwrap();
        assert_eq!(refused.status.code(), Some(1));
        let said = stderr(&refused);
        assert!(said.starts_with("error[file]: cannot"), "{said}");
    }
    assert_eq!(temporary_files(data.path()), 0);
}

fn witness_file() -> std::path::PathBuf {
    CHAIN.data.path().join("witnesses/consensus/2")
}

fn prove(witness: &Path, out: &Path) -> std::process::Command {
    let mut command = host(&["prove", "consensus", "--witness"]);
    command.arg(witness).arg("--out").arg(out);
    command
}
