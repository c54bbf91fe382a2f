//! A data folder that lost something, or got a part of another time or of another folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rpp_prover_host::state::{
    DataFolder, Database, FolderError, FolderStage, Host, HostError, ProofId,
};
use rpp_verifier::{Accounts, CIRCUITS};
use sqlx::Connection as _;

use crate::audit::{audit, audit_now, connect};
use crate::binary::{devnet, host};
use crate::support::{Opened, block};

pub(crate) fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy_all(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Replaces a part of a folder by that of another one.
pub(crate) fn put(part: &str, from: &Path, to: &Path) {
    let (from, to) = (from.join(part), to.join(part));
    if to.exists() {
        lose(&to);
    }
    if from.is_dir() {
        copy_all(&from, &to);
    } else {
        fs::copy(from, to).unwrap();
    }
}

fn lose(path: &Path) {
    if path.is_dir() {
        fs::remove_dir_all(path).unwrap();
    } else {
        fs::remove_file(path).unwrap();
    }
}

/// Runs the real binary on a folder until one more block is proven, and returns its status and its
/// error.
fn run(data: &Path) -> (Option<i32>, String) {
    let mut command = host(&["devnet", "--blocks", "1", "--listen", "127.0.0.1:0"]);
    let ran = command.arg("--data").arg(data).output().unwrap();
    (ran.status.code(), String::from_utf8(ran.stderr).unwrap())
}

fn made(data: &Path, blocks: u32) {
    let blocks = blocks.to_string();
    let ran = devnet(data, &["--blocks", &blocks]).output().unwrap();
    assert_eq!(ran.status.code(), Some(0), "{ran:?}");
}

/// Returns the names of everything in a folder but what SQLite and the lock leave.
fn names(folder: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            names.extend(self::names(&path));
        }
        let name = path.to_string_lossy();
        if !["-wal", "-shm", "lock"]
            .iter()
            .any(|end| name.ends_with(end))
        {
            names.insert(path.clone());
        }
    }
    names
}

#[test]
fn a_folder_that_is_not_whole_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let [whole, older, other] = ["whole", "older", "other"].map(|name| dir.path().join(name));
    made(&whole, 1);
    copy_all(&whole, &older);
    assert_eq!(run(&whole).0, Some(0));
    assert_eq!(run(&whole).0, Some(0));
    made(&other, 3);
    type Change = Box<dyn Fn(&Path)>;
    let gone = |part: &'static str| Box::new(move |data: &Path| lose(&data.join(part))) as Change;
    let empty = |part: &'static str| {
        Box::new(move |data: &Path| fs::write(data.join(part), []).unwrap()) as Change
    };
    let from = |folder: &Path, parts: &'static [&'static str]| {
        let folder = folder.to_path_buf();
        let change = move |data: &Path| parts.iter().for_each(|part| put(part, &folder, data));
        Box::new(change) as Change
    };
    let changes = [
        ("chain.db is missing", gone("chain.db")),
        ("chain.db is missing", empty("chain.db")),
        ("proofs is missing", gone("proofs")),
        ("proofs/identity is", gone("proofs/identity")),
        ("keys.db is damaged: it is missing", gone("devnet")),
        ("keys.db is damaged: it is missing", gone("devnet/keys.db")),
        ("keys.db is damaged: it is missing", empty("devnet/keys.db")),
        ("signed is damaged: it is missing", gone("devnet/signed")),
        ("given is damaged: it is missing", gone("devnet/given")),
        ("identity is missing", gone("identity")),
        ("identity is damaged", empty("identity")),
        ("older than its proofs", from(&older, &["chain.db"])),
        ("was signed already", from(&older, &["devnet/keys.db"])),
        ("older than the keys", from(&older, &["devnet/signed"])),
        ("of different times", from(&older, &["devnet"])),
        (
            "older than its proofs",
            from(&older, &["chain.db", "devnet"]),
        ),
        ("another data folder", from(&other, &["chain.db"])),
        ("another data folder", from(&other, &["proofs"])),
        ("another data folder", from(&other, &["devnet"])),
        ("another data folder", from(&other, &["devnet/keys.db"])),
        ("another data folder", from(&other, &["devnet/signed"])),
        ("another data folder", from(&other, &["devnet/given"])),
        ("another data folder", from(&other, &["identity"])),
        ("another data folder", from(&other, &["chain.db", "devnet"])),
    ];
    for (i, (says, change)) in changes.into_iter().enumerate() {
        let data = dir.path().join(i.to_string());
        copy_all(&whole, &data);
        change(&data);
        let before = names(&data);
        for _ in 0..2 {
            let (status, error) = run(&data);
            assert_eq!(status, Some(1), "{i}, {says}: {error}");
            assert!(error.contains("error[data-damaged]"), "{i}: {error}");
            assert!(
                error.contains(says) && error.contains("--data"),
                "{i}: {error}"
            );
            assert!(!error.contains("validator keys"), "{i}: {error}");
        }
        assert_eq!(names(&data), before, "{i}, {says}");
    }
    let audited = audit(&whole);
    assert_eq!((audited.latest, audited.proven), (3, 3));
}

