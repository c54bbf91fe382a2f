//! `JsonDocument`: a document as JSON text, with a cap on its length.

use alloc::vec::Vec;

use serde::Serialize;
use serde::de::{DeserializeOwned, Error as _};
use serde_json::error::Category;

use super::objects::Objects;

/// Why bytes are not the JSON of a document.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// The text is longer than its kind may be.
    #[error("{what} of more than {max} bytes")]
    TooLong {
        /// What was read.
        what: &'static str,
        /// Most bytes allowed.
        max: usize,
    },
    /// The text is not the JSON of its kind. The place is all that is said: more would quote what a host
    /// wrote, and people read these messages.
    #[error("{what} is not valid at line {line}, column {column}: {fault}")]
    BadJson {
        /// What was read.
        what: &'static str,
        /// What is wrong with it.
        fault: JsonFault,
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 before the first character.
        column: usize,
    },
    /// A label says something else than what it labels: the height, hash or circuit of a block, the hash
    /// of a transaction.
    #[error("the {what} that it is labelled with is not that of its contents")]
    Label {
        /// What differs.
        what: &'static str,
    },
}

impl JsonError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too-long",
            Self::BadJson { .. } => "bad-json",
            Self::Label { .. } => "block-label",
        }
    }
}

/// What is wrong with a JSON text.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// It is no JSON.
    #[error("no JSON")]
    Syntax,
    /// It ends too early.
    #[error("it ends too early")]
    Truncated,
    /// It is JSON with other fields or values.
    #[error("another field or value was expected")]
    Content,
}

impl JsonFault {
    const fn of(category: Category) -> Self {
        match category {
            Category::Eof => Self::Truncated,
            Category::Data => Self::Content,
            Category::Io | Category::Syntax => Self::Syntax,
        }
    }
}

/// A document as JSON text, with a cap on its length.
pub trait JsonDocument: Sized {
    /// What it is called in messages.
    const WHAT: &'static str;
    /// Most bytes that the text may have.
    const MAX_JSON_BYTES: usize;

    /// Decodes the text.
    ///
    /// # Errors
    ///
    /// [`JsonError::TooLong`] above [`JsonDocument::MAX_JSON_BYTES`], [`JsonError::BadJson`] or
    /// [`JsonError::Label`].
    fn from_json(bytes: &[u8]) -> Result<Self, JsonError>;

    /// Encodes the text.
    fn to_json(&self) -> Vec<u8>;
}

/// Decodes the mirror `M` of the document `D`.
pub(super) fn decode<D: JsonDocument, M: DeserializeOwned>(bytes: &[u8]) -> Result<M, JsonError> {
    let (what, max) = (D::WHAT, D::MAX_JSON_BYTES);
    if bytes.len() > max {
        return Err(JsonError::TooLong { what, max });
    }
    read(bytes).map_err(|error| JsonError::BadJson {
        what,
        fault: JsonFault::of(error.classify()),
        line: error.line(),
        column: error.column(),
    })
}

fn read<M: DeserializeOwned>(bytes: &[u8]) -> serde_json::Result<M> {
    // serde_json does not look at the text of a field that is ignored.
    let text = str::from_utf8(bytes).map_err(serde_json::Error::custom)?;
    let mut json = serde_json::Deserializer::from_str(text);
    let mirror = M::deserialize(Objects(&mut json))?;
    json.end()?;
    Ok(mirror)
}

/// Encodes the mirror of a document.
///
/// # Panics
///
/// Never: no document has a map with keys that are not strings.
pub(super) fn encode(mirror: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(mirror).expect("a document is plain data")
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;
    use crate::wire::Head;

    fn refused(text: &str) -> JsonError {
        Head::from_json(text.as_bytes()).err().unwrap()
    }

    #[test]
    fn says_where_and_quotes_nothing() {
        let text = "{\"latest_height\":1,\n\"block\":{\"header\":{\"pay me\\u001b\":1}}}";
        let error = refused(text);
        assert!(matches!(
            error,
            JsonError::BadJson {
                fault: JsonFault::Content,
                line: 2,
                ..
            }
        ));
        assert!(!error.to_string().contains("pay me"), "{error}");
        let not_utf_8 = b"{\"later\":\"\xff\",\"latest_height\":1}";
        let error = Head::from_json(not_utf_8).err().map(|e| e.code());
        assert_eq!(error, Some("bad-json"));
        for (text, expected) in [
            ("{", JsonFault::Truncated),
            ("{]", JsonFault::Syntax),
            ("{\"latest_height\":\"1\"}", JsonFault::Content),
            ("[1]", JsonFault::Content),
        ] {
            let JsonError::BadJson { fault, .. } = refused(text) else {
                panic!("{text}");
            };
            assert_eq!(fault, expected);
        }
    }
}
