//! The signed setup of a devnet: made, served, refused, rotated by people, and verified by `minisign`.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::setup::{EntryName, Half, SetupFolder};
use rpp_verifier::{
    CIRCUITS, CheckpointFile, CircuitsFile, Document, Parsed, Role, RootFile, RootFingerprint,
    RootPin, SetupBundle, SetupFileName, SetupTrust, VerifiedSetup,
};
use tempfile::TempDir;

use crate::binary::{Devnet, devnet, host, wait};
use crate::kill::{get, get_binary};

/// A running devnet, and where its data are.
struct Running {
    dir: TempDir,
    devnet: Option<Devnet>,
}

impl Running {
    fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let devnet = Some(Devnet::start(&dir.path().join("data")));
        Self { dir, devnet }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn published(&self) -> PathBuf {
        self.path("data/setup")
    }

    fn address(&self) -> &str {
        let url = self.devnet.as_ref().unwrap().url();
        url.strip_prefix("http://").unwrap()
    }

    fn bundle(&self, root: u32) -> SetupBundle {
        let bytes = get_binary(self.address(), &format!("/v1/setup?root={root}")).unwrap();
        SetupBundle::from_bytes(&bytes).unwrap()
    }

    fn summary(&self) -> serde_json::Value {
        let json = get(self.address(), "/v1/setup?root=1").unwrap();
        serde_json::from_slice(&json).unwrap()
    }

    fn restart(&mut self) {
        self.stop();
        self.devnet = Some(Devnet::start(&self.path("data")));
    }

    fn stop(&mut self) {
        let devnet = self.devnet.take().unwrap();
        assert_eq!(devnet.terminate().code(), Some(0));
    }

