//! `Head`, `Blocks` and `Ancestor` in JSON.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::block::BlockJson;
use super::document::{JsonDocument, JsonError, decode, encode};
use crate::chain::{HeaderHash, HistoryPath};
use crate::hash::Digest;
use crate::limits::MAX_PAGE_BLOCKS;
use crate::wire::{Ancestor, Block, Blocks, Head};

#[derive(Serialize, Deserialize)]
struct HeadJson {
    latest_height: u32,
    block: BlockJson,
}

#[derive(Serialize, Deserialize)]
struct BlocksJson {
    #[serde(deserialize_with = "super::bounded::deserialize::<_, _, MAX_PAGE_BLOCKS>")]
    blocks: Vec<BlockJson>,
    next: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct AncestorJson {
    height: u32,
    r#in: u32,
    #[serde(with = "super::hex_digest")]
    header_hash: Digest,
    #[serde(with = "super::path")]
    history_path: HistoryPath,
}

impl JsonDocument for Head {
    const WHAT: &'static str = "head";
    const MAX_JSON_BYTES: usize = Block::MAX_JSON_BYTES + 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, HeadJson>(bytes)?;
        Ok(Self {
            latest_height: json.latest_height,
            block: json.block.try_into()?,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&HeadJson {
            latest_height: self.latest_height,
            block: (&self.block).into(),
        })
    }
}

impl JsonDocument for Blocks {
    const WHAT: &'static str = "page of blocks";
    const MAX_JSON_BYTES: usize = MAX_PAGE_BLOCKS * Block::MAX_JSON_BYTES + 1024;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, BlocksJson>(bytes)?;
        let blocks = json.blocks.into_iter().map(Block::try_from);
        Ok(Self {
            blocks: blocks.collect::<Result<_, _>>()?,
            next: json.next,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&BlocksJson {
            blocks: self.blocks.iter().map(BlockJson::from).collect(),
            next: self.next,
        })
    }
}

impl JsonDocument for Ancestor {
    const WHAT: &'static str = "ancestor";
    const MAX_JSON_BYTES: usize = 8 << 10;

    fn from_json(bytes: &[u8]) -> Result<Self, JsonError> {
        let json = decode::<Self, AncestorJson>(bytes)?;
        Ok(Self {
            height: json.height,
            within: json.r#in,
            header_hash: HeaderHash(json.header_hash),
            history_path: json.history_path,
        })
    }

    fn to_json(&self) -> Vec<u8> {
        encode(&AncestorJson {
            height: self.height,
            r#in: self.within,
            header_hash: self.header_hash.0,
            history_path: self.history_path,
        })
    }
}
