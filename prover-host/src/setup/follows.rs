//! What may be put in the place of a published setup.

use rpp_verifier::{
    MAX_ISSUED_AHEAD_MS, Role, RootFile, RootPin, SetupError, SetupFault, SetupFileName, SetupTrust,
};

use super::content::{envelope_of, read};
use super::folder::{SetupFolder, missing};
use super::listing::lists_more;
use super::verify::{first_keys, verify_folder, verify_with};

/// Checks that one setup can go on in the place of another: no root is another one, and no version goes back; but for that of
/// the checkpoint where its keys are others.
///
/// `circuits.json` never goes back, whoever signs it now: one that was prepared before a circuit was revoked would list it again.
///
/// # Errors
///
/// [`SetupError`].
pub fn check_follows(before: &SetupFolder, after: &SetupFolder) -> Result<(), SetupError> {
    for version in 1..=before.newest_root() {
        let file = SetupFileName::Root { version };
        match (before.file(&file), after.file(&file)) {
            (Some(before), Some(after)) if before != after => {
                let fault = SetupFault::TwoContents { version };
                return Err(SetupError { file, fault });
            }
            (Some(_), None) => return Err(missing(file)),
            _ => {}
        }
    }
    check_forward(before, after, Role::Circuits)?;
    let [before_root, after_root] = [before, after].map(root);
    let next = after_root?.checkpoint.keys;
    if before_root.is_ok_and(|root| root.checkpoint.keys == next) {
        check_forward(before, after, Role::Checkpoint)?;
    }
    Ok(())
}

/// Checks that a client which has taken one setup while it was valid takes another at `now_ms`, in milliseconds since the Unix epoch.
/// What no client can have taken binds nobody.
///
/// # Errors
///
/// [`SetupError`].
pub fn check_clients(
    before: &SetupFolder,
    after: &SetupFolder,
    now_ms: u64,
) -> Result<(), SetupError> {
    let Some(mut client) = client_of(before, now_ms) else {
        return Ok(());
    };
    verify_with(after, &mut client, now_ms).map(drop)
}

/// Takes the published checkpoint into a folder whose own is older, with its signatures, and returns its version: while people
/// sign a rotation, which takes days, a program has gone on signing checkpoints. One whose keys count no more stays out.
pub fn keep_newer_checkpoint(
    before: &SetupFolder,
    after: &mut SetupFolder,
    now_ms: u64,
) -> Option<u32> {
    let published = version(before, Role::Checkpoint)?;
    if published <= version(after, Role::Checkpoint)? {
        return None;
    }
    let mut kept = after.clone();
    kept.take(before, &SetupFileName::Checkpoint);
    let _ = verify_folder(&kept, None, now_ms).ok()?;
    *after = kept;
    Some(published)
}

/// Makes a folder with an older `circuits.json` than the published one, or another one of the same version, what is published with the
/// folder's next roots, and returns the version that is kept. While people sign a root, others publish circuits; and the root cannot be prepared again upon those, for its
/// keys sign no other one as that version. `None` where there is no such root, or clients would refuse the result, or it would list again
/// what the folder's list takes away.
pub fn keep_newer_circuits(
    before: &SetupFolder,
    after: &mut SetupFolder,
    now_ms: u64,
) -> Option<u32> {
    let published = version(before, Role::Circuits)?;
    let roots = before.newest_root().saturating_add(1)..=after.newest_root();
    let file = SetupFileName::Circuits;
    if published < version(after, Role::Circuits)?
        || before.file(&file) == after.file(&file)
        || roots.is_empty()
        || lists_more(before, after)?
    {
        return None;
    }
    let mut kept = before.clone();
    for version in roots {
        kept.take(after, &SetupFileName::Root { version });
    }
    if version(after, Role::Checkpoint) > version(before, Role::Checkpoint) {
        kept.take(after, &SetupFileName::Checkpoint);
    }
    let _ = verify_folder(&kept, None, now_ms).ok()?;
    *after = kept;
    Some(published)
}

/// Returns the version of a role's file, which is not that of a root.
fn version(folder: &SetupFolder, role: Role) -> Option<u32> {
    let file = match role {
        Role::Checkpoint => SetupFileName::Checkpoint,
        Role::Circuits | Role::Root => SetupFileName::Circuits,
    };
    Some(envelope_of(role, folder.file(&file)?).ok()?.version)
}

/// Returns a client that has taken the setup of a folder when the last of its files was issued. None has taken those that are
/// from a day ahead, by a clock that was wrong, nor knows of the time that they name.
fn client_of(folder: &SetupFolder, now_ms: u64) -> Option<SetupTrust> {
    let mut client = SetupTrust::new(RootPin::Keys(first_keys(folder).ok()?)).ok()?;
    let issued = |role, file| Some(envelope_of(role, folder.file(&file)?).ok()?.issued);
    let version = folder.newest_root();
    let issued = [
        issued(Role::Root, SetupFileName::Root { version })?,
        issued(Role::Circuits, SetupFileName::Circuits)?,
        issued(Role::Checkpoint, SetupFileName::Checkpoint)?,
    ];
    let latest = now_ms.saturating_add(MAX_ISSUED_AHEAD_MS);
    let then = issued
        .into_iter()
        .filter(|issued| *issued <= latest)
        .max()?;
    match verify_with(folder, &mut client, then) {
        Ok(_) => Some(client),
        // It keeps what came before that file.
        Err(SetupError {
            fault: SetupFault::IssuedAhead { .. },
            ..
        }) => Some(client),
        Err(_) => None,
    }
}

fn root(folder: &SetupFolder) -> Result<RootFile, SetupError> {
    let version = folder.newest_root().max(1);
    Ok(read::<RootFile>(folder, SetupFileName::Root { version })?.file)
}

/// Checks that the version of a role's file does not go back. What is there and is not such a file, nobody has taken.
fn check_forward(before: &SetupFolder, after: &SetupFolder, role: Role) -> Result<(), SetupError> {
    let file = match role {
        Role::Checkpoint => SetupFileName::Checkpoint,
        Role::Circuits | Role::Root => SetupFileName::Circuits,
    };
    let contents = [before, after].map(|folder| folder.file(&file).unwrap_or_default());
    let [Ok(seen), Ok(got)] = contents.map(|content| envelope_of(role, content)) else {
        return Ok(());
    };
    let (seen, got) = (seen.version, got.version);
    let fault = match () {
        () if got < seen => SetupFault::Rollback { seen, got },
        () if got == seen && contents[0] != contents[1] => SetupFault::TwoContents { version: got },
        () => return Ok(()),
    };
    Err(SetupError { file, fault })
}
