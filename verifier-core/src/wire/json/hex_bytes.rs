//! Bytes as lower-case hexadecimal digits, where there may be none.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(super) fn serialize<S: Serializer>(
    bytes: &Option<Vec<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match bytes {
        None => serializer.serialize_none(),
        Some(bytes) => serializer.serialize_str(&hex::encode(bytes)),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<u8>>, D::Error> {
    let Some(text) = Option::<String>::deserialize(deserializer)? else {
        return Ok(None);
    };
    // One text for the same bytes.
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(D::Error::custom("upper-case digits"));
    }
    hex::decode(text).map(Some).map_err(D::Error::custom)
}
