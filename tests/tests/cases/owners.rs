//! Several processes that want one file.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use rpp_light_client::{FileStore, Store};

/// Another process with the file open, or one that could not open it.
struct Owner {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Owner {
    /// Starts one, and returns it with what it says.
    fn start(path: &Path) -> (Self, String) {
        Self::run(Command::new(KEEP_STATE).arg(path))
    }

    fn run(command: &mut Command) -> (Self, String) {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let input = child.stdin.take();
        let mut owner = Self {
            child,
            input,
            output,
        };
        let said = owner.said();
        (owner, said)
    }

    fn save(&mut self, state: &str) -> String {
        writeln!(self.input.as_mut().unwrap(), "{state}").unwrap();
        self.said()
    }

    fn said(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Kills it, as it stands.
    fn kill(mut self) {
        self.child.kill().unwrap();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.input = None;
        self.child.wait().unwrap();
    }
}

#[tokio::test]
async fn a_file_has_one_owner_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (mut first, said) = Owner::start(&path);
    assert_eq!(said, "ok");
    let refused = FileStore::open(&path).unwrap_err();
    assert_eq!((refused.action, refused.code()), ("lock", "storage-failed"));
    assert!(refused.detail.contains("another client"), "{refused}");
    assert_eq!(Owner::start(&path).1, "storage-failed");
    assert_eq!(first.save("RPPL one"), "ok");
    drop(first);
    let store = FileStore::open(&path).unwrap();
    assert_eq!(
        store.load().await.unwrap().as_deref(),
        Some(&b"RPPL one"[..])
    );
    // Not this process either.
    assert_eq!(FileStore::open(&path).unwrap_err().action, "lock");
    drop(store);
    FileStore::open(&path).unwrap();
}

#[tokio::test]
async fn an_owner_that_was_killed_leaves_nothing_that_is_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let (mut first, _) = Owner::start(&path);
    assert_eq!(first.save("RPPL one"), "ok");
    // As one that was killed while it wrote the next.
    fs::write(folder.path().join(".rpp-0123456789abcdef.tmp"), b"tw").unwrap();
    first.kill();
    assert!(folder.path().join("state.lock").exists());
    let store = FileStore::open(&path).unwrap();
    assert_eq!(
        store.load().await.unwrap().as_deref(),
        Some(&b"RPPL one"[..])
    );
    store.save(b"RPPL three").await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"RPPL three");
}

/// The lock is what the system says, and not that a file is there.
#[tokio::test]
async fn what_is_in_a_lock_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let lock = folder.path().join("state.lock");
    fs::write(&lock, b"4711\n").unwrap();
    FileStore::open(&path).unwrap().save(b"one").await.unwrap();
    assert_eq!(fs::read(&lock).unwrap(), b"4711\n");
}

#[test]
fn what_is_no_lock_file_is_refused() {
    for kind in ["folder", "pipe", "link"] {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("state.lock");
        match kind {
            "folder" => fs::create_dir(&lock).unwrap(),
            "pipe" => assert!(
                Command::new("mkfifo")
                    .arg(&lock)
                    .status()
                    .unwrap()
                    .success()
            ),
            _ => std::os::unix::fs::symlink("/dev/null", &lock).unwrap(),
        }
        let refused = FileStore::open(folder.path().join("state")).unwrap_err();
        assert_eq!(
            (refused.action, refused.code()),
            ("lock", "storage-failed"),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_lock_that_was_tidied_up_is_taken_again() {
    let folder = tempfile::tempdir().unwrap();
    let (path, lock) = (
        folder.path().join("state"),
        folder.path().join("state.lock"),
    );
    let store = FileStore::open(&path).unwrap();
    fs::remove_file(&lock).unwrap();
    store.save(b"one").await.unwrap();
    assert_eq!(Owner::start(&path).1, "storage-failed");
    // Somebody else may have come first.
    fs::remove_file(&lock).unwrap();
    let (mut other, said) = Owner::start(&path);
    assert_eq!(said, "ok");
    assert_eq!(other.save("theirs"), "ok");
    assert_eq!(
        store.save(b"ours").await.unwrap_err().code(),
        "storage-failed"
    );
    assert_eq!(fs::read(&path).unwrap(), b"theirs\n".trim_ascii_end());
    drop(other);
    store.save(b"ours").await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"ours");
}

const KEEP_STATE: &str = env!("CARGO_BIN_EXE_keep_state");
