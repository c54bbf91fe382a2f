//! Verifying the setup of a folder, as clients do and as its host does.

use rpp_verifier::{
    ChainFile, Circuits, HeaderHash, Key, Parsed, PinnedKeys, RootFile, RootFingerprint, RootPin,
    SetupError, SetupFileName, SetupTrust, VerifiedSetup,
};
use serde_json::Value;

use super::content::{file_of, read};
use super::folder::{SetupFolder, missing};

/// Where the setup of a host and the host itself differ.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MismatchError {
    /// The setup does not verify.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The chain file is of another chain.
    #[error(
        "chain.json says {field} {setup}, but this host serves a chain with {host}: it is the setup of another chain"
    )]
    Chain {
        /// Which field.
        field: &'static str,
        /// What the setup says.
        setup: String,
        /// What the host has.
        host: String,
    },
    /// A circuit has other constants.
    #[error(
        "{circuit}.json differs from the circuit of this host in {field}: the setup says {setup}, the host {host}; one of \
         them is of another release"
    )]
    Circuit {
        /// The circuit, by name and version.
        circuit: String,
        /// Which field.
        field: String,
        /// What the setup says.
        setup: String,
        /// What the host has.
        host: String,
    },
    /// A checkpoint is not on the chain.
    #[error(
        "{file} names a header at height {height} that is not on the chain of this host: {setup}, but the host has {host}"
    )]
    Checkpoint {
        /// The file.
        file: &'static str,
        /// The height.
        height: u32,
        /// The hash that the setup names.
        setup: HeaderHash,
        /// That of the host.
        host: HeaderHash,
    },
}

impl MismatchError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Setup(error) => error.code(),
            Self::Chain { .. } => "setup-chain",
            Self::Circuit { .. } => "setup-circuit-differs",
            Self::Checkpoint { .. } => "setup-other-checkpoint",
        }
    }
}

/// Verifies the setup of a folder at a time, in milliseconds since the Unix epoch, from a pin or, without one, from the
/// root keys in its own `root.1.json`; and checks that every listed file is there, as it is listed.
///
/// # Errors
///
/// [`SetupError`].
pub fn verify_folder(
    folder: &SetupFolder,
    pin: Option<RootFingerprint>,
    now_ms: u64,
) -> Result<VerifiedSetup, SetupError> {
    let mut trust = SetupTrust::new(match pin {
        Some(pin) => RootPin::Fingerprint(pin),
        None => RootPin::Keys(first_keys(folder)?),
    })?;
    verify_with(folder, &mut trust, now_ms)
}

/// The same, with what is trusted already.
///
/// # Errors
///
/// [`SetupError`].
pub(super) fn verify_with(
    folder: &SetupFolder,
    trust: &mut SetupTrust,
    now_ms: u64,
) -> Result<VerifiedSetup, SetupError> {
    let bundle = folder.whole(trust.next_root())?;
    let setup = trust.verify(&bundle, now_ms)?;
    for circuit in setup.circuits() {
        let file = file_of(circuit);
        let bytes = folder.file(&file).ok_or_else(|| missing(file.clone()))?;
        let checked = circuit.file.check(bytes);
        checked.map_err(|fault| SetupError { file, fault })?;
    }
    Ok(setup)
}

/// Checks that a setup is the one of a chain, and says of each circuit that it lists what a host has. A circuit of the host may be
/// revoked: clients learn of that from the host.
///
/// # Errors
///
/// [`MismatchError`], which names the field that differs.
pub fn check_host(
    folder: &SetupFolder,
    setup: &VerifiedSetup,
    chain: &ChainFile,
    circuits: &Circuits,
) -> Result<(), MismatchError> {
    check_chain(setup.chain(), chain)?;
    for circuit in setup.circuits() {
        let own = circuits.by_number(circuit.number);
        let own = own.map(|own| own.key(chain.chain_id));
        if let Some(own) = own.filter(|own| own.version() == circuit.version) {
            check_circuit(folder, &own)?;
        }
    }
    Ok(setup.check_circuits(circuits, &[])?)
}

