//! `Passphrase`, and what it costs to try one.

use core::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use rpp_verifier::{DecodeError, Reader, Writer};
use zeroize::Zeroizing;

use super::error::KeyFileError;

/// What a key file is locked with; erased when dropped.
pub struct Passphrase {
    text: Zeroizing<String>,
    cost: Cost,
}

/// What it costs to try a passphrase: the parameters of Argon2id, with one lane.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Passphrase {
    /// Takes a passphrase, as the UTF-8 that it is: whoever wants two keyboards to agree normalizes it
    /// before. A `String` is taken as it is and erased with it; of a `&str`, the caller erases theirs.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: Zeroizing::new(text.into()),
            cost: Cost::DEFAULT,
        }
    }

    /// Sets what trying the passphrase costs from now on, in files that are written with it.
    #[must_use]
    pub const fn cost(mut self, cost: Cost) -> Self {
        self.cost = cost;
        self
    }

    pub(super) const fn chosen_cost(&self) -> Cost {
        self.cost
    }

    /// Returns the key that the passphrase gives with this salt, at this cost. It takes a while.
    pub(super) fn key(
        &self,
        cost: Cost,
        salt: &[u8; SALT_BYTES],
    ) -> Result<Zeroizing<[u8; 32]>, KeyFileError> {
        let Cost { memory_kib, passes } = cost;
        let failed = |_| KeyFileError::Memory { memory_kib };
        let params = Params::new(memory_kib, passes, LANES, Some(32)).map_err(failed)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let blocks = argon.params().block_count();
        // From its blocks, passphrases could be tried without the rest of the work.
        let mut memory = Zeroizing::new(Vec::new());
        let room = memory.try_reserve_exact(blocks);
        room.map_err(|_| KeyFileError::Memory { memory_kib })?;
        memory.resize(blocks, Block::new());
        let mut key = Zeroizing::new([0; 32]);
        let text = self.text.as_bytes();
        let done =
            argon.hash_password_into_with_memory(text, salt, &mut *key, memory.as_mut_slice());
        done.map_err(failed)?;
        Ok(key)
    }
}

impl Cost {
    /// 64 MiB, three passes: what RFC 9106 recommends where memory is scarce.
    pub const DEFAULT: Self = Self {
        memory_kib: 64 << 10,
        passes: 3,
    };
    /// Least memory, in KiB.
    pub const MIN_MEMORY_KIB: u32 = 1 << 10;
    /// Most memory, in KiB: what a browser can spare.
    pub const MAX_MEMORY_KIB: u32 = 256 << 10;
    /// Most passes.
    pub const MAX_PASSES: u32 = 16;
    /// Most memory that all passes go through together, in KiB: a few seconds.
    pub const MAX_WORK_KIB: u32 = 1 << 20;

    /// Returns the cost of `memory_kib` KiB and `passes` passes.
    ///
    /// # Errors
    ///
    /// [`DecodeError::OutOfRange`] above or below what a key file may ask for.
    pub fn new(memory_kib: u32, passes: u32) -> Result<Self, DecodeError> {
        let mut w = Writer::new();
        Self { memory_kib, passes }.write(&mut w);
        Self::read(&mut Reader::new(&w.finish()))
    }

    pub(super) fn write(self, w: &mut Writer) {
        w.u32(self.memory_kib);
        w.u32(self.passes);
    }

    /// Takes the cost that a file asks for, before anything is allocated for it.
    pub(super) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let memory_kib = r.u32_in(Self::MIN_MEMORY_KIB, Self::MAX_MEMORY_KIB, "memory")?;
        let passes = r.u32_in(1, Self::MAX_PASSES, "passes")?;
        let got = u64::from(memory_kib) * u64::from(passes);
        let max = u64::from(Self::MAX_WORK_KIB);
        if got > max {
            let (field, min) = ("memory times passes", 1);
            return Err(DecodeError::OutOfRange {
                field,
                min,
                max,
                got,
            });
        }
        Ok(Self { memory_kib, passes })
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase")
            .field("cost", &self.cost)
            .finish_non_exhaustive()
    }
}

/// Length of the salt.
pub(super) const SALT_BYTES: usize = 32;
/// Browsers give a worker one thread.
const LANES: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with the reference implementation: `argon2-cffi`, `hash_secret_raw`, type ID.
    #[test]
    fn keys_are_those_of_argon2id() {
        let cost = Cost::new(1024, 2).unwrap();
        let key = Passphrase::new("correct horse")
            .key(cost, &[7; 32])
            .unwrap();
        let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, EXPECTED);
    }

    const EXPECTED: &str = "03dcb9c22d4e00a12d56b15ef1c3a1b94dc777c02352b92069df8b7e5f75b9ef";

    #[test]
    fn caps_what_a_file_may_ask_for() {
        let refused = |memory, passes| match Cost::new(memory, passes) {
            Err(DecodeError::OutOfRange { field, .. }) => field,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(1023, 1), "memory");
        assert_eq!(refused((256 << 10) + 1, 1), "memory");
        assert_eq!(refused(u32::MAX, 1), "memory");
        assert_eq!(refused(1024, 0), "passes");
        assert_eq!(refused(1024, 17), "passes");
        assert_eq!(refused(256 << 10, 5), "memory times passes");
        assert!(Cost::new(256 << 10, 4).is_ok());
        let default = Cost::DEFAULT;
        assert_eq!(Cost::new(default.memory_kib, default.passes), Ok(default));
    }
}
