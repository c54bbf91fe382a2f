//! WebAssembly module of the verifier.
use wasm_bindgen::prelude::*;
/// Temporary.
#[wasm_bindgen]
pub fn header_hash(header: &[u8]) -> Result<String, JsError> {
    Ok(rpp_verifier::header::Header::from_bytes(header)
        .map_err(|e| JsError::new(e.code()))?
        .hash()
        .to_string())
}
