//! `Plan`: what a first setup says, and its files.

use rpp_verifier::{
    ChainFile, CheckpointFile, Circuits, CircuitsFile, Envelope, Key, ListedCircuit, ListedFile,
    MAX_ISSUED_AHEAD_MS, NamedHeader, Parsed, Release, Role, RootFile, SetupError, SetupFile,
    SetupFileName,
};

use super::content::{check_header, file_of};
use super::folder::SetupFolder;

/// What a first setup says.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The chain.
    pub chain: ChainFile,
    /// The keys of all roles.
    pub root: RootFile,
    /// The header that clients start from, in `circuits.json` and, until there is a newer one, in `checkpoint.json`.
    pub checkpoint: NamedHeader,
    /// The released files of the verifier.
    pub releases: Vec<Release>,
    /// When the files are issued, in milliseconds since the Unix epoch.
    pub now_ms: u64,
}

impl Plan {
    /// Returns the files, which nobody has signed.
    ///
    /// # Errors
    ///
    /// [`SetupError`] if a client would refuse what a file says.
    pub fn prepare(self, circuits: &Circuits) -> Result<SetupFolder, SetupError> {
        let chain_id = self.chain.chain_id;
        let now_ms = issued_with(self.now_ms, &self.checkpoint);
        let mut folder = SetupFolder::default();
        let root = issue(chain_id, 1, now_ms, self.root);
        put(&mut folder, SetupFileName::Root { version: 1 }, &root)?;
        let chain = self.chain.encode();
        let keys = circuits.iter().map(|circuit| circuit.key(chain_id));
        let listed = keys.map(|key| {
            put_circuit(&mut folder, &key);
            list(&key, 0)
        });
        let mut releases = self.releases;
        releases.sort_by(|a, b| a.name.cmp(&b.name));
        let mut file = CircuitsFile {
            chain: ListedFile::of(&chain),
            checkpoint: self.checkpoint,
            circuits: listed.collect(),
            releases,
        };
        sort(&mut file.circuits);
        let circuits = issue(chain_id, 1, now_ms, file);
        let (named, header) = (SetupFileName::Circuits, &self.checkpoint);
        check_header(named, header, now_ms, &self.chain)?;
        put(&mut folder, SetupFileName::Circuits, &circuits)?;
        folder.put(&SetupFileName::Chain, chain);
        let checkpoint = CheckpointFile {
            header: self.checkpoint,
            circuits_version: 1,
            root_version: 1,
        };
        let checkpoint = issue(chain_id, 1, now_ms, checkpoint);
        put(&mut folder, SetupFileName::Checkpoint, &checkpoint)?;
        Ok(folder)
    }
}

/// Returns when a file is issued that names a header: now, but no header is from after its file was issued, and clocks
/// differ. A header from more than a day ahead is none that the chain can have, and is left to be refused.
pub(super) fn issued_with(now_ms: u64, header: &NamedHeader) -> u64 {
    match header.timestamp_ms > now_ms.saturating_add(MAX_ISSUED_AHEAD_MS) {
        true => now_ms,
        false => now_ms.max(header.timestamp_ms),
    }
}

/// Returns a file that is issued at a time, for as long as its role does.
pub(super) const fn issue<F: SetupFile>(
    chain_id: u32,
    version: u32,
    issued: u64,
    file: F,
) -> Parsed<F> {
    let expires = issued.saturating_add(lifetime_ms(F::ROLE));
    let envelope = Envelope {
        chain_id,
        version,
        issued,
        expires,
    };
    Parsed { envelope, file }
}

/// Puts a file into a folder, if clients take what it says.
pub(super) fn put<F: SetupFile>(
    folder: &mut SetupFolder,
    name: SetupFileName,
    file: &Parsed<F>,
) -> Result<(), SetupError> {
    let bytes = file.encode();
    match Parsed::<F>::decode(&bytes) {
        Ok(_) => {
            folder.put(&name, bytes);
            Ok(())
        }
        Err(fault) => {
            let file = name;
            Err(SetupError { file, fault })
        }
    }
}

/// Puts the file of a circuit into a folder.
pub(super) fn put_circuit(folder: &mut SetupFolder, key: &Key) {
    folder.put(&file_of(&list(key, 0)), key.setup_file());
}

/// Returns a circuit as `circuits.json` lists it, from a height on.
pub(super) fn list(key: &Key, from: u32) -> ListedCircuit {
    ListedCircuit {
        number: key.circuit().number(),
        version: key.version(),
        name: key.circuit().into(),
        file: ListedFile::of(&key.setup_file()),
        from,
        until: None,
    }
}

/// Brings circuits into the order that clients take.
pub(super) fn sort(circuits: &mut [ListedCircuit]) {
    circuits.sort_by_key(|circuit| (circuit.number, circuit.version));
}

/// Returns for how long a file of a role is issued, in milliseconds: a root for a day less than it may be, so that nobody is
/// refused for the length of a year.
const fn lifetime_ms(role: Role) -> u64 {
    match role {
        Role::Root => 365 * DAY_MS,
        role => role.max_lifetime_ms(),
    }
}

/// A day, in milliseconds.
pub(super) const DAY_MS: u64 = 24 * 60 * 60 * 1000;
