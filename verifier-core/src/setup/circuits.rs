//! `CircuitsFile`: what is verified, on which chain, and from where.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::canonical::Value;
use super::envelope::SetupFile;
use super::error::{ContentError, SetupFault};
use super::fields::{FieldError, Fields};
use super::role::Role;
use crate::chain::HeaderHash;
use crate::limits::{MAX_LISTED_CIRCUITS, MAX_RELEASES};
use crate::wire::{CircuitName, FileDigest};

/// What `circuits.json` says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CircuitsFile {
    /// The chain file.
    pub chain: ListedFile,
    /// The header that the online checkpoint has to be reached from.
    pub checkpoint: NamedHeader,
    /// The circuits, by number and version.
    pub circuits: Vec<ListedCircuit>,
    /// The released files of the verifier, by name.
    pub releases: Vec<Release>,
}

/// A file that is named by its contents.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListedFile {
    /// Its length, in bytes.
    pub length: u64,
    /// Its SHA-256.
    pub sha256: FileDigest,
}

/// A header that is named by its hash.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NamedHeader {
    /// Its height.
    pub height: u32,
    /// Its hash.
    pub hash: HeaderHash,
    /// Its timestamp, in milliseconds since the Unix epoch.
    pub timestamp_ms: u64,
}

/// A circuit, and the heights at which it is active.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ListedCircuit {
    /// Its number in proof files.
    pub number: u16,
    /// Its version.
    pub version: u32,
    /// Its name.
    pub name: CircuitName,
    /// Its file.
    pub file: ListedFile,
    /// The first height that it is active at.
    pub from: u32,
    /// The first height that it is not active at any more; none while no end is set.
    pub until: Option<u32>,
}

/// A released file of the verifier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Its contents.
    pub file: ListedFile,
}

impl ListedCircuit {
    /// Returns whether it is active at a height.
    #[must_use]
    pub fn is_active(&self, height: u32) -> bool {
        self.from <= height && self.until.is_none_or(|until| height < until)
    }

    fn to_value(&self) -> Value<'static> {
        Value::object([
            ("from", Value::Integer(self.from.into())),
            ("length", Value::Integer(self.file.length)),
            ("name", Value::text(&self.name)),
            ("number", Value::Integer(self.number.into())),
            ("sha256", Value::text(self.file.sha256)),
            (
                "until",
                self.until
                    .map_or(Value::Null, |until| Value::Integer(until.into())),
            ),
            ("version", Value::Integer(self.version.into())),
        ])
    }

    fn from_value(value: Value<'_>) -> Result<Self, SetupFault> {
        let mut fields = Fields::open("circuit", value)?;
        let number = u16::try_from(fields.integer("number")?);
        let number = number.map_err(|_| FieldError::Value { field: "number" })?;
        let listed = Self {
            number,
            version: fields.u32("version")?,
            name: fields.parsed("name")?,
            file: ListedFile::take(&mut fields)?,
            from: fields.u32("from")?,
            until: fields.option("until")?,
        };
        fields.finish()?;
        if listed.until.is_some_and(|until| until <= listed.from) {
            let version = listed.version;
            return Err(ContentError::NoHeights { number, version }.into());
        }
        Ok(listed)
    }
}

/// Its name and version: what its file is called.
impl fmt::Display for ListedCircuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.name, self.version)
    }
}

impl ListedFile {
    /// Returns what names a file with these contents.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self {
            length: u64::try_from(bytes.len()).unwrap_or(u64::MAX),
            sha256: super::sha256(bytes),
        }
    }

    /// Checks that a file is the one that is named.
    ///
    /// # Errors
    ///
    /// [`SetupFault::Length`] or [`SetupFault::Digest`].
    pub fn check(&self, bytes: &[u8]) -> Result<(), SetupFault> {
        let found = Self::of(bytes);
        let (expected, got) = (self.length, found.length);
        if got != expected {
            return Err(SetupFault::Length { expected, got });
        }
        if found.sha256 != self.sha256 {
            return Err(SetupFault::Digest);
        }
        Ok(())
    }

    fn take(fields: &mut Fields<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            length: fields.integer("length")?,
            sha256: fields.parsed("sha256")?,
        })
    }

    fn from_value(what: &'static str, value: Value<'_>) -> Result<Self, FieldError> {
        let mut fields = Fields::open(what, value)?;
        let file = Self::take(&mut fields)?;
        fields.finish()?;
        Ok(file)
    }
}

