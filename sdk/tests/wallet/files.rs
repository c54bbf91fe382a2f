//! The key file as a file: replaced whole, owned by one process, and left alone where it cannot be used.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use rpp_light_client::{FileSignerStore, Payment, Signer, SystemRandom};
use rpp_verifier::{Account, SignedOperation};

use crate::support::{Chain, OTHER, Oracle, key, passphrase};

const PAYMENT: Payment = Payment {
    to: OTHER,
    amount: 1,
    fee: 0,
};

fn folder(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("rpp-wallet-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

async fn create(path: &Path) -> Chain {
    let key = key(1, 5);
    let chain = Chain::new().with(5, key.key_id(), 1000);
    let store = FileSignerStore::open(path).unwrap();
    let mut signer = Signer::create(store, SystemRandom, key, &passphrase())
        .await
        .unwrap();
    signer.vouch_for_account(5).await.unwrap();
    chain
}

async fn open(path: &Path) -> Result<Signer<FileSignerStore, SystemRandom>, &'static str> {
    let store = FileSignerStore::open(path).map_err(|error| error.code())?;
    let opened = Signer::open(store, SystemRandom, &passphrase()).await;
    opened.map_err(|error| error.code())
}

#[tokio::test]
async fn a_signer_goes_on_from_its_file() {
    let (folder, oracle) = (folder("goes-on"), Oracle::default());
    let path = folder.join("deeper").join("key");
    let mut chain = create(&path).await;
    let mut sent = None;
    for _ in 0..3 {
        let mut signer = open(&path).await.unwrap();
        assert_eq!(signer.pending().await.unwrap(), sent);
        let outgoing = match sent.take() {
            Some(outgoing) => outgoing,
            None => signer.transfer(&chain.see(5), &PAYMENT).await.unwrap(),
        };
        oracle.saw(&outgoing, 100);
        drop(signer);
        let mut signer = open(&path).await.unwrap();
        assert_eq!(signer.pending().await.unwrap(), Some(outgoing.clone()));
        chain.take(&outgoing.to_bytes()).unwrap();
        signer.settle(&chain.see(5)).await.unwrap();
        sent = signer.transfer(&chain.see(5), &PAYMENT).await.ok();
    }
    assert_eq!(oracle.count(), 3);
    let names: Vec<_> = fs::read_dir(path.parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn one_process_owns_a_file_and_clones_share_it() {
    let folder = folder("owned");
    let path = folder.join("key");
    let chain = create(&path).await;
    let store = FileSignerStore::open(&path).unwrap();
    assert_eq!(
        FileSignerStore::open(&path).unwrap_err().code(),
        "storage-failed"
    );
    let mut one = Signer::open(store.clone(), SystemRandom, &passphrase())
        .await
        .unwrap();
    let mut two = Signer::open(store, SystemRandom, &passphrase())
        .await
        .unwrap();
    let sent = one.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    assert_eq!(two.pending().await.unwrap(), Some(sent));
    drop((one, two));
    assert!(FileSignerStore::open(&path).is_ok());
    fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_used_stays_as_it_was() {
    let folder = folder("stays");
    let path = folder.join("key");
    create(&path).await;
    let good = fs::read(&path).unwrap();
    let cases: [(&str, Vec<u8>); 8] = [
        ("truncated", good[..good.len() - 1].to_vec()),
        ("truncated", good[..100].to_vec()),
        ("trailing-bytes", [&good[..], &[0]].concat()),
        ("unsupported-version", with(&good, 4, 2)),
        ("out-of-range", with(&good, 10, 0xff)),
        ("key-file-passphrase", with(&good, 30, good[30] ^ 1)),
        ("key-file-damaged", with(&good, 400, good[400] ^ 1)),
        ("storage-foreign", b"something of somebody else's".to_vec()),
    ];
    for (code, bytes) in cases {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(open(&path).await.unwrap_err(), code);
        // Nor is it taken for a place where a key can be put.
        let store = FileSignerStore::open(&path).unwrap();
        let put = Signer::create(store, SystemRandom, key(2, 4), &passphrase()).await;
        let refused = put.unwrap_err().code();
        assert!(
            ["signer-exists", "storage-foreign"].contains(&refused),
            "{code}: {refused}"
        );
        assert_eq!(fs::read(&path).unwrap(), bytes, "{code}");
    }
    fs::write(&path, &good).unwrap();
    let store = FileSignerStore::open(&path).unwrap();
    let wrong = rpp_light_client::Passphrase::new("wrong");
    let refused = Signer::open(store, SystemRandom, &wrong).await.unwrap_err();
    assert_eq!(refused.code(), "key-file-passphrase");
    assert_eq!(fs::read(&path).unwrap(), good);
    assert!(open(&path).await.is_ok());
    fs::remove_dir_all(folder).unwrap();
}

/// Two names of one file would be two files after the next write.
#[tokio::test]
async fn a_file_has_one_name() {
    use std::os::unix::fs::symlink;

    let (folder, oracle) = (folder("links"), Oracle::default());
    let (path, link) = (folder.join("key"), folder.join("link"));
    let chain = create(&path).await;
    symlink("key", &link).unwrap();
    symlink(&folder, folder.join("again")).unwrap();
    let mut signer = open(&link).await.unwrap();
    assert_eq!(signer.store().path(), fs::canonicalize(&path).unwrap());
    for other in [path.clone(), folder.join("again").join("link")] {
        let refused = FileSignerStore::open(other).unwrap_err();
        assert_eq!(refused.code(), "storage-failed");
    }
    let sent = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    oracle.saw(&sent, 100);
    drop(signer);
    assert!(link.is_symlink());
    let mut signer = open(&path).await.unwrap();
    assert_eq!(signer.pending().await.unwrap(), Some(sent));

    // A link that comes to be there later is not followed.
    let aside = folder.join("aside");
    fs::rename(&path, &aside).unwrap();
    symlink("aside", &path).unwrap();
    assert_eq!(signer.status().await.unwrap_err().code(), "storage-failed");
    fs::rename(&aside, &path).unwrap();
    fs::hard_link(&path, &aside).unwrap();
    assert_eq!(signer.status().await.unwrap_err().code(), "storage-failed");
    assert_eq!(open(&aside).await.unwrap_err(), "storage-failed");
    fs::remove_file(&aside).unwrap();
    assert!(signer.status().await.is_ok());

    // Nor is a key put where a link leads nowhere.
    symlink("nowhere", &aside).unwrap();
    assert!(FileSignerStore::open(&aside).is_err());
    fs::remove_dir_all(folder).unwrap();
}

fn with(bytes: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[at] = byte;
    bytes
}

/// A folder that cannot be written to costs a leaf at most, and never gives out a signature.
#[tokio::test]
async fn what_cannot_be_saved_is_not_signed() {
    let folder = folder("unsaved");
    let path = folder.join("key");
    let chain = create(&path).await;
    let mut signer = open(&path).await.unwrap();
    signer.settle(&chain.see(5)).await.unwrap();
    let before = fs::read(&path).unwrap();
    // The folder is gone, and something else is in its place.
    let aside = folder.with_extension("aside");
    fs::rename(&folder, &aside).unwrap();
    fs::write(&folder, b"").unwrap();
    let refused = signer.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "storage-failed");
    fs::remove_file(&folder).unwrap();
    fs::rename(&aside, &folder).unwrap();
    assert_eq!(fs::read(&path).unwrap(), before);
    assert_eq!(signer.pending().await.unwrap(), None);
    assert!(signer.transfer(&chain.see(5), &PAYMENT).await.is_ok());
    fs::remove_dir_all(folder).unwrap();
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = names
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What a killed write leaves is a key file of that moment, under another name.
#[tokio::test]
async fn a_write_that_was_killed_leaves_nothing_once_the_file_is_opened() {
    let folder = folder("killed-write");
    let path = folder.join("key");
    create(&path).await;
    for _ in 0..2 {
        // The system kills whoever writes more than a block to a file.
        let killed = Command::new("sh")
            .args(["-c", "ulimit -f 1; exec \"$0\" \"$@\""])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "files::signs_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .env(NONCE, "100")
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(!killed.success());
        let left = names(&folder);
        assert_eq!(left.len(), 3, "{left:?}");
    }
    drop(FileSignerStore::open(&path).unwrap());
    assert_eq!(names(&folder), ["key", "key.lock"]);
    assert!(open(&path).await.is_ok());
    fs::remove_dir_all(folder).unwrap();
}

/// Whoever tidies up removes the lock, and another process takes the file.
#[tokio::test]
async fn a_lock_that_was_removed_is_noticed_before_anything_is_written() {
    let folder = folder("lock");
    let path = folder.join("key");
    let chain = create(&path).await;
    let mut one = open(&path).await.unwrap();
    fs::remove_file(folder.join("key.lock")).unwrap();
    let mut two = open(&path).await.unwrap();
    let refused = one.transfer(&chain.see(5), &PAYMENT).await.unwrap_err();
    assert_eq!(refused.code(), "storage-failed");
    let sent = two.transfer(&chain.see(5), &PAYMENT).await.unwrap();
    drop(two);
    // It is free again.
    assert_eq!(one.pending().await.unwrap(), Some(sent.clone()));
    one.abandon(sent.hash()).await.unwrap();
    assert!(FileSignerStore::open(&path).is_err());
    fs::remove_dir_all(folder).unwrap();
}

/// Signs for ever, when the test below starts it as a process of its own.
#[tokio::test]
async fn signs_until_it_is_killed() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let mut out = std::io::stdout();
    let mut signer = open(Path::new(&path)).await.unwrap();
    let key_id = signer.status().await.unwrap().key_id;
    let see = |nonce| {
        let chain = Chain::new().with(5, key_id, 1 << 40);
        let account = *chain.accounts.get(5).unwrap();
        let accounts = chain.accounts.with(5, Account { nonce, ..account });
        Chain { accounts }.see(5)
    };
    let mut nonce = std::env::var(NONCE).unwrap().parse().unwrap();
    loop {
        // Another process would pay something else.
        let amount = u64::from(std::process::id());
        let payment = Payment { amount, ..PAYMENT };
        let outgoing = match signer.pending().await.unwrap() {
            Some(outgoing) => outgoing,
            None => signer.transfer(&see(nonce), &payment).await.unwrap(),
        };
        let hex: String = outgoing
            .to_bytes()
            .iter()
            .map(|x| format!("{x:02x}"))
            .collect();
        writeln!(out, "{SENT}{hex}.").unwrap();
        nonce = outgoing.signed().operation.nonce() + 1;
        signer.settle(&see(nonce)).await.unwrap();
    }
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_moment_signs_nothing_twice() {
    let (folder, oracle) = (folder("killed"), Oracle::default());
    let path = folder.join("key");
    let store = FileSignerStore::open(&path).unwrap();
    let mut signer = Signer::create(store, SystemRandom, key(1, 10), &passphrase())
        .await
        .unwrap();
    signer.vouch_for_account(5).await.unwrap();
    drop(signer);
    // What a block has by then: the last that left may be under way still.
    let mut nonce = 100;
    for round in 0..24 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "files::signs_until_it_is_killed", "--nocapture"])
            .env(CHILD, &path)
            .env(NONCE, nonce.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut saw = |bytes: &[u8]| {
            oracle.saw_bytes(bytes, 100);
            let signed = SignedOperation::from_bytes(bytes).unwrap();
            nonce = nonce.max(signed.operation.nonce());
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        for _ in 0..=round % 3 {
            let line = lines.by_ref().map(Result::unwrap);
            let sent = line.filter_map(|line| sent(&line)).next();
            saw(&sent.unwrap());
        }
        // Wherever it is by then: a signature takes some of these.
        for _ in 0..(round * 37) % 200 {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            if let Some(bytes) = sent(&line.unwrap()) {
                saw(&bytes);
            }
        }
    }
    assert!(oracle.count() >= 24, "{}", oracle.count());
    let mut signer = open(&path).await.unwrap();
    if let Some(outgoing) = signer.pending().await.unwrap() {
        oracle.saw(&outgoing, 100);
    }
    fs::remove_dir_all(folder).unwrap();
}

/// Returns what a whole line says was sent.
fn sent(line: &str) -> Option<Vec<u8>> {
    let (_, hex) = line.split_once(SENT)?;
    let hex = hex.strip_suffix('.')?;
    let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
    Some((0..hex.len()).step_by(2).map(byte).collect())
}

const CHILD: &str = "RPP_WALLET_TEST_FILE";
const NONCE: &str = "RPP_WALLET_TEST_NONCE";
const SENT: &str = "sent ";
