//! `DevnetConfig`: what a devnet is made from, and which of it the folder remembers.

use crate::database::StoredConfig;

/// Where the time comes from: milliseconds since the Unix epoch.
pub type Clock = fn() -> u64;

/// What a devnet is made from.
#[derive(Clone, Copy, Debug)]
pub struct DevnetConfig {
    /// Number of the chain.
    pub chain_id: u32,
    /// Blocks per epoch.
    pub epoch_length: u32,
    /// Validators in each set.
    pub validators: u32,
    /// Height of the validators' keys.
    pub key_height: u32,
    /// Milliseconds from one block to the next.
    pub block_time_ms: u32,
    /// Where the headers' timestamps come from.
    pub clock: Clock,
}

/// What was asked for; `None` means the value in the folder, or else the default.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct DevnetOptions {
    /// Number of the chain.
    pub chain_id: Option<u32>,
    /// Blocks per epoch.
    pub epoch_length: Option<u32>,
    /// Validators in each set.
    pub validators: Option<u32>,
    /// Height of the validators' keys.
    pub key_height: Option<u32>,
    /// Milliseconds from one block to the next.
    pub block_time_ms: Option<u32>,
}

/// The folder holds a different chain from the one asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "the data folder holds a chain with {option} {stored}, not {given}: leave {option} out to go on \
     with that chain, or name another folder with --data"
)]
pub struct OtherChainError {
    /// The option that differs.
    pub option: &'static str,
    /// Its value for the chain that the folder holds.
    pub stored: u32,
    /// The value asked for.
    pub given: u32,
}

impl OtherChainError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self { .. } => "data-other-chain",
        }
    }
}

impl DevnetOptions {
    /// Returns the configuration: what was asked for, what the folder holds, or the default, in
    /// this order.
    #[must_use]
    pub fn resolve(&self, stored: Option<&StoredConfig>, clock: Clock) -> DevnetConfig {
        let stored = *stored.unwrap_or(&DEFAULT);
        DevnetConfig {
            chain_id: self.chain_id.unwrap_or(stored.chain_id),
            epoch_length: self.epoch_length.unwrap_or(stored.epoch_length),
            validators: self.validators.unwrap_or(stored.validators),
            key_height: self.key_height.unwrap_or(stored.key_height),
            block_time_ms: self.block_time_ms.unwrap_or(stored.block_time_ms),
            clock,
        }
    }
}

impl DevnetConfig {
    /// Checks that the chain in the folder matches this configuration. The time from one block to
    /// the next may differ: no rule depends on it.
    ///
    /// # Errors
    ///
    /// [`OtherChainError`].
    pub(crate) fn check_stored(&self, stored: &StoredConfig) -> Result<(), OtherChainError> {
        let options = [
            ("--chain-id", stored.chain_id, self.chain_id),
            ("--epoch-length", stored.epoch_length, self.epoch_length),
            ("--validators", stored.validators, self.validators),
            ("--key-height", stored.key_height, self.key_height),
        ];
        let other = options
            .into_iter()
            .find(|(_, stored, given)| stored != given);
        other.map_or(Ok(()), |(option, stored, given)| {
            Err(OtherChainError {
                option,
                stored,
                given,
            })
        })
    }

    /// Returns what the folder should remember.
    pub(crate) const fn stored(&self) -> StoredConfig {
        StoredConfig {
            chain_id: self.chain_id,
            epoch_length: self.epoch_length,
            validators: self.validators,
            key_height: self.key_height,
            block_time_ms: self.block_time_ms,
        }
    }
}

const DEFAULT: StoredConfig = StoredConfig {
    chain_id: 1,
    epoch_length: 32,
    validators: 16,
    key_height: 10,
    block_time_ms: 4000,
};

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> u64 {
        0
    }

    #[test]
    fn options_come_before_what_is_stored_and_that_before_the_default() {
        let none = DevnetOptions::default();
        assert_eq!(none.resolve(None, clock).stored(), DEFAULT);
        let stored = StoredConfig {
            validators: 4,
            block_time_ms: 20,
            ..DEFAULT
        };
        assert_eq!(none.resolve(Some(&stored), clock).stored(), stored);
        let block_time_ms = Some(7);
        let given = DevnetOptions {
            block_time_ms,
            ..none
        };
        let config = given.resolve(Some(&stored), clock);
        assert_eq!((config.validators, config.block_time_ms), (4, 7));
        assert_eq!(config.check_stored(&stored), Ok(()));
    }

    #[test]
    fn rejects_each_option_that_differs_from_the_stored_chain() {
        type Change = fn(&mut DevnetOptions);
        let changes: [(&str, u32, Change); 4] = [
            ("--chain-id", 1, |o| o.chain_id = Some(9)),
            ("--epoch-length", 32, |o| o.epoch_length = Some(9)),
            ("--validators", 16, |o| o.validators = Some(9)),
            ("--key-height", 10, |o| o.key_height = Some(9)),
        ];
        for (option, stored, change) in changes {
            let mut options = DevnetOptions::default();
            change(&mut options);
            let config = options.resolve(Some(&DEFAULT), clock);
            let given = 9;
            let other = OtherChainError {
                option,
                stored,
                given,
            };
            assert_eq!(config.check_stored(&DEFAULT), Err(other));
        }
    }
}
