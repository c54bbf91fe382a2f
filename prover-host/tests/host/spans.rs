//! Spans of epochs: those that a host makes by itself, and those that somebody asks for.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Witnesses};
use rpp_prover_host::state::{EpochSpan, Host, PruneBehind, Retention, SpanEpochs, SpanReport};
use rpp_prover_host::steps::{Step, Steps};
use rpp_verifier::{
    Block, CIRCUITS, Header, JsonDocument as _, Proof, ServedSpan, Span, SpanStatement,
    VerifyingKey,
};
use serde_json::Value;
use sqlx::Connection as _;
use tokio_util::sync::CancellationToken;

use crate::audit::connect;
use crate::binary::{Devnet, devnet};
use crate::kill::get;
use crate::lost::copy_all;
use crate::node::Node;
use crate::pruned::{behind, open, stop_at};
use crate::requested::{Idle, proof, prove, refused, request};
use crate::support::{CONFIG, Opened, PROVERS, get_of, read};

/// Six epochs are over.
const BLOCKS: u32 = 25;

/// Makes a chain of proven blocks without a span, and lets go of it.
async fn old_chain(data: &Path) {
    let opened = Opened::at(data).await.unwrap();
    drop(opened.run(BLOCKS).await.unwrap());
}

async fn opened(data: &Path) -> Arc<Host> {
    Arc::new(open(data, Steps::default()).await.unwrap())
}

fn epochs(text: &str) -> SpanEpochs {
    text.parse().unwrap()
}

const fn span(first: u32, last: u32) -> EpochSpan {
    EpochSpan { first, last }
}

const fn end(epoch: u32) -> u32 {
    (epoch + 1) * CONFIG.epoch_length - 1
}

fn header(host: &Host, height: u32) -> Header {
    host.ledger().header(height).unwrap().clone()
}

fn path(span: EpochSpan) -> String {
    format!("/v1/proofs/span/{span}")
}

/// Runs a host that gets no further block until something holds, or it is stopped.
async fn run(
    host: Arc<Host>,
    (pruning, spans): (Option<PruneBehind>, SpanEpochs),
    is_done: impl Fn(&Host) -> bool,
) -> Result<Arc<Host>, PipelineError> {
    let stop = CancellationToken::new();
    let pipeline = Pipeline {
        host: host.clone(),
        provers: PROVERS.clone(),
        progress: Progress::default(),
        witnesses: Witnesses::Drop,
        retention: Retention::All,
        pruning,
        spans,
    };
    let running = pipeline.run(Idle(Node::new(&[])), None, stop.clone());
    let mut running = tokio::spawn(running);
    let ran = loop {
        tokio::select! {
            ended = &mut running => break ended.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(5)) => {
                if is_done(&host) {
                    stop.cancel();
                }
            }
        }
    };
    host.database().close().await;
    ran.map(|()| host)
}

fn are_served(spans: &[EpochSpan]) -> impl Fn(&Host) -> bool + use<> {
    let spans = spans.to_vec();
    move |host| {
        let ledger = host.ledger();
        let is_served = |span: &EpochSpan| ledger.span_from(span.first, span.last);
        spans
            .iter()
            .all(|span| is_served(span).is_some_and(|(longest, _)| longest == *span))
    }
}

/// Returns the longest span from an epoch on, as the host describes and serves it, verified as a client does that trusts the set of the
/// first epoch.
async fn proven(host: &Arc<Host>, asked: EpochSpan) -> EpochSpan {
    let served: ServedSpan = read(host, &asked.route().to_string()).await;
    let span = span(served.first, served.last);
    let last = header(host, end(span.last));
    assert_eq!((span.first, &served.header), (asked.first, &last));
    assert_eq!(served.parent.header, header(host, last.height - 1));
    assert_eq!(served.set.set_root(), last.validator_set_root);
    let length = NonZeroU32::new(CONFIG.epoch_length).unwrap();
    let first = header(host, end(span.first));
    let statement =
        SpanStatement::new(first.height, length, first.validator_set_root, &last).unwrap();
    assert_eq!(statement.ends, span.last - span.first + 1);
    let proof = proof(host, &path(span)).await;
    let key = VerifyingKey::<Span>::new(CONFIG.chain_id);
    assert!(key.verify(statement, &proof).is_ok());
    let file = get_of(host, &format!("/v1/proofs/{}", served.proof.id)).await;
    assert_eq!(file.status(), 200);
    span
}

