//! `Lock`: what a passphrase opens, and what seals the record of a key file, which changes with each signature.
//!
//! The passphrase gives a key that opens one thing only: the data key, which was drawn at random. The
//! data key seals the record, so that saving one costs no Argon2. Section 27 of `docs/PROTOCOL.md` has the
//! layout.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use core::fmt;

use chacha20poly1305::{AeadInOut, KeyInit, XChaCha20Poly1305};
use rpp_verifier::{DecodeError, Format, Reader, Writer};
use zeroize::Zeroizing;

use super::error::{KeyFileError, SealError};
use super::passphrase::{Cost, Passphrase, SALT_BYTES};
use super::random::Random;

/// An opened lock: the data key, and the head of the file that it belongs to.
pub struct Lock {
    format: Format,
    head: [u8; HEAD_BYTES],
    data_key: Zeroizing<[u8; KEY_BYTES]>,
}

/// A record as it was read: its number, and what was sealed.
pub struct Record {
    /// It rises by one with each record.
    pub sequence: u64,
    /// What was sealed.
    pub plain: Zeroizing<Vec<u8>>,
}

impl Lock {
    /// Draws a data key for a file of this kind, and locks it with a passphrase.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub fn new(
        format: &Format,
        passphrase: &Passphrase,
        random: &impl Random,
    ) -> Result<Self, SealError> {
        let mut data_key = Zeroizing::new([0; KEY_BYTES]);
        random.fill(&mut *data_key)?;
        let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
        random.fill(&mut salt)?;
        random.fill(&mut nonce)?;
        let cost = passphrase.chosen_cost();
        let mut w = Writer::open(format, HEAD_BYTES);
        cost.write(&mut w);
        w.bytes(&salt);
        let associated = w.clone().finish();
        let mut wrapped = Zeroizing::new(Vec::with_capacity(KEY_BYTES + TAG_BYTES));
        wrapped.extend_from_slice(&*data_key);
        seal(
            &*passphrase.key(cost, &salt)?,
            &nonce,
            &associated,
            &mut wrapped,
        )?;
        w.bytes(&nonce);
        w.bytes(&wrapped);
        let head = Reader::new(&w.finish()).array("head")?;
        Ok(Self {
            format: *format,
            head,
            data_key,
        })
    }

    /// Opens the lock of a file of this kind.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`].
    pub fn open(
        format: &Format,
        file: &[u8],
        passphrase: &Passphrase,
    ) -> Result<Self, KeyFileError> {
        // The whole file is looked at first: no work for one that is cut off.
        let parts = Parts::read(format, file)?;
        let mut r = Reader::open(&parts.head, format)?;
        let cost = Cost::read(&mut r)?;
        let salt = r.array("salt")?;
        let nonce = r.array("nonce of the data key")?;
        let mut data_key = Zeroizing::new(r.rest().to_vec());
        let associated = parts.head.get(..ASSOCIATED_BYTES).unwrap_or_default();
        let key = passphrase.key(cost, &salt)?;
        unseal(&key, &nonce, associated, &mut data_key).ok_or(KeyFileError::Passphrase)?;
        let mut opened = Zeroizing::new([0; KEY_BYTES]);
        let bytes = data_key.get(..KEY_BYTES).ok_or(KeyFileError::Damaged)?;
        opened.copy_from_slice(bytes);
        Ok(Self {
            format: *format,
            head: parts.head,
            data_key: opened,
        })
    }

    /// Returns the file with this record; `plain` has room for a tag, or it is copied in memory that nobody
    /// erases.
    ///
    /// # Errors
    ///
    /// [`SealError`].
    pub fn seal(
        &self,
        sequence: u64,
        mut plain: Zeroizing<Vec<u8>>,
        random: &impl Random,
    ) -> Result<Vec<u8>, SealError> {
        check_length(&self.format, plain.len())?;
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce)?;
        let associated = self.associated(sequence);
        seal(&self.data_key, &nonce, &associated, &mut plain)?;
        let mut w = Writer::with_capacity(plain.len().saturating_add(OPEN_BYTES));
        w.bytes(&associated);
        w.bytes(&nonce);
        w.u32(u32::try_from(plain.len()).unwrap_or(u32::MAX));
        w.bytes(&plain);
        Ok(w.finish())
    }

    /// Returns the record in a file.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`].
    pub fn unseal(&self, file: &[u8]) -> Result<Record, KeyFileError> {
        let parts = Parts::read(&self.format, file)?;
        if parts.head != self.head {
            return Err(KeyFileError::Relocked);
        }
        let sequence = parts.sequence;
        let mut plain = Zeroizing::new(parts.sealed.to_vec());
        let associated = self.associated(sequence);
        let opened = unseal(&self.data_key, &parts.nonce, &associated, &mut plain);
        opened.ok_or(KeyFileError::Damaged)?;
        Ok(Record { sequence, plain })
    }

    /// What a record cannot be moved away from: its lock, and its number.
    fn associated(&self, sequence: u64) -> Vec<u8> {
        let mut w = Writer::with_capacity(HEAD_BYTES + 8);
        w.bytes(&self.head);
        w.u64(sequence);
        w.finish()
    }
}