impl NamedHeader {
    /// Takes the three fields of a header.
    pub(super) fn take(fields: &mut Fields<'_>) -> Result<Self, FieldError> {
        Ok(Self {
            height: fields.u32("height")?,
            hash: HeaderHash(fields.parsed("hash")?),
            timestamp_ms: fields.integer("timestamp_ms")?,
        })
    }

    /// Returns the three fields.
    pub(super) fn fields(&self) -> [(&'static str, Value<'static>); 3] {
        [
            ("hash", Value::text(self.hash)),
            ("height", Value::Integer(self.height.into())),
            ("timestamp_ms", Value::Integer(self.timestamp_ms)),
        ]
    }

    /// Checks that the header may come after one on the same chain.
    pub(super) fn check_follows(&self, earlier: &Self) -> Result<(), ContentError> {
        let (min, got) = (earlier.height, self.height);
        let is_not_later = got > min && self.timestamp_ms <= earlier.timestamp_ms;
        if got < min || is_not_later {
            return Err(ContentError::CheckpointBehind { min, got });
        }
        if got == min && self != earlier {
            let height = got;
            return Err(ContentError::OtherCheckpoint { height });
        }
        Ok(())
    }

    /// Checks that a file that was issued at this time can name the header.
    pub(super) const fn check(&self, issued: u64) -> Result<(), ContentError> {
        let timestamp_ms = self.timestamp_ms;
        if timestamp_ms > issued {
            return Err(ContentError::CheckpointAhead {
                timestamp_ms,
                issued,
            });
        }
        Ok(())
    }
}

impl Release {
    /// Most characters of a name.
    const MAX_NAME: usize = 64;

    fn to_value(&self) -> Value<'static> {
        Value::object([
            ("length", Value::Integer(self.file.length)),
            ("name", Value::text(&self.name)),
            ("sha256", Value::text(self.file.sha256)),
        ])
    }

    fn from_value(value: Value<'_>) -> Result<Self, FieldError> {
        let mut fields = Fields::open("release", value)?;
        let name = fields.text("name")?.into_owned();
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
        if name.is_empty() || name.len() > Self::MAX_NAME || !name.bytes().all(is_plain) {
            return Err(FieldError::Value { field: "name" });
        }
        let file = ListedFile::take(&mut fields)?;
        fields.finish()?;
        Ok(Self { name, file })
    }
}

impl SetupFile for CircuitsFile {
    const ROLE: Role = Role::Circuits;

    fn read(fields: &mut Fields<'_>) -> Result<Self, SetupFault> {
        let chain = ListedFile::from_value("chain", fields.take("chain")?)?;
        let mut checkpoint = Fields::open("checkpoint", fields.take("checkpoint")?)?;
        let mut file = Self {
            chain,
            checkpoint: NamedHeader::take(&mut checkpoint)?,
            circuits: Vec::new(),
            releases: Vec::new(),
        };
        checkpoint.finish()?;
        for value in fields.list("circuits", MAX_LISTED_CIRCUITS)? {
            file.circuits.push(ListedCircuit::from_value(value)?);
        }
        for value in fields.list("releases", MAX_RELEASES)? {
            file.releases.push(Release::from_value(value)?);
        }
        let circuits = file.circuits.iter().map(|c| (c.number, c.version));
        if !circuits.is_sorted_by(|a, b| a < b) {
            let what = "circuits";
            return Err(ContentError::Order { what }.into());
        }
        if !file.releases.is_sorted_by(|a, b| a.name < b.name) {
            let what = "releases";
            return Err(ContentError::Order { what }.into());
        }
        Ok(file)
    }

    fn fields(&self) -> Vec<(&'static str, Value<'static>)> {
        let Self {
            chain,
            checkpoint,
            circuits,
            releases,
        } = self;
        let chain = Value::object([
            ("length", Value::Integer(chain.length)),
            ("sha256", Value::text(chain.sha256)),
        ]);
        let circuits = circuits.iter().map(ListedCircuit::to_value);
        let releases = releases.iter().map(Release::to_value);
        vec![
            ("chain", chain),
            ("checkpoint", Value::object(checkpoint.fields())),
            ("circuits", Value::List(circuits.collect())),
            ("releases", Value::List(releases.collect())),
        ]
    }
}
