//! Decodes untrusted bytes.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

/// Why bytes could not be decoded: one variant per decoding rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The input ends inside `field`.
    #[error("input ends inside {field}")]
    Truncated {
        /// The field that is cut off.
        field: &'static str,
    },
    /// Bytes follow the last field.
    #[error("{left} bytes follow the last field")]
    TrailingBytes {
        /// How many bytes are left over.
        left: usize,
    },
    /// The input is longer than the limit for its kind.
    #[error("the {what} has {got} bytes, at most {max} allowed")]
    TooLong {
        /// What is being decoded.
        what: &'static str,
        /// Maximum number of bytes allowed.
        max: usize,
        /// Number of bytes given.
        got: usize,
    },
    /// The file does not start with the magic bytes of its kind.
    #[error("not a {what}: wrong magic bytes")]
    BadMagic {
        /// What was expected.
        what: &'static str,
    },
    /// This build does not read this format version.
    #[error("unsupported {what} version {got}, this build reads version {expected}")]
    UnsupportedVersion {
        /// What is being decoded.
        what: &'static str,
        /// The version that this build reads.
        expected: u32,
        /// The version that the input claims.
        got: u32,
    },
    /// A field element is not below the modulus.
    #[error("{field} contains an element that is not below the field's modulus")]
    NonCanonicalElement {
        /// The field that contains it.
        field: &'static str,
    },
    /// A value is out of range.
    #[error("{field} is {got}, expected {min} to {max}")]
    OutOfRange {
        /// The field that contains it.
        field: &'static str,
        /// Smallest value allowed.
        min: u64,
        /// Largest value allowed.
        max: u64,
        /// The value given.
        got: u64,
    },
    /// The text is not a name: see the length and the characters that its field allows.
    #[error("{field} holds other bytes than a name may have")]
    NotAName {
        /// The field that holds it.
        field: &'static str,
    },
    /// The text is not lower-case hexadecimal of the right length.
    #[error("{field} is not lower-case hexadecimal of the right length")]
    NotHex {
        /// The field that contains it.
        field: &'static str,
    },
}

impl DecodeError {
    /// Returns the stable code, the same in every language and over HTTP.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "truncated",
            Self::TrailingBytes { .. } => "trailing-bytes",
            Self::TooLong { .. } => "too-long",
            Self::BadMagic { .. } => "bad-magic",
            Self::UnsupportedVersion { .. } => "unsupported-version",
            Self::NonCanonicalElement { .. } => "non-canonical-element",
            Self::OutOfRange { .. } => "out-of-range",
            Self::NotAName { .. } => "not-a-name",
            Self::NotHex { .. } => "not-hex",
        }
    }
}

/// How the files of one kind begin, and how long they may be.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Format {
    /// What such a file is called in messages.
    pub what: &'static str,
    /// The first four bytes.
    pub magic: [u8; 4],
    /// The version that follows, as a `u32`.
    pub version: u32,
    /// Most bytes of the whole file.
    pub max_bytes: usize,
}

impl Format {
    /// Length of magic and version.
    pub const PREFIX_BYTES: usize = 8;
}

/// Reads fields off the front of a byte slice.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Returns a reader at the start of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Returns a reader behind magic and version of a file of this format.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TooLong`], [`DecodeError::Truncated`], [`DecodeError::BadMagic`] or
    /// [`DecodeError::UnsupportedVersion`], in this order.
    pub fn open(bytes: &'a [u8], format: &Format) -> Result<Self, DecodeError> {
        let Format {
            what,
            magic,
            version,
            max_bytes: max,
        } = *format;
        let got = bytes.len();
        if got > max {
            return Err(DecodeError::TooLong { what, max, got });
        }
        let mut r = Self::new(bytes);
        if r.array("magic")? != magic {
            return Err(DecodeError::BadMagic { what });
        }
        r.version(what, version)?;
        Ok(r)
    }

    /// Takes the next `len` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are fewer.
    pub fn bytes(&mut self, len: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (head, rest) = self
            .rest
            .split_at_checked(len)
            .ok_or(DecodeError::Truncated { field })?;
        self.rest = rest;
        Ok(head)
    }

    /// Takes the next `N` bytes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are fewer.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let (head, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(DecodeError::Truncated { field })?;
        self.rest = rest;
        Ok(*head)
    }

    /// Takes a little-endian `u16`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are fewer than 2 bytes.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_le_bytes)
    }

    /// Takes a little-endian `u32`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are fewer than 4 bytes.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_le_bytes)
    }

    /// Takes a little-endian `u32` that must lie in `min..=max`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::OutOfRange`].
    pub fn u32_in(&mut self, min: u32, max: u32, field: &'static str) -> Result<u32, DecodeError> {
        let got = self.u32(field)?;
        if (min..=max).contains(&got) {
            return Ok(got);
        }
        let (min, max, got) = (min.into(), max.into(), got.into());
        Err(DecodeError::OutOfRange {
            field,
            min,
            max,
            got,
        })
    }

    /// Takes the format version of `what`: a little-endian `u32` that must be `expected`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] or [`DecodeError::UnsupportedVersion`].
    pub fn version(&mut self, what: &'static str, expected: u32) -> Result<(), DecodeError> {
        let got = self.u32("version")?;
        if got == expected {
            return Ok(());
        }
        Err(DecodeError::UnsupportedVersion {
            what,
            expected,
            got,
        })
    }

    /// Takes a little-endian `u64`.
    ///
    /// # Errors
    ///
    /// [`DecodeError::Truncated`] if there are fewer than 8 bytes.
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.array(field).map(u64::from_le_bytes)
    }

    /// Takes everything that is left.
    #[must_use]
    pub const fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// Checks that nothing is left over.
    ///
    /// # Errors
    ///
    /// [`DecodeError::TrailingBytes`] if bytes are left.
    pub const fn finish(self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(DecodeError::TrailingBytes { left }),
        }
    }
}

/// Appends fields to a byte vector, in the encoding that [`Reader`] reads.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Returns an empty writer.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Returns an empty writer that does not reallocate until it holds more than `len` bytes, so
    /// that a secret leaves no copy behind.
    #[must_use]
    pub fn with_capacity(len: usize) -> Self {
        Self {
            bytes: Vec::with_capacity(len),
        }
    }

    /// Returns a writer that has written magic and version, with room for `len` bytes in all.
    #[must_use]
    pub fn open(format: &Format, len: usize) -> Self {
        let mut w = Self::with_capacity(len);
        w.bytes(&format.magic);
        w.u32(format.version);
        w
    }

    /// Appends raw bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends a little-endian `u16`.
    pub fn u16(&mut self, x: u16) {
        self.bytes(&x.to_le_bytes());
    }

    /// Appends a little-endian `u32`.
    pub fn u32(&mut self, x: u32) {
        self.bytes(&x.to_le_bytes());
    }

    /// Appends a little-endian `u64`.
    pub fn u64(&mut self, x: u64) {
        self.bytes(&x.to_le_bytes());
    }

    /// Returns the bytes.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}
