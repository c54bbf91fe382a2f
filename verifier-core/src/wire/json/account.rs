//! `ServedAccount` and `KeyAccounts` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::document::{JsonDocument, JsonError, decode, encode};
use crate::chain::HeaderHash;
use crate::hash::Digest;
use crate::ledger::{Account, AccountPath, Opening};
use crate::limits::MAX_KEY_ACCOUNTS;
use crate::wire::{KeyAccounts, ServedAccount};

#[derive(Serialize, Deserialize)]
struct ServedAccountJson {
    height: u32,
    #[serde(with = "super::hex_digest")]
    header_hash: Digest,
    index: u32,
    account: Option<AccountJson>,
    #[serde(with = "super::path")]
    path: AccountPath,
}

/// [`AccountWire`], where there may be none.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
struct AccountJson(#[serde(with = "AccountWire")] Account);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Account", deny_unknown_fields)]
struct AccountWire {
    #[serde(with = "super::hex_digest")]
    key_id: Digest,
    #[serde(with = "super::decimal")]
    balance: u64,
    nonce: u32,
    key_offset: u32,
}

#[derive(Serialize, Deserialize)]
struct KeyAccountsJson {
    height: u32,
    #[serde(with = "super::hex_digest")]
    header_hash: Digest,
    #[serde(with = "super::hex_digest")]
    key_id: Digest,
    #[serde(deserialize_with = "super::bounded::deserialize::<_, _, MAX_KEY_ACCOUNTS>")]
    accounts: Vec<u32>,
    next: Option<u32>,
}

impl JsonDocument for ServedAccount {
    const WHAT: &'static str = "account";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, ServedAccountJson>(bytes)?;
        Ok(Self {
            height: json.height,
            header_hash: HeaderHash(json.header_hash),
            index: json.index,
            opening: Opening {
                account: json.account.map(|account| account.0),
                path: json.path,
            },
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&ServedAccountJson {
            height: self.height,
            header_hash: self.header_hash.0,
            index: self.index,
            account: self.opening.account.map(AccountJson),
            path: self.opening.path,
        })
    }
}

impl JsonDocument for KeyAccounts {
    const WHAT: &'static str = "accounts of a key";
    const MAX_JSON_BYTES: usize = 2 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, KeyAccountsJson>(bytes)?;
        Ok(Self {
            height: json.height,
            header_hash: HeaderHash(json.header_hash),
            key_id: json.key_id,
            accounts: json.accounts,
            next: json.next,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&KeyAccountsJson {
            height: self.height,
            header_hash: self.header_hash.0,
            key_id: self.key_id,
            accounts: self.accounts.clone(),
            next: self.next,
        })
    }
}
