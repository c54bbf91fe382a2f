//! What signed files say, by their role and in a folder.

use rpp_verifier::{
    ChainFile, CheckpointFile, CircuitsFile, ContentError, Envelope, ListedCircuit, NamedHeader,
    Parsed, Role, RootFile, SetupError, SetupFault, SetupFile, SetupFileName,
};

use super::folder::SetupFolder;

/// Returns what a file of a role says of itself, once all that it says was checked, but for its signatures and dates.
///
/// # Errors
///
/// [`SetupFault`].
pub(super) fn envelope_of(role: Role, content: &[u8]) -> Result<Envelope, SetupFault> {
    Ok(match role {
        Role::Root => Parsed::<RootFile>::decode(content)?.envelope,
        Role::Circuits => Parsed::<CircuitsFile>::decode(content)?.envelope,
        Role::Checkpoint => Parsed::<CheckpointFile>::decode(content)?.envelope,
    })
}

/// Returns what the newest root, circuits and checkpoint of a folder say of themselves.
///
/// # Errors
///
/// [`SetupError`].
pub(super) fn envelopes_of(folder: &SetupFolder) -> Result<[(Role, Envelope); 3], SetupError> {
    let version = folder.newest_root().max(1);
    let root = read::<RootFile>(folder, SetupFileName::Root { version })?;
    let circuits = read::<CircuitsFile>(folder, SetupFileName::Circuits)?;
    let checkpoint = read::<CheckpointFile>(folder, SetupFileName::Checkpoint)?;
    Ok([
        (Role::Root, root.envelope),
        (Role::Circuits, circuits.envelope),
        (Role::Checkpoint, checkpoint.envelope),
    ])
}

/// Returns the name of the file of a circuit.
pub(super) fn file_of(circuit: &ListedCircuit) -> SetupFileName {
    let name = circuit.to_string();
    SetupFileName::Circuit { name }
}

/// Returns what a file in a folder says.
///
/// # Errors
///
/// [`SetupError`]: it is missing, or not such a file.
pub(super) fn read<F: SetupFile>(
    folder: &SetupFolder,
    name: SetupFileName,
) -> Result<Parsed<F>, SetupError> {
    let bytes = folder.file(&name).ok_or(SetupFault::Missing);
    let parsed = bytes.and_then(Parsed::<F>::decode);
    parsed.map_err(|fault| SetupError { file: name, fault })
}

/// Returns the chain of a folder.
///
/// # Errors
///
/// [`SetupError`]: the file is missing, or not one of this chain.
pub(super) fn read_chain(folder: &SetupFolder, chain_id: u32) -> Result<ChainFile, SetupError> {
    let file = SetupFileName::Chain;
    let bytes = folder.file(&file).ok_or(SetupFault::Missing);
    let chain = bytes.and_then(|bytes| ChainFile::decode(bytes, chain_id));
    chain.map_err(|fault| SetupError { file, fault })
}

/// Checks that a file that is issued at a time may name a header, as clients do: it is not from after that, and the one at height 0
/// is the genesis.
///
/// # Errors
///
/// [`SetupError`].
pub(super) fn check_header(
    file: SetupFileName,
    header: &NamedHeader,
    issued: u64,
    chain: &ChainFile,
) -> Result<(), SetupError> {
    let (height, timestamp_ms) = (header.height, header.timestamp_ms);
    let fault = match () {
        () if timestamp_ms > issued => ContentError::CheckpointAhead {
            timestamp_ms,
            issued,
        },
        () if height == 0 && header.hash != chain.genesis_hash => {
            ContentError::OtherCheckpoint { height }
        }
        () => return Ok(()),
    };
    let fault = fault.into();
    Err(SetupError { file, fault })
}