async fn change(data: &Path, change: &'static str) -> u64 {
    let mut connection = connect(&data.join("chain.db")).await;
    let changed = sqlx::query(change).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    changed.rows_affected()
}

#[tokio::test]
async fn spans_are_made_one_after_the_other_and_stay_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let host = opened(data).await;
    let none = get_of(&host, "/v1/spans/0-5").await;
    assert_eq!(
        (none.status(), none.problem_code()),
        (404, "unknown-proof".into())
    );
    let first = [span(0, 1), span(2, 3), span(4, 5)];
    let host = run(host, (None, epochs("2")), are_served(&first))
        .await
        .unwrap();
    drop(host);
    // Another number is for those that follow.
    let host = opened(data).await;
    let (served, before) = (3, 6);
    assert_eq!(host.ledger().span_report(), SpanReport { served, before });
    for (asked, longest) in [
        (span(0, 5), first[0]),
        (span(0, 1), first[0]),
        (span(2, 1000), first[1]),
        (span(4, u32::MAX), first[2]),
    ] {
        assert_eq!(proven(&host, asked).await, longest);
    }
    for unknown in ["/v1/spans/0-0", "/v1/spans/1-5", "/v1/spans/6-9"] {
        assert_eq!(get_of(&host, unknown).await.problem_code(), "unknown-proof");
    }
    let described = get_of(&host, "/v1/spans/0-1").await;
    assert_eq!(described.header("cache-control"), "public, max-age=60");
    host.database().close().await;
    drop(host);
    let opened = Opened::at(data).await.unwrap();
    let pipeline = Pipeline {
        spans: epochs("3"),
        ..opened.pipeline(Witnesses::Drop)
    };
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    let next = are_served(&[span(6, 8)]);
    while !next(&host) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    assert_eq!(proven(&host, span(6, 20)).await, span(6, 8));
    assert!(are_served(&first)(&host));
    host.database().close().await;
}

#[tokio::test]
async fn any_run_of_epochs_is_proven_for_whoever_asks() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let host = opened(data).await;
    let asked = [span(1, 4), span(1, 2)];
    for span in asked {
        let unasked = get_of(&host, &path(span)).await;
        assert_eq!(unasked.problem_code(), "unknown-proof");
        // Whoever asks twice gets the same answer.
        for _ in 0..2 {
            let answer = request(&host, &path(span)).await;
            assert_eq!(answer.status(), 202, "{answer:?}");
            let said = answer.json();
            assert_eq!(
                (&said["first"], &said["last"]),
                (&span.first.into(), &span.last.into())
            );
            assert_eq!(said["height"], end(span.last));
            let hash = header(&host, end(span.last)).hash();
            assert_eq!(said["header_hash"], hash.to_string());
            assert_eq!(said.as_object().unwrap().len(), 4);
        }
        assert_eq!(
            get_of(&host, &path(span)).await.problem_code(),
            "not-proven-yet"
        );
        let described = get_of(&host, &span.route().to_string()).await;
        assert_eq!(described.problem_code(), "unknown-proof");
    }
    prove(&host).await;
    for (to, longest) in [(2, asked[1]), (3, asked[1]), (4, asked[0]), (5, asked[0])] {
        assert_eq!(proven(&host, span(1, to)).await, longest);
    }
    assert_eq!(host.ledger().span_report(), SpanReport::default());
    for (path, status, code) in [
        ("/v1/proofs/span/0-0", 404, "unknown-proof"),
        ("/v1/proofs/span/0-1024", 404, "unknown-proof"),
        // No header can end the last epoch.
        (
            "/v1/proofs/span/1073741000-1073741824",
            404,
            "unknown-proof",
        ),
        (
            "/v1/proofs/span/4294967294-4294967295",
            404,
            "unknown-proof",
        ),
        ("/v1/proofs/span/5-6", 404, "unknown-block"),
        ("/v1/proofs/span/0-1023", 404, "unknown-block"),
        ("/v1/proofs/span/3@0", 404, "unknown-proof-kind"),
        ("/v1/proofs/span/3-0", 400, "bad-subject"),
    ] {
        assert_eq!(
            refused(&host, path).await,
            (status, code.to_owned()),
            "{path}"
        );
    }
    // What an earlier release has not kept is not made up.
    let forgotten = "DELETE FROM witnesses WHERE circuit = 'consensus' AND subject = '11'";
    assert_eq!(change(data, forgotten).await, 1);
    let unknown = refused(&host, "/v1/proofs/span/0-3").await;
    assert_eq!(unknown, (404, "votes-unknown".to_owned()));
    assert_eq!(request(&host, "/v1/proofs/span/3-5").await.status(), 202);
    assert_eq!(request(&host, "/v1/spans/3-5").await.status(), 405);
    host.database().close().await;
}

