//! Blocks that are pruned: a host that ends at each step of it, and goes on.

use std::collections::BTreeSet;
use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use rpp_prover_host::progress::Progress;
use rpp_prover_host::prove::{Pipeline, PipelineError, Witnesses};
use rpp_prover_host::state::{
    DataFolder, Database, Host, HostError, ProofStatus, PruneBehind, PrunedRange, Retention,
    SpanEpochs,
};
use rpp_prover_host::steps::{Step, Steps, Stopped};
use rpp_verifier::{
    Accounts, CIRCUITS, Proof, Pruning, PruningStatement, RangeProof, SignedOperation,
    TransactionStatus, VerifyingKey,
};
use sqlx::{Connection as _, Row};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::audit::connect;
use crate::lost::copy_all;
use crate::node::Node;
use crate::requested::{Idle, prove, request};
use crate::support::{CONFIG, Opened, PROVERS, block, get_of, read};

/// How many blocks of the chain are proven.
const BLOCKS: u32 = 14;
/// The blocks before this height are pruned when four are kept whole.
pub(crate) const PRUNED: u32 = 8;

pub(crate) fn behind(blocks: u32) -> PruneBehind {
    PruneBehind::new(NonZeroU32::new(blocks).unwrap())
}

const fn ends_epoch(height: u32) -> bool {
    height % CONFIG.epoch_length == CONFIG.epoch_length - 1
}

/// Has a gift of the faucet wait for a block.
pub(crate) async fn give(opened: &Opened, to: u32) -> SignedOperation {
    let gift = opened.devnet.faucet().give(to).await.unwrap();
    let checked = opened.host.check_operation(&gift.to_bytes()).await;
    let taken = opened.host.take_operation(checked.unwrap()).await;
    assert_eq!(taken.unwrap(), gift.hash());
    gift
}

/// Makes a chain of proven blocks, and returns the operations of its first ones. Of one of them there is a proof that was asked for.
pub(crate) async fn old_chain(data: &Path) -> Vec<SignedOperation> {
    let mut gifts = Vec::new();
    for blocks in [1, 1, BLOCKS - 2] {
        let opened = Opened::at(data).await.unwrap();
        for to in 0..3 {
            gifts.push(give(&opened, to).await);
        }
        let path = format!("/v1/proofs/transaction/{}", gifts[0].hash());
        assert_eq!(request(&opened.host, &path).await.status(), 202);
        opened.run(blocks).await.unwrap();
    }
    gifts
}

/// Opens a host alone, without what makes its blocks.
pub(crate) async fn open(data: &Path, steps: Steps) -> Result<Host, HostError> {
    let folder = DataFolder::open(data).unwrap();
    let database = Database::open(&folder.database_path()).await.unwrap();
    let chain = database.chain().await.unwrap().unwrap();
    let host = Host::open(folder, database, &chain, &Accounts::default(), CIRCUITS).await;
    host.map(|host| host.watched(steps))
}

pub(crate) fn pipeline(host: &Arc<Host>, pruning: Option<PruneBehind>) -> Pipeline {
    Pipeline {
        host: host.clone(),
        provers: PROVERS.clone(),
        progress: Progress::default(),
        witnesses: Witnesses::Drop,
        retention: Retention::All,
        pruning,
        spans: SpanEpochs::NONE,
    }
}

/// A host that prunes and gets no further block, while a test looks on.
pub(crate) struct PruningHost {
    stop: CancellationToken,
    running: JoinHandle<Result<(), PipelineError>>,
}

impl PruningHost {
    pub(crate) fn start(host: &Arc<Host>) -> Self {
        let stop = CancellationToken::new();
        let pipeline = pipeline(host, Some(behind(4)));
        let running = tokio::spawn(pipeline.run(Idle(Node::new(&[])), None, stop.clone()));
        Self { stop, running }
    }

    /// Stops it, as soon as it has pruned what there is.
    pub(crate) async fn end(self, host: &Host) {
        while !is_pruned_before(host, PRUNED) {
            tokio::task::yield_now().await;
        }
        self.stop.cancel();
        self.running.await.unwrap().unwrap();
    }
}

