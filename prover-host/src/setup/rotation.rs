//! `Rotation`: the next root, circuits and checkpoint of a setup.

use rpp_verifier::{
    ChainFile, CheckpointFile, Circuits, CircuitsFile, Delegation, ListedCircuit,
    MAX_ISSUED_AHEAD_MS, MinisignKeyId, NamedHeader, Parsed, Release, Role, RoleKeys, RootFile,
    SetupFileName,
};

use super::content::{self, check_header};
use super::folder::SetupFolder;
use super::plan::{issue, issued_with, list, put, put_circuit, sort};
use super::public_key::PublicKeyFile;
use super::rotation_error::RotationError;

/// Changes of a setup, made one after the other and written at the end: each file that changes takes the next version, and
/// nobody has signed it.
#[derive(Debug)]
pub struct Rotation {
    folder: SetupFolder,
    now_ms: u64,
    chain: ChainFile,
    root: Change<RootFile>,
    circuits: Change<CircuitsFile>,
    checkpoint: Change<CheckpointFile>,
}

/// A file, and whether it changes.
#[derive(Debug)]
struct Change<F> {
    before: Parsed<F>,
    file: F,
    is_due: bool,
    /// The least version that may come.
    least: u32,
}

impl Rotation {
    /// Begins to change a setup; what is changed is issued at `now_ms`.
    ///
    /// # Errors
    ///
    /// [`RotationError::Setup`].
    pub fn of(folder: SetupFolder, now_ms: u64) -> Result<Self, RotationError> {
        let version = folder.newest_root();
        let root = content::read::<RootFile>(&folder, SetupFileName::Root { version })?;
        let circuits = content::read(&folder, SetupFileName::Circuits)?;
        let checkpoint = content::read(&folder, SetupFileName::Checkpoint)?;
        let chain = content::read_chain(&folder, root.envelope.chain_id)?;
        Ok(Self {
            folder,
            now_ms,
            chain,
            root: Change::of(root),
            circuits: Change::of(circuits),
            checkpoint: Change::of(checkpoint),
        })
    }

    /// Adds a key to its role.
    ///
    /// # Errors
    ///
    /// [`RotationError::OtherChain`].
    pub fn add_key(&mut self, public: PublicKeyFile) -> Result<(), RotationError> {
        let (expected, got) = (self.root.before.envelope.chain_id, public.chain_id);
        if got != expected {
            let key = public.key.ed25519.id;
            return Err(RotationError::OtherChain { key, expected, got });
        }
        self.keys(public.role).keys.push(public.key);
        // A client that sees other keys forgets which version it saw last: none before the present one may come.
        let present = self.version(public.role);
        self.raise_minimum(public.role, present);
        Ok(())
    }

    /// Takes a key away from its role. Whoever has it may have signed what nobody knows of: no version up to the present one
    /// is taken any more.
    ///
    /// # Errors
    ///
    /// [`RotationError::UnknownKey`].
    pub fn remove_key(&mut self, key: MinisignKeyId) -> Result<(), RotationError> {
        let has = |keys: &RoleKeys| keys.keys.iter().any(|own| own.ed25519.id == key);
        let mut roles = Role::ALL.into_iter();
        let role = roles.find(|role| has(self.root.file.keys(*role)));
        let role = role.ok_or(RotationError::UnknownKey { key })?;
        self.keys(role).keys.retain(|own| own.ed25519.id != key);
        let next = self.version(role).saturating_add(1);
        self.raise_minimum(role, next);
        self.renew(role);
        Ok(())
    }

    /// Sets how many keys of a role have to sign.
    pub fn set_threshold(&mut self, role: Role, threshold: u32) {
        self.keys(role).threshold = threshold;
    }

    /// Issues a file again as it is, before it expires.
    pub const fn renew(&mut self, role: Role) {
        match role {
            Role::Root => self.root.is_due = true,
            Role::Circuits => self.circuits.is_due = true,
            Role::Checkpoint => self.checkpoint.is_due = true,
        }
    }

    /// Issues a file again as a version above this one, up to which a signer of it signs no more: it has signed a draft that was never
    /// published, for instance.
    ///
    /// # Errors
    ///
    /// [`RotationError::RootAbove`] or [`RotationError::Above`].
    pub fn renew_above(&mut self, role: Role, version: u32) -> Result<(), RotationError> {
        if role == Role::Root {
            return Err(RotationError::RootAbove);
        }
        let (above, max) = (version, role.max_version());
        if above >= max {
            return Err(RotationError::Above { role, above, max });
        }
        self.skip_to(role, version.saturating_add(1));
        self.renew(role);
        Ok(())
    }

