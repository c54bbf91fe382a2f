//! `Signing`: signing what a key has to sign in a folder.

use std::path::Path;

use rpp_verifier::{SetupFileName, SetupSignature};

use super::agreement::Agreement;
use super::due::{Due, DueFiles};
use super::folder::{SetupFolder, missing, write_signature};
use super::name::has_both_halves;
use super::signer::Signer;
use super::signing_error::SigningError;

/// What a key has to sign in a folder, and the key.
#[derive(Debug)]
pub struct Signing<'a> {
    folder: &'a SetupFolder,
    signer: &'a mut Signer,
    due: DueFiles<'a>,
    agreement: Agreement,
}

impl<'a> Signing<'a> {
    /// Finds what a key has to sign: each file of its role that is there and that it has not signed.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn of(folder: &'a SetupFolder, signer: &'a mut Signer) -> Result<Self, SigningError> {
        signer.compare(folder);
        let due = DueFiles::of(folder, signer)?;
        Ok(Self {
            folder,
            signer,
            due,
            agreement: Agreement::default(),
        })
    }

    /// Signs no more than what the signer has agreed to.
    #[must_use]
    pub fn agreed(self, agreement: Agreement) -> Self {
        Self { agreement, ..self }
    }

    /// Returns what is to be signed.
    #[must_use]
    pub fn due(&self) -> Vec<Due> {
        self.due.list()
    }

    /// Checks that the key signs all of it.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn check(&self) -> Result<(), SigningError> {
        self.due.check(self.signer, &self.agreement)
    }

    /// Signs it, a file with each step of what is returned, and writes its signature into the folder at `path` before the next
    /// one is signed.
    ///
    /// # Errors
    ///
    /// [`SigningError`], before the first file is signed, or of a step; what was signed before stays signed.
    pub fn sign(
        self,
        path: &Path,
    ) -> Result<impl Iterator<Item = Result<Due, SigningError>>, SigningError> {
        self.check()?;
        let (id, files) = (self.signer.id(), self.due.list().into_iter());
        Ok(files.map(move |due| {
            let signature = sign(self.folder, self.signer, &due.file)?;
            write_signature(path, &due.file, id, &signature)?;
            Ok(due)
        }))
    }

    /// Signs it in memory.
    ///
    /// # Errors
    ///
    /// [`SigningError`].
    pub fn sign_in_memory(self) -> Result<SetupFolder, SigningError> {
        self.check()?;
        let id = self.signer.id();
        let mut folder = self.folder.clone();
        for due in self.due.list() {
            let signature = sign(self.folder, self.signer, &due.file)?;
            folder.put_signature(&due.file, id, signature);
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
