//! `prover-host setup sign`: what it refuses, and what a dry run leaves behind.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Output;

use rpp_prover_host::setup::SetupFolder;
use rpp_verifier::{Parsed, RootFile};
use tempfile::TempDir;

use crate::binary::host;

/// A first setup that nobody has signed, and the keys that are to sign it.
struct Desk {
    dir: TempDir,
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        fs::write(desk.path("pass"), "five words drawn at random\n").unwrap();
        for role in ["root", "circuits", "checkpoint"] {
            let key = format!("{role}.key");
            succeeded(&desk.run(&["keygen", "--role", role, "--chain-id", "7", &key], "pass"));
        }
        let genesis = "01".repeat(32);
        let checkpoint = format!("0:{genesis}:1700000000000:32");
        let mut init = host(&[
            "setup",
            "init",
            "next",
            "--chain-id",
            "7",
            "--genesis",
            &genesis,
        ]);
        init.args(["--checkpoint", &checkpoint, "--root-key", "root.key.pub"]);
        init.args(["--circuits-key", "circuits.key.pub"]);
        init.args(["--checkpoint-key", "checkpoint.key.pub"]);
        succeeded(&init.current_dir(desk.dir.path()).output().unwrap());
        desk
    }

    /// The same, signed by all three.
    fn signed() -> Self {
        let desk = Self::new();
        for key in ["root.key", "circuits.key", "checkpoint.key"] {
            desk.sign_by("next", key);
        }
        desk
    }

    fn ok(&self, args: &[&str]) {
        let ran = host(&[&["setup"], args].concat())
            .current_dir(self.dir.path())
            .output();
        succeeded(&ran.unwrap());
    }

    fn sign_by(&self, folder: &str, key: &str) {
        succeeded(&self.run(&["sign", folder, "--key", key], "pass"));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn run(&self, args: &[&str], passphrase: &str) -> Output {
        let mut command = host(&["setup"]);
        command.args(args).args(["--passphrase-file", passphrase]);
        command.current_dir(self.dir.path()).output().unwrap()
    }

    fn sign(&self, args: &[&str]) -> Output {
        let sign = ["sign", "next", "--key", "root.key"];
        self.run(&[&sign, args].concat(), "pass")
    }

    /// Returns what is said of a command that fails.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.sign(args);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
        text(&output.stderr)
    }

    /// Returns every file, and what is in it.
    fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        for folder in [self.dir.path().to_path_buf(), self.path("next")] {
            let entries = fs::read_dir(folder).unwrap();
            let paths = entries.map(|entry| entry.unwrap().path());
            let paths = paths.filter(|path| path.is_file());
            files.extend(paths.map(|path| (path.clone(), fs::read(path).unwrap())));
        }
        files.sort();
        files
    }
}

