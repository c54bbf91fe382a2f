//! A process keeps a setup that it signs alone: through kills, and for longer than any file lives.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use rpp_verifier::{
    CIRCUITS, ChainFile, CheckpointFile, CircuitsFile, Digest, HeaderHash, Role, SetupFileName,
};
use tempfile::TempDir;

use super::super::content::read;
use super::super::{
    Kept, OwnKeys, Rotation, SetupFolder, Shelf, Signer, Signing, verify_folder, warning_ms,
};
use super::{CHAIN, DAY, NOW, Team, header, names};

pub(super) struct Home {
    pub(super) dir: TempDir,
    pub(super) keys: OwnKeys,
}

impl Home {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = OwnKeys::new(&dir.path().join("keys"), &dir.path().join("setup"));
        Self { dir, keys }
    }

    pub(super) fn begun() -> Self {
        let home = Self::new();
        home.begin().unwrap();
        home
    }

    pub(super) fn begin(&self) -> Result<(), &'static str> {
        let begun = self
            .keys
            .begin(chain(), header(0), &CIRCUITS, NOW, &|_, _| {});
        begun.map_err(|error| error.code())
    }

    pub(super) fn keep(&self, height: u32, now: u64) -> Kept {
        self.keys.keep(header(height), now).unwrap()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(super) fn published(&self) -> SetupFolder {
        SetupFolder::read(&self.path("setup")).unwrap()
    }

    pub(super) fn versions(&self) -> [u32; 3] {
        let folder = self.published();
        let circuits = read::<CircuitsFile>(&folder, SetupFileName::Circuits).unwrap();
        let checkpoint = read::<CheckpointFile>(&folder, SetupFileName::Checkpoint).unwrap();
        let versions = [circuits.envelope.version, checkpoint.envelope.version];
        [folder.newest_root(), versions[0], versions[1]]
    }

    pub(super) fn signer(&self, role: Role) -> Signer {
        let passphrase = rpp_key_file::Passphrase::new("");
        Signer::open(&self.keys.path_of(role), &passphrase).unwrap()
    }

    /// Returns a folder as the key of a role has signed it.
    pub(super) fn signed(&self, role: Role, folder: &SetupFolder) -> SetupFolder {
        let mut signer = self.signer(role);
        let signing = Signing::of(folder, &mut signer).unwrap();
        signing.sign_in_memory().unwrap()
    }
}

pub(super) fn chain() -> ChainFile {
    ChainFile {
        chain_id: CHAIN,
        genesis_hash: HeaderHash(Digest::ZERO),
        epoch_length: 8,
    }
}

#[test]
fn a_setup_is_made_once() {
    let home = Home::begun();
    let first = home.published();
    let _ = verify_folder(&first, None, NOW).unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), first);
    assert_eq!(names(home.dir.path()), [".setup.lock", "keys", "setup"]);
    // What is gone is not made again.
    fs::remove_dir_all(home.path("setup")).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    first.place(&home.path("setup")).unwrap();
    home.begin().unwrap();
}

