//! `SetupBundle`: a setup as it is served, in one answer.

use alloc::vec::Vec;

use super::chain_file::ChainFile;
use super::role::Role;
use super::signed::{SignedFile, read_bytes, write_bytes};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::limits::MAX_ROOTS;
use crate::wire::Document;

/// A setup as a host serves it: the roots from a version on, and the newest of the other files.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct SetupBundle {
    /// Root files with consecutive versions, from the one that was asked for.
    pub roots: Vec<SignedFile>,
    /// `circuits.json`.
    pub circuits: SignedFile,
    /// `checkpoint.json`.
    pub checkpoint: SignedFile,
    /// `chain.json`.
    pub chain: Vec<u8>,
}

impl Document for SetupBundle {
    const FORMAT: Format = Format {
        what: "setup",
        magic: *b"RPPU",
        version: 1,
        // 64 roots with 16 signatures each.
        max_bytes: 4 << 20,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let max = u32::try_from(MAX_ROOTS).unwrap_or(u32::MAX);
        let count = r.u32_in(0, max, "number of roots")?;
        let mut roots = Vec::new();
        for _ in 0..count {
            roots.push(SignedFile::read(r, Role::Root)?);
        }
        Ok(Self {
            roots,
            circuits: SignedFile::read(r, Role::Circuits)?,
            checkpoint: SignedFile::read(r, Role::Checkpoint)?,
            chain: read_bytes(r, ChainFile::MAX_BYTES, "chain file")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(u32::try_from(self.roots.len()).unwrap_or(u32::MAX));
        for root in &self.roots {
            root.write(w);
        }
        self.circuits.write(w);
        self.checkpoint.write(w);
        write_bytes(w, &self.chain);
    }
}
