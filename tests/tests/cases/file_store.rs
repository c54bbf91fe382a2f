//! The list of what a file store finds at its path.

use std::env::set_current_dir;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rpp_light_client::{FileStore, Store, StoreError};
use serde::Deserialize;

use crate::ours;

#[derive(Deserialize)]
struct Case {
    name: String,
    path: Option<Name>,
    there: There,
    #[serde(default)]
    beside: Vec<String>,
    #[serde(default)]
    relative: bool,
    between: Option<Between>,
    load: String,
    save: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Name {
    Text(String),
    Hex { hex: String },
}

#[derive(Deserialize)]
enum There {
    #[serde(rename = "nothing")]
    Nothing,
    #[serde(rename = "folder")]
    Folder,
    #[serde(rename = "pipe")]
    Pipe,
    #[serde(rename = "hard link")]
    HardLink,
    #[serde(rename = "link")]
    Link(String),
    #[serde(rename = "file")]
    File(u64),
    #[serde(rename = "state")]
    State(u64),
    #[serde(rename = "text")]
    Text(String),
}

#[derive(Deserialize)]
enum Between {
    #[serde(rename = "removed")]
    Removed,
    #[serde(rename = "file")]
    File(u64),
}

#[tokio::test]
async fn makes_of_every_path_what_the_list_says() {
    for case in ours::<Case>("file-store", "cases") {
        let folder = tempfile::tempdir().unwrap();
        check(&case, folder.path()).await;
        // Out of the folder, which is about to go.
        set_current_dir("/").unwrap();
    }
}

async fn check(case: &Case, folder: &Path) {
    let name = &case.name;
    let other = folder.join("other");
    fs::write(&other, OTHER).unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    set_current_dir(folder).unwrap();
    let named = case.named();
    // As text, to keep each slash.
    let mut path = OsString::from(folder);
    path.push("/");
    path.push(&named);
    let path = if named.is_absolute() {
        named.clone()
    } else {
        path.into()
    };
    put(&case.there, &path, &other);
    for ending in &case.beside {
        symlink(&other, with_ending(&path, ending)).unwrap();
    }
    let store = FileStore::open(if case.relative { named } else { path.clone() });
    if case.relative {
        set_current_dir("/").unwrap();
    }
    let load = match &store {
        Ok(store) => store.load().await.map(drop),
        Err(error) => Err(error.clone()),
    };
    assert_eq!(outcome(&load), case.load, "{name}: load, {load:?}");
    match case.between {
        Some(Between::Removed) => fs::remove_dir_all(folder.join("folder")).unwrap(),
        Some(Between::File(length)) => put(&There::File(length), &path, &other),
        None => {}
    }
    let before = kind(&path);
    let save = match &store {
        Ok(store) => store.save(STATE).await,
        Err(error) => Err(error.clone()),
    };
    assert_eq!(outcome(&save), case.save, "{name}: save, {save:?}");
    assert_eq!(fs::read(&other).unwrap(), OTHER, "{name}");
    if save.is_err() {
        assert_eq!(kind(&path), before, "{name}");
        return;
    }
    let path: PathBuf = path.components().collect();
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert!(metadata.is_file(), "{name}");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o600, "{name}");
    let kept = store.unwrap().load().await.unwrap();
    assert_eq!(kept.as_deref(), Some(STATE), "{name}");
    let entries = fs::read_dir(path.parent().unwrap()).unwrap();
    let entries: Vec<_> = entries.map(|entry| entry.unwrap()).collect();
    let named = |is: fn(&[u8]) -> bool| {
        let entries = entries.iter();
        entries.filter(move |entry| is(entry.file_name().as_encoded_bytes()))
    };
    let is_foreign = case.load == "storage-foreign";
    let aside: Vec<_> = named(|name| name.starts_with(b"rpp-foreign-")).collect();
    let was_put = matches!(case.between, Some(Between::File(_)));
    assert_eq!(aside.len(), usize::from(is_foreign || was_put), "{name}");
    for entry in aside {
        assert_eq!(kind(&entry.path()), before, "{name}");
    }
    let put = case.beside.iter().filter(|ending| ending.ends_with(".tmp"));
    let left = named(|name| name.ends_with(b".tmp"));
    assert_eq!(left.count(), put.count(), "{name}");
}

impl Case {
    fn named(&self) -> PathBuf {
        match &self.path {
            None => "state".into(),
            Some(Name::Text(text)) => text.into(),
            Some(Name::Hex { hex }) => OsString::from_vec(hex::decode(hex).unwrap()).into(),
        }
    }
}

/// Puts at `path` what is there before.
fn put(there: &There, path: &Path, other: &Path) {
    match there {
        There::Nothing => {}
        There::Folder => fs::create_dir(path).unwrap(),
        There::Pipe => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        There::HardLink => fs::hard_link(other, path).unwrap(),
        There::Link(target) => symlink(target, path).unwrap(),
        There::File(length) => fs::File::create(path).unwrap().set_len(*length).unwrap(),
        There::State(length) => {
            fs::write(path, b"RPPL").unwrap();
            let file = fs::File::options().write(true).open(path).unwrap();
            file.set_len(*length).unwrap();
        }
        There::Text(text) => fs::write(path, text).unwrap(),
    }
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(ending);
    path.into()
}

fn outcome<T>(result: &Result<T, StoreError>) -> &'static str {
    result.as_ref().map_or_else(StoreError::code, |_| "ok")
}

/// What is at a path, and how much of it.
fn kind(path: &Path) -> Option<(u32, bool, u64)> {
    let metadata = fs::symlink_metadata(path).ok()?;
    let is_pipe = metadata.file_type().is_fifo();
    Some((metadata.permissions().mode(), is_pipe, metadata.len()))
}

const STATE: &[u8] = b"RPPL, and the rest";
const OTHER: &[u8] = b"precious\n";