#[test]
fn a_process_that_is_killed_while_it_begins_begins_again_or_goes_on() {
    let home = Home::begun();
    let whole = home.published();
    // Everything is signed, and nothing published.
    fs::rename(home.path("setup"), home.path(".setup-prepared")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), whole);
    // Some is signed.
    let mut half = whole.clone();
    let circuits = SetupFileName::Circuits;
    let content = half.file(&circuits).unwrap().to_vec();
    half.remove(&circuits);
    half.put(&circuits, content);
    fs::remove_dir_all(home.path("setup")).unwrap();
    half.place(&home.path(".setup-prepared")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), whole);
    // It is published, and still prepared: as it was before it was signed, and after.
    for is_signed in [true, false] {
        let mut prepared = whole.clone();
        for file in whole.files().filter(|_| !is_signed) {
            let content = whole.file(&file).unwrap().to_vec();
            prepared.remove(&file);
            prepared.put(&file, content);
        }
        assert_eq!(prepared == whole, is_signed);
        prepared.place(&home.path(".setup-prepared")).unwrap();
        home.begin().unwrap();
        assert_eq!(home.published(), whole);
        prepared.place(&home.path(".setup-prepared")).unwrap();
        let kept = home.keep(0, NOW);
        assert!(!kept.is_renewed, "{kept:?}");
        assert_eq!(home.published(), whole);
    }
    assert_eq!(names(home.dir.path()), [".setup.lock", "keys", "setup"]);

    // Keys are made, and nothing is prepared: they have signed nothing.
    let home = Home::begun();
    fs::remove_dir_all(home.path("setup")).unwrap();
    fs::remove_dir_all(home.path("keys")).unwrap();
    fs::create_dir(home.path("keys")).unwrap();
    let open = rpp_key_file::Passphrase::new("");
    let left = Signer::create(
        &home.path("keys/root.key"),
        super::secret(Role::Root),
        &open,
    );
    drop(left.unwrap());
    for name in ["setup", ".setup-prepared", ".setup-root"] {
        fs::create_dir(home.path(&format!(".rpp-{name}-1-1.tmp"))).unwrap();
    }
    home.begin().unwrap();
    assert_eq!(home.versions(), [1, 1, 1]);
    assert_eq!(names(home.dir.path()), [".setup.lock", "keys", "setup"]);
}

/// On a file system that cannot exchange two folders, the old one is moved away before the new one is there.
#[test]
fn a_setup_that_was_moved_away_when_its_process_was_killed_is_put_back() {
    let home = Home::begun();
    let first = home.published();
    fs::rename(home.path("setup"), home.path(".rpp-setup-1-1.tmp")).unwrap();
    fs::create_dir(home.path(".rpp-setup-1-2.tmp")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), first);
    // Of the old one and the one that was to come, the newer.
    home.keep(5, NOW + 1);
    let second = home.published();
    fs::rename(home.path("setup"), home.path(".rpp-setup-1-1.tmp")).unwrap();
    first.place(&home.path(".rpp-setup-1-2.tmp")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), second);
    assert_eq!(names(home.dir.path()), [".setup.lock", "keys", "setup"]);
    // One from before what the keys have signed is not that, and is left to people.
    fs::remove_dir_all(home.path("setup")).unwrap();
    first.place(&home.path(".rpp-setup-1-1.tmp")).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    assert!(home.path(".rpp-setup-1-1.tmp/root.1.json").exists());
}

#[test]
fn a_setup_that_a_link_leads_to_is_put_back_there_and_missed_where_it_is_gone() {
    let home = Home::begun();
    let first = home.published();
    fs::create_dir(home.path("shared")).unwrap();
    fs::rename(home.path("setup"), home.path("shared/one")).unwrap();
    symlink("shared/one", home.path("link")).unwrap();
    symlink(home.path("link"), home.path("setup")).unwrap();
    fs::rename(
        home.path("shared/one"),
        home.path("shared/.rpp-one-1-1.tmp"),
    )
    .unwrap();
    home.begin().unwrap();
    assert_eq!(home.published(), first);
    assert_eq!(names(&home.path("shared")), [".one.lock", "one"]);
    fs::remove_dir_all(home.path("shared/one")).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    // Where its file system is not mounted, no other one is begun.
    let home = Home::new();
    symlink("mounted/setup", home.path("setup")).unwrap();
    fs::create_dir(home.path("mounted")).unwrap();
    assert_eq!(home.begin(), Err("file"));
    assert!(!home.path("keys").exists());
}

