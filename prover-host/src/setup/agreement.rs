//! `Agreement`: what the owner of a key has agreed to sign.

use rpp_verifier::{FileDigest, MAX_ISSUED_AHEAD_MS, Role, SetupFileName, sha256};

use super::due::{draft, highest_version};
use super::folder::SetupFolder;
use super::opened_key::OpenedKey;
use super::signing_error::SigningError;

/// What the owner of a key has agreed to sign, with the other signers and not by what a folder says: whoever prepares a
/// folder may be hostile.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Agreement {
    /// SHA-256 of each file; any file where there is none.
    expected: Vec<FileDigest>,
    /// The highest version that is known to have been published.
    above: u32,
    /// What the clock of whoever signs shows; any date where there is none.
    now_ms: Option<u64>,
}

impl Agreement {
    /// Returns what the owner of a key of a role has agreed to: files with one of these digests, or any where none is given;
    /// and the highest version that is known to have been published, 0 where that is what the key itself has signed.
    ///
    /// # Errors
    ///
    /// [`SigningError::Above`].
    pub fn new(role: Role, expected: Vec<FileDigest>, above: u32) -> Result<Self, SigningError> {
        let (max, most) = (role.max_version(), most_above(role));
        if above > most {
            return Err(SigningError::Above {
                role,
                above,
                most,
                max,
            });
        }
        Ok(Self {
            expected,
            above,
            now_ms: None,
        })
    }

    /// Adds that nothing is signed which was issued more than a day after this time, in milliseconds since the Unix epoch:
    /// clients refuse it, and of a root all that comes after it.
    #[must_use]
    pub fn at(self, now_ms: u64) -> Self {
        let now_ms = Some(now_ms);
        Self { now_ms, ..self }
    }

    /// Returns the version up to which a restored key gives all up: the highest one in the folder, or the one that was named.
    ///
    /// # Errors
    ///
    /// [`SigningError::Leap`] or [`SigningError::RestoredOnDraft`].
    pub fn given_up(&self, folder: &SetupFolder, key: &OpenedKey) -> Result<u32, SigningError> {
        self.check_there(folder)?;
        let seen = highest_version(folder, key.role());
        let file = match key.role() {
            Role::Root => SetupFileName::Root { version: seen },
            Role::Circuits => SetupFileName::Circuits,
            Role::Checkpoint => SetupFileName::Checkpoint,
        };
        self.check_leap(&file, seen, self.last_before(key))?;
        let draft = match key.role() {
            Role::Root => draft(folder, key)?,
            Role::Circuits | Role::Checkpoint => None,
        };
        if let Some(version) = draft {
            return Err(SigningError::RestoredOnDraft { version });
        }
        Ok(seen.max(self.above))
    }

    /// Returns the last version before what a key signs next.
    pub(super) fn last_before(&self, key: &OpenedKey) -> u32 {
        key.next_version().saturating_sub(1).max(self.above)
    }

    /// Checks that each file that was agreed upon is in the folder: otherwise it is not the folder that was compared, or whoever typed
    /// it believes that what they have not signed is signed.
    pub(super) fn check_there(&self, folder: &SetupFolder) -> Result<(), SigningError> {
        let files = folder.files().filter_map(|file| folder.file(&file));
        let there: Vec<_> = files.map(sha256).collect();
        let mut missing = self.expected.iter().filter(|own| !there.contains(own));
        let missing = missing.next().copied();
        missing.map_or(Ok(()), |sha256| {
            Err(SigningError::ExpectedMissing { sha256 })
        })
    }

    /// Checks that a file is one that was agreed upon.
    pub(super) fn check_expected(
        &self,
        file: &SetupFileName,
        content: &[u8],
    ) -> Result<(), SigningError> {
        let sha256 = sha256(content);
        if self.expected.is_empty() || self.expected.contains(&sha256) {
            return Ok(());
        }
        let file = file.clone();
        Err(SigningError::NotExpected { file, sha256 })
    }

    /// Checks that no clock has issued a file that was ahead of the signer's.
    pub(super) fn check_date(&self, file: &SetupFileName, issued: u64) -> Result<(), SigningError> {
        let ahead = self.now_ms.map_or(0, |now| issued.saturating_sub(now));
        if ahead <= MAX_ISSUED_AHEAD_MS {
            return Ok(());
        }
        let file = file.clone();
        Err(SigningError::IssuedAhead { file, issued })
    }

    /// Checks that a version comes soon after the last one: a hostile folder would otherwise use all of a key's up at once.
    pub(super) fn check_leap(
        &self,
        file: &SetupFileName,
        version: u32,
        last: u32,
    ) -> Result<(), SigningError> {
        let role = super::role_of(file);
        if version <= last.saturating_add(most_left_out(role)) {
            return Ok(());
        }
        let file = file.clone();
        Err(SigningError::Leap {
            file,
            version,
            last,
            most: most_above(role),
        })
    }
}

/// Returns the most versions of a role that may be said to have been published: the next ones are signed without a word.
const fn most_above(role: Role) -> u32 {
    role.max_version().saturating_sub(most_left_out(role))
}

/// Returns how many versions may lie between two that a key signs, without a word of its owner: more than others sign while
/// one of them is away, and few of all that there are.
const fn most_left_out(role: Role) -> u32 {
    match role {
        Role::Root | Role::Circuits => 16,
        Role::Checkpoint => 1 << 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The version that an error names is one that can be said.
    #[test]
    fn what_a_leap_is_said_to_be_above_is_taken() {
        for (file, role) in [
            (SetupFileName::Circuits, Role::Circuits),
            (SetupFileName::Checkpoint, Role::Checkpoint),
        ] {
            for version in [role.max_version(), role.max_version() / 2] {
                let agreed = |above| Agreement::new(role, Vec::new(), above).unwrap();
                let leap = agreed(0).check_leap(&file, version, 1).unwrap_err();
                let text = leap.to_string();
                let (_, above) = text.rsplit_once("--above ").unwrap();
                let above = above.parse().unwrap();
                let passed = agreed(above).check_leap(&file, version, above);
                assert!(passed.is_ok(), "{text}");
            }
        }
    }
}
