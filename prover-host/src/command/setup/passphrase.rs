//! Where a passphrase comes from.

use std::io;

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
        Some(_) => from_file(args),
        None => Ok(Passphrase::new(ask("passphrase: ")?)),
    }
}

/// Returns the passphrase of a new key. One that is typed is typed twice.
pub(super) fn new(args: &PassphraseArgs) -> Result<Passphrase, PassphraseError> {
    if args.passphrase_file.is_some() {
        return from_file(args);
    }
    let text = ask("new passphrase: ")?;
    let (min, got) = (MIN_CHARACTERS, text.chars().count());
    if got < min {
        return Err(PassphraseError::TooShort { min, got });
    }
    if ask("the same again: ")? != text {
        return Err(PassphraseError::Differ);
    }
    Ok(Passphrase::new(text))
}

fn from_file(args: &PassphraseArgs) -> Result<Passphrase, PassphraseError> {
    let path = args.passphrase_file.as_deref().unwrap_or("-".as_ref());
    let text = read_capped(path, MAX_BYTES)?;
    let text = String::from_utf8(text).map_err(|_| PassphraseError::NotText)?;
    Ok(Passphrase::new(text.lines().next().unwrap_or_default()))
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