/// Here, by a file that is none of its own; elsewhere, since the system does not rename what came with a container's image.
#[test]
fn a_setup_that_cannot_be_replaced_is_served_for_as_long_as_it_counts() {
    let home = Home::begun();
    let first = home.published();
    fs::write(home.path("setup/notes"), "mine").unwrap();
    let refused = home.keys.keep(header(5), NOW + DAY).unwrap_err();
    assert_eq!(refused.code(), "setup-folder-foreign");
    assert!(home.path(".setup-prepared").exists());
    home.begin().unwrap();
    assert_eq!(home.published(), first);
    let begin_at = |now| {
        let begun = home
            .keys
            .begin(chain(), header(0), &CIRCUITS, now, &|_, _| {});
        begun.map_err(|error| error.code())
    };
    assert_eq!(begin_at(NOW + 400 * DAY), Err("setup-folder-foreign"));
    fs::remove_file(home.path("setup/notes")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.versions(), [1, 1, 2]);
    assert!(!home.path(".setup-prepared").exists());
}

/// The keys are not all there, so that nothing is put back; what is prepared would undo what people have published since.
#[test]
fn what_is_prepared_is_not_published_in_the_place_of_a_setup_that_is_gone() {
    let home = Home::begun();
    home.keep(5, NOW + 1);
    let mut rotation = Rotation::of(home.published(), NOW + 2).unwrap();
    rotation.renew(Role::Checkpoint);
    let (prepared, _) = rotation.finish().unwrap();
    prepared.place(&home.path(".setup-prepared")).unwrap();
    fs::remove_file(home.keys.path_of(Role::Root)).unwrap();
    fs::rename(home.path("setup"), home.path(".rpp-setup-1-1.tmp")).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    assert!(!home.path("setup").exists());
    assert!(home.path(".rpp-setup-1-1.tmp/root.1.json").exists());
    // Where keys and setup are moved elsewhere, as for a clock that was ahead, another one begins.
    fs::rename(home.path("keys"), home.path("old")).unwrap();
    fs::remove_dir_all(home.path(".rpp-setup-1-1.tmp")).unwrap();
    home.begin().unwrap();
    assert_eq!(home.versions(), [1, 1, 1]);
}

/// A link leads to a folder of many setups, and each of their processes works there as well.
#[test]
fn what_is_left_of_a_neighbour_is_neither_put_back_nor_removed() {
    let home = Home::begun();
    let shared = home.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::rename(home.path("setup"), shared.join("one")).unwrap();
    symlink("shared/one", home.path("setup")).unwrap();
    let theirs = [".rpp-two-1-1.tmp", ".rpp-one-2-1-1.tmp", ".rpp-1-1.tmp"];
    for name in theirs {
        fs::create_dir(shared.join(name)).unwrap();
    }
    fs::create_dir(shared.join(".rpp-one-1-1.tmp")).unwrap();
    home.begin().unwrap();
    let mut left = names(&shared);
    left.retain(|name| name.starts_with(".rpp-"));
    let mut expected = theirs.to_vec();
    expected.sort_unstable();
    assert_eq!(left, expected);
    // A copy of the same setup is published there under another name.
    let home = Home::begun();
    let other = home.path(".rpp-other-1-1.tmp");
    fs::rename(home.path("setup"), &other).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    assert!(other.join("root.1.json").exists());
}

/// People took the keys away, with their logs or without, and then the setup was lost.
#[test]
fn no_setup_is_made_where_keys_were_that_have_signed_one() {
    for taken in [&["", ".log"][..], &[""], &["", ".pub"]] {
        let home = Home::begun();
        let dir = tempfile::tempdir().unwrap();
        for role in Role::ALL {
            for ending in taken {
                let name = format!("{role}.key{ending}");
                fs::rename(home.path("keys").join(&name), dir.path().join(&name)).unwrap();
            }
        }
        fs::remove_dir_all(home.path("setup")).unwrap();
        let left = names(&home.path("keys"));
        assert_eq!(home.begin(), Err("setup-folder-missing"), "{taken:?}");
        assert_eq!(names(&home.path("keys")), left);
    }
    // One that may be an old copy, which has signed nothing that it knows of.
    let home = Home::begun();
    fs::remove_dir_all(home.path("setup")).unwrap();
    fs::remove_dir_all(home.path("keys")).unwrap();
    fs::create_dir(home.path("keys")).unwrap();
    let key = home.keys.path_of(Role::Root);
    let open = rpp_key_file::Passphrase::new("");
    drop(Signer::create(&key, super::secret(Role::Root), &open).unwrap());
    fs::remove_file(home.path("keys/root.key.log")).unwrap();
    assert_eq!(home.begin(), Err("setup-folder-missing"));
    assert!(key.exists());
}

