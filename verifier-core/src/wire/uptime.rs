//! `ServedUptime`: what `/v1/uptime/{validator}?epoch={epoch}` serves.

use super::Document;
use crate::chain::HeaderHash;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;

/// How often a validator has voted in an epoch.
///
/// All of it is a claim, until a proof shows it under a header that was verified: the one after `last`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ServedUptime {
    /// The validator's place in the set of the epoch.
    pub validator: u32,
    /// The epoch.
    pub epoch: u32,
    /// The height of the first header whose votes are counted.
    pub first: u32,
    /// The height of the last one.
    pub last: u32,
    /// Hash of the header after that.
    pub header_hash: HeaderHash,
    /// The set that signs these headers.
    pub validator_set_root: Digest,
    /// The validator's key in it.
    pub key_id: Digest,
    /// For how many of these headers it has voted.
    pub signed: u32,
}

/// The fields in their order.
impl Document for ServedUptime {
    const FORMAT: Format = Format {
        what: "uptime",
        magic: *b"RPPD",
        version: 1,
        max_bytes: Format::PREFIX_BYTES + 5 * 4 + 3 * Digest::BYTES,
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            validator: r.u32("validator")?,
            epoch: r.u32("epoch")?,
            first: r.u32("first height")?,
            last: r.u32("last height")?,
            header_hash: HeaderHash(r.digest("header hash")?),
            validator_set_root: r.digest("validator_set_root")?,
            key_id: r.digest("key id")?,
            signed: r.u32("signed")?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.validator);
        w.u32(self.epoch);
        w.u32(self.first);
        w.u32(self.last);
        w.digest(&self.header_hash.0);
        w.digest(&self.validator_set_root);
        w.digest(&self.key_id);
        w.u32(self.signed);
    }
}
