//! The field of suite 1 and the encoding of integers into it.

use p3_baby_bear::BabyBear;
use p3_field::PrimeCharacteristicRing;

/// BabyBear, the integers modulo 15·2^27 + 1.
pub type Val = BabyBear;

/// Returns the two 16-bit limbs of `x`, least significant first.
pub fn u32_limbs(x: u32) -> [Val; 2] {
    let [b0, b1, b2, b3] = x.to_le_bytes();
    [[b0, b1], [b2, b3]].map(|limb| Val::from_u16(u16::from_le_bytes(limb)))
}

/// Returns the four 16-bit limbs of `x`, least significant first.
pub fn u64_limbs(x: u64) -> [Val; 4] {
    let [b0, b1, b2, b3, b4, b5, b6, b7] = x.to_le_bytes();
    [[b0, b1], [b2, b3], [b4, b5], [b6, b7]].map(|limb| Val::from_u16(u16::from_le_bytes(limb)))
}
