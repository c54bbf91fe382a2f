//! The Ed25519 half of a setup signature: a signature file of the program `minisign`.
//!
//! Four lines, each with its line end: an untrusted comment, which nothing signs; algorithm, key id and
//! signature in base64; a trusted comment; and in base64 the global signature, over signature and trusted
//! comment. Only the algorithm `ED` is read, which signs the file's BLAKE2b-512, and not the older `Ed`. Ed25519 is strict: no points
//! of small order, and one encoding of each signature.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use base64ct::{Base64, Encoding};
use blake2::{Blake2b512, Digest as _};
use ed25519_dalek::{Signature, VerifyingKey};

/// The Ed25519 key of a signer, as `minisign` writes it: 56 characters of base64.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MinisignKey {
    /// Names the key in signatures.
    pub id: MinisignKeyId,
    key: VerifyingKey,
}

/// What names a key in signatures: eight bytes, drawn with the key.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
pub struct MinisignKeyId(pub [u8; 8]);

/// Why a text is not the public key of a signer.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MinisignKeyError {
    /// It is not the base64 of 42 bytes, or not the only one of them.
    #[error("a public key is 56 characters of base64")]
    Base64,
    /// It is of another algorithm.
    #[error("not an Ed25519 key of minisign")]
    Algorithm,
    /// It is no point of the curve.
    #[error("not a point of the curve")]
    Point,
    /// It is a point of small order, which many signatures are valid under.
    #[error("a point of small order")]
    SmallOrder,
}

impl MinisignKeyError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Base64 => "setup-key-base64",
            Self::Algorithm => "setup-key-algorithm",
            Self::Point => "setup-key-point",
            Self::SmallOrder => "setup-key-small-order",
        }
    }
}

/// Why a signature file is not a valid signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MinisignError {
    /// It is longer than any that is read.
    #[error("a signature file of {got} bytes, at most {max} are read")]
    TooLong {
        /// Most bytes.
        max: usize,
        /// Its bytes.
        got: usize,
    },
    /// It does not have four lines of plain text, each with its line end.
    #[error("a signature file has four lines")]
    Lines,
    /// A comment does not begin as comments do.
    #[error("a comment begins with `untrusted comment: ` or `trusted comment: `")]
    Comment,
    /// A line is not base64 of the right length, or not the only one of its bytes.
    #[error("not canonical base64 of the right length")]
    Base64,
    /// It is signed by the algorithm `Ed`, or another one.
    #[error("not the algorithm `ED`, which signs a hash of the file")]
    Algorithm,
    /// The signature does not sign the file.
    #[error("the Ed25519 signature does not sign this file")]
    File,
    /// The global signature does not sign signature and trusted comment.
    #[error("the trusted comment is not the one that was signed")]
    TrustedComment,
}

impl MinisignError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "setup-signature-too-long",
            Self::Lines => "setup-minisign-lines",
            Self::Comment => "setup-minisign-comment",
            Self::Base64 => "setup-base64",
            Self::Algorithm => "setup-minisign-algorithm",
            Self::File => "setup-ed25519",
            Self::TrustedComment => "setup-trusted-comment",
        }
    }
}

/// A signature file, decoded.
#[derive(Clone, Debug)]
pub struct MinisignSignature<'a> {
    /// The key that is said to have signed.
    pub key_id: MinisignKeyId,
    signature: Signature,
    trusted_comment: &'a str,
    global: Signature,
}

impl MinisignKey {
    /// Length of the encoding.
    const BYTES: usize = 2 + 8 + 32;
    /// Length of its base64.
    const CHARS: usize = 56;

    /// Checks that `signature` is over a file with this hash.
    ///
    /// # Errors
    ///
    /// [`MinisignError::File`] or [`MinisignError::TrustedComment`].
    pub fn verify(
        &self,
        file: &FileHash,
        signature: &MinisignSignature<'_>,
    ) -> Result<(), MinisignError> {
        let over_file = self.key.verify_strict(&file.0, &signature.signature);
        over_file.map_err(|_| MinisignError::File)?;
        let signed = global_message(&signature.signature, signature.trusted_comment);
        let global = self.key.verify_strict(&signed, &signature.global);
        global.map_err(|_| MinisignError::TrustedComment)
    }

    /// Checks that the signature file `signature` is this key's, over a file that a signed one lists: what `minisign`
    /// checks.
    ///
    /// # Errors
    ///
    /// [`MinisignError`], also where another key has signed.
    pub fn verify_file(&self, file: &[u8], signature: &[u8]) -> Result<(), MinisignError> {
        let signature = MinisignSignature::parse(signature)?;
        self.verify(&FileHash::of(file), &signature)
    }

    /// Returns whether two keys have the same point or the same id.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.id == other.id || self.key == other.key
    }
}

/// What the global signature signs.
fn global_message(signature: &Signature, trusted_comment: &str) -> alloc::vec::Vec<u8> {
    [&signature.to_bytes()[..], trusted_comment.as_bytes()].concat()
}

/// The BLAKE2b-512 of a file: what `minisign` signs.
#[derive(Clone, Debug)]
pub struct FileHash([u8; 64]);

impl FileHash {
    /// Returns the hash of a file.
    #[must_use]
    pub fn of(file: &[u8]) -> Self {
        Self(Blake2b512::digest(file).into())
    }
}

impl FromStr for MinisignKey {
    type Err = MinisignKeyError;