#[track_caller]
fn succeeded(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn a_dry_run_of_signing_a_setup_writes_nothing_and_refuses_what_signing_refuses() {
    let desk = Desk::new();
    fs::remove_file(desk.path("root.key.lock")).unwrap();
    let before = desk.files();
    let output = desk.sign(&["--dry-run"]);
    let says = text(&output.stdout);
    let digest = says.trim().rsplit(' ').next().unwrap().to_owned();
    assert!(
        says.starts_with("would sign root.1.json version 1, SHA-256 "),
        "{says}"
    );
    // It would give up the only root that there is.
    let restored = desk.refused(&["--dry-run", "--restored"]);
    assert!(restored.contains("[setup-restored-on-draft]"), "{restored}");
    let other = "00".repeat(32);
    for dry_run in [&["--dry-run"][..], &[]] {
        let refused = desk.refused(&[&["--expect", &other], dry_run].concat());
        assert!(refused.contains("[setup-not-expected]"), "{refused}");
        let refused = desk.refused(&[&["--above", "4294967295"], dry_run].concat());
        assert!(refused.contains("[setup-above]"), "{refused}");
        let _ = fs::remove_file(desk.path("root.key.lock"));
    }
    let mistyped = ["sign", "next", "--key", "rooot.key"];
    assert_eq!(desk.run(&mistyped, "pass").status.code(), Some(1));
    assert_eq!(desk.files(), before);
    let refused = desk.refused(&["--expect", &other, "--expect", &digest]);
    assert!(refused.contains("[setup-expected-missing]"), "{refused}");
    let signed = desk.sign(&["--expect", &digest]);
    succeeded(&signed);
}

#[test]
fn a_setup_is_published_to_the_folder_that_a_shell_is_in() {
    let desk = Desk::signed();
    fs::create_dir(desk.path("published")).unwrap();
    let mut publish = host(&["setup", "publish", "../next", "."]);
    let published = publish.current_dir(desk.path("published")).output();
    succeeded(&published.unwrap());
    assert!(desk.path("published/root.1.json").exists());
    assert!(desk.path(".published.lock").exists());
}

#[test]
fn a_setup_is_not_signed_by_a_key_that_others_can_read() {
    let desk = Desk::new();
    fs::set_permissions(desk.path("root.key"), Permissions::from_mode(0o644)).unwrap();
    let refused = desk.refused(&[]);
    assert!(refused.contains("[setup-key-permissions]"), "{refused}");
    assert!(refused.contains("`chmod 600 root.key`"), "{refused}");
}

#[test]
fn a_new_setup_key_gets_no_empty_passphrase() {
    let desk = Desk::new();
    fs::write(desk.path("empty"), "\nfive words drawn at random\n").unwrap();
    let args = ["keygen", "--role", "root", "--chain-id", "7", "new.key"];
    let refused = desk.run(&args, "empty");
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("at least 12"), "{refused:?}");
    assert!(!desk.path("new.key").exists());
}

#[test]
fn what_a_hostile_setup_file_says_does_not_steer_the_terminal() {
    let desk = Desk::new();
    let hostile = r#"{"type":"setup-public-key","\u001b[31mred":1}"#;
    fs::write(desk.path("evil.pub"), hostile).unwrap();
    let mut rotate = host(&["setup", "rotate", "next", "--add-key", "evil.pub"]);
    let refused = rotate.current_dir(desk.dir.path()).output().unwrap();
    let says = text(&refused.stderr);
    assert!(
        says.contains("\\u001b[31mred") && !says.contains('\u{1b}'),
        "{says:?}"
    );
}

/// Whoever prepares a folder may have a clock that is wrong; whoever signs a root looks at theirs.
#[test]
fn a_root_from_the_future_is_not_signed_without_a_word() {
    let desk = Desk::new();
    let path = desk.path("next/root.1.json");
    let mut root = Parsed::<RootFile>::decode(&fs::read(&path).unwrap()).unwrap();
    let ahead = 30 * 86_400_000;
    root.envelope.issued += ahead;
    root.envelope.expires += ahead;
    fs::write(&path, root.encode()).unwrap();
    for dry_run in [&["--dry-run"][..], &[]] {
        let refused = desk.refused(dry_run);
        assert!(refused.contains("[setup-issued-ahead]"), "{refused}");
        assert!(refused.contains("--clock-behind"), "{refused}");
    }
    let signed = desk.sign(&["--clock-behind"]);
    let says = text(&signed.stdout);
    succeeded(&signed);
    assert!(says.contains("signed root.1.json version 1"), "{says}");
    assert!(says.contains("to do: root.1.json was issued on"), "{says}");
    let mut rotate = host(&["setup", "rotate", "next", "--renew", "checkpoint"]);
    let rotated = rotate.current_dir(desk.dir.path()).output().unwrap();
    let says = text(&rotated.stdout);
    assert!(says.contains("to do: root.1.json was issued on"), "{says}");
}

