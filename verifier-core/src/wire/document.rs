//! `Document`: what a host serves a client, in the binary encoding.

use alloc::vec::Vec;
use core::str::{self, FromStr};

use crate::codec::{DecodeError, Format, Reader, Writer};

/// A document between host and client, in the binary encoding.
///
/// Each value has one encoding, and each encoding one value.
pub trait Document: Sized {
    /// How the encoding begins, and how long it may be.
    const FORMAT: Format;

    /// Takes the fields off the front of `r`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError>;

    /// Appends the fields.
    fn write(&self, w: &mut Writer);

    /// Decodes the whole encoding.
    ///
    /// # Errors
    ///
    /// [`DocumentError::AnsweredJson`] for what looks like JSON, else [`DocumentError::Decode`].
    fn from_bytes(bytes: &[u8]) -> Result<Self, DocumentError> {
        if looks_like_json(bytes) {
            let what = Self::FORMAT.what;
            return Err(DocumentError::AnsweredJson { what });
        }
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let document = Self::read(&mut r)?;
        r.finish()?;
        Ok(document)
    }

    /// Returns the encoding.
    fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::open(&Self::FORMAT, 0);
        self.write(&mut w);
        w.finish()
    }
}

/// The media type of every [`Document`]: what a client names in `Accept`.
pub const BLOCK_MEDIA_TYPE: &str = "application/vnd.rpp.block";

/// The media type of a signed operation, as it is sent to a host.
pub const OPERATION_MEDIA_TYPE: &str = "application/vnd.rpp.operation";

/// The media type of a proof file.
pub const PROOF_MEDIA_TYPE: &str = "application/vnd.rpp.proof";

/// Why bytes are not the document that was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The answer is JSON: the host knows no other encoding, or a proxy on the way drops `Accept`.
    #[error("{what} in JSON, although the request accepts {BLOCK_MEDIA_TYPE} only")]
    AnsweredJson {
        /// What was asked for.
        what: &'static str,
    },
    /// The bytes break a rule of decoding.
    #[error(transparent)]
    Decode(#[from] DecodeError),
}

impl DocumentError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AnsweredJson { .. } => "answered-json",
            Self::Decode(error) => error.code(),
        }
    }
}

/// No magic begins with a brace or with white space.
fn looks_like_json(bytes: &[u8]) -> bool {
    let text = bytes.trim_ascii_start();
    text.first() == Some(&b'{')
}

/// Takes a `u32` that says whether something follows: 0 or 1.
pub(super) fn read_presence(r: &mut Reader<'_>, field: &'static str) -> Result<bool, DecodeError> {
    Ok(r.u32_in(0, 1, field)? == 1)
}

/// Appends whether something follows.
pub(super) fn write_presence<T>(w: &mut Writer, option: Option<&T>) {
    w.u32(option.is_some().into());
}

/// Takes a list of at most `max` items: their number, then each of them.
pub(super) fn read_list<T>(
    r: &mut Reader<'_>,
    max: usize,
    field: &'static str,
    read: impl Fn(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let max = u32::try_from(max).unwrap_or(u32::MAX);
    let count = r.u32_in(0, max, field)?;
    (0..count).map(|_| read(r)).collect()
}

/// Takes an option: whether it is there, then the value.
pub(super) fn read_option<T>(
    r: &mut Reader<'_>,
    field: &'static str,
    read: impl FnOnce(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    read_presence(r, field)?.then(|| read(r)).transpose()
}

/// Appends an option: whether it is there, then the value.
pub(super) fn write_option<T>(
    w: &mut Writer,
    option: Option<&T>,
    write: impl FnOnce(&mut Writer, &T),
) {
    write_presence(w, option);
    if let Some(value) = option {
        write(w, value);
    }
}

/// Takes a name of at most `max` bytes: its length, then its text.
pub(super) fn read_name<T: FromStr>(
    r: &mut Reader<'_>,
    max: usize,
    field: &'static str,
) -> Result<T, DecodeError> {
    let max = u32::try_from(max).unwrap_or(u32::MAX);
    let length = r.u32_in(1, max, field)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let text = str::from_utf8(r.bytes(length, field)?).ok();
    let name = text.and_then(|text| text.parse().ok());
    name.ok_or(DecodeError::NotAName { field })
}

/// Returns whether a text is 1 to `max` of `a` to `z`, `0` to `9`, `-`.
pub(super) fn is_name(text: &str, max: usize) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=max).contains(&text.len()) && text.bytes().all(is_word)
}

/// Appends the length of a list or a text.
///
/// # Panics
///
/// If it is not below 2^32.
pub(super) fn write_length(w: &mut Writer, length: usize) {
    w.u32(u32::try_from(length).expect("documents are short"));
}
