//! `Transactions` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize, de::Error as _};

use super::document::{JsonDocument, JsonError, decode, encode};
use crate::hash::Digest;
use crate::ledger::OperationHash;
use crate::limits::{MAX_OPERATIONS, MAX_PAGE_TRANSACTIONS};
use crate::wire::{ListedTransaction, Transactions, TxPlace};

#[derive(Serialize, Deserialize)]
struct TransactionsJson {
    account: u32,
    height: u32,
    /// For people: nothing shows that a page lists all there is. Not read.
    #[serde(skip_deserializing)]
    completeness: &'static str,
    #[serde(deserialize_with = "super::bounded::deserialize::<_, _, MAX_PAGE_TRANSACTIONS>")]
    transactions: Vec<ListedJson>,
    next: Option<PlaceJson>,
}

#[derive(Serialize, Deserialize)]
struct ListedJson {
    #[serde(with = "super::hex_digest")]
    hash: Digest,
    height: u32,
    #[serde(deserialize_with = "position")]
    position: u32,
}

/// A place, where there may be none.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct PlaceJson(#[serde(with = "super::text")] TxPlace);

fn position<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let position = u32::deserialize(deserializer)?;
    if position < MAX_OPERATIONS {
        return Ok(position);
    }
    Err(D::Error::custom("position of no operation"))
}

impl JsonDocument for Transactions {
    const WHAT: &'static str = "page of transactions";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, TransactionsJson>(bytes)?;
        let listed = json
            .transactions
            .into_iter()
            .map(|listed| ListedTransaction {
                hash: OperationHash(listed.hash),
                place: TxPlace {
                    height: listed.height,
                    position: listed.position,
                },
            });
        Ok(Self {
            account: json.account,
            height: json.height,
            transactions: listed.collect(),
            next: json.next.map(|next| next.0),
        })
    }

    fn to_json(&self) -> Vec<u8> {
        let listed = self.transactions.iter().map(|listed| ListedJson {
            hash: listed.hash.0,
            height: listed.place.height,
            position: listed.place.position,
        });
        encode(&TransactionsJson {
            account: self.account,
            height: self.height,
            completeness: "not-proven",
            transactions: listed.collect(),
            next: self.next.map(PlaceJson),
        })
    }
}
