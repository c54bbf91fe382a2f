//! Where a passphrase comes from.

use std::io;
use std::path::Path;

use console::Term;
use rpp_key_file::Passphrase;
use rpp_prover_host::files::{FileError, read_capped};

use crate::cli::PassphraseArgs;

/// Why there is no passphrase.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum PassphraseError {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not text.
    #[error("the passphrase file is not UTF-8 text")]
    NotText,
    /// Nobody can be asked.
    #[error(
        "standard error is not a terminal to ask for a passphrase on: name a file with --passphrase-file"
    )]
    NoTerminal,
    /// The terminal cannot be read.
    #[error("cannot read a passphrase from the terminal: {0}")]
    Terminal(#[from] io::Error),
    /// A new one is too short.
    #[error(
        "a passphrase of {got} characters: take at least {min}, such as five words drawn at random"
    )]
    TooShort {
        /// Least characters.
        min: usize,
        /// Its characters.
        got: usize,
    },
    /// Both times another one was typed.
    #[error("the two passphrases differ: try again")]
    Differ,
}

/// Returns the passphrase of a key that is there.
pub(super) fn known(args: &PassphraseArgs) -> Result<Passphrase, PassphraseError> {
    match &args.passphrase_file {
        Some(path) => Ok(Passphrase::new(from_file(path)?)),
        None => Ok(Passphrase::new(ask("passphrase: ")?)),
    }
}

/// Returns the passphrase of a new key. One that is typed is typed twice.
pub(super) fn new(args: &PassphraseArgs) -> Result<Passphrase, PassphraseError> {
    if let Some(path) = &args.passphrase_file {
        let text = from_file(path)?;
        check_length(&text)?;
        return Ok(Passphrase::new(text));
    }
    let text = ask("new passphrase: ")?;
    check_length(&text)?;
    if ask("the same again: ")? != text {
        return Err(PassphraseError::Differ);
    }
    Ok(Passphrase::new(text))
}

/// A file may be empty, or begin with an empty line, by a mistake that nobody would see.
fn check_length(text: &str) -> Result<(), PassphraseError> {
    let (min, got) = (MIN_CHARACTERS, text.chars().count());
    if got < min {
        return Err(PassphraseError::TooShort { min, got });
    }
    Ok(())
}

fn from_file(path: &Path) -> Result<String, PassphraseError> {
    let text = read_capped(path, MAX_BYTES)?;
    let text = String::from_utf8(text).map_err(|_| PassphraseError::NotText)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn ask(prompt: &str) -> Result<String, PassphraseError> {
    let terminal = Term::stderr();
    if !terminal.is_term() {
        return Err(PassphraseError::NoTerminal);
    }
    terminal.write_str(prompt)?;
    Ok(terminal.read_secure_line()?)
}

const MIN_CHARACTERS: usize = 12;
const MAX_BYTES: usize = 4 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn args(dir: &Path, text: &str) -> PassphraseArgs {
        let path = dir.join("pass");
        std::fs::write(&path, text).unwrap();
        let passphrase_file = Some(path);
        PassphraseArgs { passphrase_file }
    }

    #[test]
    fn a_new_key_gets_no_short_passphrase_from_a_file_either() {
        let dir = tempfile::tempdir().unwrap();
        for text in ["", "\n", "\nfive words drawn at random\n", "eleven char"] {
            let args = args(dir.path(), text);
            let refused = new(&args).unwrap_err();
            assert!(matches!(refused, PassphraseError::TooShort { min: 12, .. }));
            // A key that is there has the one that it has.
            known(&args).unwrap();
        }
        for text in [
            "twelve chars",
            "zwölf Zeiche\n",
            "five words drawn at random\nnotes",
        ] {
            new(&args(dir.path(), text)).unwrap();
        }
    }
}
