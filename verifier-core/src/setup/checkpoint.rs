//! `CheckpointFile`: a recent header.

use alloc::vec::Vec;

use super::canonical::Value;
use super::circuits::NamedHeader;
use super::envelope::SetupFile;
use super::error::{ContentError, SetupFault};
use super::fields::Fields;
use super::role::Role;

/// What `checkpoint.json` says. It names no keys: whoever signs it, perhaps a program that runs all the time, can
/// hand on nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CheckpointFile {
    /// The header.
    pub header: NamedHeader,
    /// The lowest version of `circuits.json` that it goes with: that of its time. So a host that holds back a newer one has to
    /// hold back each checkpoint as well, which is valid for days and not for months.
    pub circuits_version: u32,
    /// The lowest version of the root that it goes with.
    pub root_version: u32,
}

impl SetupFile for CheckpointFile {
    const ROLE: Role = Role::Checkpoint;

    fn read(fields: &mut Fields<'_>) -> Result<Self, SetupFault> {
        Ok(Self {
            header: NamedHeader::take(fields)?,
            circuits_version: fields.u32("circuits_version")?,
            root_version: fields.u32("root_version")?,
        })
    }

    fn fields(&self) -> Vec<(&'static str, Value<'static>)> {
        let version = |x: u32| Value::Integer(x.into());
        let mut fields = Vec::from(self.header.fields());
        fields.push(("circuits_version", version(self.circuits_version)));
        fields.push(("root_version", version(self.root_version)));
        fields
    }
}

impl CheckpointFile {
    /// Checks that what is served beside it is not older than it goes with. A version is not remembered from here: whoever
    /// signs checkpoints must not be able to shut clients out for good.
    pub(super) const fn check_beside(&self, root: u32, circuits: u32) -> Result<(), ContentError> {
        let (role, min, got) = if root < self.root_version {
            (Role::Root, self.root_version, root)
        } else if circuits < self.circuits_version {
            (Role::Circuits, self.circuits_version, circuits)
        } else {
            return Ok(());
        };
        Err(ContentError::OutOfDate { role, min, got })
    }
}
