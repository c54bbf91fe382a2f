//! A Merkle path as a list of digests, one for each level, lowest first.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::hash::{Digest, MerklePath};

pub(super) fn serialize<S: Serializer, const DEPTH: usize>(
    path: &MerklePath<DEPTH>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(path.0.iter().map(ToString::to_string))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>, const DEPTH: usize>(
    deserializer: D,
) -> Result<MerklePath<DEPTH>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let digests: Result<Vec<Digest>, _> = texts.iter().map(|text| text.parse()).collect();
    let digests = digests.map_err(D::Error::custom)?;
    let got = digests.len();
    let path = digests.try_into().map(MerklePath);
    path.map_err(|_| D::Error::custom(format!("path of {got} digests, {DEPTH} expected")))
}
