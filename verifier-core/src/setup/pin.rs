//! `RootPin`: what a client is given to start from.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use super::role::{Role, RoleKeys, SetupKey};
use crate::limits::MAX_ROLE_KEYS;
use crate::wire::FileDigest;

/// What a client is given to start from. It comes with the client, or from its owner, and never from the host that
/// it asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RootPin {
    /// A root file, whole.
    File(Vec<u8>),
    /// A root file, by version and SHA-256.
    Fingerprint(RootFingerprint),
    /// The keys that have signed a root file.
    Keys(PinnedKeys),
}

/// A root file by version and SHA-256; as text, `VERSION:SHA256`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RootFingerprint {
    /// The version of the root file.
    pub version: u32,
    /// Its SHA-256.
    pub sha256: FileDigest,
}

/// The keys that have signed a root file.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinnedKeys {
    /// The chain.
    pub chain_id: u32,
    /// The version of the first root file that they have signed.
    pub version: u32,
    /// The keys, and how many of them have signed.
    pub keys: RoleKeys,
}

/// The text is not that of a pin.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a root pin is VERSION:SHA256, as `prover-host setup status` prints it; or a whole root file; or \
     CHAIN_ID:VERSION:THRESHOLD:KEYS, each of the keys ED25519.HASH and a comma between them"
)]
pub struct ParsePinError;

impl ParsePinError {
    /// Returns the stable code, the same in every language.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "bad-root-pin"
    }
}

impl RootFingerprint {
    /// Returns the fingerprint of a root file with this version.
    #[must_use]
    pub fn of(version: u32, file: &[u8]) -> Self {
        let sha256 = super::sha256(file);
        Self { version, sha256 }
    }
}

impl fmt::Display for RootFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.version, self.sha256)
    }
}

impl FromStr for RootFingerprint {
    type Err = ParsePinError;

    fn from_str(text: &str) -> Result<Self, ParsePinError> {
        let (version, sha256) = text.split_once(':').ok_or(ParsePinError)?;
        Ok(Self {
            version: root_version(version)?,
            sha256: sha256.parse().map_err(|_| ParsePinError)?,
        })
    }
}

/// As text, `CHAIN_ID:VERSION:THRESHOLD:KEYS`, each of the keys `ED25519.HASH` and a comma between them.
impl fmt::Display for PinnedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RoleKeys { keys, threshold } = &self.keys;
        write!(f, "{}:{}:{threshold}", self.chain_id, self.version)?;
        let mut separator = ':';
        for SetupKey { ed25519, hash } in keys {
            write!(f, "{separator}{ed25519}.{hash}")?;
            separator = ',';
        }
        Ok(())
    }
}

impl FromStr for PinnedKeys {
    type Err = ParsePinError;

    fn from_str(text: &str) -> Result<Self, ParsePinError> {
        let parts: Vec<_> = text.splitn(4, ':').collect();
        let [chain_id, version, threshold, keys] = parts[..] else {
            return Err(ParsePinError);
        };
        let keys = keys.splitn(MAX_ROLE_KEYS.saturating_add(1), ',').map(key);
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.len() > MAX_ROLE_KEYS {
            return Err(ParsePinError);
        }
        Ok(Self {
            chain_id: decimal(chain_id)?,
            version: root_version(version)?,
            keys: RoleKeys {
                keys,
                threshold: decimal(threshold)?,
            },
        })
    }
}

fn key(text: &str) -> Result<SetupKey, ParsePinError> {
    let (ed25519, hash) = text.split_once('.').ok_or(ParsePinError)?;
    Ok(SetupKey {
        ed25519: ed25519.parse().map_err(|_| ParsePinError)?,
        hash: hash.parse().map_err(|_| ParsePinError)?,
    })
}

impl FromStr for RootPin {
    type Err = ParsePinError;

    /// Takes the text of a fingerprint, of keys, or a root file, which begins with a brace. Whether a file is one is
    /// looked at by [`SetupTrust::new`](super::SetupTrust::new).
    fn from_str(text: &str) -> Result<Self, ParsePinError> {
        if text.starts_with('{') {
            return Ok(Self::File(text.as_bytes().to_vec()));
        }
        match text.bytes().filter(|&b| b == b':').count() {
            1 => text.parse().map(Self::Fingerprint),
            _ => text.parse().map(Self::Keys),
        }
    }
}

fn root_version(text: &str) -> Result<u32, ParsePinError> {
    let version = decimal(text)?;
    let is_version = (1..=Role::Root.max_version()).contains(&version);
    is_version.then_some(version).ok_or(ParsePinError)
}

/// `parse` takes a sign and leading zeros; one number has one text here.
fn decimal(text: &str) -> Result<u32, ParsePinError> {
    let number: Option<u32> = text.parse().ok();
    let number = number.filter(|number| number.to_string() == text);
    number.ok_or(ParsePinError)
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::String;

    use super::*;

    /// The base point, under an id of zeros.
    const KEY: &str = "RWQAAAAAAAAAAFhmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZm";

    #[test]
    fn each_pin_has_one_text() {
        let hash = "07".repeat(32);
        let fingerprint = format!("3:{hash}");
        let parsed: RootFingerprint = fingerprint.parse().unwrap();
        assert_eq!(parsed.to_string(), fingerprint);
        assert_eq!(fingerprint.parse(), Ok(RootPin::Fingerprint(parsed)));
        let keys = format!("7:1:1:{KEY}.{hash},{KEY}.{hash}");
        let parsed: PinnedKeys = keys.parse().unwrap();
        assert_eq!(parsed.to_string(), keys);
        assert_eq!(keys.parse(), Ok(RootPin::Keys(parsed)));
        assert_eq!("{}".parse(), Ok(RootPin::File(b"{}".to_vec())));
    }

    #[test]
    fn rejects_every_other_text() {
        let hash = "07".repeat(32);
        let nine = [(); 9].map(|()| format!("{KEY}.{hash}")).join(",");
        for text in [
            String::new(),
            "1".into(),
            format!("0:{hash}"),
            format!("01:{hash}"),
            format!("+1:{hash}"),
            format!("1024:{hash}"),
            format!("1:{}", "0F".repeat(32)),
            format!("1:{hash}0"),
            format!(" 1:{hash}"),
            format!("7:1:1:{KEY}"),
            format!("7:1:1:{KEY}.{hash},"),
            format!("7:1:01:{KEY}.{hash}"),
            format!("7:0:1:{KEY}.{hash}"),
            format!("7:1:{KEY}.{hash}"),
            format!("7:1:1:1:{KEY}.{hash}"),
            format!("7:1:1:{nine}"),
        ] {
            assert_eq!(text.parse::<RootPin>(), Err(ParsePinError), "{text}");
        }
    }
}