#[tokio::test]
async fn an_epoch_whose_votes_are_not_there_is_between_two_spans() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let forgotten = "DELETE FROM witnesses WHERE circuit = 'consensus' AND subject = '7'";
    assert_eq!(change(data, forgotten).await, 1);
    let damaged =
        "UPDATE witnesses SET bytes = zeroblob(9) WHERE circuit = 'consensus' AND subject = '19'";
    assert_eq!(change(data, damaged).await, 1);
    let host = opened(data).await;
    let whole = [span(2, 3)];
    let host = run(host, (None, epochs("3")), are_served(&whole))
        .await
        .unwrap();
    let (served, before) = (1, 4);
    assert_eq!(host.ledger().span_report(), SpanReport { served, before });
}

#[tokio::test]
async fn rejects_rows_of_spans_that_no_host_decides() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    for wrong in [
        // One end alone, one that is not over, no end, and two that overlap.
        "INSERT INTO spans (first_epoch, last_epoch) VALUES (2, 2)",
        "INSERT INTO spans (first_epoch, last_epoch) VALUES (4, 6)",
        "INSERT INTO spans (first_epoch, last_epoch) VALUES (1, 4294967295)",
        "INSERT INTO spans (first_epoch, last_epoch) VALUES (0, 2), (2, 3)",
    ] {
        assert!(change(data, wrong).await > 0);
        let refused = open(data, Steps::default()).await.unwrap_err();
        assert_eq!(refused.code(), "data-damaged", "{wrong}");
        assert!(change(data, "DELETE FROM spans").await > 0);
    }
    opened(data).await.database().close().await;
}

/// Asserts that the proof of the end of every epoch is served.
async fn assert_ends(host: &Arc<Host>) {
    for epoch in 0..BLOCKS / CONFIG.epoch_length {
        let own = get_of(host, &format!("/v1/proofs/consensus/{}", end(epoch))).await;
        assert_eq!(own.status(), 200, "{epoch}");
    }
}

/// Returns a chain whose first 16 blocks are pruned.
async fn pruned_chain(data: &Path) {
    old_chain(data).await;
    let is_pruned = |host: &Host| {
        let ledger = host.ledger();
        let range = ledger.pruned_range(15);
        range.is_some_and(|range| ledger.is_pruned(range))
    };
    let host = opened(data).await;
    let pruning = (Some(behind(8)), SpanEpochs::NONE);
    drop(run(host, pruning, is_pruned).await.unwrap());
}

