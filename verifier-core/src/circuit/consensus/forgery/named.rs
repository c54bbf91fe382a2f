//! The forgeries that somebody wrote, each for one constraint.

use crate::stark::mutation::Forgery;

/// In the order of the table in the circuit's documentation, then of the constraints.
pub(in crate::circuit::consensus) const FORGERIES: &[Forgery] = &[];