#[test]
fn no_key_of_somebody_else_is_removed_where_a_setup_is_made() {
    let home = Home::new();
    fs::create_dir(home.path("keys")).unwrap();
    let other = home.path("keys/host.key");
    let open = rpp_key_file::Passphrase::new("five words drawn at random");
    drop(Signer::create(&other, super::secret(Role::Checkpoint), &open).unwrap());
    let before = names(&home.path("keys"));
    assert_eq!(home.begin(), Err("setup-folder-foreign"));
    assert_eq!(names(&home.path("keys")), before);
    for name in before {
        fs::rename(home.path("keys").join(&name), home.path(&name)).unwrap();
    }
    home.begin().unwrap();
}

#[test]
fn the_checkpoint_moves_with_the_chain_and_is_issued_again_every_day() {
    let home = Home::begun();
    assert_eq!(home.keep(0, NOW + 1), Kept::default());
    assert!(home.keep(5, NOW + 2).is_renewed);
    assert_eq!(home.versions(), [1, 1, 2]);
    assert_eq!(home.keep(5, NOW + 3), Kept::default());
    assert_eq!(home.keep(4, NOW + 3), Kept::default());
    assert!(home.keep(5, NOW + 2 + DAY).is_renewed);
    assert_eq!(home.versions(), [1, 1, 3]);
    let setup = verify_folder(&home.published(), None, NOW + DAY + 3).unwrap();
    assert_eq!(setup.online_checkpoint().height, 5);
}

#[test]
fn what_expires_is_issued_again_however_long_nobody_looked() {
    let home = Home::begun();
    let soon = NOW + 90 * DAY - warning_ms(Role::Circuits);
    home.keep(5, soon - 1);
    assert_eq!(home.versions(), [1, 1, 2]);
    home.keep(5, soon);
    assert_eq!(home.versions(), [1, 2, 2]);
    home.keep(5, NOW + 365 * DAY - warning_ms(Role::Root));
    assert_eq!(home.versions(), [2, 3, 3]);
    let later = NOW + 2_000 * DAY;
    home.keep(5, later);
    assert_eq!(home.versions(), [3, 4, 4]);
    let _ = verify_folder(&home.published(), None, later).unwrap();
}

#[test]
fn a_version_that_a_process_had_reserved_when_it_was_killed_is_left_out() {
    let home = Home::begun();
    let mut rotation = Rotation::of(home.published(), NOW + 1).unwrap();
    rotation.move_online(header(3)).unwrap();
    let (lost, _) = rotation.finish().unwrap();
    let _ = home.signed(Role::Checkpoint, &lost);
    home.keep(5, NOW + 2);
    assert_eq!(home.versions(), [1, 1, 3]);
    let _ = verify_folder(&home.published(), None, NOW + 2).unwrap();
}

#[test]
fn what_others_have_to_sign_is_left_to_them() {
    let home = Home::begun();
    let team = Team::new();
    let mut rotation = Rotation::of(home.published(), NOW + 1).unwrap();
    rotation.add_key(team.public("alice")).unwrap();
    rotation.set_threshold(Role::Root, 2);
    let (prepared, _) = rotation.finish().unwrap();
    let mut own = home.signer(Role::Root);
    let signed = Signing::of(&prepared, &mut own)
        .unwrap()
        .sign_in_memory()
        .unwrap();
    drop(own);
    let mut team = team;
    team.sign(signed, &["alice"])
        .place(&home.path("setup"))
        .unwrap();
    let later = NOW + 350 * DAY;
    let kept = home.keep(5, later);
    assert_eq!(kept.others, [Role::Root]);
    assert!(kept.is_renewed);
    assert_eq!(home.versions(), [2, 2, 2]);
    let _ = verify_folder(&home.published(), None, later).unwrap();
    // Once theirs has expired, nothing helps before they have signed.
    let kept = home.keep(5, NOW + 400 * DAY);
    assert_eq!((kept.is_renewed, kept.others), (false, vec![Role::Root]));
    assert_eq!(home.versions(), [2, 2, 2]);
}