#[test]
fn a_folder_of_somebody_else_is_refused_and_left_as_it_is() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("notes.txt"), b"mine").unwrap();
    fs::create_dir(dir.path().join("empty")).unwrap();
    let (status, error) = run(dir.path());
    assert_eq!(status, Some(1));
    assert!(error.contains("error[data-foreign]"), "{error}");
    assert!(
        error.contains("notes.txt") && error.contains("--data"),
        "{error}"
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
    let error = DataFolder::open(dir.path()).unwrap_err();
    assert!(matches!(error, FolderError::Foreign { .. }));
}

#[test]
fn parts_without_an_identity_are_no_first_start() {
    for part in ["chain.db-wal", "proofs", "witnesses", "devnet"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(part);
        if part.contains('.') {
            fs::write(path, b"left").unwrap();
        } else {
            fs::create_dir(&path).unwrap();
            fs::write(path.join("something"), b"left").unwrap();
        }
        let error = DataFolder::open(dir.path()).unwrap_err();
        assert_eq!(error.code(), "data-damaged", "{part}: {error}");
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "{part}");
    }
}

/// What file systems and people leave in a folder that is empty in their eyes.
#[test]
fn a_disk_of_its_own_is_an_empty_folder() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["lost+found", "proofs", "proofs/lost+found"] {
        fs::create_dir(dir.path().join(folder)).unwrap();
    }
    fs::write(dir.path().join(".keep"), []).unwrap();
    // A process was killed while it wrote the first file of all.
    let unfinished = ["identity.17.tmp", ".rpp-17-0.tmp"].map(|name| dir.path().join(name));
    for unfinished in &unfinished {
        fs::write(unfinished, b"folder=").unwrap();
    }
    let folder = DataFolder::open(dir.path()).unwrap();
    assert_eq!(folder.stage(), FolderStage::New);
    assert!(!unfinished.iter().any(|unfinished| unfinished.exists()));
    let id = folder.id();
    drop(folder);
    let again = DataFolder::open(dir.path()).unwrap();
    assert_eq!((again.id(), again.stage()), (id, FolderStage::New));
}