/// What cannot be said was done all the same; and nothing is said before it is done.
#[test]
fn what_is_done_to_a_setup_is_said_after_it_and_file_by_file() {
    let desk = Desk::new();
    let fail = |args: &[&str]| {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let mut command = host(&["setup"]);
        command.args(args).stdout(full);
        let ran = command.current_dir(desk.dir.path()).output().unwrap();
        assert_eq!(ran.status.code(), Some(1), "{}", text(&ran.stderr));
    };
    let carol = ["--key", "circuits.key", "--passphrase-file", "pass"];
    fail(&[&["sign", "next"], &carol[..]].concat());
    let signed = |file: &str| {
        let names = fs::read_dir(desk.path("next")).unwrap();
        let mut names = names.map(|entry| entry.unwrap().file_name());
        let prefix = format!("{file}.");
        names.any(|name| name.to_str().unwrap().starts_with(&prefix))
    };
    assert!(signed("circuits.json") && !signed("chain.json"));
    fail(&["rotate", "next", "--renew", "checkpoint"]);
    let checkpoint = fs::read_to_string(desk.path("next/checkpoint.json")).unwrap();
    assert!(checkpoint.contains("\"version\":2"), "{checkpoint}");
    let genesis = "01".repeat(32);
    let checkpoint = format!("0:{genesis}:1700000000000:32");
    let init = ["init", "other", "--chain-id", "7", "--genesis", &genesis];
    let rest = ["--checkpoint", &checkpoint, "--root-key", "root.key.pub"];
    let keys = [
        "--circuits-key",
        "circuits.key.pub",
        "--checkpoint-key",
        "checkpoint.key.pub",
    ];
    fail(&[&init[..], &rest, &keys].concat());
    assert!(desk.path("other/root.1.json").exists());
}

#[test]
fn a_version_is_prepared_above_one_that_was_used_up() {
    let desk = Desk::new();
    let rotate = |above: &str| {
        let mut command = host(&["setup", "rotate", "next", "--above", above]);
        command.current_dir(desk.dir.path()).output().unwrap()
    };
    let rotated = rotate("checkpoint=5");
    succeeded(&rotated);
    let checkpoint = fs::read_to_string(desk.path("next/checkpoint.json")).unwrap();
    assert!(checkpoint.contains("\"version\":6"), "{checkpoint}");
    let refused = text(&rotate("checkpoint=16383").stderr);
    assert!(refused.contains("[setup-version-range]"), "{refused}");
    assert!(refused.contains("give 16382 at most"), "{refused}");
    let refused = text(&rotate("root=5").stderr);
    assert!(refused.contains("[setup-root-skipped]"), "{refused}");
}

/// Whoever prepared it may have copied the folder before the revocation.
#[test]
fn a_circuit_that_was_revoked_is_not_published_again_unless_it_is_named() {
    let desk = Desk::signed();
    let ok = |args: &[&str]| desk.ok(args);
    let sign = |folder: &str, key: &str| desk.sign_by(folder, key);
    ok(&["publish", "next", "published"]);
    let stale = SetupFolder::read(&desk.path("next")).unwrap();
    stale.place(&desk.path("stale")).unwrap();
    ok(&["rotate", "next", "--revoke", "state-1"]);
    sign("next", "circuits.key");
    ok(&["publish", "next", "published"]);
    ok(&["rotate", "stale", "--above", "circuits=2"]);
    sign("stale", "circuits.key");
    for dry_run in [&["--dry-run"][..], &[]] {
        let publish = ["setup", "publish", "stale", "published"];
        let refused = host(&[&publish, dry_run].concat())
            .current_dir(desk.dir.path())
            .output();
        let refused = refused.unwrap();
        let says = text(&refused.stdout);
        assert_eq!(refused.status.code(), Some(2), "{says}");
        assert!(
            says.contains("setup-lists-more") && says.contains("--list state-1"),
            "{says}"
        );
    }
    ok(&["publish", "stale", "published", "--list", "state-1"]);
}

