//! The configuration of a session, as a plain object.

use std::time::Duration;

use js_sys::Object;
use rpp_light_client::{Checkpoint, Config, Floor, Follow};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::JsValue;

use crate::error::Failure;
use crate::plain::Plain;

/// Reads `{ checkpoint, everyMs, maxHeadAgeMs, minStarkBits, minHashBits }`.
///
/// `checkpoint` is `HEIGHT:HASH:TIMESTAMP_MS:EPOCH_LENGTH`. `everyMs` is the time from one question for
/// the head to the next; without it, every block is verified.
///
/// # Errors
///
/// `bad-config` for a property that is unknown, missing or not of its type.
pub(crate) fn config(given: &JsValue) -> Result<Config, Failure> {
    if !given.is_object() {
        return Err(bad("not an object"));
    }
    check_names(given.unchecked_ref())?;
    let given: &Plain = given.unchecked_ref();
    let checkpoint = given.get(CHECKPOINT).as_string();
    let checkpoint = checkpoint.ok_or_else(|| bad(&format!("{CHECKPOINT} is not a string")))?;
    let checkpoint: Checkpoint = checkpoint.parse().map_err(|e| Failure::config(&e))?;
    let millis = |name| whole(given, name).map(|ms| Duration::from_millis(ms.into()));
    let follow = if given.get(EVERY_MS).is_undefined() {
        Follow::EveryBlock
    } else {
        Follow::Every(millis(EVERY_MS)?)
    };
    let floor = Floor {
        stark_bits: whole(given, MIN_STARK_BITS)?,
        hash_bits: whole(given, MIN_HASH_BITS)?,
    };
    Ok(Config::new(checkpoint)
        .follow(follow)
        .max_head_age(millis(MAX_HEAD_AGE_MS)?)
        .floor(floor))
}

fn check_names(object: &Object) -> Result<(), Failure> {
    for name in Object::keys(object)
        .iter()
        .filter_map(|name| name.as_string())
    {
        if !NAMES.contains(&name.as_str()) {
            return Err(bad(&format!("there is no {name}")));
        }
    }
    Ok(())
}

/// Reads a number that is whole and fits 32 bits.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to be in range"
)]
fn whole(given: &Plain, name: &str) -> Result<u32, Failure> {
    let number = given.get(name).as_f64();
    let number = number.filter(|x| x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(x));
    let number = number.ok_or_else(|| bad(&format!("{name} is not a whole number below 2^32")))?;
    Ok(number as u32)
}

fn bad(message: &str) -> Failure {
    Failure::config(&message)
}

const CHECKPOINT: &str = "checkpoint";
const EVERY_MS: &str = "everyMs";
const MAX_HEAD_AGE_MS: &str = "maxHeadAgeMs";
const MIN_STARK_BITS: &str = "minStarkBits";
const MIN_HASH_BITS: &str = "minHashBits";
const NAMES: [&str; 5] = [
    CHECKPOINT,
    EVERY_MS,
    MAX_HEAD_AGE_MS,
    MIN_STARK_BITS,
    MIN_HASH_BITS,
];
