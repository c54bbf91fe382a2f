//! A store on a disk that has no room.

use std::io::{Write, stderr};
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::{listed, read};

#[derive(Deserialize)]
struct FullDisk {
    disk_bytes: u64,
    saves: Vec<Save>,
}

#[derive(Deserialize)]
struct Save {
    bytes: usize,
    save: String,
}

#[test]
fn a_full_disk_has_its_code_and_keeps_what_was_there() {
    let FullDisk { disk_bytes, saves } = read(listed("file-store")["full_disk"].clone());
    let folder = tempfile::tempdir().unwrap();
    // A disk of its own, which only these processes see.
    let on_disk = |command: &[&str]| {
        let script = format!(
            "mount -t tmpfs -o size={disk_bytes} none \"$0\" && \"$@\" && stat -c '%n %s' \"$0\"/*"
        );
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
        unshare.arg(script).arg(folder.path()).args(command);
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped());
        unshare
    };
    let can_mount = on_disk(&["touch", folder.path().join("state").to_str().unwrap()]).status();
    if !can_mount.is_ok_and(|status| status.success()) {
        // The codes themselves are tested beside the store.
        writeln!(stderr(), "skipped: no disk can be made here").unwrap();
        return;
    }
    let state = folder.path().join("state");
    let keep_state = [env!("CARGO_BIN_EXE_keep_state"), state.to_str().unwrap()];
    let mut child = on_disk(&keep_state).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for Save { bytes, .. } in &saves {
        // As a state begins: what is not one would be kept beside it.
        writeln!(input, "RPPL{}", "x".repeat(*bytes - 4)).unwrap();
    }
    drop(input);
    let said = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
    let mut said = said.lines();
    assert_eq!(said.next(), Some("ok"));
    for Save { save, .. } in &saves {
        assert_eq!(said.next(), Some(save.as_str()));
    }
    let kept = saves.iter().rfind(|save| save.save == "ok").unwrap().bytes;
    let left: Vec<_> = said.collect();
    let state = state.display();
    assert_eq!(left, [format!("{state} {kept}"), format!("{state}.lock 0")]);
}