    /// What the host says that is to start on this folder and does not.
    fn refused(&self) -> String {
        let mut command = devnet(&self.path("data"), &[]);
        let mut child = command
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let status = wait(&mut child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    }

    /// Waits until something is served.
    fn wait_for(&self, what: &str, is_there: impl Fn(&serde_json::Value) -> bool) {
        let start = Instant::now();
        while !is_there(&self.summary()) {
            assert!(
                start.elapsed() < Duration::from_secs(60),
                "{what} is not served"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn setup(&self, args: &[&str]) -> Output {
        let mut command = host(&["setup"]);
        command.current_dir(self.dir.path()).args(args);
        command.output().unwrap()
    }

    /// Runs a command of `setup` that is to succeed, and returns what it prints.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.setup(args);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{args:?}: {out}{err}");
        out
    }

    /// Follows the host for a block, from a pinned root.
    fn follow(&self, pin: &str) -> (Option<i32>, Vec<serde_json::Value>) {
        let url = self.devnet.as_ref().unwrap().url();
        let output = host(&["follow", url, "--root", pin, "--blocks", "1", "--json"]).output();
        let output = output.unwrap();
        let lines = text(&output.stdout);
        let lines = lines
            .lines()
            .map(|line| serde_json::from_str(line).unwrap());
        (output.status.code(), lines.collect())
    }

    /// Makes a root key for the devnet's chain, which the passphrase in the file `pass` opens.
    fn make_root_key(&self, file: &str) {
        let with = [
            "--role",
            "root",
            "--chain-id",
            "1",
            "--passphrase-file",
            "pass",
        ];
        self.ok(&[&["keygen"], &with[..], &[file]].concat());
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A client that has pinned the first root of a folder.
fn client(folder: &Path) -> SetupTrust {
    let first = fs::read(folder.join("root.1.json")).unwrap();
    SetupTrust::new(RootPin::Fingerprint(RootFingerprint::of(1, &first))).unwrap()
}

fn verify(trust: &mut SetupTrust, running: &Running) -> VerifiedSetup {
    trust
        .verify(&running.bundle(trust.next_root()), system_clock())
        .unwrap()
}

#[test]
fn a_devnet_makes_a_setup_that_clients_and_minisign_verify() {
    let mut running = Running::start();
    let mut trust = client(&running.published());
    let setup = verify(&mut trust, &running);
    assert_eq!(setup.circuits().len(), CIRCUITS.iter().count());
    setup.check_circuits(&CIRCUITS, &[]).unwrap();
    let folder = SetupFolder::read(&running.published()).unwrap();
    let root = folder.file(&SetupFileName::Root { version: 1 }).unwrap();
    let root = Parsed::<RootFile>::decode(root).unwrap().file;
    let mut verified = 0;
    for name in folder.names() {
        // What is served is what is signed.
        let served = get(running.address(), &format!("/v1/setup/files/{name}")).unwrap();
        assert_eq!(Some(served.as_slice()), folder.get(name), "{name}");
        if let Ok(EntryName::Signature {
            file,
            key,
            half: Half::Ed25519,
        }) = name.parse()
        {
            let keys = Role::ALL.map(|role| &root.keys(role).keys[0].ed25519);
            let public = keys.into_iter().find(|own| own.id == key).unwrap();
            let named = std::env::var_os("MINISIGN").unwrap_or_else(|| "minisign".into());
            let mut minisign = Command::new(named);
            minisign
                .arg("-Vm")
                .arg(running.published().join(file.to_string()));
            minisign.arg("-x").arg(running.published().join(name));
            let output = minisign.arg("-P").arg(public.to_string()).output();
            let output = output.expect("the program minisign is installed");
            assert!(output.status.success(), "{name}: {}", text(&output.stderr));
            verified += 1;
        }
    }
    assert_eq!(verified, folder.files().count());
    let summary = running.summary();
    assert_eq!(summary["setup_version"], 1);
    assert_eq!(
        summary["fingerprint"],
        RootFingerprint::of(1, folder.get("root.1.json").unwrap()).to_string()
    );

    // Another start goes on with it, and moves the checkpoint to a block that is proven.
    let checkpoint = |folder: &Path| {
        let file = fs::read(folder.join("checkpoint.json")).unwrap();
        Parsed::<CheckpointFile>::decode(&file).unwrap()
    };
    running.wait_for("a proven block", |_| {
        get(running.address(), "/v1/head")
            .is_ok_and(|head| head.starts_with(b"{\"latest_height\":"))
    });
    let before = checkpoint(&running.published());
    running.restart();
    running.wait_for("a newer checkpoint", |summary| {
        let served = summary["checkpoint"].as_str().unwrap();
        !served.starts_with(&format!("{}:", before.file.header.height))
    });
    let after = checkpoint(&running.published());
    assert!(after.file.header.height > before.file.header.height);
    assert_eq!(after.envelope.version, before.envelope.version + 1);
    let setup = verify(&mut trust, &running);
    assert_eq!(setup.online_checkpoint().height, after.file.header.height);
    assert_eq!(trust.next_root(), 2);
    running.stop();
}

#[test]
fn two_people_rotate_a_third_in_while_the_host_runs() {
    let mut running = Running::start();
    let mut trust = client(&running.published());
    let _ = verify(&mut trust, &running);
    fs::write(running.path("pass"), "correct horse battery staple\n").unwrap();
    for key in ["alice.key", "bob.key"] {
        running.make_root_key(key);
    }
    // Two people take the root over from the devnet: its own key signs them in.
    let copy = |to: &str| {
        SetupFolder::read(&running.published())
            .unwrap()
            .place(&running.path(to))
            .unwrap();
    };
    copy("next");
    let said = running.ok(&[
        "rotate",
        "next",
        "--add-key",
        "alice.key.pub",
        "--add-key",
        "bob.key.pub",
        "--threshold",
        "root=2",
    ]);
    assert!(said.contains("root.2.json needs 2 more"), "{said}");
    let own = [
        "--key",
        "data/devnet/setup/root.key",
        "--passphrase-file",
        "/dev/null",
    ];
    running.ok(&[&["sign", "next"], &own[..]].concat());
    let few = running.setup(&["publish", "next", "data/setup"]);
    assert_eq!(few.status.code(), Some(2), "{}", text(&few.stdout));
    running.ok(&[
        "sign",
        "next",
        "--key",
        "alice.key",
        "--passphrase-file",
        "pass",
    ]);
    running.ok(&["publish", "next", "data/setup"]);
    running.wait_for("root 2", |summary| {
        summary["fingerprint"].as_str().unwrap().starts_with("2:")
    });
    let setup = verify(&mut trust, &running);
    assert_eq!(
        (setup.root().root.keys.len(), setup.root().root.threshold),
        (3, 2)
    );

    // The two rotate a third in.
    running.make_root_key("carol.key");
    copy("third");
    running.ok(&["rotate", "third", "--add-key", "carol.key.pub"]);
    for key in ["alice.key", "bob.key"] {
        running.ok(&["sign", "third", "--key", key, "--passphrase-file", "pass"]);
    }
    running.ok(&["verify", "third"]);
    running.ok(&["publish", "third", "data/setup"]);
    running.wait_for("root 3", |summary| {
        summary["fingerprint"].as_str().unwrap().starts_with("3:")
    });
    let setup = verify(&mut trust, &running);
    assert_eq!(setup.root().root.keys.len(), 4);
    // Whoever pins the first root afresh comes to the same.
    let _ = verify(&mut client(&running.published()), &running);
    let first = running.path("data/setup/root.1.json");
    let fingerprint = RootFingerprint::of(1, &fs::read(&first).unwrap()).to_string();
    for pin in [fingerprint.as_str(), first.to_str().unwrap()] {
        let (followed, said) = running.follow(pin);
        assert_eq!(followed, Some(0), "{said:?}");
        assert_eq!(said[0]["verdict"], "trusted");
        assert!(said[1]["root"].as_str().unwrap().starts_with("3:"));
        assert_eq!(said[2]["setup_version"], 1);
    }
    let (refused, said) = running.follow(&format!("1:{}", "00".repeat(32)));
    assert_eq!(
        (refused, said[1]["code"].as_str()),
        (Some(2), Some("setup-digest"))
    );
    running.restart();
    let _ = verify(&mut trust, &running);
    running.stop();
}

#[test]
fn a_setup_that_is_not_of_this_host_is_refused_at_the_start_and_in_between() {
    let mut running = Running::start();
    let whole = SetupFolder::read(&running.published()).unwrap();
    let circuit = whole
        .files()
        .find(|file| matches!(file, SetupFileName::Circuit { .. }))
        .unwrap();
    // What is tampered with under a running host is not served.
    tamper(&running, &whole, &SetupFileName::Checkpoint);
    std::thread::sleep(Duration::from_secs(7));
    let served = get(running.address(), "/v1/setup/files/checkpoint.json").unwrap();
    assert_eq!(
        Some(served.as_slice()),
        whole.file(&SetupFileName::Checkpoint)
    );
    let ready = get(running.address(), "/health/ready").unwrap();
    let ready: serde_json::Value = serde_json::from_slice(&ready).unwrap();
    assert_eq!(ready["setup"]["refused"], "setup-ed25519", "{ready}");
    whole.place(&running.published()).unwrap();
    running.stop();

    for (file, code) in [
        (SetupFileName::Chain, "[setup-length]"),
        (circuit, "[setup-length]"),
        (SetupFileName::Root { version: 1 }, "[setup-white-space]"),
    ] {
        whole.place(&running.published()).unwrap();
        tamper(&running, &whole, &file);
        let said = running.refused();
        assert!(
            said.contains(code) && said.contains(&file.to_string()),
            "{said}"
        );
    }
    fs::remove_dir_all(running.published()).unwrap();
    let said = running.refused();
    assert!(said.contains("[setup-folder-missing]"), "{said}");
    whole.place(&running.published()).unwrap();
    running.devnet = Some(Devnet::start(&running.path("data")));
    running.stop();
}

fn tamper(running: &Running, whole: &SetupFolder, file: &SetupFileName) {
    let mut bytes = whole.file(file).unwrap().to_vec();
    bytes.push(b' ');
    fs::write(running.published().join(file.to_string()), bytes).unwrap();
}

#[test]
fn the_setup_of_another_chain_is_refused_with_the_field() {
    let mut running = Running::start();
    running.stop();
    let other = Running::start();
    let folder = SetupFolder::read(&other.published()).unwrap();
    drop(other);
    folder.place(&running.published()).unwrap();
    // The devnet's own keys are not those of the other setup; it signs nothing of it.
    let said = running.refused();
    assert!(said.contains("genesis_hash"), "{said}");
    assert!(said.contains("[setup-chain]"), "{said}");
}

/// Whatever the umask of whoever publishes is. Where the tests run as root, the devnet is another user, and root is sent to that one.
#[test]
fn what_its_owner_publishes_is_read_and_renewed_by_its_host() {
    let dir = tempfile::tempdir().unwrap();
    let is_root = fs::metadata(dir.path()).unwrap().uid() == 0;
    if is_root {
        chown(dir.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let data = dir.path().join("data");
    let run = || {
        let mut command = devnet(&data, &["--blocks", "1"]);
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        text(&output.stderr)
    };
    run();
    let published = data.join("setup");
    SetupFolder::read(&published)
        .unwrap()
        .place(&dir.path().join("next"))
        .unwrap();
    let locks = ["data/.setup.lock", "data/devnet/setup/circuits.key.lock"];
    for lock in locks {
        fs::remove_file(dir.path().join(lock)).unwrap();
    }
    let script = "umask 077 && \"$0\" setup rotate next --renew circuits \
        && \"$0\" setup sign next --key data/devnet/setup/circuits.key --passphrase-file /dev/null \
        && \"$0\" setup publish next data/setup";
    let shell = |as_owner: bool| {
        let mut shell = Command::new("sh");
        shell.args(["-ec", script, env!("CARGO_BIN_EXE_prover-host")]);
        if as_owner && is_root {
            shell.uid(NOBODY).gid(NOBODY);
        }
        shell.current_dir(dir.path()).output().unwrap()
    };
    if is_root {
        let refused = shell(false);
        assert!(!refused.status.success());
        let said = text(&refused.stderr);
        assert!(said.contains("belongs to user 65534"), "{said}");
        assert!(
            !dir.path().join(locks[1]).exists(),
            "nothing is left behind"
        );
        fs::remove_dir_all(dir.path().join("next")).unwrap();
        let whole = SetupFolder::read(&published).unwrap();
        whole.place(&dir.path().join("next")).unwrap();
        // Nor is anything left by a first publication, of which a dry run says the same.
        for dry_run in [&["--dry-run"][..], &[]] {
            let mut publish =
                host(&[&["setup", "publish", "next", "data/another"], dry_run].concat());
            let refused = publish.current_dir(dir.path()).output().unwrap();
            assert_eq!(refused.status.code(), Some(1));
            let said = text(&refused.stderr);
            assert!(said.contains("data belongs to user 65534"), "{said}");
            assert!(!data.join(".another.lock").exists() && !data.join("another").exists());
        }
        give(&dir.path().join("next"));
    }
    let ran = shell(true);
    assert!(ran.status.success(), "{}", text(&ran.stderr));
    let owner = fs::metadata(&data).unwrap().uid();
    for lock in locks {
        let there = fs::metadata(dir.path().join(lock)).unwrap();
        assert_eq!(there.uid(), owner, "{lock}");
    }
    for entry in fs::read_dir(&published).unwrap() {
        let (path, there) = entry
            .and_then(|entry| Ok((entry.path(), entry.metadata()?)))
            .unwrap();
        assert_eq!(
            (there.uid(), there.mode() & 0o777),
            (owner, 0o644),
            "{path:?}"
        );
    }
    // It starts though it cannot remove what root has left.
    let left = data.join(".rpp-setup-1-1.tmp");
    fs::create_dir(&left).unwrap();
    fs::write(left.join("file"), b"").unwrap();
    let said = run();
    assert_eq!(said.contains(".rpp-setup-1-1.tmp"), is_root, "{said}");
    let circuits = fs::read(published.join("circuits.json")).unwrap();
    let circuits = Parsed::<CircuitsFile>::decode(&circuits).unwrap();
    assert_eq!(circuits.envelope.version, 2);
}

fn give(folder: &Path) {
    for entry in fs::read_dir(folder).unwrap() {
        chown(entry.unwrap().path(), Some(NOBODY), Some(NOBODY)).unwrap();
    }
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
}

/// The user that has nothing.
const NOBODY: u32 = 65_534;
