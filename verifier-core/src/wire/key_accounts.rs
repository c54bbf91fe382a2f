//! `KeyAccounts`: what `/v1/keys/{key id}` serves.

use alloc::vec::Vec;

use super::Document;
use super::document::{read_list, read_option, write_length, write_option};
use crate::chain::HeaderHash;
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;
use crate::limits::MAX_KEY_ACCOUNTS;

/// The accounts that a key signs for, by the word of a host: each is to be asked for and checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KeyAccounts {
    /// Height of the newest block.
    pub height: u32,
    /// Its hash.
    pub header_hash: HeaderHash,
    /// Id of the key.
    pub key_id: Digest,
    /// The numbers of the accounts.
    pub accounts: Vec<u32>,
    /// The number to go on from, if there are more.
    pub next: Option<u32>,
}

/// The fields in their order.
impl Document for KeyAccounts {
    const FORMAT: Format = Format {
        what: "accounts of a key",
        magic: *b"RPPK",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 4
            + 2 * Digest::BYTES
            + (4 + MAX_KEY_ACCOUNTS * 4)
            + (4 + 4),
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("height")?,
            header_hash: HeaderHash(r.digest("header hash")?),
            key_id: r.digest("key id")?,
            accounts: read_list(r, MAX_KEY_ACCOUNTS, "number of accounts", |r| {
                r.u32("account number")
            })?,
            next: read_option(r, "next", |r| r.u32("next number"))?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.height);
        w.digest(&self.header_hash.0);
        w.digest(&self.key_id);
        write_length(w, self.accounts.len());
        self.accounts.iter().for_each(|&index| w.u32(index));
        write_option(w, self.next.as_ref(), |w, &next| w.u32(next));
    }
}
