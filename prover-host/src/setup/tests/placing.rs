//! A folder of a setup: what is put in its place, and what is read.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, symlink};
use std::path::Path;

use rpp_verifier::{MinisignKeyId, SetupFileName, SetupSignature};

use super::super::folder::{SetupFolder, missing};
use super::super::{PlaceLock, has_both_halves};
use super::names;

const KEY: MinisignKeyId = MinisignKeyId([1; 8]);

fn root(version: u32) -> SetupFileName {
    SetupFileName::Root { version }
}

fn signature(text: &str) -> SetupSignature {
    SetupSignature {
        ed25519: format!("{text} ed25519").into_bytes(),
        hash: format!("{text} hash").into_bytes(),
    }
}

fn small() -> SetupFolder {
    let mut folder = SetupFolder::default();
    for file in [
        root(1),
        root(2),
        SetupFileName::Circuits,
        SetupFileName::Checkpoint,
        SetupFileName::Chain,
    ] {
        folder.put(&file, file.to_string().into_bytes());
        if has_both_halves(&file) {
            folder.put_signature(&file, KEY, signature(&file.to_string()));
        }
    }
    folder
}

#[test]
fn what_is_placed_is_what_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup");
    let mut folder = small();
    folder.place(&path).unwrap();
    assert_eq!(SetupFolder::read(&path).unwrap(), folder);
    fs::set_permissions(&path, Permissions::from_mode(0o750)).unwrap();
    fs::write(path.join(".rpp-1-1.tmp"), b"left over").unwrap();
    folder.put(&root(3), b"root 3".to_vec());
    folder.place(&path).unwrap();
    assert_eq!(SetupFolder::read(&path).unwrap(), folder);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o750
    );
    assert_eq!(names(dir.path()), ["setup"]);
}

/// Whoever serves a setup may be another user than whoever publishes it, whatever that one's umask is.
#[test]
fn what_is_placed_has_the_permissions_of_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup");
    let mode = |name: &str| fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777;
    let mut folder = small();
    folder.place(&path).unwrap();
    assert_eq!(
        [".", "root.1.json", "chain.json"].map(mode),
        [0o755, 0o644, 0o644]
    );
    fs::set_permissions(path.join("chain.json"), Permissions::from_mode(0o640)).unwrap();
    folder.put(&root(3), b"root 3".to_vec());
    folder.place(&path).unwrap();
    assert_eq!(
        [".", "root.3.json", "chain.json"].map(mode),
        [0o755, 0o644, 0o640]
    );
}

/// Root could, and would leave files that their owner cannot replace, or give away what lies in the owner's folders.
#[test]
fn nothing_is_put_in_the_place_of_what_belongs_to_somebody_else() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup");
    let mut folder = small();
    folder.place(&path).unwrap();
    if chown(&path, Some(65_534), Some(65_534)).is_err() {
        // Not root: it can make no file of somebody else's, and meets none that it could replace.
        return;
    }
    let before = names(&path);
    folder.put(&root(3), b"root 3".to_vec());
    let error = folder.place(&path).unwrap_err();
    assert!(
        error.to_string().contains("belongs to user 65534"),
        "{error}"
    );
    let error = PlaceLock::wait(&path).unwrap_err();
    assert_eq!(error.code(), "file");
    assert_eq!(names(dir.path()), ["setup"]);
    assert_eq!(names(&path), before);
}

/// The lock that root would leave there is one that their host cannot open.
#[test]
fn nothing_is_put_into_a_folder_that_belongs_to_somebody_else() {
    let dir = tempfile::tempdir().unwrap();
    let theirs = dir.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    symlink("theirs", dir.path().join("link")).unwrap();
    PlaceLock::check_owner(&theirs.join("setup")).unwrap();
    if chown(&theirs, Some(65_534), Some(65_534)).is_err() {
        return;
    }
    for folder in ["theirs", "link"] {
        let path = dir.path().join(folder).join("setup");
        let error = PlaceLock::check_owner(&path).unwrap_err();
        assert!(
            error.to_string().contains("belongs to user 65534"),
            "{error}"
        );
        // Which may be all that user has.
        assert!(!error.to_string().contains("chown"), "{error}");
    }
    // What is there tells by itself.
    fs::create_dir(theirs.join("setup")).unwrap();
    PlaceLock::check_owner(&theirs.join("setup")).unwrap();
}

