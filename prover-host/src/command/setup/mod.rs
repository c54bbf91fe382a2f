//! `prover-host setup`: what its commands share.

mod init;
mod keygen;
mod passphrase;
mod publish;
mod rotate;
mod show;
mod sign;
mod status;
mod verify;

use rpp_light_client::Checkpoint;
use rpp_prover_host::files::{FileError, read_regular};
use rpp_prover_host::print::PrintError;
use rpp_prover_host::progress::Progress;
use rpp_prover_host::setup::{
    MismatchError, PlaceError, PublicKeyError, RotationError, SignerError, SigningError,
};
use rpp_verifier::{ListedFile, NamedHeader, Release, SetupError};
use tokio::task::spawn_blocking;

use self::passphrase::PassphraseError;
use super::{CommandError, Outcome};
use crate::cli::{ReleasePath, SetupArgs, SetupCommand};

/// What kept a command of `setup` from its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum SetupCommandError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file of the setup is missing, or says what clients refuse.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// There is no passphrase.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// A key was not made or opened, or did not sign.
    #[error(transparent)]
    Signer(#[from] SignerError),
    /// A folder is not signed.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A public key cannot be read.
    #[error(transparent)]
    PublicKey(#[from] PublicKeyError),
    /// The setup cannot be changed like that.
    #[error(transparent)]
    Rotation(#[from] RotationError),
    /// The folder cannot be put in its place.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// A setup and this program differ.
    #[error(transparent)]
    Mismatch(#[from] MismatchError),
    /// The arguments contradict each other.
    #[error("{0}")]
    Usage(String),
    /// What was found out cannot be printed.
    #[error(transparent)]
    Print(#[from] PrintError),
}

impl SetupCommandError {
    /// Returns the stable code, where there is one.
    pub(crate) const fn code(&self) -> Option<&'static str> {
        match self {
            Self::File(error) => Some(error.code()),
            Self::Setup(error) => Some(error.code()),
            Self::Signer(error) => Some(error.code()),
            Self::Signing(error) => Some(error.code()),
            Self::PublicKey(error) => Some(error.code()),
            Self::Rotation(error) => Some(error.code()),
            Self::Place(error) => Some(error.code()),
            Self::Mismatch(error) => Some(error.code()),
            Self::Passphrase(_) | Self::Usage(_) | Self::Print(_) => None,
        }
    }
}

/// Runs a command, on a thread of its own: a passphrase takes a while to try, and a key to make.
pub(super) async fn run(args: SetupArgs, progress: Progress) -> Result<Outcome, CommandError> {
    let ran = spawn_blocking(move || match args.command {
        SetupCommand::Keygen(args) => keygen::run(&args, &progress),
        SetupCommand::Init(args) => init::run(&args),
        SetupCommand::Sign(args) => sign::run(&args),
        SetupCommand::Rotate(args) => rotate::run(&args),
        SetupCommand::Status(args) => status::run(&args),
        SetupCommand::Verify(args) => verify::run(&args),
        SetupCommand::Publish(args) => publish::run(&args),
    });
    Ok(ran.await??)
}

/// Returns what pins a released file.
fn release(release: &ReleasePath) -> Result<Release, SetupCommandError> {
    let file = read_regular(&release.path, MAX_RELEASE_BYTES)?;
    Ok(Release {
        name: release.name.clone(),
        file: ListedFile::of(&file),
    })
}

const fn header(checkpoint: &Checkpoint) -> NamedHeader {
    NamedHeader {
        height: checkpoint.height,
        hash: checkpoint.hash,
        timestamp_ms: checkpoint.timestamp_ms,
    }
}

/// Sixteen times what the largest has.
const MAX_RELEASE_BYTES: usize = 16 << 20;