    /// Takes no version of a file before this one: its signer has given up those.
    pub(super) fn skip_to(&mut self, role: Role, version: u32) {
        match role {
            // No root may be skipped.
            Role::Root => {}
            Role::Circuits => self.circuits.least = self.circuits.least.max(version),
            Role::Checkpoint => self.checkpoint.least = self.checkpoint.least.max(version),
        }
    }

    /// Returns the keys that sign the next file of a role, if they do not change.
    pub(super) const fn present_keys(&self, role: Role) -> &RoleKeys {
        self.root.before.file.keys(role)
    }

    /// Returns the header of `checkpoint.json`.
    pub(super) const fn online(&self) -> NamedHeader {
        self.checkpoint.file.header
    }

    /// Revokes a circuit, given by name and version: it is listed no more, so that clients refuse its proofs of all heights.
    ///
    /// # Errors
    ///
    /// [`RotationError::UnknownCircuit`].
    pub fn revoke(&mut self, circuit: &str) -> Result<(), RotationError> {
        let _ = self.listed(circuit)?;
        let listed = &mut self.circuits.change().circuits;
        listed.retain(|listed| listed.to_string() != circuit);
        self.folder.remove(&SetupFileName::Circuit {
            name: circuit.to_owned(),
        });
        Ok(())
    }

    /// Retires a circuit, given by name and version, from a height on. Its proofs of lower heights count: what is retired is
    /// sound, and another circuit takes its place.
    ///
    /// # Errors
    ///
    /// [`RotationError::UnknownCircuit`].
    pub fn retire(&mut self, circuit: &str, until: u32) -> Result<(), RotationError> {
        self.listed(circuit)?.until = Some(until);
        Ok(())
    }

    fn listed(&mut self, circuit: &str) -> Result<&mut ListedCircuit, RotationError> {
        let mut listed = self.circuits.change().circuits.iter_mut();
        let listed = listed.find(|listed| listed.to_string() == circuit);
        listed.ok_or_else(|| RotationError::UnknownCircuit {
            circuit: circuit.to_owned(),
        })
    }

    /// Lists the circuits that this program has and `circuits.json` does not, from a height on.
    pub fn list_circuits(&mut self, circuits: &Circuits, from: u32) {
        let chain_id = self.root.before.envelope.chain_id;
        for key in circuits.iter().map(|circuit| circuit.key(chain_id)) {
            let own = (key.circuit().number(), key.version());
            let mut listed = self.circuits.file.circuits.iter();
            if !listed.any(|listed| (listed.number, listed.version) == own) {
                put_circuit(&mut self.folder, &key);
                self.circuits.change().circuits.push(list(&key, from));
            }
        }
        sort(&mut self.circuits.file.circuits);
    }

    /// Pins a released file; another one of the same name is pinned no longer.
    pub fn pin_release(&mut self, release: Release) {
        let releases = &mut self.circuits.change().releases;
        releases.retain(|other| other.name != release.name);
        releases.push(release);
        releases.sort_by(|a, b| a.name.cmp(&b.name));
    }

    /// Moves the checkpoint of `circuits.json` forward, and that of `checkpoint.json` with it where it would be behind.
    ///
    /// # Errors
    ///
    /// [`RotationError::Behind`].
    pub fn move_offline(&mut self, header: NamedHeader) -> Result<(), RotationError> {
        check_forward(&self.circuits.before.file.checkpoint, &header)?;
        self.circuits.change().checkpoint = header;
        if self.checkpoint.file.header.height < header.height {
            self.checkpoint.change().header = header;
        }
        Ok(())
    }

    /// Moves the checkpoint of `checkpoint.json` forward.
    ///
    /// # Errors
    ///
    /// [`RotationError::Behind`].
    pub fn move_online(&mut self, header: NamedHeader) -> Result<(), RotationError> {
        check_forward(&self.checkpoint.file.header, &header)?;
        self.checkpoint.change().header = header;
        Ok(())
    }

