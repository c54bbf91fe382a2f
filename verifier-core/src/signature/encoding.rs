//! The target-sum encoding: from a message to the positions of the chains.

use p3_field::{PrimeCharacteristicRing, PrimeField32};

use super::{
    BASE, CHAINS, DIGITS_PER_ELEMENT, PARAMETER_ELEMENTS, RANDOMIZER_ELEMENTS, TARGET_SUM,
};
use crate::hash::{Digest, Domain, Val, hash};

/// Elements that a message digest absorbs.
pub(super) const MESSAGE_ELEMENTS: usize =
    PARAMETER_ELEMENTS + 1 + Digest::ELEMENTS + RANDOMIZER_ELEMENTS;

/// Returns `hash(SIG_MESSAGE, parameter ‖ leaf ‖ message ‖ randomizer)`.
///
/// The last five elements of the randomizer form a block of their own, so that each further try
/// costs the signer one permutation.
#[must_use]
pub fn message_digest(
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: u32,
    message: &Digest,
    randomizer: &[Val; RANDOMIZER_ELEMENTS],
) -> Digest {
    let elements = message_elements(parameter, leaf, message, randomizer);
    hash(Domain::SigMessage, &elements)
}

/// Returns the digits of a message digest, each below four.
///
/// Digit i of element j, one of the first six, is bits 2i and 2i + 1 of the element's canonical
/// `u32` and belongs to chain 13j + i.
#[must_use]
pub fn digits(message_digest: &Digest) -> [u8; CHAINS] {
    let mut digits = [0; CHAINS];
    let elements = digits.as_chunks_mut::<DIGITS_PER_ELEMENT>().0;
    for (chunk, element) in elements.iter_mut().zip(message_digest.0) {
        let mut bits = element.as_canonical_u32();
        for digit in chunk {
            let [low, ..] = bits.to_le_bytes();
            *digit = low & 3;
            bits /= BASE;
        }
    }
    digits
}

/// Returns the digits of the message digest if they sum to [`TARGET_SUM`]; otherwise the message
/// cannot be signed with this randomizer.
#[must_use]
#[cfg(feature = "signer")]
pub fn encode(
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: u32,
    message: &Digest,
    randomizer: &[Val; RANDOMIZER_ELEMENTS],
) -> Option<[u8; CHAINS]> {
    let digest = message_digest(parameter, leaf, message, randomizer);
    (digit_sum(&digest.0) == TARGET_SUM).then(|| digits(&digest))
}

/// Returns the sum of [`digits`] without computing them: a signer needs it thousands of times.
pub(super) fn digit_sum(message_digest: &[Val; Digest::ELEMENTS]) -> u32 {
    /// Masks for the low and for the high bits of the 13 digits.
    const LOW: u32 = 0x0155_5555;
    const HIGH: u32 = LOW << 1;
    let elements = message_digest.iter().take(CHAINS / DIGITS_PER_ELEMENT);
    elements
        .map(Val::as_canonical_u32)
        .map(|bits| (bits & LOW).count_ones() + 2 * (bits & HIGH).count_ones())
        .sum()
}

/// Returns what a message digest absorbs.
pub(super) fn message_elements(
    parameter: &[Val; PARAMETER_ELEMENTS],
    leaf: u32,
    message: &Digest,
    randomizer: &[Val; RANDOMIZER_ELEMENTS],
) -> [Val; MESSAGE_ELEMENTS] {
    let mut elements = [Val::ZERO; MESSAGE_ELEMENTS];
    elements[..5].copy_from_slice(parameter);
    elements[5] = Val::from_u32(leaf);
    elements[6..14].copy_from_slice(&message.0);
    elements[14..].copy_from_slice(randomizer);
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits_of(element: u32) -> [u8; CHAINS] {
        digits(&Digest([Val::new(element); 8]))
    }

    #[test]
    fn digits_of_extreme_elements() {
        assert_eq!(digits_of(0), [0; CHAINS]);
        // p - 1 is 15 · 2^27: all its one bits are above the digits.
        assert_eq!(digits_of(Val::ORDER_U32 - 1), [0; CHAINS]);
        assert_eq!(digits_of((1 << 26) - 1), [3; CHAINS]);
        assert_eq!(digits_of(1 << 26), [0; CHAINS]);
        assert_eq!(digits_of((1 << 27) - 1), [3; CHAINS]);
    }

    #[test]
    fn digits_are_where_the_protocol_puts_them() {
        let mut digest = Digest::ZERO;
        digest.0[2] = Val::new(2 << 24 | 3);
        digest.0[6] = Val::new(7);
        let mut expected = [0; CHAINS];
        (expected[26], expected[38]) = (3, 2);
        assert_eq!(digits(&digest), expected);
    }

    #[test]
    fn sum_is_that_of_the_digits() {
        for i in 0..100 {
            let digest = hash(Domain::SigMessage, &[Val::new(i)]);
            let sum: u32 = digits(&digest).into_iter().map(u32::from).sum();
            assert_eq!(digit_sum(&digest.0), sum);
        }
    }

    #[test]
    fn one_digest_in_about_3500_can_be_signed() {
        let tries = 35_000;
        let hits = (0..tries)
            .filter(|&i| digit_sum(&hash(Domain::SigMessage, &[Val::new(i)]).0) == TARGET_SUM)
            .count();
        assert!((5..20).contains(&hits), "{hits} of {tries}");
    }
}
