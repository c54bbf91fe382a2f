//! The constraints that follow from others, each with the proof.

use crate::stark::mutation::Redundant;

/// In the order of the constraints.
pub(super) const REDUNDANT: &[Redundant] = &[];