/// Runs a host that gets no further block until it has pruned the blocks before a height, or is stopped.
pub(crate) async fn run(
    host: Arc<Host>,
    pruning: Option<PruneBehind>,
    before: u32,
) -> Result<Arc<Host>, PipelineError> {
    let stop = CancellationToken::new();
    let running = pipeline(&host, pruning).run(Idle(Node::new(&[])), None, stop.clone());
    let mut running = tokio::spawn(running);
    let is_done = |host: &Host| is_pruned_before(host, before);
    let ran = loop {
        tokio::select! {
            ended = &mut running => break ended.unwrap(),
            () = tokio::time::sleep(Duration::from_millis(5)), if is_done(&host) => {
                stop.cancel();
            }
            () = tokio::task::yield_now(), if !is_done(&host) => {}
        }
    };
    host.database().close().await;
    ran.map(|()| host)
}

pub(crate) fn is_pruned_before(host: &Host, before: u32) -> bool {
    let ledger = host.ledger();
    let range = before.checked_sub(1).map(|last| ledger.pruned_range(last));
    ledger.prune_report().before == before
        && range.is_none_or(|range| range.is_some_and(|range| ledger.is_pruned(range)))
}

/// Returns the proof of a range, as the host describes and serves it, verified from the headers of its ledger.
pub(crate) async fn proven(host: &Arc<Host>, range: PrunedRange) -> RangeProof {
    let described: RangeProof = read(host, &range.route().to_string()).await;
    let header = |height| host.ledger().header(height).unwrap().clone();
    let (start, end) = (header(range.first), header(range.last + 1));
    assert_eq!((&described.start, &described.end), (&start, &end));
    let file = get_of(host, &format!("/v1/proofs/{}", described.proof.id)).await;
    assert_eq!(file.status(), 200, "{file:?}");
    let proof = Proof::from_bytes(&file.body, &CIRCUITS).unwrap();
    let folds = [described.fold_before, described.fold_after];
    let statement = PruningStatement::new(&start, &end, folds).unwrap();
    let key = VerifyingKey::<Pruning>::new(CONFIG.chain_id);
    assert!(key.verify(statement, &proof).is_ok());
    described
}

/// Asserts of each operation that it is there as a whole, or its place and the proof of its block's headers; returns how many
/// are there as a whole.
async fn whole(host: &Arc<Host>, gifts: &[SignedOperation]) -> usize {
    let mut whole = 0;
    for gift in gifts {
        let hash = gift.hash();
        let status = read(host, &format!("/v1/transactions/{hash}")).await;
        let (height, position, count, path) = match status {
            TransactionStatus::Included {
                signed,
                height,
                position,
                count,
                path,
            } => {
                assert_eq!(signed, *gift);
                whole += 1;
                (height, position, count, path)
            }
            TransactionStatus::Pruned {
                height,
                position,
                count,
                path,
                ..
            } => {
                let range = host.ledger().pruned_range(height);
                proven(host, range.expect("its range is known")).await;
                (height, position, count, path)
            }
            other => panic!("{other:?}"),
        };
        let header = host.ledger().header(height).unwrap().clone();
        assert!(hash.is_in_block(position, &path, count, &header.tx_root));
    }
    whole
}

fn files(data: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(data.join("proofs")).unwrap();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name != "identity").collect()
}

/// Returns the circuits and subjects of the proofs that a folder has, each with whether there is what it was made from, and the ids.
async fn rows(data: &Path) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let mut connection = connect(&data.join("chain.db")).await;
    let query = sqlx::query("SELECT circuit, subject, id FROM proofs");
    let rows = query.fetch_all(&mut connection).await.unwrap();
    let keys = rows
        .iter()
        .map(|row| (row.get("circuit"), row.get("subject")));
    let ids = rows.iter().filter_map(|row| {
        let id: Option<Vec<u8>> = row.get("id");
        id.map(|id| id.iter().map(|byte| format!("{byte:02x}")).collect())
    });
    let found = (keys.collect(), ids.collect());
    connection.close().await.unwrap();
    found
}

/// Asserts that a folder has lost everything that a pruned chain may lose, and nothing else.
pub(crate) async fn assert_pruned(data: &Path, gifts: &[SignedOperation]) {
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    assert!(is_pruned_before(&host, PRUNED));
    assert_eq!(whole(&host, gifts).await, 0);
    let (keys, ids) = rows(data).await;
    let mut expected: BTreeSet<(String, String)> = (1..=BLOCKS)
        .flat_map(|height| [("consensus", height), ("state", height)])
        .filter(|(circuit, height)| {
            *height >= PRUNED || (*circuit == "consensus" && ends_epoch(*height))
        })
        .map(|(circuit, height)| (circuit.to_owned(), height.to_string()))
        .collect();
    expected.extend(["0-3", "4-7"].map(|range| ("pruning".to_owned(), range.to_owned())));
    assert_eq!(keys, expected);
    // Each has its file, and no other file is left.
    assert_eq!(files(data), ids);
    for height in (1..PRUNED).filter(|&height| ends_epoch(height)) {
        let path = format!("/v1/blocks/{height}/proofs/consensus");
        assert_eq!(get_of(&host, &path).await.status(), 200);
    }
    host.database().close().await;
}

