//! `SetupVerifier`: a signed setup, from the root that its owner pins.

use js_sys::Array;
use rpp_light_client::{FileStatus, SetupStatus};
use rpp_verifier::{
    CIRCUITS, Document, HeadCircuit, Key, ListedCircuit, ParsePinError, Release, RootPin,
    SetupBundle, SetupTrust, VerifiedSetup,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::error::Failure;
use crate::outcome::whole;
use crate::plain::{Plain, or_null};
use crate::verdict::time;

/// Verifies what a host serves as the setup of a chain, and remembers what nobody may take back.
#[wasm_bindgen]
#[derive(Debug)]
pub struct SetupVerifier {
    trust: SetupTrust,
    setup: Option<VerifiedSetup>,
}

#[wasm_bindgen]
impl SetupVerifier {
    /// Returns the verifier that trusts a root file, or else what `pin` says as text.
    ///
    /// # Errors
    ///
    /// Kind `config` or `setup`.
    #[wasm_bindgen(constructor)]
    pub fn new(pin: Option<String>, file: Option<Vec<u8>>) -> Result<Self, Failure> {
        let trust = SetupTrust::new(self::pin(pin, file)?)?;
        Ok(Self { trust, setup: None })
    }

    /// Returns the version of the first root file to ask for.
    #[wasm_bindgen(js_name = nextRoot)]
    #[must_use]
    pub fn next_root(&self) -> u32 {
        self.trust.next_root()
    }

    /// Checks what a host serves, at the time of `Date.now()`, and returns what it says and who has signed it.
    ///
    /// # Errors
    ///
    /// The first rule that is broken, with its code.
    pub fn verify(&mut self, served: &[u8], unix_ms: f64) -> Result<JsValue, Failure> {
        // Whatever comes of this, the one before may have been taken back.
        self.setup = None;
        let served = SetupBundle::from_bytes(served)?;
        let setup = self.trust.verify(&served, whole(unix_ms))?;
        setup.check_circuits(&CIRCUITS, &[Key::of::<HeadCircuit>(0).circuit()])?;
        let said = said(&setup);
        self.setup = Some(setup);
        Ok(said.into())
    }

    /// Checks that a proof about the header at a height may be looked at.
    ///
    /// # Errors
    ///
    /// Kind `setup`; also where no setup was verified.
    #[wasm_bindgen(js_name = checkHead)]
    pub fn check_head(&self, height: u32) -> Result<(), Failure> {
        let setup = self.setup.as_ref();
        let setup = setup.ok_or_else(|| Failure::config(&"no setup was verified"))?;
        setup.key::<HeadCircuit>(height)?;
        Ok(())
    }
}

/// Returns a root file as a pin, or else the pin that a text says.
pub(crate) fn pin(text: Option<String>, file: Option<Vec<u8>>) -> Result<RootPin, Failure> {
    match (file, text) {
        (Some(file), _) => Ok(RootPin::File(file)),
        (None, Some(text)) => Ok(text.parse()?),
        (None, None) => Err(ParsePinError.into()),
    }
}

/// Returns who has signed a setup, until when, and which files it lists as released.
pub(crate) fn signed(verified: &VerifiedSetup) -> Plain {
    let setup = SetupStatus::from(verified);
    Plain::new()
        .with("version", setup.version)
        .with("root", setup.root.to_string())
        .with("expiresMs", time(setup.expires_ms))
        .with("files", list(setup.files.iter().map(file)))
        .with("releases", list(verified.releases().iter().map(release)))
}

/// Returns what a setup says, and who has signed it until when.
fn said(setup: &VerifiedSetup) -> Plain {
    let chain = setup.chain();
    signed(setup)
        .with("chainId", chain.chain_id)
        .with("genesisHash", chain.genesis_hash.to_string())
        .with("epochLength", chain.epoch_length)
        .with("offlineCheckpoint", setup.offline_checkpoint().to_string())
        .with("checkpoint", setup.online_checkpoint().to_string())
        .with("circuits", list(setup.circuits().iter().map(circuit)))
}

fn list(items: impl Iterator<Item = Plain>) -> Array {
    items.map(JsValue::from).collect()
}

fn file(file: &FileStatus) -> Plain {
    let signers = file.signers.iter().map(|id| JsValue::from(id.to_string()));
    Plain::new()
        .with("type", file.role.name())
        .with("version", file.version)
        .with("issuedMs", time(file.issued_ms))
        .with("expiresMs", time(file.expires_ms))
        .with("threshold", file.threshold)
        .with("signers", signers.collect::<Array>())
}

fn circuit(listed: &ListedCircuit) -> Plain {
    Plain::new()
        .with("number", listed.number)
        .with("name", listed.name.as_str())
        .with("version", listed.version)
        .with("from", listed.from)
        .with("until", or_null(listed.until))
        .with("sha256", listed.file.sha256.to_string())
}

fn release(release: &Release) -> Plain {
    // Not a `u64`, which were a `bigint` that JSON does not take.
    let length = u32::try_from(release.file.length).unwrap_or(u32::MAX);
    Plain::new()
        .with("name", release.name.as_str())
        .with("length", length)
        .with("sha256", release.file.sha256.to_string())
}