/// What a file consists of.
struct Parts<'a> {
    head: [u8; HEAD_BYTES],
    sequence: u64,
    nonce: [u8; NONCE_BYTES],
    sealed: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(format: &Format, file: &'a [u8]) -> Result<Self, DecodeError> {
        // Before anything else: another version has other lengths.
        Reader::open(file, format)?;
        let mut r = Reader::new(file);
        let head = r.array("head")?;
        let sequence = r.u64("sequence")?;
        let nonce = r.array("nonce")?;
        let max = u32::try_from(format.max_bytes).unwrap_or(u32::MAX);
        let length = r.u32_in(TAG_BYTES_U32, max, "length of the record")?;
        let sealed = r.bytes(usize::try_from(length).unwrap_or(usize::MAX), "record")?;
        r.finish()?;
        Ok(Self {
            head,
            sequence,
            nonce,
            sealed,
        })
    }
}

fn seal(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    plain: &mut Vec<u8>,
) -> Result<(), SealError> {
    let cipher = XChaCha20Poly1305::new(key.into());
    let got = plain.len();
    let sealed = cipher.encrypt_in_place(nonce.into(), associated, plain);
    // Only past 256 GiB, which no file of ours has.
    sealed.map_err(|_| too_long("key file", usize::MAX, got).into())
}

/// Checks that a file with a record of this length can be opened again.
fn check_length(format: &Format, plain: usize) -> Result<(), SealError> {
    let (max, got) = (
        format.max_bytes,
        plain.saturating_add(OPEN_BYTES + TAG_BYTES),
    );
    if got > max {
        return Err(too_long(format.what, max, got).into());
    }
    Ok(())
}

const fn too_long(what: &'static str, max: usize, got: usize) -> DecodeError {
    DecodeError::TooLong { what, max, got }
}

fn unseal(
    key: &[u8; KEY_BYTES],
    nonce: &[u8; NONCE_BYTES],
    associated: &[u8],
    sealed: &mut Vec<u8>,
) -> Option<()> {
    let cipher = XChaCha20Poly1305::new(key.into());
    cipher
        .decrypt_in_place(nonce.into(), associated, sealed)
        .ok()
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock")
    }
}

