//! `SetupStatus`: who has signed what of a setup, who is missing, and until when it is valid.

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use rpp_verifier::{
    CheckpointFile, CircuitsFile, Envelope, MAX_ISSUED_AHEAD_MS, MinisignKeyId, Parsed, Role,
    RoleKeys, RootFile, RootFingerprint, SetupError, SetupFileName,
};
use serde::Serialize;

use super::content::{file_of, read};
use super::folder::SetupFolder;
use super::name::role_of;
use super::plan::DAY_MS;

/// Who has signed what of a setup, who is missing, and until when it is valid. Signatures are checked; a setup is
/// verified by [`verify_folder`](super::verify_folder).
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SetupStatus {
    /// The chain.
    pub chain_id: u32,
    /// The newest root, to be compared out of band: `VERSION:SHA256`.
    pub fingerprint: String,
    /// The first root, that clients may pin.
    pub first_fingerprint: Option<String>,
    /// The signed files: the roots, oldest first, circuits, checkpoint.
    pub files: Vec<FileStatus>,
    /// The files that `circuits.json` lists, which need no signature to be believed.
    pub listed: Vec<ListedStatus>,
    /// The circuits that a host has and the setup does not list; empty where no host was asked.
    pub unlisted: Vec<String>,
    /// In what a header that the setup names differs from the chain of a host; none where no host was asked.
    pub off_chain: Option<String>,
    /// What is to be done, and until when.
    pub warnings: Vec<String>,
}

/// Who has signed a file, and until when it is valid.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct FileStatus {
    /// Its name.
    pub file: String,
    /// Its version.
    pub version: u32,
    /// When it was issued, in milliseconds since the Unix epoch.
    #[serde(serialize_with = "decimal")]
    pub issued_ms: u64,
    /// When it expires, in milliseconds since the Unix epoch.
    #[serde(serialize_with = "decimal")]
    pub expires_ms: u64,
    /// Who has to sign it: its own root's keys and, of a root, those of the one before as well.
    pub signed_by: Vec<Signers>,
}

/// The keys of a role in one root, as they have signed a file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Signers {
    /// The role.
    pub role: &'static str,
    /// The version of the root that names the keys.
    pub root: u32,
    /// How many have to sign.
    pub threshold: u32,
    /// Which keys have signed, with both halves.
    pub signed: Vec<String>,
    /// Which keys have not.
    pub missing: Vec<String>,
}

/// Who has signed a listed file with the Ed25519 half.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ListedStatus {
    /// Its name.
    pub file: String,
    /// Which keys have signed it.
    pub signed: Vec<String>,
}

impl Signers {
    /// Returns whether enough have signed.
    #[must_use]
    pub fn are_enough(&self) -> bool {
        u32::try_from(self.signed.len()).is_ok_and(|signed| signed >= self.threshold)
    }
}

impl FileStatus {
    /// Returns whether enough keys have signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.signed_by.iter().all(Signers::are_enough)
    }
}

impl SetupStatus {
    /// Returns the status of a folder at a time, in milliseconds since the Unix epoch.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if a file is missing, or is not the one that its name says.
    pub fn of(folder: &SetupFolder, now_ms: u64) -> Result<Self, SetupError> {
        let newest = folder.newest_root().max(1);
        let mut files = Vec::new();
        let mut before: Option<Parsed<RootFile>> = None;
        for version in 1..=newest {
            let name = SetupFileName::Root { version };
            // Who prepares a setup may have the roots from some version on only.
            if folder.file(&name).is_none() && before.is_none() && version < newest {
                continue;
            }
            let root = read::<RootFile>(folder, name.clone())?;
            let own = Some(&root);
            let by = [before.as_ref(), own].into_iter().flatten();
            files.push(file_status(folder, &name, root.envelope, by));
            before = Some(root);
        }
        let name = SetupFileName::Root { version: newest };
        let root = read::<RootFile>(folder, name.clone())?;
        let circuits = read::<CircuitsFile>(folder, SetupFileName::Circuits)?;
        let checkpoint = read::<CheckpointFile>(folder, SetupFileName::Checkpoint)?;
        for (name, envelope) in [
            (SetupFileName::Circuits, circuits.envelope),
            (SetupFileName::Checkpoint, checkpoint.envelope),
        ] {
            files.push(file_status(folder, &name, envelope, [&root]));
        }
        let listed = circuits.file.circuits.iter().map(file_of);
        let listed = [SetupFileName::Chain].into_iter().chain(listed);
        let fingerprint = |version| {
            let file = folder.file(&SetupFileName::Root { version })?;
            Some(RootFingerprint::of(version, file).to_string())
        };
        let mut status = Self {
            chain_id: root.envelope.chain_id,
            fingerprint: fingerprint(newest).unwrap_or_default(),
            first_fingerprint: fingerprint(1),
            files,
            listed: listed
                .map(|file| listed_status(folder, &file, &root))
                .collect(),
            unlisted: Vec::new(),
            off_chain: None,
            warnings: Vec::new(),
        };
        status.warnings = status.warn(now_ms);
        Ok(status)
    }

