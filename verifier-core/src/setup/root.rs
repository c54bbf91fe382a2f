//! `RootFile`: the keys of all roles.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use alloc::vec;
use alloc::vec::Vec;

use super::canonical::Value;
use super::envelope::{SetupFile, check_version};
use super::error::{ContentError, SetupFault};
use super::fields::{FieldError, Fields};
use super::role::{Role, RoleKeys};

/// What `root.json` says: the keys of all roles.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RootFile {
    /// The keys that sign the next root.
    pub root: RoleKeys,
    /// The keys that sign `circuits.json`.
    pub circuits: Delegation,
    /// The keys that sign `checkpoint.json`.
    pub checkpoint: Delegation,
}

/// A role whose keys the root names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Delegation {
    /// Its keys.
    pub keys: RoleKeys,
    /// The lowest version of its file that clients take. When its keys change, it is what clients remember in place of
    /// the highest version that they saw.
    pub min_version: u32,
}

impl Delegation {
    fn read(role: Role, roles: &mut Fields<'_>) -> Result<Self, SetupFault> {
        let mut fields = Fields::open("role", roles.take(role.name())?)?;
        let min_version = fields.u32("min_version")?;
        if check_version(role, min_version).is_err() {
            let field = "min_version";
            return Err(FieldError::Value { field }.into());
        }
        let keys = RoleKeys::take(&mut fields)?;
        fields.finish()?;
        Ok(Self { keys, min_version })
    }

    fn to_value(&self) -> Value<'static> {
        Value::object([
            ("keys", self.keys.keys_value()),
            ("min_version", Value::Integer(self.min_version.into())),
            ("threshold", Value::Integer(self.keys.threshold.into())),
        ])
    }
}

impl SetupFile for RootFile {
    const ROLE: Role = Role::Root;

    fn read(fields: &mut Fields<'_>) -> Result<Self, SetupFault> {
        let mut roles = Fields::open("roles", fields.take("roles")?)?;
        let mut root = Fields::open("role", roles.take(Role::Root.name())?)?;
        let file = Self {
            root: RoleKeys::take(&mut root)?,
            circuits: Delegation::read(Role::Circuits, &mut roles)?,
            checkpoint: Delegation::read(Role::Checkpoint, &mut roles)?,
        };
        root.finish()?;
        roles.finish()?;
        file.check()?;
        Ok(file)
    }

    fn fields(&self) -> Vec<(&'static str, Value<'static>)> {
        let root = Value::object([
            ("keys", self.root.keys_value()),
            ("threshold", Value::Integer(self.root.threshold.into())),
        ]);
        let roles = Value::object([
            (Role::Root.name(), root),
            (Role::Circuits.name(), self.circuits.to_value()),
            (Role::Checkpoint.name(), self.checkpoint.to_value()),
        ]);
        vec![("roles", roles)]
    }
}

impl RootFile {
    /// Returns the keys of a role.
    #[must_use]
    pub const fn keys(&self, role: Role) -> &RoleKeys {
        match role {
            Role::Root => &self.root,
            Role::Circuits => &self.circuits.keys,
            Role::Checkpoint => &self.checkpoint.keys,
        }
    }

    /// Returns the lowest version that clients take of a role's file. Roots are taken one after the other.
    #[must_use]
    pub const fn min_version(&self, role: Role) -> u32 {
        match role {
            Role::Root => 1,
            Role::Circuits => self.circuits.min_version,
            Role::Checkpoint => self.checkpoint.min_version,
        }
    }

    /// Checks that a key stands once, in one role, and that each threshold can be reached.
    fn check(&self) -> Result<(), ContentError> {
        let roles = Role::ALL.map(|role| self.keys(role));
        for keys in roles {
            keys.check()?;
        }
        let [root, circuits, checkpoint] = roles;
        let shared = root.shares_a_key(circuits)
            || root.shares_a_key(checkpoint)
            || circuits.shares_a_key(checkpoint);
        if shared {
            return Err(ContentError::KeyInTwoRoles);
        }
        Ok(())
    }

    /// Checks that no lowest version goes back.
    pub(super) fn check_follows(&self, before: &Self) -> Result<(), ContentError> {
        for role in [Role::Circuits, Role::Checkpoint] {
            let (before, got) = (before.min_version(role), self.min_version(role));
            if got < before {
                return Err(ContentError::MinimumLowered { role, before, got });
            }
        }
        Ok(())
    }
}
