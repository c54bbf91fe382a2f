//! `AccountHistory`: the accounts under the newest headers.

use std::collections::VecDeque;

use rpp_verifier::Accounts;

/// The accounts after each of the newest blocks; the trees share what did not change.
#[derive(Clone, Debug)]
pub struct AccountHistory {
    /// Height of the last one.
    newest: u32,
    /// Never empty.
    states: VecDeque<Accounts>,
}

/// Why the accounts under a header cannot be told.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum HeightError {
    /// They are known no longer.
    #[error("the accounts are known from block {oldest} on")]
    Gone {
        /// The lowest height whose accounts are known.
        oldest: u32,
    },
    /// There is no such block yet.
    #[error("the newest block is {newest}")]
    Ahead {
        /// Height of the newest block.
        newest: u32,
    },
}

impl AccountHistory {
    /// How many trees are kept.
    pub const KEPT: u32 = 256;

    /// Returns the history of which only the accounts at `newest` are known.
    #[must_use]
    pub fn new(newest: u32, accounts: Accounts) -> Self {
        let states = VecDeque::from([accounts]);
        Self { newest, states }
    }

    /// Returns the oldest height whose accounts are kept when the block at `newest` is the newest.
    #[must_use]
    pub const fn kept_from(newest: u32) -> u32 {
        newest.saturating_sub(Self::KEPT - 1)
    }

    /// Adds the accounts after the next block.
    pub fn push(&mut self, accounts: Accounts) {
        self.newest += 1;
        self.states.push_back(accounts);
        if self.states.len() > kept() {
            self.states.pop_front();
        }
    }

    /// Returns the height of the newest block, and the accounts after it.
    #[must_use]
    pub fn newest(&self) -> (u32, &Accounts) {
        // A history always has its newest state.
        (self.newest, &self.states[self.states.len() - 1])
    }

    /// Returns the accounts after the block at `height`.
    ///
    /// # Errors
    ///
    /// [`HeightError`].
    pub fn at(&self, height: u32) -> Result<&Accounts, HeightError> {
        let newest = self.newest;
        let age = newest.checked_sub(height);
        let age = age.ok_or(HeightError::Ahead { newest })?;
        let age = usize::try_from(age).unwrap_or(usize::MAX);
        let state = self.states.iter().rev().nth(age);
        state.ok_or(HeightError::Gone {
            oldest: self.oldest(),
        })
    }

    fn oldest(&self) -> u32 {
        let older = u32::try_from(self.states.len() - 1).unwrap_or(u32::MAX);
        self.newest.saturating_sub(older)
    }
}

fn kept() -> usize {
    usize::try_from(AccountHistory::KEPT).expect("a u32 fits a usize")
}

#[cfg(test)]
mod tests {
    use rpp_verifier::{Account, Digest};

    use super::*;

    #[test]
    fn the_newest_256_are_kept() {
        let balance_at = |height: u32| {
            let account = Account {
                key_id: Digest::ZERO,
                balance: height.into(),
                nonce: 0,
                key_offset: 0,
            };
            Accounts::default().with(3, account)
        };
        let mut history = AccountHistory::new(0, balance_at(0));
        assert_eq!(history.at(1).err(), Some(HeightError::Ahead { newest: 0 }));
        for height in 1..=300 {
            history.push(balance_at(height));
            let oldest = AccountHistory::kept_from(height);
            for known in [oldest, height] {
                assert_eq!(history.at(known).unwrap().root(), balance_at(known).root());
            }
        }
        assert_eq!(history.newest().0, 300);
        assert_eq!(history.at(44).err(), Some(HeightError::Gone { oldest: 45 }));
        assert_eq!(
            history.at(301).err(),
            Some(HeightError::Ahead { newest: 300 })
        );
    }
}
