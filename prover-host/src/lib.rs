//! Turns blocks into proofs and serves them.