/// Takes back everything that tells one folder from another: as the release before wrote it.
async fn unnumber(data: &Path) {
    for file in [
        "identity",
        "proofs/identity",
        "devnet/signed",
        "devnet/given",
    ] {
        fs::remove_file(data.join(file)).unwrap();
    }
    let databases: [(_, &[&str]); 2] = [
        (
            "chain.db",
            &[
                "DROP TABLE folder",
                "DELETE FROM _sqlx_migrations WHERE version = 3",
            ],
        ),
        (
            "devnet/keys.db",
            &[
                "DROP TABLE home",
                "ALTER TABLE key_states DROP COLUMN sha256",
                "DELETE FROM _sqlx_migrations WHERE version = 2",
            ],
        ),
    ];
    for (name, changes) in databases {
        let mut connection = connect(&data.join(name)).await;
        for &change in changes {
            let change = sqlx::query(change);
            change.execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
    }
}

#[test]
fn a_whole_folder_of_the_release_before_goes_on_and_another_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("whole");
    made(&data, 2);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(unnumber(&data));
    for (part, says) in [
        ("devnet", "keys.db is damaged: it is missing"),
        ("chain.db", "not chain.db and proofs"),
        ("proofs", "not chain.db and proofs"),
    ] {
        let broken = dir.path().join(part);
        copy_all(&data, &broken);
        lose(&broken.join(part));
        let (status, error) = run(&broken);
        assert_eq!(status, Some(1), "{error}");
        assert!(error.contains("error[data-damaged]"), "{error}");
        assert!(error.contains(says), "{part}: {error}");
        // Put back, it goes on.
        put(part, &data, &broken);
        assert_eq!(run(&broken).0, Some(0), "{part}");
    }
    assert_eq!(run(&data).0, Some(0));
    let identity = fs::read_to_string(data.join("identity")).unwrap();
    assert!(identity.ends_with("stage=complete\n"), "{identity}");
    assert_eq!(run(&data).0, Some(0));
    let audited = audit(&data);
    assert_eq!((audited.latest, audited.proven), (4, 4));
}

/// A process that was killed while it gave a folder its number.
#[tokio::test]
async fn a_folder_that_is_being_numbered_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    Opened::at(data).await.unwrap().run(2).await.unwrap();
    unnumber(data).await;
    let opened = Opened::at(data).await.unwrap();
    opened.host.database().close().await;
    opened.keys.close().await;
    drop(opened);
    // The last step is missing, and then the one before it as well.
    let identity = fs::read_to_string(data.join("identity")).unwrap();
    let before = identity.replace("complete", "unnumbered");
    for change in ["SELECT 1", "DELETE FROM folder"] {
        fs::write(data.join("identity"), &before).unwrap();
        let mut connection = connect(&data.join("chain.db")).await;
        sqlx::query(change).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let opened = Opened::at(data).await.unwrap();
        opened.run(1).await.unwrap();
        assert_eq!(fs::read_to_string(data.join("identity")).unwrap(), identity);
    }
    let audited = audit_now(data).await;
    assert_eq!((audited.latest, audited.proven), (4, 4));
}

/// A process that was killed after the first blocks' parts were made, and before it said so.
#[tokio::test]
async fn a_folder_that_is_being_made_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let opened = Opened::at(data).await.unwrap();
    let genesis = block(&opened.host, 0).header;
    opened.host.database().close().await;
    opened.keys.close().await;
    drop(opened);
    let identity = fs::read_to_string(data.join("identity")).unwrap();
    let before = identity.replace("complete", "new");
    for lost in [&[][..], &["chain.db"], &["proofs"]] {
        fs::write(data.join("identity"), &before).unwrap();
        lost.iter().for_each(|part| lose(&data.join(part)));
        let opened = Opened::at(data).await.unwrap();
        assert_eq!(block(&opened.host, 0).header, genesis);
        opened.host.database().close().await;
        opened.keys.close().await;
        drop(opened);
        assert_eq!(fs::read_to_string(data.join("identity")).unwrap(), identity);
    }
    Opened::at(data).await.unwrap().run(1).await.unwrap();
    fs::write(data.join("identity"), &before).unwrap();
    let error = DataFolder::open(data).unwrap_err();
    assert_eq!(error.code(), "data-damaged", "{error}");
}

/// Returns the folder of three blocks with a file for each proof: two of one proposer that do nothing have the same `state` proof.
async fn six_proofs() -> tempfile::TempDir {
    loop {
        let dir = tempfile::tempdir().unwrap();
        Opened::at(dir.path()).await.unwrap().run(3).await.unwrap();
        if count_proofs(dir.path()) == 6 {
            return dir;
        }
    }
}

