//! The files of the circuits as every setup of this version has them, and a JSON Schema of each kind of file:
//! `docs/setup/`.

use std::fs;
use std::path::PathBuf;

use rpp_verifier::CIRCUITS;

use super::corpus::Result;
use super::schema;

pub(crate) fn write() -> Result<()> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/setup");
    let (circuits, schemas) = (folder.join("circuits"), folder.join("schema"));
    fs::create_dir_all(&circuits)?;
    fs::create_dir_all(&schemas)?;
    for circuit in CIRCUITS.iter() {
        // No key's file says a chain.
        let key = circuit.key(0);
        let name = format!("{}.json", key.file_name());
        fs::write(circuits.join(name), key.setup_file())?;
    }
    for (name, text) in schema::all() {
        fs::write(schemas.join(name), text)?;
    }
    Ok(())
}
