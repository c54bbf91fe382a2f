//! `KeyRecord`: what the key file of a signer of the setup seals.

use rpp_key_file::{KeyFileError, TAG_BYTES};
use rpp_verifier::{DecodeError, FileDigest, Format, Reader, SetupSecret, Writer};
use zeroize::Zeroizing;

use super::log::Entry;

/// A signer's secret, and the newest entry of its log: what is signed, or about to be.
#[derive(Debug)]
pub(super) struct KeyRecord {
    pub(super) secret: SetupSecret,
    /// The newest entry of the log.
    pub(super) last: Option<Entry>,
    /// The one before it.
    pub(super) before: Option<Entry>,
}

impl KeyRecord {
    /// Returns the encoding, with room for a tag: both entries, each a `u32` that is 0 for none, 1 for versions that
    /// were given up and 2 for a file, with the version (`u32`) and the SHA-256 where there are such; then the secret up
    /// to the end.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let secret = self.secret.to_bytes();
        let room = secret.len().saturating_add(ENTRIES_ROOM + TAG_BYTES);
        let mut w = Writer::with_capacity(room);
        write_entry(&mut w, self.last);
        write_entry(&mut w, self.before);
        w.bytes(&secret);
        Zeroizing::new(w.finish())
    }

    /// Decodes what [`KeyRecord::encode`] returns.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, KeyFileError> {
        let mut r = Reader::new(bytes);
        let last = read_entry(&mut r)?;
        let before = read_entry(&mut r)?;
        let secret = SetupSecret::from_bytes(r.rest())?;
        Ok(Self {
            secret,
            last,
            before,
        })
    }
}

fn write_entry(w: &mut Writer, entry: Option<Entry>) {
    match entry {
        None => w.u32(0),
        Some(Entry { version, sha256 }) => {
            w.u32(if sha256.is_some() { 2 } else { 1 });
            w.u32(version);
            w.bytes(sha256.as_ref().map_or(&[][..], |sha256| &sha256.0));
        }
    }
}

fn read_entry(r: &mut Reader<'_>) -> Result<Option<Entry>, DecodeError> {
    let kind = r.u32_in(0, 2, "kind of an entry of the signing log")?;
    if kind == 0 {
        return Ok(None);
    }
    let version = r.u32("version in the signing log")?;
    let sha256 = match kind {
        1 => None,
        _ => Some(FileDigest(r.array("SHA-256 in the signing log")?)),
    };
    Ok(Some(Entry { version, sha256 }))
}

const ENTRIES_ROOM: usize = 2 * (4 + 4 + 32);

/// How a key file begins, and how long it may be.
pub(super) const FORMAT: Format = Format {
    what: "key file of a signer of the setup",
    magic: *b"RPPK",
    version: 1,
    max_bytes: SetupSecret::FORMAT.max_bytes + (1 << 10),
};
