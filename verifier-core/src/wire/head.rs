//! `Head`: what `/v1/head` serves.

use super::{Block, Document};
use crate::codec::{DecodeError, Format, Reader, Writer};

/// The newest proven block, and how far the chain is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    /// Height of the newest block, proven or not.
    pub latest_height: u32,
    /// The newest proven block.
    pub block: Block,
}

/// Latest height, then the fields of the block.
impl Document for Head {
    const FORMAT: Format = Format {
        what: "head",
        magic: *b"RPPH",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + 4 + Block::MAX_FIELD_BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            latest_height: r.u32("latest height")?,
            block: Block::read(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.latest_height);
        self.block.write(w);
    }
}
