//! `DueFiles`: what a key has to sign in a folder, and whether it does.

use rpp_verifier::{
    CheckpointFile, CircuitsFile, FileDigest, MinisignKeyId, Parsed, Role, RootFile, SetupError,
    SetupFileName, sha256,
};

use super::agreement::Agreement;
use super::content::{check_header, envelope_of, file_of, read, read_chain};
use super::folder::{SetupFolder, missing};
use super::listed::check_listed_files;
use super::name::{has_both_halves, role_of};
use super::opened_key::OpenedKey;
use super::signing_error::SigningError;

/// What a key has to sign in a folder: each file of its role that is there and that it has not signed.
#[derive(Debug)]
pub struct DueFiles<'a> {
    folder: &'a SetupFolder,
    files: Vec<SetupFileName>,
}

/// A file that is to be signed, or was: what its signer compares with the others.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Due {
    /// The file.
    pub file: SetupFileName,
    /// Its version, if it has one.
    pub version: Option<u32>,
    /// Its SHA-256.
    pub sha256: FileDigest,
}

impl<'a> DueFiles<'a> {
    /// Finds what a key has to sign.
    ///
    /// # Errors
    ///
    /// [`SigningError`]: a file is missing, or one that clients refuse, whoever signs it.
    pub fn of(folder: &'a SetupFolder, key: &OpenedKey) -> Result<Self, SigningError> {
        let files = match key.role() {
            Role::Root => due_roots(folder, key)?,
            Role::Circuits => due_circuits(folder, key)?,
            Role::Checkpoint => due_checkpoint(folder, key)?,
        };
        Ok(Self { folder, files })
    }

    /// Returns the files.
    #[must_use]
    pub fn list(&self) -> Vec<Due> {
        let due = self.files.iter().map(|file| due(self.folder, file));
        due.collect()
    }

    /// Checks that a key signs all of them, as its owner has agreed: before it signs the first.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn check(&self, key: &OpenedKey, agreement: &Agreement) -> Result<(), SigningError> {
        let mut last = agreement.last_before(key);
        for file in &self.files {
            let content = self.folder.file(file).unwrap_or_default();
            if !has_both_halves(file) {
                key.check_standing()?;
                continue;
            }
            agreement.check_expected(file, content)?;
            let version = key.check(content)?.version;
            let issued = envelope_of(key.role(), content).map_or(0, |envelope| envelope.issued);
            agreement.check_date(file, issued)?;
            agreement.check_leap(file, version, last)?;
            last = last.max(version);
        }
        agreement.check_there(self.folder)
    }
}

/// Returns the first root in a folder that a key still has to sign, and can, and that too few have signed yet.
pub(super) fn draft(folder: &SetupFolder, key: &OpenedKey) -> Result<Option<u32>, SigningError> {
    let mut before = None;
    let due = DueFiles::of(folder, key)?.files;
    for version in 1..=folder.newest_root() {
        let file = SetupFileName::Root { version };
        let Ok(root) = read::<RootFile>(folder, file.clone()) else {
            continue;
        };
        let is_due = version >= key.next_version() && due.contains(&file);
        let is_signed = [before.as_ref(), Some(&root)]
            .into_iter()
            .flatten()
            .all(|by| is_complete(folder, &file, by));
        if is_due && !is_signed {
            return Ok(Some(version));
        }
        before = Some(root);
    }
    Ok(None)
}

/// Returns the highest version of the files of a role in a folder, signed or not.
pub(super) fn highest_version(folder: &SetupFolder, role: Role) -> u32 {
    let files = folder
        .files()
        .filter(|file| has_both_halves(file) && role_of(file) == role);
    let versions = files.filter_map(|file| {
        let content = folder.file(&file)?;
        Some(envelope_of(role, content).ok()?.version)
    });
    versions.max().unwrap_or(0)
}

fn due(folder: &SetupFolder, file: &SetupFileName) -> Due {
    let content = folder.file(file).unwrap_or_default();
    let envelope = envelope_of(role_of(file), content);
    let version = envelope.ok().filter(|_| has_both_halves(file));
    Due {
        file: file.clone(),
        version: version.map(|envelope| envelope.version),
        sha256: sha256(content),
    }
}

