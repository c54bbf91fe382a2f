//! `ListingError`: a list of circuits that brings back what the published one has taken away.

use rpp_verifier::{CircuitsFile, ListedCircuit, Parsed, SetupFileName};

use super::folder::SetupFolder;

/// Why a setup cannot be put in the place of another one, by what it lists.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ListingError {
    /// It lists a circuit that the published one does not list, or for more heights.
    #[error(
        "circuits.json lists {circuit}, which the published one does not list, or for fewer heights. If it was revoked or \
         retired, clients would take its proofs again: rotate a copy of what is published now. If it is to be listed, as one of a \
         new release, publish with --list {circuit}"
    )]
    More {
        /// The circuit, by name and version.
        circuit: String,
    },
    /// It does not list a circuit that was to be listed.
    #[error(
        "--list {circuit}: circuits.json lists no such circuit; give name and version, as `prover-host setup status` lists them"
    )]
    Unlisted {
        /// The circuit, by name and version.
        circuit: String,
    },
}

impl ListingError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::More { .. } => "setup-lists-more",
            Self::Unlisted { .. } => "setup-circuit-missing",
        }
    }
}

/// Checks that a setup lists no circuit that the one before it does not list, nor any for more heights; but for those that are
/// `agreed`, by name and version. A list does not say what was revoked: whatever was prepared before that, under a later version,
/// would list it again.
///
/// # Errors
///
/// [`ListingError`].
pub fn check_listing(
    before: Option<&SetupFolder>,
    after: &SetupFolder,
    agreed: &[String],
) -> Result<(), ListingError> {
    let next = listed(after).unwrap_or_default();
    let is_listed = |name: &&String| next.iter().any(|own| own.to_string() == **name);
    if let Some(circuit) = agreed.iter().find(|name| !is_listed(name)) {
        let circuit = circuit.clone();
        return Err(ListingError::Unlisted { circuit });
    }
    // What is no list, nobody has taken.
    let Some(present) = before.and_then(listed) else {
        return Ok(());
    };
    let mut more = next.iter().filter(|one| !is_within(one, &present));
    let more = more.find(|one| !agreed.contains(&one.to_string()));
    more.map_or(Ok(()), |circuit| {
        let circuit = circuit.to_string();
        Err(ListingError::More { circuit })
    })
}

/// Returns whether one folder lists a circuit that another does not, or for more heights; `None` where one of them has no list.
pub(super) fn lists_more(one: &SetupFolder, other: &SetupFolder) -> Option<bool> {
    let (ones, others) = (listed(one)?, listed(other)?);
    Some(!ones.iter().all(|one| is_within(one, &others)))
}

fn listed(folder: &SetupFolder) -> Option<Vec<ListedCircuit>> {
    let content = folder.file(&SetupFileName::Circuits)?;
    let parsed = Parsed::<CircuitsFile>::decode(content).ok()?;
    Some(parsed.file.circuits)
}

/// Returns whether a list has a circuit, at all heights at least.
fn is_within(one: &ListedCircuit, list: &[ListedCircuit]) -> bool {
    let end = |circuit: &ListedCircuit| circuit.until.unwrap_or(u32::MAX);
    list.iter().any(|other| {
        (&other.name, other.version) == (&one.name, one.version)
            && other.from <= one.from
            && end(other) >= end(one)
    })
}
