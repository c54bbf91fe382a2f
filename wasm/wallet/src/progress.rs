//! Telling JavaScript how far the making of a key is.

use std::cell::RefCell;

use js_sys::Function;
use wasm_bindgen::JsValue;

/// Runs `work`, which tells how many leaves are done; `told` is called with each number.
pub(crate) fn telling<T>(told: &Function, work: impl FnOnce(&(dyn Fn(usize) + Sync)) -> T) -> T {
    TOLD.set(Some(told.clone()));
    let result = work(&tell);
    TOLD.set(None);
    result
}

fn tell(done: usize) {
    let told = TOLD.with_borrow(Clone::clone);
    let Some(told) = told else { return };
    // No key has more than 2^16 leaves.
    let done = u32::try_from(done).unwrap_or(u32::MAX);
    // Whoever is told makes no key, and ends none.
    let _ = told.call1(&JsValue::UNDEFINED, &done.into());
}

thread_local! {
    /// Who is told: what makes keys asks for a function that threads may share, and JavaScript's may not be.
    static TOLD: RefCell<Option<Function>> = const { RefCell::new(None) };
}