/// What serves it may read the folder by its own name, and others by the link.
#[test]
fn what_is_placed_where_a_link_leads_goes_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("data/setup");
    fs::create_dir(dir.path().join("data")).unwrap();
    small().place(&path).unwrap();
    symlink("data/setup", dir.path().join("link")).unwrap();
    for (version, link) in [
        (3, "link"),
        (4, "link/"),
        (5, "link/."),
        (6, "link/../setup"),
    ] {
        let link = dir.path().join(link);
        let mut folder = small();
        folder.put(&root(version), b"another".to_vec());
        let lock = PlaceLock::wait(&link).unwrap();
        folder.place(&link).unwrap();
        drop(lock);
        assert_eq!(SetupFolder::read(&path).unwrap(), folder);
        assert_eq!(names(dir.path()), ["data", "link"]);
        assert_eq!(names(&dir.path().join("data")), [".setup.lock", "setup"]);
    }
    let link = dir.path().join("link").symlink_metadata().unwrap();
    assert!(link.is_symlink());
    // One that leads nowhere is not replaced either.
    fs::remove_dir_all(&path).unwrap();
    for link in ["link", "link/"] {
        let refused = small().place(&dir.path().join(link)).unwrap_err();
        assert_eq!(refused.code(), "file");
    }
    assert_eq!(names(dir.path()), ["data", "link"]);
}

#[test]
fn nothing_that_is_not_of_a_setup_is_lost() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup");
    small().place(&path).unwrap();
    fs::write(path.join("notes.txt"), b"mine").unwrap();
    let refused = SetupFolder::default().place(&path).unwrap_err();
    assert_eq!(refused.code(), "setup-folder-foreign");
    assert_eq!(SetupFolder::read(&path).unwrap(), small());
    assert_eq!(fs::read(path.join("notes.txt")).unwrap(), b"mine");
}

#[test]
fn a_bundle_has_the_roots_that_were_asked_for() {
    let folder = small();
    let versions = |from| folder.bundle(from).unwrap().roots.len();
    assert_eq!([0, 1, 2, 3, 900].map(versions), [2, 2, 1, 0, 0]);
    let bundle = folder.bundle(2).unwrap();
    assert_eq!(bundle.roots[0].content, b"root.2.json");
    assert_eq!(bundle.roots[0].signatures, [signature("root.2.json")]);
    assert_eq!(bundle.chain, b"chain.json");
    for file in [root(1), SetupFileName::Chain, SetupFileName::Checkpoint] {
        let mut without = small();
        without.remove(&file);
        assert_eq!(without.bundle(1), Err(missing(file)));
    }
}

#[test]
fn a_changed_file_has_no_signatures() {
    let mut folder = small();
    let file = SetupFileName::Circuits;
    folder.put(&file, b"circuits.json".to_vec());
    assert_eq!(folder, small());
    folder.put(&file, b"changed".to_vec());
    assert!(folder.signatures(&file).is_empty());
    assert_eq!(folder.signatures(&SetupFileName::Checkpoint).len(), 1);
}

#[test]
fn links_devices_folders_and_long_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("setup");
    let refused = |make: &dyn Fn(&Path)| {
        small().place(&path).unwrap();
        fs::remove_file(path.join("checkpoint.json")).unwrap();
        make(&path.join("checkpoint.json"));
        let refused = SetupFolder::read(&path).unwrap_err();
        assert!(refused.to_string().contains("checkpoint.json"), "{refused}");
        fs::remove_dir_all(&path).unwrap();
        refused.code()
    };
    let secret = dir.path().join("secret");
    fs::write(&secret, b"secret").unwrap();
    assert_eq!(refused(&|file| symlink(&secret, file).unwrap()), "file");
    assert_eq!(refused(&|file| fs::create_dir(file).unwrap()), "file");
    assert_eq!(
        refused(&|file| fs::write(file, [b' '; 1025]).unwrap()),
        "too-long"
    );
    // Nobody writes to the pipe, and it is not waited for.
    let pipe = |file: &Path| {
        let made = std::process::Command::new("mkfifo").arg(file).status();
        assert!(made.unwrap().success());
    };
    assert_eq!(refused(&pipe), "file");
    assert_eq!(SetupFolder::read(&path).unwrap_err().code(), "file");
}
