//! `Transactions`: what `/v1/accounts/{number}/transactions` serves.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::Document;
use super::document::{read_list, read_option, write_length, write_option};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::Digest;
use crate::ledger::OperationHash;
use crate::limits::{MAX_OPERATIONS, MAX_PAGE_TRANSACTIONS};

/// A page of the operations that are about an account, newest first.
///
/// Nothing shows that it is complete, and what it lists is to be asked for and checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Transactions {
    /// The account's number.
    pub account: u32,
    /// Height of the newest block.
    pub height: u32,
    /// The operations.
    pub transactions: Vec<ListedTransaction>,
    /// Where the next page begins, if there is one.
    pub next: Option<TxPlace>,
}

/// An operation of a block, as it is listed for an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListedTransaction {
    /// Its hash.
    pub hash: OperationHash,
    /// Its place.
    pub place: TxPlace,
}

/// The place of an operation on a chain. In text: `17.3`, of the one at position 3 of block 17.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct TxPlace {
    /// Height of the block.
    pub height: u32,
    /// Position in the block, below 256.
    pub position: u32,
}

impl TxPlace {
    const MAX_POSITION: u32 = MAX_OPERATIONS - 1;
    pub(super) const BYTES: usize = 8;

    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            height: r.u32("height")?,
            position: r.u32_in(0, Self::MAX_POSITION, "position")?,
        })
    }

    pub(super) fn write(&self, w: &mut Writer) {
        w.u32(self.height);
        w.u32(self.position);
    }
}

impl fmt::Display for TxPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.height, self.position)
    }
}

/// The text is not a valid [`TxPlace`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("the place of an operation is HEIGHT.POSITION, in decimal, with a position below 256")]
pub struct ParseTxPlaceError;

impl FromStr for TxPlace {
    type Err = ParseTxPlaceError;

    fn from_str(text: &str) -> Result<Self, ParseTxPlaceError> {
        let place = text.split_once('.').and_then(|(height, position)| {
            let (height, position) = (height.parse().ok()?, position.parse().ok()?);
            (position <= Self::MAX_POSITION).then_some(Self { height, position })
        });
        // `+1` and `01` parse as numbers too, but a place has exactly one text.
        place
            .filter(|place| place.to_string() == text)
            .ok_or(ParseTxPlaceError)
    }
}

impl ListedTransaction {
    const BYTES: usize = Digest::BYTES + TxPlace::BYTES;

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            hash: OperationHash(r.digest("operation hash")?),
            place: TxPlace::read(r)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.digest(&self.hash.0);
        self.place.write(w);
    }
}

/// The fields in their order.
impl Document for Transactions {
    const FORMAT: Format = Format {
        what: "page of transactions",
        magic: *b"RPPX",
        version: 1,
        max_bytes: Format::PREFIX_BYTES
            + 8
            + (4 + MAX_PAGE_TRANSACTIONS * ListedTransaction::BYTES)
            + (4 + TxPlace::BYTES),
    };

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let what = "number of transactions";
        Ok(Self {
            account: r.u32("account number")?,
            height: r.u32("height")?,
            transactions: read_list(r, MAX_PAGE_TRANSACTIONS, what, ListedTransaction::read)?,
            next: read_option(r, "next", TxPlace::read)?,
        })
    }

    fn write(&self, w: &mut Writer) {
        w.u32(self.account);
        w.u32(self.height);
        write_length(w, self.transactions.len());
        self.transactions.iter().for_each(|listed| listed.write(w));
        write_option(w, self.next.as_ref(), |w, next| next.write(w));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_its_own_text_and_no_other() {
        for (height, position) in [(0, 0), (17, 3), (u32::MAX, 255)] {
            let place = TxPlace { height, position };
            assert_eq!(place.to_string().parse(), Ok(place));
        }
        for text in [
            "",
            ".",
            "1",
            "1.",
            ".1",
            "1.256",
            "01.1",
            "1.+1",
            "1.1.1",
            "4294967296.0",
        ] {
            assert_eq!(text.parse::<TxPlace>(), Err(ParseTxPlaceError), "{text}");
        }
    }
}