/// Returns the circuits of a host that a setup does not list, by name and version.
#[must_use]
pub fn unlisted(setup: &VerifiedSetup, circuits: &Circuits) -> Vec<String> {
    let chain_id = setup.chain().chain_id;
    let own = circuits.iter().map(|circuit| circuit.key(chain_id));
    let is_listed = |own: &Key| {
        let mut listed = setup.circuits().iter();
        listed.any(|listed| {
            (listed.number, listed.version) == (own.circuit().number(), own.version())
        })
    };
    let unlisted = own.filter(|own| !is_listed(own));
    unlisted.map(|own| own.file_name()).collect()
}

/// Checks that the headers that a setup names are those of a chain, as far as the chain has them.
///
/// # Errors
///
/// [`MismatchError::Checkpoint`].
pub fn check_headers(
    setup: &VerifiedSetup,
    hash_at: impl Fn(u32) -> Option<HeaderHash>,
) -> Result<(), MismatchError> {
    for (file, checkpoint) in [
        ("circuits.json", setup.offline_checkpoint()),
        ("checkpoint.json", setup.online_checkpoint()),
    ] {
        let (height, setup) = (checkpoint.height, checkpoint.hash);
        if let Some(host) = hash_at(height).filter(|host| *host != setup) {
            return Err(MismatchError::Checkpoint {
                file,
                height,
                setup,
                host,
            });
        }
    }
    Ok(())
}

/// Returns the keys that have to have signed the first root of a folder: it is to be signed by its own.
pub(super) fn first_keys(folder: &SetupFolder) -> Result<PinnedKeys, SetupError> {
    let version = 1;
    let Parsed { envelope, file } = read::<RootFile>(folder, SetupFileName::Root { version })?;
    Ok(PinnedKeys {
        chain_id: envelope.chain_id,
        version,
        keys: file.root,
    })
}

fn check_chain(setup: &ChainFile, host: &ChainFile) -> Result<(), MismatchError> {
    let number = |x: u32| x.to_string();
    let hash = |x: HeaderHash| x.to_string();
    for (field, setup, host) in [
        ("chain_id", number(setup.chain_id), number(host.chain_id)),
        (
            "genesis_hash",
            hash(setup.genesis_hash),
            hash(host.genesis_hash),
        ),
        (
            "epoch_length",
            number(setup.epoch_length),
            number(host.epoch_length),
        ),
    ] {
        if setup != host {
            return Err(MismatchError::Chain { field, setup, host });
        }
    }
    Ok(())
}

/// Checks that the file of a circuit says what the host's key says.
fn check_circuit(folder: &SetupFolder, own: &Key) -> Result<(), MismatchError> {
    let circuit = own.file_name();
    let name = SetupFileName::Circuit {
        name: circuit.clone(),
    };
    let listed = folder.file(&name).ok_or_else(|| missing(name))?;
    let own = own.setup_file();
    if listed == own {
        return Ok(());
    }
    let [setup, host] =
        [listed, &own].map(|bytes| serde_json::from_slice(bytes).unwrap_or(Value::Null));
    let (field, setup, host) = difference("", &setup, &host).unwrap_or_default();
    Err(MismatchError::Circuit {
        circuit,
        field,
        setup,
        host,
    })
}

/// Returns the first field that differs, and both values of it.
fn difference(field: &str, setup: &Value, host: &Value) -> Option<(String, String, String)> {
    let (Value::Object(a), Value::Object(b)) = (setup, host) else {
        let differs = setup != host;
        return differs.then(|| (field.to_owned(), setup.to_string(), host.to_string()));
    };
    let names = b.keys().chain(a.keys());
    let mut found = names.filter_map(|name| {
        let path = if field.is_empty() {
            name.clone()
        } else {
            format!("{field}.{name}")
        };
        let of = |object: &serde_json::Map<_, _>| object.get(name).cloned().unwrap_or(Value::Null);
        difference(&path, &of(a), &of(b))
    });
    found.next()
}
