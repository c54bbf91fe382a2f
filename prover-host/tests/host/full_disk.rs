//! A disk that fills up: an error that says so, nothing half-written, and a chain that goes on.

use std::path::Path;
use std::process::Command;

use crate::audit::audit;
use crate::binary::{devnet, temporary_files};

/// A small disk in memory; unmounted when it goes.
struct Disk<'a>(&'a Path);

impl Disk<'_> {
    /// Mounts it, which takes root.
    fn mount(at: &Path, options: &str) -> bool {
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", options, "host-test"])
            .arg(at);
        mount.output().is_ok_and(|mounted| mounted.status.success())
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_ends_the_host_and_costs_no_block() {
    let mountpoint = tempfile::tempdir().unwrap();
    if !Disk::mount(mountpoint.path(), "size=1400k") {
        // Without root the database's and the files' unit tests have to do.
        eprintln!("no disk can be mounted here");
        return;
    }
    let disk = Disk(mountpoint.path());
    let data = disk.0.join("chain");
    for _ in 0..2 {
        let full = devnet(&data, &["--blocks", "40"]).output().unwrap();
        let error = String::from_utf8(full.stderr).unwrap();
        assert_eq!(full.status.code(), Some(1), "{error}");
        assert!(error.contains("error[disk-full]"), "{error}");
        assert!(error.contains("free some and start again"), "{error}");
        assert_eq!(temporary_files(disk.0), 0);
    }
    assert!(Disk::mount(disk.0, "remount,size=64m"));
    let more = devnet(&data, &["--blocks", "6"]).output().unwrap();
    let error = String::from_utf8(more.stderr).unwrap();
    assert_eq!(more.status.code(), Some(0), "{error}");
    let audited = audit(&data);
    assert!(audited.latest > 6 && audited.proven == audited.latest);
}
