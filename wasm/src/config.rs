//! The configuration as JSON.

use std::time::Duration;

use rpp_light_client::{Checkpoint, Config, Floor, Follow};
use serde::Deserialize;

use crate::error::Failure;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigJson {
    /// `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`.
    checkpoint: String,
    /// Milliseconds from one question for the head to the next; without it, every block.
    every_ms: Option<u32>,
    max_head_age_ms: u32,
    min_stark_bits: u32,
    min_hash_bits: u32,
}

/// Decodes the configuration.
pub(crate) fn config(json: &str) -> Result<Config, Failure> {
    let json: ConfigJson = serde_json::from_str(json).map_err(|e| Failure::config(&e))?;
    let checkpoint: Checkpoint = json.checkpoint.parse().map_err(|e| Failure::config(&e))?;
    let millis = |ms: u32| Duration::from_millis(ms.into());
    let every = |ms| Follow::Every(millis(ms));
    let floor = Floor {
        stark_bits: json.min_stark_bits,
        hash_bits: json.min_hash_bits,
    };
    Ok(Config::new(checkpoint)
        .follow(json.every_ms.map_or(Follow::EveryBlock, every))
        .max_head_age(millis(json.max_head_age_ms))
        .floor(floor))
}
