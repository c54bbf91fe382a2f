//! One operation, row by row: from its fields to the root of the accounts after it.
//!
//! ```text
//! rows     kind      permutation                                    carried beside it
//! 1        Start     none: its lanes hold digits of `left`            the operation (to the end)
//! 1        Fee       none: digits of `fee`
//! 1        Nonce     none: digits of `nonce` and `gap`
//! 0 or 1   Amount    none: digits of the amount, in a transfer
//! 1        Op0       TRANSFER, REGISTER, REKEY: chain, index, fee
//! 1        Op1         + body
//! 0 or 1   Op2         + nonce, in a change of key                    state[8..16] = hash
//! (what the circuit does with the hash, which stays in state[8..16])
//! 132 + h  Message0 to Key1: `gadget::signature`, over the hash       out = key id
//! the account that signs:
//! 1        Old0      ACCOUNT: key id; none in a registration          state[8..16] = key id
//! 1        Old1        + balance, nonce, key offset                   out = leaf before
//! 1        New0      ACCOUNT: key id, or the new one                  node = leaf before
//! 1        New1        + left, nonce, key offset
//! for each of 32 levels:
//!   1      OldPath   compress over the leaf before                    node = over the leaf after
//!   1      NewPath   compress over the leaf after                     node = over the leaf before
//! then, in a transfer, the account that receives, on the root that the payer has left:
//! 1        Balance   none: digits of `left`, its balance afterwards
//! 68       Old0 to the last NewPath, as above
//! ```
//!
//! A transfer by a key of height h takes 275 + h rows, a registration 203 + h, a change of key 206 + h.
//!
//! **Accounts.** `root` is the root of the accounts; where a NewPath is the last of its path, the node
//! over the leaf before must be it, and the node over the leaf after becomes it. What the tree holds
//! before is trusted to be what earlier blocks left: its limbs are below 2^16, and a key offset is at
//! most its nonce. The same is proven of what is put in.
//!
//! **Sums** are limb by limb, with carries. Each limb that an operation brings, and each balance that it
//! leaves, is made of base-4 digits in a row of its own, before it is used; a nonce that goes up by one
//! needs no digits, since the only limb that overflows is recognised.

mod alone;
mod columns;
mod constraints;
#[cfg(feature = "prover")]
mod trace;

#[cfg(all(feature = "prover", test))]
pub use alone::EndPlaces;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub use alone::alone_start;
pub use alone::{AloneAir, AloneInputs, AlonePublic};
#[cfg(feature = "prover")]
pub use alone::{AloneCells, alone_rows, alone_trace, alone_trace_with};
#[cfg(feature = "prover")]
pub use columns::OperationCells;
#[cfg(all(feature = "prover", any(test, feature = "hazmat")))]
pub use columns::OperationPlaces;
pub use columns::{Collector, Kind, OperationCols, OperationInputs, OperationRow};
pub use constraints::assert_operation;
#[cfg(feature = "prover")]
pub use trace::{
    AccountChange, Detour, OperationPlan, OperationTrace, credit_rows, credited_rows, digit_row,
    payer_rows, set_operation, start_rows, turn,
};

/// Level at which the upper limb of an account's number starts.
const HALF: u32 = 16;
