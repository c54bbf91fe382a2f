//! `Blocks`: what `/v1/blocks` serves.

use alloc::vec::Vec;

use super::document::{read_list, read_presence, write_length, write_presence};
use super::{Block, Document};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::limits::MAX_PAGE_BLOCKS;

/// Blocks that follow each other, by increasing height.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Blocks {
    /// The blocks; none where the chain is not that long yet.
    pub blocks: Vec<Block>,
    /// Height of the block after the last of these; none where that is the chain's newest.
    pub next: Option<u32>,
}

/// The list of blocks, then the next height.
impl Document for Blocks {
    const FORMAT: Format = Format {
        what: "page of blocks",
        magic: *b"RPPS",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + 4 + MAX_PAGE_BLOCKS * Block::MAX_FIELD_BYTES + 8,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            blocks: read_list(r, MAX_PAGE_BLOCKS, "number of blocks", Block::read)?,
            next: read_presence(r, "next")?
                .then(|| r.u32("next height"))
                .transpose()?,
        })
    }

    fn write(&self, w: &mut Writer) {
        write_length(w, self.blocks.len());
        self.blocks.iter().for_each(|block| block.write(w));
        write_presence(w, self.next.as_ref());
        if let Some(next) = self.next {
            w.u32(next);
        }
    }
}
