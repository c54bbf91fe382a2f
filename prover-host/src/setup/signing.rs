//! `Signing`: what a key has to sign in a folder, and signing it.

use std::path::Path;

use rpp_verifier::{
    CircuitsFile, FileDigest, MinisignKeyId, Parsed, Role, RootFile, SetupError, SetupFileName,
    SetupSignature, sha256,
};

use super::content::{envelope_of, file_of, read};
use super::folder::{SetupFolder, missing, write_signature};
use super::name::{has_both_halves, role_of};
use super::signer::Signer;
use super::signer_error::SignerError;
use crate::files::FileError;

/// What a key has to sign in a folder.
#[derive(Debug)]
pub struct Signing<'a> {
    folder: &'a SetupFolder,
    signer: &'a mut Signer,
    due: Vec<SetupFileName>,
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

/// Why a folder is not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SigningError {
    /// A file of the setup is missing, or not one.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The key does not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A signature cannot be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The root does not name the key.
    #[error(
        "root.{root}.json does not name {key} as a {role} key: add its .pub file with `prover-host setup rotate --add-key`, \
         or sign with another key"
    )]
    NotNamed {
        /// The key.
        key: MinisignKeyId,
        /// Its role.
        role: Role,
        /// The version of the newest root.
        root: u32,
    },
}

impl SigningError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setup(error) => error.code(),
            Self::Signer(error) => error.code(),
            Self::File(error) => error.code(),
            Self::NotNamed { .. } => "setup-unknown-key",
        }
    }
}

impl<'a> Signing<'a> {
    /// Finds what a key has to sign: each file of its role that is there and that it has not signed.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn of(folder: &'a SetupFolder, signer: &'a mut Signer) -> Result<Self, SigningError> {
        signer.compare(folder);
        let due = match signer.role() {
            Role::Root => due_roots(folder, signer)?,
            Role::Circuits => due_circuits(folder, signer)?,
            Role::Checkpoint => due_checkpoint(folder, signer)?,
        };
        Ok(Self {
            folder,
            signer,
            due,
        })
    }

    /// Returns what is to be signed.
    #[must_use]
    pub fn due(&self) -> Vec<Due> {
        self.due.iter().map(|file| due(self.folder, file)).collect()
    }

    /// Signs it, and writes each signature into the folder at `path` before the next file is signed.
    ///
    /// # Errors
    ///
    /// [`SigningError`]; what was signed before stays signed.
    pub fn sign(self, path: &Path) -> Result<Vec<Due>, SigningError> {
        let id = self.signer.id();
        let mut signed = Vec::new();
        for file in &self.due {
            let signature = sign(self.folder, self.signer, file)?;
            write_signature(path, file, id, &signature)?;
            signed.push(due(self.folder, file));
        }
        Ok(signed)
    }

    /// Signs it in memory.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn sign_in_memory(self) -> Result<SetupFolder, SigningError> {
        let id = self.signer.id();
        let mut folder = self.folder.clone();
        for file in &self.due {
            let signature = sign(self.folder, self.signer, file)?;
            folder.put_signature(file, id, signature);
        }
        Ok(folder)
    }
}

fn sign(
    folder: &SetupFolder,
    signer: &mut Signer,
    file: &SetupFileName,
) -> Result<SetupSignature, SigningError> {
    let content = folder.file(file).ok_or_else(|| missing(file.clone()))?;
    Ok(if has_both_halves(file) {
        signer.sign(content)?
    } else {
        signer.sign_listed(file, content)?
    })
}

/// Returns the highest version of the files of a role in a folder, signed or not.
#[must_use]
pub fn highest_version(folder: &SetupFolder, role: Role) -> u32 {
    let files = folder
        .files()
        .filter(|file| has_both_halves(file) && role_of(file) == role);
    let versions = files.filter_map(|file| {
        let content = folder.file(&file)?;
        Some(envelope_of(role, content).ok()?.version)
    });
    versions.max().unwrap_or(0)
}

/// Roots are signed by their own keys, and by those of the root before.
fn due_roots(folder: &SetupFolder, signer: &Signer) -> Result<Vec<SetupFileName>, SigningError> {
    let (id, newest) = (signer.id(), folder.newest_root());
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
        // A root of long ago may have been signed by others; the key cannot do it any more, and need not.
        let is_past = version < signer.next_version() && is_complete();
        if !named.is_empty() && !has_signed && !is_past {
            due.push(file);
        }
        before = Some(root);
    }
    if due.is_empty() {
        let newest = before
            .as_ref()
            .ok_or_else(|| missing(SetupFileName::Root { version: 1 }))?;
        check_named(newest, signer)?;
    }
    Ok(due)
}

fn due_circuits(folder: &SetupFolder, signer: &Signer) -> Result<Vec<SetupFileName>, SigningError> {
    let root = newest_root(folder)?;
    check_named(&root, signer)?;
    let circuits = read::<CircuitsFile>(folder, SetupFileName::Circuits)?.file;
    let listed = circuits
        .circuits
        .iter()
        .map(|circuit| (file_of(circuit), circuit.file));
    let chain = (SetupFileName::Chain, circuits.chain);
    let mut due = Vec::new();
    for (file, listed) in [chain].into_iter().chain(listed) {
        // Whoever signs the list says that these are the files.
        let content = folder.file(&file).ok_or_else(|| missing(file.clone()))?;
        let checked = listed.check(content);
        checked.map_err(|fault| SetupError {
            file: file.clone(),
            fault,
        })?;
        let signature = folder.signatures(&file).remove(&signer.id());
        let key = signer.public().key.ed25519;
        if signature.is_none_or(|by| key.verify_file(content, &by.ed25519).is_err()) {
            due.push(file);
        }
    }
    if !is_signed_by(folder, &SetupFileName::Circuits, &root, signer.id()) {
        due.push(SetupFileName::Circuits);
    }
    Ok(due)
}

fn due_checkpoint(
    folder: &SetupFolder,
    signer: &Signer,
) -> Result<Vec<SetupFileName>, SigningError> {
    let root = newest_root(folder)?;
    check_named(&root, signer)?;
    let file = SetupFileName::Checkpoint;
    let is_signed = is_signed_by(folder, &file, &root, signer.id());
    Ok(if is_signed { Vec::new() } else { vec![file] })
}

fn newest_root(folder: &SetupFolder) -> Result<Parsed<RootFile>, SetupError> {
    let version = folder.newest_root().max(1);
    read(folder, SetupFileName::Root { version })
}

fn check_named(root: &Parsed<RootFile>, signer: &Signer) -> Result<(), SigningError> {
    let (key, role) = (signer.id(), signer.role());
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
