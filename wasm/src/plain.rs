//! `Plain`: an object of JavaScript, written by the names of its properties.

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    /// An object without a class.
    #[wasm_bindgen(js_name = Object)]
    pub(crate) type Plain;

    /// Returns `{}`.
    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(crate) fn new() -> Plain;

    #[wasm_bindgen(method, structural, indexing_setter)]
    fn set(this: &Plain, name: &str, value: JsValue);
}

impl Plain {
    /// Sets a property: a `u64` is a `bigint`, each shorter integer a number.
    pub(crate) fn with(self, name: &str, value: impl Into<JsValue>) -> Self {
        self.set(name, value.into());
        self
    }
}

/// Returns the value, or `null`.
pub(crate) fn or_null(value: Option<impl Into<JsValue>>) -> JsValue {
    value.map_or(JsValue::NULL, Into::into)
}