    /// Returns the setup with its changes, and which files have changed.
    ///
    /// # Errors
    ///
    /// [`RotationError`]: what a client would refuse.
    pub fn finish(mut self) -> Result<(SetupFolder, Vec<SetupFileName>), RotationError> {
        let mut changed = Vec::new();
        let floors =
            [Role::Circuits, Role::Checkpoint].map(|role| self.root.file.min_version(role));
        let (folder, now_ms) = (&mut self.folder, self.now_ms);
        // A checkpoint goes with the files of its time, so that nobody serves it beside older ones.
        self.checkpoint.file.root_version = self.root.stands(1);
        self.checkpoint.file.circuits_version = self.circuits.stands(floors[0]);
        if self.root.is_due {
            let name = |version| SetupFileName::Root { version };
            let issued = self.root.issued(now_ms);
            changed.push(self.root.write(folder, issued, 1, name)?);
        }
        if self.circuits.is_due {
            let header = self.circuits.file.checkpoint;
            let issued = self
                .circuits
                .issued(now_ms)
                .max(issued_with(now_ms, &header));
            check_header(SetupFileName::Circuits, &header, issued, &self.chain)?;
            let name = |_| SetupFileName::Circuits;
            changed.push(self.circuits.write(folder, issued, floors[0], name)?);
        }
        if self.checkpoint.is_due {
            let header = self.checkpoint.file.header;
            let issued = self
                .checkpoint
                .issued(now_ms)
                .max(issued_with(now_ms, &header));
            check_header(SetupFileName::Checkpoint, &header, issued, &self.chain)?;
            let name = |_| SetupFileName::Checkpoint;
            changed.push(self.checkpoint.write(folder, issued, floors[1], name)?);
        }
        if changed.is_empty() {
            return Err(RotationError::Nothing);
        }
        Ok((self.folder, changed))
    }

    fn keys(&mut self, role: Role) -> &mut RoleKeys {
        let root = self.root.change();
        match role {
            Role::Root => &mut root.root,
            Role::Circuits => &mut root.circuits.keys,
            Role::Checkpoint => &mut root.checkpoint.keys,
        }
    }

    fn raise_minimum(&mut self, role: Role, version: u32) {
        let raise = |delegation: &mut Delegation| {
            delegation.min_version = delegation.min_version.max(version);
        };
        match role {
            Role::Root => {}
            Role::Circuits => raise(&mut self.root.file.circuits),
            Role::Checkpoint => raise(&mut self.root.file.checkpoint),
        }
    }

    const fn version(&self, role: Role) -> u32 {
        match role {
            Role::Root => self.root.before.envelope.version,
            Role::Circuits => self.circuits.before.envelope.version,
            Role::Checkpoint => self.checkpoint.before.envelope.version,
        }
    }
}

impl<F: rpp_verifier::SetupFile> Change<F> {
    fn of(before: Parsed<F>) -> Self {
        let file = before.file.clone();
        Self {
            before,
            file,
            is_due: false,
            least: 1,
        }
    }

    fn change(&mut self) -> &mut F {
        self.is_due = true;
        &mut self.file
    }

    /// Returns the version that there is with the change, which is `min` or later where there is one.
    fn stands(&self, min: u32) -> u32 {
        let before = self.before.envelope.version;
        if self.is_due {
            return before.saturating_add(1).max(min).max(self.least);
        }
        before
    }

    /// Returns when the next version is issued. A clock that was set back makes no file older than the one before; but where that
    /// one is from a day ahead, no client takes it, and the next one would be as useless.
    const fn issued(&self, now_ms: u64) -> u64 {
        let before = self.before.envelope.issued;
        if before > now_ms && before <= now_ms.saturating_add(MAX_ISSUED_AHEAD_MS) {
            return before;
        }
        now_ms
    }

    /// Puts the next version into the folder, `min` or later.
    fn write(
        self,
        folder: &mut SetupFolder,
        issued: u64,
        min: u32,
        name: impl Fn(u32) -> SetupFileName,
    ) -> Result<SetupFileName, RotationError> {
        let (role, max) = (F::ROLE, F::ROLE.max_version());
        let before = self.before.envelope;
        let version = self.stands(min);
        if version > max {
            return Err(RotationError::Exhausted { role, max });
        }
        put(
            folder,
            name(version),
            &issue(before.chain_id, version, issued, self.file),
        )?;
        Ok(name(version))
    }
}

const fn check_forward(present: &NamedHeader, next: &NamedHeader) -> Result<(), RotationError> {
    let (min, got) = (present.height, next.height);
    if got < min {
        return Err(RotationError::Behind { min, got });
    }
    Ok(())
}
