//! What people are told of a folder.

use rpp_prover_host::print::{PrintError, print_line};
use rpp_prover_host::setup::{Due, SetupStatus, Signers};

/// Says who has to sign what is not signed yet.
pub(super) fn print_missing(status: &SetupStatus) -> Result<(), PrintError> {
    for file in status.files.iter().filter(|file| !file.is_signed()) {
        for by in file.signed_by.iter().filter(|by| !by.are_enough()) {
            let Signers {
                role,
                root,
                threshold,
                signed,
                missing,
            } = by;
            let left = usize::try_from(*threshold).unwrap_or(usize::MAX) - signed.len();
            print_line(format_args!(
                "{} needs {left} more of the {role} keys in root {root}: {}",
                file.file,
                missing.join(", ")
            ))?;
        }
    }
    Ok(())
}

/// Says what is to be done about the dates of what is signed or prepared.
pub(super) fn print_dates(status: &SetupStatus, now_ms: u64) -> Result<(), PrintError> {
    for warning in status.of_dates(now_ms) {
        print_line(format_args!("to do: {warning}"))?;
    }
    Ok(())
}

/// Says what is signed, so that two signers can compare it.
pub(super) fn print_due(what: &str, due: &[Due]) -> Result<(), PrintError> {
    for Due {
        file,
        version,
        sha256,
    } in due
    {
        let version = version.map(|version| format!(" version {version}"));
        let version = version.unwrap_or_default();
        print_line(format_args!("{what} {file}{version}, SHA-256 {sha256}"))?;
    }
    Ok(())
}