fn count_proofs(data: &Path) -> usize {
    let files = fs::read_dir(data.join("proofs")).unwrap();
    files
        .filter(|file| file.as_ref().unwrap().file_name() != "identity")
        .count()
}

/// Killed between file and row, it leaves a proof that no block lists; more of them are of a later
/// time.
#[tokio::test]
async fn as_many_proofs_may_be_unlisted_as_are_still_to_be_made() {
    let dir = six_proofs().await;
    let data = dir.path();
    let forget = |from: u32| async move {
        let mut connection = connect(&data.join("chain.db")).await;
        let forget = "UPDATE proofs SET id = NULL, length = NULL WHERE due >= ?";
        let forget = sqlx::query(forget).bind(from);
        forget.execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    };
    forget(3).await;
    let proofs = || count_proofs(data);
    let opened = Opened::at(data).await.unwrap();
    assert_eq!((proofs(), opened.host.ledger().jobs()), (4, 2));
    opened.run(1).await.unwrap();
    // A damaged one is of no time.
    let strange = "0".repeat(64);
    fs::write(data.join("proofs").join(&strange), b"damaged").unwrap();
    drop(audit_now(data).await);
    assert_eq!(proofs(), 6);
    let proof = ProofId::of(b"later").to_string();
    fs::write(data.join("proofs").join(proof), b"later").unwrap();
    let folder = DataFolder::open(data).unwrap();
    let path = folder.database_path();
    let database = Database::open(&path).await.unwrap();
    let chain = database.chain().await.unwrap().unwrap();
    let refused = Host::open(folder, database, &chain, &Accounts::default(), CIRCUITS).await;
    let error = refused.unwrap_err();
    assert!(matches!(error, HostError::LaterProofs { found: 1, due: 0 }));
    assert_eq!(proofs(), 7);
}

#[tokio::test]
async fn a_page_that_is_none_is_found_before_anything_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    Opened::at(data).await.unwrap().run(2).await.unwrap();
    let path = data.join("chain.db");
    let whole = fs::read(&path).unwrap();
    for page in 2..whole.len() / 4096 {
        let mut damaged = whole.clone();
        damaged[page * 4096..][..12].fill(0xff);
        fs::write(&path, &damaged).unwrap();
        let opened = Database::open(&path).await;
        // What an overflow page begins with is not its structure: the sum of a witness covers it.
        if let Err(error) = opened {
            assert_eq!(error.code(), "data-damaged", "{page}: {error}");
            assert_eq!(fs::read(&path).unwrap(), damaged, "{page}");
            return;
        }
    }
    panic!("no page was found to be damaged");
}

#[test]
fn killed_while_keys_are_made_it_goes_on_with_them_without_options() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("chain");
    let mut first = host(&["devnet", "--validators", "24", "--key-height", "11"]);
    first.args(["--epoch-length", "4", "--block-time-ms", "20"]);
    first.args(["--listen", "127.0.0.1:0", "--data"]).arg(&data);
    let mut child = first.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let begun = lines.find(|line| line.as_ref().unwrap().contains("generating 25"));
    begun.unwrap().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let keys = |runtime: &tokio::runtime::Runtime| {
        runtime.block_on(async {
            let mut connection = connect(&data.join("devnet/keys.db")).await;
            let count = sqlx::query_scalar("SELECT count(*) FROM keys");
            let count = count.fetch_one(&mut connection).await.unwrap_or(0_u32);
            connection.close().await.unwrap();
            count
        })
    };
    while keys(&runtime) < 2 && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(keys(&runtime) < 25, "it was not killed in time");
    let (status, log) = run(&data);
    assert_eq!(status, Some(0), "{log}");
    assert!(log.contains("generating 25 validator keys,"), "{log}");
    assert!(log.contains("of them kept from before"), "{log}");
    let audited = audit(&data);
    let certificate = block(&audited.host, 1).certificate.unwrap();
    assert_eq!((certificate.set.n, audited.proven), (24, 1));
}