/// On a file system that cannot exchange two folders, nothing is at the place for a moment: an older setup would follow that.
#[test]
fn what_a_publication_that_was_killed_has_moved_away_is_not_passed_over() {
    let desk = Desk::signed();
    // Killed while the first one was being written.
    fs::create_dir(desk.path(".rpp-published-1-0.tmp")).unwrap();
    fs::write(desk.path(".rpp-published-1-0.tmp/chain.json"), "{}").unwrap();
    desk.ok(&["publish", "next", "published"]);
    assert!(!desk.path(".rpp-published-1-0.tmp").exists());
    let (published, aside) = (desk.path("published"), desk.path(".rpp-published-1-1.tmp"));
    std::os::unix::fs::symlink("published", desk.path("link")).unwrap();
    fs::rename(&published, &aside).unwrap();
    // Nor where something has made a folder there, or one of an earlier one is left as well.
    fs::create_dir(&published).unwrap();
    let older = desk.path(".rpp-published-0-9.tmp");
    SetupFolder::read(&aside).unwrap().place(&older).unwrap();
    desk.ok(&["rotate", "next", "--renew", "circuits"]);
    desk.sign_by("next", "circuits.key");
    SetupFolder::read(&desk.path("next"))
        .unwrap()
        .place(&aside)
        .unwrap();
    for dry_run in [&["--dry-run"][..], &[]] {
        let publish = ["setup", "publish", "next", "published"];
        let mut command = host(&[&publish, dry_run].concat());
        let refused = command.current_dir(desk.dir.path()).output().unwrap();
        let says = text(&refused.stderr);
        assert_eq!(refused.status.code(), Some(1), "{says}");
        assert!(says.contains("[setup-place-left-over]"), "{says}");
        assert!(says.contains(".rpp-published-1-1.tmp"), "{says}");
    }
    // By a link that leads nowhere now.
    fs::remove_dir(&published).unwrap();
    let mut command = host(&["setup", "publish", "next", "link"]);
    let refused = command.current_dir(desk.dir.path()).output().unwrap();
    let says = text(&refused.stderr);
    assert!(says.contains("[file]"), "{says}");
    assert!(!published.exists());
    fs::rename(&aside, &published).unwrap();
    desk.ok(&["publish", "next", "published"]);
    assert!(!older.exists());
}

/// Its process was killed before the last file was there.
#[test]
fn making_a_key_is_finished_by_the_same_command() {
    let desk = Desk::new();
    let public = desk.path("circuits.key.pub");
    let (before, key) = (
        fs::read(&public).unwrap(),
        fs::read(desk.path("circuits.key")).unwrap(),
    );
    let keygen = |role: &str, passphrase: &str| {
        let args = ["keygen", "--role", role, "--chain-id", "7", "circuits.key"];
        desk.run(&args, passphrase)
    };
    assert!(text(&keygen("circuits", "pass").stderr).contains("[setup-key-exists]"));
    fs::remove_file(&public).unwrap();
    let refused = text(&keygen("root", "pass").stderr);
    assert!(refused.contains("[setup-key-exists]"), "{refused}");
    assert!(!public.exists());
    // Killed before it had removed the name under which the key was made.
    fs::hard_link(desk.path("circuits.key"), desk.path(".circuits.key.new")).unwrap();
    fs::write(desk.path("other"), "five other words drawn at random\n").unwrap();
    let refused = text(&keygen("circuits", "other").stderr);
    assert!(refused.contains("[key-file-passphrase]"), "{refused}");
    let made = keygen("circuits", "pass");
    succeeded(&made);
    assert_eq!(fs::read(&public).unwrap(), before);
    assert_eq!(fs::read(desk.path("circuits.key")).unwrap(), key);
}

#[test]
fn what_is_no_key_is_left_alone_where_one_is_to_be_made() {
    let desk = Desk::new();
    fs::write(desk.path("notes"), "mine").unwrap();
    fs::write(desk.path(".notes.new"), "mine").unwrap();
    fs::create_dir(desk.path("folder")).unwrap();
    for name in ["notes", "folder"] {
        let args = ["keygen", "--role", "root", "--chain-id", "7", name];
        let refused = text(&desk.run(&args, "pass").stderr);
        assert!(refused.contains("[setup-key-exists]"), "{refused}");
        assert!(!desk.path(&format!("{name}.lock")).exists());
    }
    assert_eq!(fs::read(desk.path(".notes.new")).unwrap(), b"mine");
    // The public key of another one is no key, either.
    let args = [
        "keygen",
        "--role",
        "root",
        "--chain-id",
        "7",
        "circuits.key.log",
    ];
    let refused = text(&desk.run(&args, "pass").stderr);
    assert!(refused.contains("[setup-key-name]"), "{refused}");
    assert!(!desk.path("circuits.key.log.lock").exists());
}