    /// Returns the same on a host that has circuits which the setup does not list.
    #[must_use]
    pub fn on_host(mut self, unlisted: Vec<String>, now_ms: u64) -> Self {
        self.unlisted = unlisted;
        self.warnings = self.warn(now_ms);
        self
    }

    /// Returns whether enough keys have signed each file.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.files.iter().all(FileStatus::is_signed)
    }

    /// Returns the files that count now: the newest root, circuits and checkpoint, with their roles.
    pub fn current(&self) -> impl Iterator<Item = (Role, &FileStatus)> {
        let roots = self.files.len().saturating_sub(3);
        Role::ALL.into_iter().zip(self.files.iter().skip(roots))
    }

    /// Returns the same at another time: with what is to be done then.
    #[must_use]
    pub fn at(&self, now_ms: u64) -> Self {
        let warnings = self.warn(now_ms);
        Self {
            warnings,
            ..self.clone()
        }
    }

    /// Returns what is to be done at a time, in milliseconds since the Unix epoch, in words that stay the same while the time until
    /// then goes by.
    #[must_use]
    pub fn due(&self, now_ms: u64) -> Vec<String> {
        let late = self.current().filter_map(|(role, file)| {
            let left = file.expires_ms.saturating_sub(now_ms);
            let state = if left == 0 { "has expired" } else { "expires" };
            (left <= warning_ms(role)).then(|| format!("{} {state}", file.file))
        });
        late.chain(self.unlisted.iter().cloned())
            .chain(self.off_chain.clone())
            .collect()
    }

    /// Returns what is to be done about files that expire soon, or that a clock has issued that was ahead.
    #[must_use]
    pub fn of_dates(&self, now_ms: u64) -> Vec<String> {
        let ahead = self.files.iter().filter_map(|file| ahead(file, now_ms));
        let expiring = self
            .current()
            .filter_map(|(role, file)| expiring(role, file, now_ms));
        ahead.chain(expiring).collect()
    }

    fn warn(&self, now_ms: u64) -> Vec<String> {
        let unsigned = self.files.iter().filter(|file| !file.is_signed());
        let unsigned = unsigned.flat_map(|file| file.signed_by.iter().map(move |by| (file, by)));
        let unsigned = unsigned.filter(|(_, by)| !by.are_enough());
        let unsigned = unsigned.map(|(file, by)| {
            let Signers { role, root, threshold, signed, missing } = by;
            let (file, got) = (&file.file, signed.len());
            let missing = missing.join(", ");
            format!(
                "{file} has {got} of {threshold} signatures by the {role} keys of root {root}: `prover-host setup sign` \
                 with {missing}"
            )
        });
        let unlisted = self.unlisted.iter().map(|circuit| {
            format!(
                "{circuit} is not listed, and clients refuse this host's proofs of it: if it was revoked, wait for a release \
                 with its successor; if it is new, `prover-host setup rotate --list-circuits-from`"
            )
        });
        let off_chain = self.off_chain.iter().map(|differs| {
            format!(
                "{differs}: clients that start there refuse this host; find out which of both is right, and until then have nobody \
                 sign another file"
            )
        });
        unsigned
            .chain(self.of_dates(now_ms))
            .chain(unlisted)
            .chain(off_chain)
            .collect()
    }
}

/// Returns how long before a file of a role expires its signers are told, in milliseconds.
#[must_use]
pub const fn warning_ms(role: Role) -> u64 {
    let days = match role {
        Role::Root => 30,
        Role::Circuits => 14,
        Role::Checkpoint => 2,
    };
    days * DAY_MS
}