    fn from_str(text: &str) -> Result<Self, MinisignKeyError> {
        let mut bytes = [0; Self::BYTES];
        let decoded = Base64::decode(text, &mut bytes).map(<[u8]>::len);
        if text.len() != Self::CHARS || decoded != Ok(Self::BYTES) {
            return Err(MinisignKeyError::Base64);
        }
        let (algorithm, rest) = bytes.split_at(2);
        if algorithm != b"Ed" {
            return Err(MinisignKeyError::Algorithm);
        }
        let split = rest.split_first_chunk::<8>();
        let (id, point) = split.ok_or(MinisignKeyError::Base64)?;
        let point = point.try_into().map_err(|_| MinisignKeyError::Base64)?;
        let key = VerifyingKey::from_bytes(point).map_err(|_| MinisignKeyError::Point)?;
        // Whoever decompresses a point takes several encodings of some.
        if key.to_bytes() != *point || key.to_edwards().compress().to_bytes() != *point {
            return Err(MinisignKeyError::Point);
        }
        if key.is_weak() {
            return Err(MinisignKeyError::SmallOrder);
        }
        let id = MinisignKeyId(*id);
        Ok(Self { id, key })
    }
}

impl fmt::Display for MinisignKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = b"Ed".to_vec();
        bytes.extend(self.id.0);
        bytes.extend(self.key.to_bytes());
        f.write_str(&Base64::encode_string(&bytes))
    }
}

impl fmt::Display for MinisignKeyId {
    /// As `minisign` prints it: the bytes as a little-endian number, in upper-case hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", u64::from_le_bytes(self.0))
    }
}

impl fmt::Debug for MinisignKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'a> MinisignSignature<'a> {
    /// Most bytes of a signature file.
    pub const MAX_BYTES: usize = 512;

    /// Decodes a signature file.
    ///
    /// # Errors
    ///
    /// [`MinisignError`], but for its last two.
    pub fn parse(file: &'a [u8]) -> Result<Self, MinisignError> {
        let (max, got) = (Self::MAX_BYTES, file.len());
        if got > max {
            return Err(MinisignError::TooLong { max, got });
        }
        let is_plain = |b: &u8| matches!(b, b' '..=b'~' | b'\n');
        let text = core::str::from_utf8(file).ok();
        let text = text.filter(|_| file.iter().all(is_plain));
        let text = text.and_then(|text| text.strip_suffix('\n'));
        let mut lines = text.ok_or(MinisignError::Lines)?.split('\n');
        let lines = [(); 5].map(|()| lines.next());
        let [
            Some(untrusted),
            Some(signature),
            Some(trusted),
            Some(global),
            None,
        ] = lines
        else {
            return Err(MinisignError::Lines);
        };
        let trusted_comment = trusted.strip_prefix(TRUSTED);
        let trusted_comment = trusted_comment.ok_or(MinisignError::Comment)?;
        if !untrusted.starts_with(UNTRUSTED) {
            return Err(MinisignError::Comment);
        }
        let signature: [u8; 2 + 8 + 64] = decode(signature)?;
        let (algorithm, rest) = signature
            .split_first_chunk::<2>()
            .ok_or(MinisignError::Base64)?;
        if algorithm != b"ED" {
            return Err(MinisignError::Algorithm);
        }
        let (id, signature) = rest.split_first_chunk::<8>().ok_or(MinisignError::Base64)?;
        let signature = signature.try_into().map_err(|_| MinisignError::Base64)?;
        Ok(Self {
            key_id: MinisignKeyId(*id),
            signature: Signature::from_bytes(signature),
            trusted_comment,
            global: Signature::from_bytes(&decode(global)?),
        })
    }
}

fn decode<const N: usize>(line: &str) -> Result<[u8; N], MinisignError> {
    let mut bytes = [0; N];
    let decoded = Base64::decode(line, &mut bytes);
    match decoded {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(MinisignError::Base64),
    }
}

/// The Ed25519 half of a signer's secret: what `minisign` keeps in its secret key.
#[cfg(feature = "signer")]
pub struct MinisignSecret {
    id: MinisignKeyId,
    key: ed25519_dalek::SigningKey,
}

#[cfg(feature = "signer")]
impl MinisignSecret {
    /// Returns the key of a seed, 32 bytes from the system's generator, under an id drawn as well.
    #[must_use]
    pub fn new(id: MinisignKeyId, seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        Self { id, key }
    }

    /// Returns the public key.
    #[must_use]
    pub fn public_key(&self) -> MinisignKey {
        let (id, key) = (self.id, self.key.verifying_key());
        MinisignKey { id, key }
    }

    /// Returns the seed, which must be kept secret.
    #[must_use]
    pub fn seed(&self) -> &[u8; 32] {
        self.key.as_bytes()
    }

    /// Signs a file, and returns the signature file.
    ///
    /// The trusted comment is plain ASCII without line ends.
    #[must_use]
    pub fn sign(&self, file: &[u8], trusted_comment: &str) -> String {
        use ed25519_dalek::Signer as _;
        let signature = self.key.sign(&FileHash::of(file).0);
        let global = self.key.sign(&global_message(&signature, trusted_comment));
        let mut line = b"ED".to_vec();
        line.extend(self.id.0);
        line.extend(signature.to_bytes());
        alloc::format!(
            "{UNTRUSTED}signature of the setup key {}\n{}\n{TRUSTED}{trusted_comment}\n{}\n",
            self.id,
            Base64::encode_string(&line),
            Base64::encode_string(&global.to_bytes()),
        )
    }
}

#[cfg(feature = "signer")]
impl fmt::Debug for MinisignSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("MinisignSecret");
        debug.field("id", &self.id).finish_non_exhaustive()
    }
}

const UNTRUSTED: &str = "untrusted comment: ";
const TRUSTED: &str = "trusted comment: ";