pub(crate) fn stop_at(step: Step, nth: u32) -> Steps {
    let (reached, dead) = (AtomicU32::new(0), AtomicBool::new(false));
    Steps::watched(move |at| {
        if at == step && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            dead.store(true, Ordering::SeqCst);
        }
        match dead.load(Ordering::SeqCst) {
            true => Err(Stopped(at)),
            false => Ok(()),
        }
    })
}

/// Steps of making the proof of a range: nothing else is made here.
const PROVING: [Step; 4] = [
    Step::Proven,
    Step::ProofWritten,
    Step::ProofSaved,
    Step::ProofServed,
];

#[tokio::test]
async fn a_host_that_ends_at_each_step_of_pruning_has_either_the_blocks_or_their_proof() {
    let dir = tempfile::tempdir().unwrap();
    let old = dir.path().join("old");
    let gifts = old_chain(&old).await;
    let steps = PROVING.into_iter().chain(Step::PRUNING);
    for (step, nth) in steps.flat_map(|step| [(step, 1), (step, 2)]) {
        let data = dir.path().join(format!("{step:?}-{nth}"));
        copy_all(&old, &data);
        let host = Arc::new(open(&data, stop_at(step, nth)).await.unwrap());
        let stopped = run(host, Some(behind(4)), PRUNED).await.unwrap_err();
        let by_test = matches!(
            stopped,
            PipelineError::Publish(_) | PipelineError::Stopped(_) | PipelineError::KeptProof(_)
        );
        assert!(by_test, "{step:?} {nth}: {stopped}");
        // Whoever asks the next process finds each block whole or proven, before it has done anything.
        let host = Arc::new(open(&data, Steps::default()).await.unwrap());
        let left = whole(&host, &gifts).await;
        let begun = Step::PRUNING[3..].contains(&step) || nth == 2;
        assert_eq!(left == gifts.len(), !begun, "{step:?} {nth}");
        // Without the option it finishes what was begun, and begins nothing more.
        let before = host.ledger().prune_report().before;
        let host = run(host, None, before).await.unwrap();
        assert_eq!(host.ledger().prune_report().before, before);
        drop(host);
        // With it, it goes on by itself.
        let host = Arc::new(open(&data, Steps::default()).await.unwrap());
        drop(run(host, Some(behind(4)), PRUNED).await.unwrap());
        assert_pruned(&data, &gifts).await;
    }
}

#[tokio::test]
async fn a_pruned_block_is_answered_with_its_header_and_the_range_that_it_is_proven_in() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    let page = "/v1/blocks?from=0&limit=4";
    let by_id = format!("/v1/proofs/{}", block(&host, 1).proofs[0].id);
    let (page_before, header) = (get_of(&host, page).await, block(&host, 1).header);
    let unknown = get_of(&host, "/v1/pruning/0-3").await;
    assert_eq!(unknown.problem_code(), "unknown-proof");
    let whole = get_of(&host, "/v1/blocks/1").await;
    assert_eq!(whole.header("link"), "");
    PruningHost::start(&host).end(&host).await;
    let link = "</v1/pruning/0-3>; rel=\"describedby\"; title=\"pruned\"";
    let served = get_of(&host, "/v1/blocks/1").await;
    assert_eq!((served.status(), served.header("link")), (200, link));
    assert_eq!(block(&host, 1).header, header);
    assert_ne!(
        page_before.header("etag"),
        get_of(&host, page).await.header("etag")
    );
    for path in [
        "/v1/blocks/1/proofs/consensus",
        "/v1/blocks/2/proofs/state",
        "/v1/proofs/consensus/1",
        // The end of an epoch keeps the proof that it was signed, and no other.
        "/v1/blocks/3/proofs/state",
    ] {
        let gone = get_of(&host, path).await;
        assert_eq!(
            (gone.status(), gone.problem_code()),
            (410, "pruned".into()),
            "{path}"
        );
        assert_eq!(gone.json()["range"], "/v1/pruning/0-3", "{path}");
        assert_eq!(gone.header("link"), link, "{path}");
    }
    // An id says nothing about the block.
    assert_eq!(get_of(&host, &by_id).await.problem_code(), "unknown-proof");
    let path = format!("/v1/proofs/transaction/{}", gifts[0].hash());
    let refused = request(&host, &path).await;
    assert_eq!(
        (refused.status(), refused.problem_code()),
        (410, "pruned".into())
    );
    assert_eq!(refused.json()["range"], "/v1/pruning/0-3");
    assert_eq!(get_of(&host, &path).await.problem_code(), "unknown-proof");
    assert_eq!(get_of(&host, "/problems/pruned").await.status(), 200);
    // What is not pruned is as it was.
    assert_eq!(get_of(&host, "/v1/blocks/8").await.header("link"), "");
    assert_eq!(
        get_of(&host, "/v1/blocks/8/proofs/state").await.status(),
        200
    );
    let first = proven(&host, PrunedRange { first: 0, last: 3 }).await;
    let second = proven(&host, PrunedRange { first: 4, last: 7 }).await;
    assert_eq!(first.fold_after, second.fold_before);
    let account: serde_json::Value = get_of(&host, "/v1/accounts/0/transactions").await.json();
    assert_eq!(account["transactions"].as_array().unwrap().len(), 3);
    let report = host.ledger().prune_report();
    assert_eq!((report.before, report.ranges), (PRUNED, 2));
    // Of 14 proofs with more than 100 KB each.
    assert!(report.freed_bytes > 1_000_000, "{report:?}");
    host.database().close().await;
}

