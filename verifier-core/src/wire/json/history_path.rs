//! A `HistoryPath` as a list of 32 digests, lowest first.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::chain::HistoryPath;
use crate::limits::HISTORY_DEPTH;

pub(super) fn serialize<S: Serializer>(
    path: &HistoryPath,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(path.0.iter().map(ToString::to_string))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<HistoryPath, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let digests: Result<Vec<_>, _> = texts.iter().map(|text| text.parse()).collect();
    let digests = digests.map_err(D::Error::custom)?;
    let got = digests.len();
    let path = digests.try_into().map(crate::hash::MerklePath);
    path.map_err(|_| D::Error::custom(format!("path of {got} digests, {HISTORY_DEPTH} expected")))
}
