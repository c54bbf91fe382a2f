//! `EntryName`: the name of a file in a setup folder.

use std::fmt;
use std::str::FromStr;

use rpp_verifier::{ChainFile, CircuitName, HashHalf, MinisignKeyId, Role, SetupFileName};

/// The name of a file in a setup folder: of a file of the setup, or of half a signature of one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum EntryName {
    /// A file of the setup.
    File(SetupFileName),
    /// Half a signature, in a file beside the one that is signed.
    Signature {
        /// The file that is signed.
        file: SetupFileName,
        /// The Ed25519 half of the key that signed.
        key: MinisignKeyId,
        /// Which half.
        half: Half,
    },
}

/// Half a signature.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Half {
    /// A signature file of `minisign`.
    Ed25519,
    /// A [`HashHalf`].
    Hash,
}

/// The name is not one of a file in a setup folder.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct OtherName;

impl EntryName {
    /// Returns the most bytes that such a file has.
    #[must_use]
    pub const fn max_bytes(&self) -> usize {
        match self {
            Self::File(file) => max_bytes(file),
            Self::Signature { half, .. } => half.max_bytes(),
        }
    }
}

impl Half {
    /// Both halves.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::Hash];

    /// Returns how the name of its file ends.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Ed25519 => "minisig",
            Self::Hash => "hash",
        }
    }

    const fn max_bytes(self) -> usize {
        match self {
            // As many as a verifier reads.
            Self::Ed25519 => 512,
            Self::Hash => HashHalf::MAX_BYTES,
        }
    }
}

/// Returns the role whose keys sign a file.
#[must_use]
pub const fn role_of(file: &SetupFileName) -> Role {
    match file {
        SetupFileName::Root { .. } => Role::Root,
        SetupFileName::Checkpoint => Role::Checkpoint,
        // What `circuits.json` lists is signed by the same people.
        SetupFileName::Circuits | SetupFileName::Chain | SetupFileName::Circuit { .. } => {
            Role::Circuits
        }
    }
}

/// Returns whether both halves of a key sign a file. One that a signed file lists is known by its SHA-256, and has the
/// Ed25519 half alone, for people who use `minisign`.
#[must_use]
pub const fn has_both_halves(file: &SetupFileName) -> bool {
    match file {
        SetupFileName::Root { .. } | SetupFileName::Circuits | SetupFileName::Checkpoint => true,
        SetupFileName::Chain | SetupFileName::Circuit { .. } => false,
    }
}

const fn max_bytes(file: &SetupFileName) -> usize {
    match file {
        SetupFileName::Chain => ChainFile::MAX_BYTES,
        SetupFileName::Circuit { .. } => MAX_CIRCUIT_FILE_BYTES,
        signed => role_of(signed).max_bytes(),
    }
}

impl FromStr for EntryName {
    type Err = OtherName;

    fn from_str(text: &str) -> Result<Self, OtherName> {
        let name = if let Some(name) = text.strip_suffix(".json") {
            Self::File(file_name(name).ok_or(OtherName)?)
        } else {
            signature_name(text).ok_or(OtherName)?
        };
        // One file has one name: no leading zeros, no lower-case key id.
        let is_canonical = name.to_string() == text;
        is_canonical.then_some(name).ok_or(OtherName)
    }
}

fn signature_name(text: &str) -> Option<EntryName> {
    let (rest, extension) = text.rsplit_once('.')?;
    let mut halves = Half::ALL.into_iter();
    let half = halves.find(|half| half.extension() == extension)?;
    let (file, key) = rest.rsplit_once('.')?;
    let file = file_name(file.strip_suffix(".json")?)?;
    let key = u64::from_str_radix(key, 16).ok()?;
    let key = MinisignKeyId(key.to_le_bytes());
    let is_signed_so = half == Half::Ed25519 || has_both_halves(&file);
    is_signed_so.then_some(EntryName::Signature { file, key, half })
}

fn file_name(name: &str) -> Option<SetupFileName> {
    Some(match name {
        "circuits" => SetupFileName::Circuits,
        "checkpoint" => SetupFileName::Checkpoint,
        "chain" => SetupFileName::Chain,
        _ => {
            if let Some(version) = name.strip_prefix("root.") {
                let version = version.parse().ok()?;
                let is_version = (1..=Role::Root.max_version()).contains(&version);
                return is_version.then_some(SetupFileName::Root { version });
            }
            let (circuit, version) = name.rsplit_once('-')?;
            circuit.parse::<CircuitName>().ok()?;
            let is_version = version.parse::<u32>().ok()?.to_string() == version;
            let name = is_version.then(|| name.to_owned())?;
            SetupFileName::Circuit { name }
        }
    })
}

impl fmt::Display for EntryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => file.fmt(f),
            Self::Signature { file, key, half } => {
                write!(f, "{file}.{key}.{}", half.extension())
            }
        }
    }
}

/// Eight times what the largest has.
const MAX_CIRCUIT_FILE_BYTES: usize = 8 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_files() {
        for (name, max) in [
            ("root.1.json", 8 << 10),
            ("root.1023.json", 8 << 10),
            ("circuits.json", 16 << 10),
            ("checkpoint.json", 1 << 10),
            ("chain.json", 1 << 10),
            ("some-circuit-12.json", 8 << 10),
            ("root.12.json.00000000000000FF.minisig", 512),
            ("root.12.json.00000000000000FF.hash", 2 << 10),
            ("chain.json.0123456789ABCDEF.minisig", 512),
            ("some-circuit-12.json.0123456789ABCDEF.minisig", 512),
        ] {
            let parsed: EntryName = name.parse().unwrap();
            assert_eq!(
                (parsed.to_string().as_str(), parsed.max_bytes()),
                (name, max)
            );
        }
    }

    #[test]
    fn other_names_are_no_files_of_a_setup() {
        for name in [
            "",
            ".json",
            "root.json",
            "root.0.json",
            "root.01.json",
            "root.+1.json",
            "root.1024.json",
            "Circuits.json",
            "circuits.json.bak",
            "circuits",
            "circuits.json.minisig",
            "circuits.json.123.minisig",
            "circuits.json.0123456789abcdef.minisig",
            "circuits.json.0123456789ABCDEF.sig",
            "circuits.json.0123456789ABCDEF.0123456789ABCDEF.hash",
            "chain.json.0123456789ABCDEF.hash",
            "some-circuit-12.json.0123456789ABCDEF.hash",
            "some-circuit-012.json",
            "some-circuit-.json",
            "-1.json",
            "../circuits.json",
            "a/b-1.json",
            "notes.txt",
        ] {
            assert_eq!(name.parse::<EntryName>(), Err(OtherName), "{name}");
        }
    }
}
