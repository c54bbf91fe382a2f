//! `WebRandom`: random bytes of the browser, or of Node.

use rpp_light_client::{Random, RandomError};

/// What `crypto.getRandomValues` gives.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WebRandom;

impl Random for WebRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|e| RandomError {
            detail: e.to_string(),
        })
    }
}
