//! `DropReason`: why an operation that waited is dropped.

use rpp_verifier::OperationError;

/// Why an operation that waited is dropped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DropReason {
    /// A block made it invalid.
    Invalid(OperationError),
    /// It has waited for as long as operations may.
    Expired,
    /// There was no room, and another one pays more.
    Outbid,
    /// Another change of key of its account pays more.
    Replaced,
}

impl DropReason {
    /// Returns the stable code; that of the rule if it is about one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid(error) => error.code(),
            Self::Expired => "operation-expired",
            Self::Outbid => "operation-outbid",
            Self::Replaced => "operation-replaced",
        }
    }
}