/// Roots are signed by their own keys, and by those of the root before.
fn due_roots(folder: &SetupFolder, key: &OpenedKey) -> Result<Vec<SetupFileName>, SigningError> {
    let (id, newest) = (key.id(), folder.newest_root());
    let mut due = Vec::new();
    let mut before: Option<Parsed<RootFile>> = None;
    for version in 1..=newest {
        let file = SetupFileName::Root { version };
        if folder.file(&file).is_none() && before.is_none() && version < newest {
            continue;
        }
        let root = read::<RootFile>(folder, file.clone())?;
        let roots = [before.as_ref(), Some(&root)].into_iter().flatten();
        let named: Vec<_> = roots.filter(|root| names(root, Role::Root, id)).collect();
        let has_signed = named.iter().any(|by| is_signed_by(folder, &file, by, id));
        let is_complete = || {
            let mut roots = [before.as_ref(), Some(&root)].into_iter().flatten();
            roots.all(|by| is_complete(folder, &file, by))
        };
        // A root of long ago was signed by enough others: the key need not, and often cannot any more.
        let is_old = version < key.next_version().max(newest);
        let is_past = is_old && is_complete();
        if !named.is_empty() && !has_signed && !is_past {
            due.push(file);
        }
        before = Some(root);
    }
    if due.is_empty() {
        let newest = before
            .as_ref()
            .ok_or_else(|| missing(SetupFileName::Root { version: 1 }))?;
        check_named(newest, key)?;
    }
    Ok(due)
}

fn due_circuits(folder: &SetupFolder, key: &OpenedKey) -> Result<Vec<SetupFileName>, SigningError> {
    let root = newest_root(folder)?;
    check_named(&root, key)?;
    let circuits = read::<CircuitsFile>(folder, SetupFileName::Circuits)?;
    let chain = check_listed_files(folder, &circuits)?;
    let header = &circuits.file.checkpoint;
    check_header(
        SetupFileName::Circuits,
        header,
        circuits.envelope.issued,
        &chain,
    )?;
    let mut due = Vec::new();
    // The list first: a key that refuses it signs nothing that it lists.
    if !is_signed_by(folder, &SetupFileName::Circuits, &root, key.id()) {
        due.push(SetupFileName::Circuits);
    }
    let ed25519 = key.public().key.ed25519;
    let listed = circuits.file.circuits.iter().map(file_of);
    for file in [SetupFileName::Chain].into_iter().chain(listed) {
        let content = folder.file(&file).unwrap_or_default();
        let signature = folder.signatures(&file).remove(&ed25519.id);
        if signature.is_none_or(|by| ed25519.verify_file(content, &by.ed25519).is_err()) {
            due.push(file);
        }
    }
    Ok(due)
}

fn due_checkpoint(
    folder: &SetupFolder,
    key: &OpenedKey,
) -> Result<Vec<SetupFileName>, SigningError> {
    let root = newest_root(folder)?;
    check_named(&root, key)?;
    let file = SetupFileName::Checkpoint;
    let Parsed {
        envelope,
        file: says,
    } = read::<CheckpointFile>(folder, file.clone())?;
    let chain = read_chain(folder, envelope.chain_id)?;
    check_header(file.clone(), &says.header, envelope.issued, &chain)?;
    let is_signed = is_signed_by(folder, &file, &root, key.id());
    Ok(if is_signed { Vec::new() } else { vec![file] })
}

fn newest_root(folder: &SetupFolder) -> Result<Parsed<RootFile>, SetupError> {
    let version = folder.newest_root().max(1);
    read(folder, SetupFileName::Root { version })
}

fn check_named(root: &Parsed<RootFile>, key: &OpenedKey) -> Result<(), SigningError> {
    let (key, role) = (key.id(), key.role());
    let root_version = root.envelope.version;
    let not_named = SigningError::NotNamed {
        key,
        role,
        root: root_version,
    };
    names(root, role, key).then_some(()).ok_or(not_named)
}

fn names(root: &Parsed<RootFile>, role: Role, key: MinisignKeyId) -> bool {
    let mut keys = root.file.keys(role).keys.iter();
    keys.any(|own| own.ed25519.id == key)
}

/// Returns whether a key has signed a file, as one of a root's.
fn is_signed_by(
    folder: &SetupFolder,
    file: &SetupFileName,
    root: &Parsed<RootFile>,
    key: MinisignKeyId,
) -> bool {
    signers(folder, file, root).contains(&key)
}

/// Returns whether enough keys of a root have signed a file.
fn is_complete(folder: &SetupFolder, file: &SetupFileName, root: &Parsed<RootFile>) -> bool {
    let threshold = root.file.keys(role_of(file)).threshold;
    let signed = signers(folder, file, root).len();
    u32::try_from(signed).is_ok_and(|signed| signed >= threshold)
}

fn signers(
    folder: &SetupFolder,
    file: &SetupFileName,
    root: &Parsed<RootFile>,
) -> Vec<MinisignKeyId> {
    let (role, chain_id) = (role_of(file), root.envelope.chain_id);
    let signed = folder.signed(file);
    let version = |content: &[u8]| envelope_of(role, content).map_or(0, |own| own.version);
    signed.map_or_else(Vec::new, |signed| {
        let version = version(&signed.content);
        signed.signers(role, chain_id, version, root.file.keys(role))
    })
}
