//! `Memory`: what a client remembers of a setup, beside the root.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::bundle::SetupBundle;
use super::circuits::NamedHeader;
use super::error::SetupFault;
use super::restore::RestoreError;
use super::role::Role;
use crate::chain::HeaderHash;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::wire::{Document, FileDigest};

/// What a client remembers of a setup, beside the root.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Memory {
    /// The newest root: no other one by its number is trusted, and none before it is enough.
    pub(super) root: Seen,
    /// The newest `circuits.json`.
    pub(super) circuits: Seen,
    /// The newest `checkpoint.json`.
    pub(super) checkpoint: Seen,
    /// The header of the newest `checkpoint.json`: the next one comes after it.
    pub(super) header: Option<NamedHeader>,
    /// The latest time that a verified file was issued at: no clock can be right that shows an earlier one.
    pub(super) latest_ms: u64,
}

/// The newest version that was seen of a file.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Seen {
    /// 0 before the first.
    pub(super) version: u32,
    /// Its contents; none where the root sets the version.
    pub(super) sha256: Option<FileDigest>,
}

impl Memory {
    /// How what is kept begins, and how long it may be.
    const FORMAT: Format = Format {
        what: "remembered setup",
        magic: *b"RPPT",
        version: 1,
        max_bytes: SetupBundle::FORMAT.max_bytes.saturating_add(256),
    };

    /// Notes that a verified file was issued at a time.
    pub(super) fn passed(&mut self, issued: u64) {
        self.latest_ms = self.latest_ms.max(issued);
    }

    /// Forgets what was seen of a role's file, and goes on at a version.
    pub(super) const fn forget(&mut self, role: Role, version: u32) {
        let seen = Seen {
            version,
            sha256: None,
        };
        match role {
            Role::Checkpoint => {
                self.checkpoint = seen;
                self.header = None;
            }
            Role::Circuits | Role::Root => self.circuits = seen,
        }
    }

    /// Returns the later of both in all parts.
    pub(super) fn later(self, other: Self) -> Self {
        Self {
            root: self.root.later(other.root),
            circuits: self.circuits.later(other.circuits),
            checkpoint: self.checkpoint.later(other.checkpoint),
            header: other.header.or(self.header),
            latest_ms: self.latest_ms.max(other.latest_ms),
        }
    }

    /// Returns the encoding: magic `RPPT`, format version; the SHA-256 of the rest; of the newest root, `circuits.json` and `checkpoint.json` the version, and whether a SHA-256
    /// follows (both `u32`) and that; whether a header follows (`u32`), and its height (`u32`), hash and timestamp (`u64`); the latest
    /// time (`u64`); and the files up to the end.
    pub(super) fn to_bytes(self, files: &[u8]) -> Vec<u8> {
        let mut w = Writer::new();
        for seen in [self.root, self.circuits, self.checkpoint] {
            w.u32(seen.version);
            w.u32(seen.sha256.is_some().into());
            if let Some(sha256) = seen.sha256 {
                w.bytes(&sha256.0);
            }
        }
        w.u32(self.header.is_some().into());
        if let Some(header) = self.header {
            w.u32(header.height);
            w.digest(&header.hash.0);
            w.u64(header.timestamp_ms);
        }
        w.u64(self.latest_ms);
        w.bytes(files);
        let rest = w.finish();
        let mut w = Writer::open(&Self::FORMAT, rest.len().saturating_add(64));
        w.bytes(&super::sha256(&rest).0);
        w.bytes(&rest);
        w.finish()
    }

    /// Decodes what [`Memory::to_bytes`] returns, and the files after it. A bit that has changed would shut the client out, or open
    /// it to an old file, so that all of it is under a checksum.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, &[u8]), RestoreError> {
        let mut r = Reader::open(bytes, &Self::FORMAT).map_err(|error| match error {
            DecodeError::UnsupportedVersion { got, .. } if got > Self::FORMAT.version => {
                RestoreError::LaterForm { got }
            }
            _ => RestoreError::Damaged,
        })?;
        let sha256 = r.array("SHA-256").map(FileDigest);
        let rest = r.rest();
        if sha256 != Ok(super::sha256(rest)) {
            return Err(RestoreError::Damaged);
        }
        Self::decode(rest).map_err(|_| RestoreError::Damaged)
    }

    fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), DecodeError> {
        let mut r = Reader::new(bytes);
        let root = Seen::read(&mut r)?;
        let circuits = Seen::read(&mut r)?;
        let checkpoint = Seen::read(&mut r)?;
        let header = if r.u32_in(0, 1, "whether a header follows")? == 1 {
            Some(NamedHeader {
                height: r.u32("height")?,
                hash: HeaderHash(r.digest("header hash")?),
                timestamp_ms: r.u64("timestamp")?,
            })
        } else {
            None
        };
        let memory = Self {
            root,
            circuits,
            checkpoint,
            header,
            latest_ms: r.u64("latest time")?,
        };
        Ok((memory, r.rest()))
    }
}

impl Seen {
    /// Checks a version against the root's lowest and the newest that was seen.
    pub(super) fn check(self, got: u32, min: u32, sha256: &FileDigest) -> Result<(), SetupFault> {
        let version = self.version;
        if got < min {
            return Err(SetupFault::BelowMinimum { min, got });
        }
        if got < version {
            let seen = version;
            return Err(SetupFault::Rollback { seen, got });
        }
        if got == version && self.sha256.is_some_and(|seen| seen != *sha256) {
            return Err(SetupFault::TwoContents { version });
        }
        Ok(())
    }

    /// Returns whether a file by this version can be the one that was seen, or is by another version.
    pub(super) fn may_be(self, version: u32, sha256: &FileDigest) -> bool {
        self.version != version || self.sha256.is_none_or(|seen| seen == *sha256)
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = r.u32("version")?;
        let has_digest = r.u32_in(0, 1, "whether a SHA-256 follows")? == 1;
        let sha256 = match has_digest {
            true => Some(FileDigest(r.array("SHA-256")?)),
            false => None,
        };
        Ok(Self { version, sha256 })
    }

    /// Returns the later of both; of one version, the one that knows its contents.
    fn later(self, other: Self) -> Self {
        let (own, others) = (self.version, other.version);
        if others > own || (others == own && other.sha256.is_some()) {
            return other;
        }
        self
    }
}
