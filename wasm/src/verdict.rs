//! What a session and a verifier say, as plain objects: `pkg/index.d.ts` has their types.

use js_sys::Array;
use rpp_light_client::{Fetch, Need, Spent, Status, TakenSpan, Verdict};
use rpp_verifier::{Circuit, HeadCircuit, HeadStatement, Key, Verified};
use wasm_bindgen::prelude::JsValue;

use crate::answered;
use crate::plain::{Plain, or_null};

/// Returns what is needed next: `load`, `fetch` with what, `save`, `wait` with how long, or `choose`.
pub(crate) fn need(need: Need) -> Plain {
    let named = |name: &str| Plain::new().with("need", name);
    match need {
        Need::Load => named("load"),
        Need::Save => named("save"),
        Need::Choose => named("choose"),
        Need::Wait(wait) => {
            // The part of a millisecond that is left out is waited for as well.
            let ms = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
            named("wait").with("ms", ms.saturating_add(1))
        }
        Need::Fetch(fetches) => {
            let fetches = fetches.into_iter().map(|asked| JsValue::from(fetch(asked)));
            named("fetch").with("fetches", fetches.collect::<Array>())
        }
    }
}

fn fetch(fetch: Fetch) -> Plain {
    answered::request(fetch.ask.request())
        .with("ticket", fetch.ticket.number())
        .with("provider", fetch.provider.index())
}

/// Returns a verdict on a head.
///
/// Neither a verdict nor a status says whether it is fresh: what is kept would say so for ever. Its
/// reader compares the time of staleness with a clock.
pub(crate) fn verdict(verdict: &Verdict) -> Plain {
    verified(verdict.verified())
        .with("step", verdict.step().name())
        .with("timestampMs", time(verdict.header().timestamp_ms))
        .with("staleAtMs", time(verdict.stale_at_ms()))
        .with("epoch", verdict.epoch())
        .with("endsEpoch", verdict.ends_epoch())
        .with("anchor", verdict.anchor().name())
        .with("unskippedSince", verdict.unskipped_since())
        .with("transitionsSince", or_null(verdict.transitions_since()))
        .with("spans", verdict.spans().iter().map(span).collect::<Array>())
        .with("proofBytes", verdict.proof_bytes())
        .with("spent", spent(verdict.spent()))
}

/// Returns a span that a client went by.
fn span(span: &TakenSpan) -> JsValue {
    let named = Plain::new()
        .with("firstEpoch", span.first_epoch())
        .with("lastEpoch", span.last_epoch())
        .with("lastHash", span.last_hash().to_string())
        .with("keyDigest", span.key_digest().to_string())
        .with("setupVersion", or_null(span.verified().setup_version()))
        .with("proofBytes", span.proof_bytes());
    named.into()
}

/// Returns the verdict on a proof.
pub(crate) fn verified(verified: &Verified<HeadCircuit>) -> Plain {
    of(verified, statement(verified.statement()))
}

/// Returns the verdict on a proof of any circuit, whose statement is given in words.
pub(crate) fn of<C: Circuit>(verified: &Verified<C>, statement: Plain) -> Plain {
    Plain::new()
        .with("statement", statement)
        .with("circuit", verified.circuit().name())
        .with("keyDigest", verified.key_digest().to_string())
        .with("starkBits", verified.stark_bits())
        .with("hashBits", verified.hash_bits())
        .with("setupVersion", or_null(verified.setup_version()))
}

/// Returns where a client stands, but for its setup.
pub(crate) fn status(status: &Status) -> Plain {
    let checkpoint = status.checkpoint.map(|checkpoint| checkpoint.to_string());
    let (height, hash) = status.head.unzip();
    Plain::new()
        .with("checkpoint", or_null(checkpoint))
        .with("height", or_null(height))
        .with("headerHash", or_null(hash.map(|hash| hash.to_string())))
        .with("timestampMs", time(status.timestamp_ms))
        .with("staleAtMs", time(status.stale_at_ms))
        .with("epoch", or_null(status.epoch))
        .with("latestHeight", or_null(status.latest_height))
        .with("stopped", status.is_stopped)
        .with("spent", spent(status.spent))
}

fn statement(statement: &HeadStatement) -> Plain {
    Plain::new()
        .with("kind", Key::of::<HeadCircuit>(0).circuit().name())
        .with("chainId", statement.chain_id)
        .with("height", statement.height)
        .with("headerHash", statement.header_hash.to_string())
        .with("slot", statement.slot)
        .with("proposer", statement.proposer)
        .with("validatorSetRoot", statement.set.set_root().to_string())
        .with("signedPower", statement.signed_power)
        .with("totalPower", statement.set.total_power)
        .with("signers", statement.signers.to_string())
        .with("parentRandomness", statement.parent_randomness.to_string())
        .with("randomness", statement.randomness.to_string())
}

fn spent(spent: Spent) -> Plain {
    let requests = u32::try_from(spent.requests).unwrap_or(u32::MAX);
    Plain::new()
        .with("bytes", spent.bytes)
        .with("requests", requests)
}

/// A time as JavaScript's own: milliseconds since the Unix epoch, exact until the year 287396.
#[expect(
    clippy::cast_precision_loss,
    reason = "no clock shows a time beyond 2^53 ms"
)]
pub(crate) const fn time(unix_ms: u64) -> f64 {
    unix_ms as f64
}