/// The proof of a range can be made again as long as there are headers.
#[tokio::test]
async fn a_proof_of_pruned_blocks_that_is_lost_is_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    let host = run(host, Some(behind(4)), PRUNED).await.unwrap();
    let range = PrunedRange { first: 4, last: 7 };
    let ProofStatus::Listed(file) = host.ledger().status(&range.key()) else {
        panic!("it is made")
    };
    drop(host);
    let mut id = file.id;
    // While nobody runs, whether what it was made from is still there or not; the option may be off.
    for forget in [false, true] {
        fs::remove_file(data.join("proofs").join(id.to_string())).unwrap();
        if forget {
            let mut connection = connect(&data.join("chain.db")).await;
            let forgotten = sqlx::query("DELETE FROM witnesses");
            forgotten.execute(&mut connection).await.unwrap();
            connection.close().await.unwrap();
        }
        let host = Arc::new(open(data, Steps::default()).await.unwrap());
        assert!(!matches!(
            host.ledger().status(&range.key()),
            ProofStatus::Listed(_)
        ));
        let stop = CancellationToken::new();
        let running = pipeline(&host, None).run(Idle(Node::new(&[])), None, stop.clone());
        let running = tokio::spawn(running);
        let made = host.wait_for(|ledger| match ledger.status(&range.key()) {
            ProofStatus::Listed(file) => Some(file),
            _ => None,
        });
        id = made.await.id;
        stop.cancel();
        running.await.unwrap().unwrap();
        assert_eq!(whole(&host, &gifts).await, 0);
        host.database().close().await;
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_deleted_is_shown_and_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let gifts = old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    let path = data
        .join("proofs")
        .join(block(&host, 1).proofs[0].id.to_string());
    // The system deletes no folder as a file.
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let pruning = PruningHost::start(&host);
    let trouble = loop {
        if let Some(trouble) = host.trouble() {
            break trouble;
        }
        tokio::task::yield_now().await;
    };
    assert!(trouble.contains("cannot remove proofs"), "{trouble}");
    assert!(!is_pruned_before(&host, PRUNED));
    fs::remove_dir(&path).unwrap();
    pruning.end(&host).await;
    assert_eq!(host.trouble(), None);
    host.database().close().await;
    drop(host);
    assert_pruned(data, &gifts).await;
}

/// Somebody may have asked for the same range before, and for others.
#[tokio::test]
async fn a_range_that_was_asked_for_is_not_proven_twice() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    old_chain(data).await;
    let host = Arc::new(open(data, Steps::default()).await.unwrap());
    for range in ["0-3", "0-7"] {
        let path = format!("/v1/proofs/pruning/{range}");
        assert_eq!(request(&host, &path).await.status(), 202);
    }
    prove(&host).await;
    let ids = |host: &Host| {
        [(0, 3), (0, 7)]
            .map(|(first, last)| host.ledger().status(&PrunedRange { first, last }.key()))
    };
    let before = ids(&host);
    let host = run(host, Some(behind(4)), PRUNED).await.unwrap();
    assert_eq!(ids(&host), before);
}
