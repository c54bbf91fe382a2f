//! Every cap, with its reason.

/// Depth of the validator-set tree: bitmaps have 64 limbs, and a proof has at most 1,024 votes.
pub const SET_DEPTH: usize = 10;
/// Maximum number of validators in a set.
pub const MAX_VALIDATORS: usize = 1 << SET_DEPTH;
/// The most headers whose votes one proof counts: the longest epoch that it can be about.
pub const MAX_WINDOW: u32 = 1 << 10;
/// The most ends of epochs in one span.
pub const MAX_SPAN: u32 = 1 << 10;
/// The most headers of one pruned range.
pub const MAX_PRUNED: u32 = 1 << 10;
/// Depth of the history tree: heights are `u32`.
pub const HISTORY_DEPTH: usize = 32;
/// Depth of the account tree: account numbers are `u32`.
pub const STATE_DEPTH: usize = 32;
/// Depth of the operation tree of a block.
pub const TX_DEPTH: usize = 8;
/// Maximum number of operations in a block.
pub const MAX_OPERATIONS: u32 = 1 << TX_DEPTH;
/// Maximum number of registrations in a block; they are limited because they pay no fee.
pub const MAX_REGISTRATIONS: u32 = 16;
/// Largest nonce of an operation: the account's becomes the next one.
pub const MAX_NONCE: u32 = u32::MAX - 1;
/// Maximum size of a signed operation, in bytes: a change of key, signed by a key of height 20.
pub const MAX_OPERATION_BYTES: usize = 16 + 48 + 56 + 1316 + 32 * 20;
/// Minimum height of a key's tree.
pub const MIN_TREE_HEIGHT: u32 = 4;
/// Maximum height of a key's tree: leaf numbers stay far below the field's modulus.
pub const MAX_TREE_HEIGHT: u32 = 20;
/// Minimum number of blocks in an epoch: the last header names the next set, the others do not.
pub const MIN_EPOCH_LENGTH: u32 = 2;
/// How far a header's timestamp may be ahead of the checker's clock, in milliseconds.
pub const MAX_CLOCK_DRIFT_MS: u64 = 30_000;
/// Maximum size of a proof file, in bytes: proofs of suite 1 are below 320 KiB. Bytes that
/// decode to empty lists take up to fifty times their size in memory, so the cap is kept tight.
pub const MAX_PROOF_BYTES: usize = 384 << 10;
/// Maximum size of a consensus or state witness, in bytes: 1,024 votes by keys of height 20.
pub const MAX_WITNESS_BYTES: usize = 4 << 20;
/// Most blocks in one page of them.
pub const MAX_PAGE_BLOCKS: usize = 64;
/// Most accounts of one key in one answer; whoever changes to a key names it, so there may be many.
pub const MAX_KEY_ACCOUNTS: usize = 16;
/// Most operations in one page of those of an account.
pub const MAX_PAGE_TRANSACTIONS: usize = 32;
/// Most bytes in the code of a refusal.
pub const MAX_CODE_BYTES: usize = 32;
/// Most proofs that are listed with a block: one for each circuit that is about blocks, and as many
/// again while two versions of each overlap.
pub const MAX_LISTED_PROOFS: usize = 16;
/// Most bytes in the name of a circuit.
pub const MAX_CIRCUIT_NAME_BYTES: usize = 32;
/// Most keys of a role of the setup.
pub const MAX_ROLE_KEYS: usize = 8;
/// Most signatures of a file of the setup that are looked at: those of two roots' keys.
pub const MAX_SETUP_SIGNATURES: usize = 2 * MAX_ROLE_KEYS;
/// Most root files that are walked for one answer.
pub const MAX_ROOTS: usize = 64;
/// Most circuits that a setup lists: two versions of each while they overlap.
pub const MAX_LISTED_CIRCUITS: usize = 32;
/// Most released files that a setup lists.
pub const MAX_RELEASES: usize = 16;