#[test]
fn a_folder_that_does_not_verify_is_not_built_upon() {
    let home = Home::begun();
    let path = home.path("setup/chain.json");
    fs::write(&path, b"another").unwrap();
    let refused = home.keys.keep(header(5), NOW + 1).unwrap_err();
    assert_eq!(refused.code(), "setup-length");
    assert!(refused.to_string().contains("chain.json"), "{refused}");
    assert!(!home.path(".setup-prepared").exists());
}

#[test]
fn a_shelf_serves_what_follows_and_keeps_it_otherwise() {
    let home = Home::begun();
    let shelf = Shelf::open(&home.path("setup"), chain(), CIRCUITS, |_| None, NOW).unwrap();
    let first = home.published();
    let refresh = |now| shelf.refresh(|_| None, now).map_err(|error| error.code());
    let version = || shelf.current().status.current().nth(2).unwrap().1.version;
    assert_eq!(refresh(NOW), Ok(false));
    home.keep(5, NOW + 1);
    let second = home.published();
    assert_eq!((refresh(NOW + 1), version()), (Ok(true), 2));
    // An older one, a half one, one of another chain's header, one that has expired, none.
    first.place(&home.path("setup")).unwrap();
    assert_eq!(refresh(NOW + 1), Err("setup-rollback"));
    let mut rotation = Rotation::of(second.clone(), NOW + 2).unwrap();
    rotation.renew(Role::Circuits);
    rotation
        .finish()
        .unwrap()
        .0
        .place(&home.path("setup"))
        .unwrap();
    assert_eq!(refresh(NOW + 2), Err("setup-too-few-keys"));
    second.place(&home.path("setup")).unwrap();
    home.keep(6, NOW + 3);
    let other = HeaderHash(Digest::from_bytes(&[1; 32]).unwrap());
    let refused = shelf.refresh(|height| (height == 6).then_some(other), NOW + 3);
    assert_eq!(refused.unwrap_err().code(), "setup-other-checkpoint");
    assert_eq!(refresh(NOW + 8 * DAY), Err("setup-expired"));
    fs::remove_dir_all(home.path("setup")).unwrap();
    assert_eq!((refresh(NOW + 3), version()), (Err("file"), 2));
    assert_eq!(shelf.current().folder, second);
}

/// The checkpoint was above the newest block of the host when it was signed.
#[test]
fn a_shelf_warns_once_the_chain_comes_to_another_header_than_its_checkpoint() {
    let home = Home::begun();
    home.keep(6, NOW + 1);
    let at = NOW + 1;
    let shelf = Shelf::open(&home.path("setup"), chain(), CIRCUITS, |_| None, at).unwrap();
    let warnings = || shelf.current().status.at(at).warnings;
    let look = |hash: Option<HeaderHash>| {
        let hash_at = |height| hash.filter(|_| height == 6);
        assert!(!shelf.refresh(hash_at, at).unwrap());
    };
    look(None);
    assert_eq!(warnings(), [""; 0]);
    let other = HeaderHash(Digest::from_bytes(&[1; 32]).unwrap());
    for _ in 0..2 {
        look(Some(other));
        let [warning] = &warnings()[..] else {
            panic!("{:?}", warnings())
        };
        let says = ["checkpoint.json", "height 6", &other.to_string()];
        assert!(says.iter().all(|says| warning.contains(says)), "{warning}");
        assert_eq!(shelf.current().status.due(at).len(), 1);
    }
    // What is served goes on: its files are as they were signed.
    assert_eq!(shelf.current().folder, home.published());
    look(Some(header(6).hash));
    assert_eq!(warnings(), [""; 0]);
}
