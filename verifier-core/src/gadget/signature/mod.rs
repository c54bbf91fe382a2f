//! One signature check, row by row: from the message digest to the key id.
//!
//! ```text
//! rows     kind      permutation                                   carried beside it
//! 1        Message0  SIG_MESSAGE: parameter, leaf, message[0..2]   parameter, leaf (to the end)
//! 1        Message1    + message[2..8], R[0..2]
//! 1        Message2    + R[2..7]                                   digest = out[0..6]
//! 1        Leaf      SIG_LEAF: parameter, leaf, 0, 0
//! for each of 39 pairs of chains (2k, 2k + 1), digits d0 and d1:
//!   3−d0   Chain       a step of chain 2k, positions d0..3         state = sponge after the last
//!   3−d1   Chain       a step of chain 2k + 1, positions d1..3       absorption + ends so far
//!   1      Ends        absorb the two ends (input = state)         weight, sum: digits to elements
//! 0 or 3   (a detour of the circuit: the proposer's reveal)        state[0..8] = leaf hash
//! 1        Node      compress(leaf hash, slot digest)
//! h        Path      compress on the way up; `bit` = node is right  sum = leaf so far, count = level
//! 1        Key0      KEY: chain_id, h, parameter                   state[0..8] = root
//! 1        Key1        + root                                      out[0..8] = key id
//! ```
//!
//! That is 132 + h rows: the digits sum to 148, so there are 86 steps.
//!
//! A chain whose digit is 3 has no row; its end is the signature's own value and is free. In `state`
//! that shows as rate lanes which are free at the transition into its pair. Every other end is added
//! by the last step of its chain.
//!
//! **Digits.** Thirteen digits of two bits fill the low 26 bits of an element, so pair 6 of each 13
//! straddles two elements. `weight` is the place value of d0, `half` says which element of the two
//! is being filled. Flag `mid` (weight 2^24, half 0) closes the first element, flag `end` (weight
//! 2^22, half 1) the second. A flag that is not set where it could be makes the cycle longer than 13
//! pairs: `weight` then misses the other flag's value, and there are 39 pairs, so all six flags are
//! set. At a flag, bits 26 to 30 of the element are `bit`, `quad`, `quint`; if bits 27 to 30 are all
//! one, the element is p − 1, whose low 27 bits are zero.

mod columns;
mod constraints;
#[cfg(feature = "prover")]
mod trace;

#[cfg(feature = "prover")]
pub use columns::SignatureCells;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub use columns::SignaturePlaces;
pub use columns::{Kind, SignatureCols, SignatureInputs, SignatureRow};
pub use constraints::assert_signature;
#[cfg(feature = "prover")]
pub use trace::{
    SignaturePlan, SignatureTrace, certified_rows, key_rows, message_rows, one_time_rows,
};
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub use trace::{message_end, message_start};