#[tokio::test]
async fn a_host_that_ends_at_each_step_leads_on_from_the_end_of_each_epoch() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old");
    pruned_chain(&old).await;
    let pruning = (Some(behind(8)), epochs("2"));
    for (step, nth) in Step::SPAN
        .into_iter()
        .flat_map(|step| [(step, 1), (step, 2)])
    {
        let data = dir.path().join(format!("{step:?}-{nth}"));
        copy_all(&old, &data);
        let host = Arc::new(open(&data, stop_at(step, nth)).await.unwrap());
        let stopped = run(host, pruning, |_| false).await.unwrap_err();
        let by_test = matches!(
            stopped,
            PipelineError::Publish(_) | PipelineError::Stopped(_) | PipelineError::KeptProof(_)
        );
        assert!(by_test, "{step:?} {nth}: {stopped}");
        // Before the next process has done anything.
        let host = opened(&data).await;
        assert_ends(&host).await;
        drop(host);
        let made = [span(0, 1), span(2, 3)];
        let host = opened(&data).await;
        let host = run(host, pruning, are_served(&made)).await.unwrap();
        drop(host);
        let host = opened(&data).await;
        assert_ends(&host).await;
        assert!(are_served(&made)(&host));
        host.database().close().await;
    }
}

#[tokio::test]
async fn a_span_that_is_lost_is_made_again_of_a_pruned_chain() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    pruned_chain(data).await;
    let made = [span(0, 1)];
    let host = opened(data).await;
    let host = run(host, (None, epochs("2")), are_served(&made))
        .await
        .unwrap();
    let (_, file) = host.ledger().span_from(0, 1).unwrap();
    drop(host);
    fs::remove_file(data.join("proofs").join(file.id.to_string())).unwrap();
    let host = opened(data).await;
    assert_eq!(
        get_of(&host, "/v1/spans/0-1").await.problem_code(),
        "unknown-proof"
    );
    // The option need not be given.
    let again = (None, SpanEpochs::NONE);
    let host = run(host, again, are_served(&made)).await.unwrap();
    assert_eq!(proven(&host, span(0, 1)).await, span(0, 1));
    host.database().close().await;
    drop(host);
}

/// As an operator starts it.
#[test]
fn a_devnet_proves_its_epochs_two_by_two() {
    let data = tempfile::tempdir().unwrap();
    let running = Devnet::spawn(devnet(&data.path().join("chain"), &["--span-epochs", "2"]));
    let address = running.url().strip_prefix("http://").unwrap();
    let start = Instant::now();
    let served = loop {
        let answer = get(address, "/v1/spans/0-9").unwrap_or_default();
        if let Ok(served) = ServedSpan::from_json(&answer) {
            break served;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{answer:?}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert_eq!((served.first, served.last), (0, 1));
    let first = get(address, "/v1/blocks/3").unwrap();
    let first = Block::from_json(&first).unwrap().header;
    let length = NonZeroU32::new(4).unwrap();
    let set = first.validator_set_root;
    let statement = SpanStatement::new(3, length, set, &served.header).unwrap();
    let proof = get(address, "/v1/proofs/span/0-1").unwrap();
    let proof = Proof::from_bytes(&proof, &CIRCUITS).unwrap();
    let key = VerifyingKey::<Span>::new(first.chain_id);
    assert!(key.verify(statement, &proof).is_ok());
    let ready: Value = serde_json::from_slice(&get(address, "/health/ready").unwrap()).unwrap();
    assert!(ready["spans"].as_u64().unwrap() >= 1, "{ready}");
    assert!(ready["spanned_before"].as_u64().unwrap() >= 2, "{ready}");
    assert!(running.terminate().success());
}

#[test]
fn rejects_a_number_of_epochs_that_no_span_has() {
    let data = tempfile::tempdir().unwrap();
    for wrong in ["1", "1025", "all"] {
        let refused = devnet(data.path(), &["--span-epochs", wrong])
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(1), "{wrong}");
        let says = String::from_utf8(refused.stderr).unwrap();
        assert!(says.contains("2 to 1024"), "{says}");
    }
}
