//! `NewKey`: a key that was just made, and its words.

use js_sys::Function;
use rpp_light_client::{AccountKey, Entropy, Words};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

use crate::progress::telling;
use crate::refusal::Refusal;
use crate::web_random::WebRandom;

/// A new key; a wallet takes it, once.
#[wasm_bindgen]
#[derive(Debug)]
pub struct NewKey {
    key: AccountKey,
    words: Option<Words>,
}

#[wasm_bindgen]
impl NewKey {
    /// Makes a key of 2^`tree_height` leaves from random bytes; `progress` is called with how many are done.
    ///
    /// # Errors
    ///
    /// Kind `wallet`.
    pub fn generate(chain_id: u32, tree_height: u32, progress: &Function) -> Result<Self, Refusal> {
        let entropy = Entropy::draw(&WebRandom)?;
        let words = Some(entropy.words());
        let key = telling(progress, |done| {
            AccountKey::generate(entropy, chain_id, tree_height, done)
        })?;
        Ok(Self { key, words })
    }

    /// Returns the key's id: 64 hexadecimal digits.
    #[wasm_bindgen(js_name = keyId)]
    #[must_use]
    pub fn key_id(&self) -> JsValue {
        self.key.key_id().to_string().into()
    }

    /// Returns the words and forgets them: `undefined` the next time.
    pub fn words(&mut self) -> Option<JsValue> {
        // Not as a `String`, which would be freed without being erased.
        let words = self.words.take();
        words.map(|words| JsValue::from_str(words.as_str()))
    }
}

impl NewKey {
    pub(crate) fn into_key(self) -> AccountKey {
        self.key
    }
}
