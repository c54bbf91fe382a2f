//! A `u64` as a decimal string: a JSON number loses digits above 2^53.

use alloc::string::{String, ToString};

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(x: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(x)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = String::deserialize(deserializer)?;
    let x: u64 = text.parse().map_err(D::Error::custom)?;
    // `parse` takes a sign and leading zeros; one number has one text here.
    if x.to_string() == text {
        return Ok(x);
    }
    Err(D::Error::custom("not a canonical decimal number"))
}
