//! The constants of the verifying key are those of the AIR that runs.

use crate::circuit::span::Span;
use crate::circuit::trial::assert_key;

#[test]
fn fingerprint_and_bits_are_those_of_the_air() {
    assert_key::<Span>(8, 274);
}
