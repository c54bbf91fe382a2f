//! A `Digest` as 64 lower-case hexadecimal digits.

use alloc::string::String;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

use crate::hash::Digest;

pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(digest)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}