const KEY_BYTES: usize = 32;
const NONCE_BYTES: usize = 24;
/// Length of what sealing a record adds to it.
pub const TAG_BYTES: usize = 16;
const TAG_BYTES_U32: u32 = 16;
/// Magic, version, memory, passes, salt: what the wrapped data key is bound to.
const ASSOCIATED_BYTES: usize = 4 * 4 + SALT_BYTES;
/// With the wrapped data key.
const HEAD_BYTES: usize = ASSOCIATED_BYTES + NONCE_BYTES + KEY_BYTES + TAG_BYTES;
/// All that a file has beside what it seals, and the tag: head, number, nonce, length.
const OPEN_BYTES: usize = HEAD_BYTES + 8 + NONCE_BYTES + 4;

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use core::cell::Cell;

    use super::*;
    use crate::random::RandomError;

    const MAX_BYTES: usize = 1 << 12;
    const FORMAT: Format = Format {
        what: "key file",
        magic: *b"RPPW",
        version: 1,
        max_bytes: MAX_BYTES,
    };

    /// Foreseeable bytes.
    struct Counted(Cell<u8>);

    impl Random for Counted {
        fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
            for byte in bytes {
                *byte = self.0.replace(self.0.get().wrapping_add(1));
            }
            Ok(())
        }
    }

    fn passphrase(text: &str) -> Passphrase {
        Passphrase::new(text).cost(Cost::new(1024, 1).unwrap())
    }

    fn sealed() -> (Lock, Vec<u8>) {
        let random = Counted(Cell::new(0));
        let lock = Lock::new(&FORMAT, &passphrase("open"), &random).unwrap();
        let file = lock.seal(7, Zeroizing::new(b"secret".to_vec()), &random);
        (lock, file.unwrap())
    }

    #[test]
    fn opens_what_it_sealed() {
        let (lock, file) = sealed();
        assert_eq!(file.len(), HEAD_BYTES + 8 + 24 + 4 + 6 + 16);
        let again = Lock::open(&FORMAT, &file, &passphrase("open")).unwrap();
        for lock in [lock, again] {
            let record = lock.unseal(&file).unwrap();
            assert_eq!(
                (record.sequence, record.plain.as_slice()),
                (7, &b"secret"[..])
            );
        }
        assert!(!file.windows(6).any(|bytes| bytes == b"secret"));
    }

    #[test]
    fn rejects_another_passphrase() {
        let (_, file) = sealed();
        for text in ["", "Open", "open "] {
            let refused = Lock::open(&FORMAT, &file, &passphrase(text)).unwrap_err();
            assert_eq!(refused, KeyFileError::Passphrase);
        }
    }

    #[test]
    fn rejects_every_truncation_before_any_work_and_a_trailing_byte() {
        let (lock, mut file) = sealed();
        for length in 0..file.len() {
            let refused = Lock::open(&FORMAT, &file[..length], &passphrase("open")).unwrap_err();
            assert_eq!(refused.code(), "truncated", "{length} bytes");
            assert_eq!(lock.unseal(&file[..length]).err(), Some(refused));
        }
        file.push(0);
        let refused = Lock::open(&FORMAT, &file, &passphrase("open")).unwrap_err();
        assert_eq!(refused, DecodeError::TrailingBytes { left: 1 }.into());
    }

    #[test]
    fn rejects_other_files_and_versions() {
        let (_, file) = sealed();
        let refused = |at: usize, byte: u8| {
            let mut file = file.clone();
            file[at] = byte;
            Lock::open(&FORMAT, &file, &passphrase("open"))
                .unwrap_err()
                .code()
        };
        assert_eq!(refused(0, b'L'), "bad-magic");
        assert_eq!(refused(4, 2), "unsupported-version");
        assert_eq!(refused(4, 0), "unsupported-version");
        // 1.1 GiB of memory, and 4 billion passes.
        assert_eq!(refused(10, 0x11), "out-of-range");
        assert_eq!(refused(15, 0xff), "out-of-range");
        let long = vec![0; MAX_BYTES + 1];
        let refused = Lock::open(&FORMAT, &long, &passphrase("open")).unwrap_err();
        assert_eq!(refused.code(), "too-long");
    }

    #[test]
    fn rejects_a_change_of_any_byte() {
        const LENGTH: [&str; 3] = ["truncated", "trailing-bytes", "out-of-range"];
        let (lock, file) = sealed();
        for at in 0..file.len() {
            let mut file = file.clone();
            file[at] ^= 1;
            let unsealed = lock.unseal(&file).err().map(|error| error.code());
            let opened = Lock::open(&FORMAT, &file, &passphrase("open"));
            let opened = opened.and_then(|lock| lock.unseal(&file).map(|_| ()));
            let code = opened.unwrap_err().code();
            match at {
                0..4 => assert_eq!(code, "bad-magic"),
                4..8 => assert_eq!(code, "unsupported-version"),
                8..16 => assert!(["key-file-passphrase", "out-of-range"].contains(&code)),
                16..HEAD_BYTES => assert_eq!(code, "key-file-passphrase"),
                // The length of the record.
                152..156 => assert!(LENGTH.contains(&code), "{code}"),
                _ => assert_eq!(code, "key-file-damaged"),
            }
            match at {
                0..8 => {}
                8..HEAD_BYTES => assert_eq!(unsealed, Some("key-file-relocked")),
                _ => assert_eq!(unsealed, Some(code)),
            }
        }
    }

    #[test]
    fn refuses_to_save_what_cannot_be_opened_again() {
        let random = Counted(Cell::new(0));
        let lock = Lock::new(&FORMAT, &passphrase("open"), &random).unwrap();
        let most = MAX_BYTES - HEAD_BYTES - 8 - 24 - 4 - 16;
        let seal = |length| lock.seal(1, Zeroizing::new(vec![0; length]), &random);
        let file = seal(most).unwrap();
        assert_eq!(file.len(), MAX_BYTES);
        assert_eq!(lock.unseal(&file).unwrap().plain.len(), most);
        let (what, max, got) = ("key file", MAX_BYTES, MAX_BYTES + 1);
        let refused = DecodeError::TooLong { what, max, got };
        match seal(most + 1) {
            Err(SealError::KeyFile(error)) => assert_eq!(error, refused.into()),
            _ => panic!("it is sealed"),
        }
    }

    #[test]
    fn seals_nothing_twice_under_one_nonce() {
        let random = Counted(Cell::new(0));
        let lock = Lock::new(&FORMAT, &passphrase("open"), &random).unwrap();
        let seal = |sequence| {
            let plain = Zeroizing::new(b"secret".to_vec());
            lock.seal(sequence, plain, &random).unwrap()
        };
        assert_ne!(seal(1)[HEAD_BYTES + 8..], seal(1)[HEAD_BYTES + 8..]);
    }
}
