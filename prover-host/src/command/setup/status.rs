//! `prover-host setup status`.

use rpp_prover_host::clock::system_clock;
use rpp_prover_host::print::print_line;
use rpp_prover_host::setup::{Date, FileStatus, SetupFolder, SetupStatus, Signers};
use serde_json::json;

use super::SetupCommandError;
use crate::cli::StatusArgs;
use crate::command::Outcome;

pub(super) fn run(args: &StatusArgs) -> Result<Outcome, SetupCommandError> {
    let folder = SetupFolder::read(&args.dir)?;
    let status = SetupStatus::of(&folder, system_clock())?;
    if args.json {
        let json = json!({ "setup": status, "signed": status.is_signed() });
        return Ok(match status.is_signed() {
            true => Outcome::Done(json),
            false => Outcome::Refused(json),
        });
    }
    print(&status)?;
    Ok(match status.is_signed() {
        true => Outcome::Quiet,
        false => Outcome::Refused(json!({ "signed": false, "code": "setup-too-few-keys" })),
    })
}

fn print(status: &SetupStatus) -> Result<(), SetupCommandError> {
    print_line(format_args!("chain {}", status.chain_id))?;
    print_line(format_args!("root fingerprint {}", status.fingerprint))?;
    if let Some(first) = status
        .first_fingerprint
        .as_ref()
        .filter(|first| **first != status.fingerprint)
    {
        print_line(format_args!("first root       {first}"))?;
    }
    for file in &status.files {
        print_file(file)?;
    }
    for listed in &status.listed {
        let signed = listed.signed.join(", ");
        let signed = if signed.is_empty() { "nobody" } else { &signed };
        print_line(format_args!(
            "{}: listed in circuits.json, for minisign signed by {signed}",
            listed.file
        ))?;
    }
    for warning in &status.warnings {
        print_line(format_args!("to do: {warning}"))?;
    }
    Ok(())
}

fn print_file(status: &FileStatus) -> Result<(), SetupCommandError> {
    let FileStatus {
        file,
        version,
        expires_ms,
        ..
    } = status;
    let signed = if status.is_signed() {
        "signed"
    } else {
        "not signed yet"
    };
    print_line(format_args!(
        "{file}: version {version}, {signed}, valid until {}",
        Date(*expires_ms)
    ))?;
    for by in &status.signed_by {
        let Signers {
            role,
            root,
            threshold,
            signed,
            missing,
        } = by;
        let signed = match signed.is_empty() {
            true => "nobody has signed".to_owned(),
            false => format!("signed by {}", signed.join(", ")),
        };
        let missing = match missing.is_empty() {
            true => String::new(),
            false => format!(", not by {}", missing.join(", ")),
        };
        print_line(format_args!(
            "  {threshold} of the {role} keys in root {root} have to sign: {signed}{missing}"
        ))?;
    }
    Ok(())
}
