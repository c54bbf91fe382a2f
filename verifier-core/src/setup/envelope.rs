//! `Envelope`: what every signed file says of itself; `SetupFile`: a signed file.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec::Vec;

use super::canonical::Value;
use super::error::SetupFault;
use super::fields::Fields;
use super::role::Role;

/// The version of the specification of these files.
pub const SETUP_SPEC: u32 = 1;

/// What every signed file says of itself, beside its type and the specification.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Envelope {
    /// The chain.
    pub chain_id: u32,
    /// The version, from 1.
    pub version: u32,
    /// When it was made, in milliseconds since the Unix epoch.
    pub issued: u64,
    /// From when on it is not valid any more, in milliseconds since the Unix epoch.
    pub expires: u64,
}

/// What a signed file says. Only this crate has such files.
pub trait SetupFile: Clone + Sized {
    /// The role whose keys sign it.
    const ROLE: Role;

    /// Takes what it says beside the envelope.
    ///
    /// # Errors
    ///
    /// [`SetupFault::Content`].
    fn read(fields: &mut Fields<'_>) -> Result<Self, SetupFault>;

    /// Returns the fields beside the envelope.
    fn fields(&self) -> Vec<(&'static str, Value<'static>)>;
}

/// A signed file that has been parsed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Parsed<F> {
    /// What it says of itself.
    pub envelope: Envelope,
    /// What it says.
    pub file: F,
}

/// A file whose envelope was read.
pub(super) struct Opened<'a> {
    pub(super) envelope: Envelope,
    fields: Fields<'a>,
}

impl<'a> Opened<'a> {
    /// Reads the envelope of a file that is to be one of `role` on the chain `chain_id`; none where the
    /// caller trusts the file and learns the chain from it.
    pub(super) fn read(
        bytes: &'a [u8],
        role: Role,
        chain_id: Option<u32>,
    ) -> Result<Self, SetupFault> {
        let mut fields = open(bytes, role.name())?;
        let got = fields.u32("chain_id")?;
        let expected = chain_id.unwrap_or(got);
        if got != expected {
            return Err(SetupFault::Chain { expected, got });
        }
        let envelope = Envelope {
            chain_id: got,
            version: fields.u32("version")?,
            issued: fields.integer("issued")?,
            expires: fields.integer("expires")?,
        };
        Ok(Self { envelope, fields })
    }

    /// Reads what it says.
    pub(super) fn content<F: SetupFile>(mut self) -> Result<Parsed<F>, SetupFault> {
        let file = F::read(&mut self.fields)?;
        self.fields.finish()?;
        let envelope = self.envelope;
        Ok(Parsed { envelope, file })
    }
}

/// Opens a file of a type and of this specification.
pub(super) fn open<'a>(bytes: &'a [u8], expected: &'static str) -> Result<Fields<'a>, SetupFault> {
    let mut fields = Fields::open("file", Value::parse(bytes)?)?;
    if fields.text("type")? != expected {
        return Err(SetupFault::Type { expected });
    }
    let (expected, got) = (SETUP_SPEC, fields.integer("spec")?);
    if got != u64::from(expected) {
        return Err(SetupFault::Spec { expected, got });
    }
    Ok(fields)
}

impl<F: SetupFile> Parsed<F> {
    /// Returns the bytes of the file.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut fields = self.file.fields();
        let Envelope {
            chain_id,
            version,
            issued,
            expires,
        } = self.envelope;
        fields.extend([
            ("type", Value::text(F::ROLE)),
            ("spec", Value::Integer(SETUP_SPEC.into())),
            ("chain_id", Value::Integer(chain_id.into())),
            ("version", Value::Integer(version.into())),
            ("issued", Value::Integer(issued)),
            ("expires", Value::Integer(expires)),
        ]);
        Value::object(fields).encode()
    }

    /// Decodes a file that the caller trusts: signatures, expiry and version are not looked at.
    ///
    /// # Errors
    ///
    /// [`SetupFault`].
    pub fn decode(bytes: &[u8]) -> Result<Self, SetupFault> {
        let (max, got) = (F::ROLE.max_bytes(), bytes.len());
        if got > max {
            return Err(SetupFault::TooLong { max, got });
        }
        let opened = Opened::read(bytes, F::ROLE, None)?;
        check_version(F::ROLE, opened.envelope.version)?;
        opened.content()
    }
}

/// Checks that a version has a leaf of its own.
pub(super) fn check_version(role: Role, got: u32) -> Result<(), SetupFault> {
    let max = role.max_version();
    if (1..=max).contains(&got) {
        return Ok(());
    }
    Err(SetupFault::VersionRange { max, got })
}