/// Returns what is to be done about a file that expires soon, or has.
fn expiring(role: Role, file: &FileStatus, now_ms: u64) -> Option<String> {
    let left = file.expires_ms.saturating_sub(now_ms);
    if left > warning_ms(role) {
        return None;
    }
    let FileStatus {
        file: name,
        expires_ms,
        ..
    } = file;
    let (date, span) = (Date(*expires_ms), Span(left));
    let how = match left {
        0 => format!("{name} expired on {date}, and clients refuse the setup"),
        _ => format!("{name} expires in {span}, on {date}"),
    };
    Some(format!(
        "{how}: prepare the next one with `prover-host setup rotate --renew {role}`, have {} of its keys sign it, and \
         publish it",
        file.signed_by
            .iter()
            .map(|by| by.threshold)
            .max()
            .unwrap_or(1)
    ))
}

/// Returns what is to be done about a file that was issued by a clock that was ahead.
fn ahead(file: &FileStatus, now_ms: u64) -> Option<String> {
    let ahead = file.issued_ms.saturating_sub(now_ms);
    if ahead <= MAX_ISSUED_AHEAD_MS {
        return None;
    }
    let (name, date, span) = (&file.file, Date(file.issued_ms), Span(ahead));
    let what = format!(
        "{name} was issued on {date}, {span} after what this clock shows, and clients refuse the setup; if this clock is right"
    );
    let role = file.signed_by.first().map_or("", |by| by.role);
    Some(match role == Role::Root.name() {
        // Every client has to walk over it.
        true => format!(
            "{what}, wait until a day before that date, for no root may be skipped; or begin a new setup, whose root clients pin"
        ),
        false => format!(
            "{what}, prepare the next one with `prover-host setup rotate --renew {role}`, have it signed, and publish it"
        ),
    })
}

fn file_status<'a>(
    folder: &SetupFolder,
    name: &SetupFileName,
    envelope: Envelope,
    roots: impl IntoIterator<Item = &'a Parsed<RootFile>>,
) -> FileStatus {
    let role = role_of(name);
    let signed_by = roots.into_iter().map(|root| {
        let keys = root.file.keys(role);
        let signed = folder.signed(name).map_or_else(Vec::new, |signed| {
            signed.signers(role, envelope.chain_id, envelope.version, keys)
        });
        signers(role, root.envelope.version, keys, &signed)
    });
    FileStatus {
        file: name.to_string(),
        version: envelope.version,
        issued_ms: envelope.issued,
        expires_ms: envelope.expires,
        signed_by: signed_by.collect(),
    }
}

fn signers(role: Role, root: u32, keys: &RoleKeys, by: &[MinisignKeyId]) -> Signers {
    let ids = keys.keys.iter().map(|key| key.ed25519.id);
    let (signed, missing): (Vec<_>, Vec<_>) = ids.partition(|id| by.contains(id));
    let text = |ids: Vec<MinisignKeyId>| ids.iter().map(MinisignKeyId::to_string).collect();
    Signers {
        role: role.name(),
        root,
        threshold: keys.threshold,
        signed: text(signed),
        missing: text(missing),
    }
}

fn listed_status(
    folder: &SetupFolder,
    file: &SetupFileName,
    root: &Parsed<RootFile>,
) -> ListedStatus {
    let content = folder.file(file).unwrap_or_default();
    let signatures = folder.signatures(file);
    let keys = root.file.keys(Role::Circuits).keys.iter();
    let signed = keys.filter(|key| {
        let signature = signatures.get(&key.ed25519.id);
        signature.is_some_and(|by| key.ed25519.verify_file(content, &by.ed25519).is_ok())
    });
    ListedStatus {
        file: file.to_string(),
        signed: signed.map(|key| key.ed25519.id.to_string()).collect(),
    }
}

/// A time in milliseconds since the Unix epoch, as a person reads it.
pub struct Date(pub u64);

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Later ones cannot be written, and nobody means them.
        let at = UNIX_EPOCH + Duration::from_millis(self.0.min(YEAR_9999_MS));
        f.write_str(&httpdate::fmt_http_date(at))
    }
}

/// A span of time in milliseconds, as a person reads it.
pub(super) struct Span(pub(super) u64);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hours = self.0 / (60 * 60 * 1000);
        match hours {
            0 => f.write_str("less than an hour"),
            1..48 => write!(f, "{hours} h"),
            _ => write!(f, "{} days", hours / 24),
        }
    }
}

fn decimal<S: serde::Serializer>(x: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(x)
}

const YEAR_9999_MS: u64 = 253_370_764_800_000;
