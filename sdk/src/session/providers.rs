//! Whom a session asks, and what it knows of them.

use crate::transport::{Answer, TransportError};
use crate::verdict::Spent;

/// Identifies a provider of a session. So far there is only one.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct ProviderId(u16);

impl ProviderId {
    /// Returns its index in the list of providers.
    #[must_use]
    pub const fn index(self) -> u16 {
        self.0
    }
}

/// A provider: what it claims, and what its answers cost.
#[derive(Debug, Default)]
pub(super) struct Provider {
    pub(super) id: ProviderId,
    /// Height of its newest block, proven or not.
    pub(super) latest_height: Option<u32>,
    pub(super) spent: Spent,
}

impl Provider {
    /// Counts an answer, and of one that is not complete the bytes that came.
    pub(super) fn count(&mut self, answer: &Result<Answer, TransportError>) {
        let bytes = match answer {
            Ok(answer) => {
                self.spent.requests += 1;
                u64::try_from(answer.body.len()).unwrap_or(u64::MAX)
            }
            Err(error) => error.bytes,
        };
        self.spent.bytes = self.spent.bytes.saturating_add(bytes);
    }
}
