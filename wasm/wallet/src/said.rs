//! What a wallet says, as plain objects: `pkg/wallet.d.ts` has their types.

use js_sys::Uint8Array;
use rpp_light_client::{Leaves, Outgoing, Settled, SignerStatus, Standing};
use rpp_verifier::{Operation, Register, Rekey, Transfer};
use wasm_bindgen::prelude::JsValue;

use crate::exchange::Ask;
use crate::plain::{Plain, or_null};

/// Returns what the store is asked for: `load`, or `swap` with `before` and `after`.
pub(crate) fn ask(ask: &Ask) -> JsValue {
    let named = |name: &str| Plain::new().with("need", name);
    let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    match ask {
        Ask::Load => named("load"),
        Ask::Swap { before, after } => {
            let before = before.as_deref().map_or(JsValue::UNDEFINED, bytes);
            named("swap")
                .with("before", before)
                .with("after", bytes(after))
        }
    }
    .into()
}

/// Returns what a call came to.
pub(crate) fn done(value: JsValue) -> JsValue {
    Plain::new()
        .with("need", "nothing")
        .with("value", value)
        .into()
}

pub(crate) fn status(status: &SignerStatus) -> JsValue {
    let standing = match status.standing {
        Standing::Whole => "whole",
        Standing::Restored => "restored",
    };
    Plain::new()
        .with("chainId", status.chain_id)
        .with("keyId", status.key_id.to_string())
        .with("account", or_null(status.account))
        .with("standing", standing)
        .with("leaves", leaves(status.leaves))
        .with("nextNonce", or_null(status.next_nonce))
        .with(
            "pending",
            or_null(status.pending.map(|hash| hash.to_string())),
        )
        .with("last", or_null(status.last.map(|hash| hash.to_string())))
        .into()
}

pub(crate) fn pending(outgoing: Option<Outgoing>) -> JsValue {
    outgoing.map_or(JsValue::UNDEFINED, |outgoing| self::outgoing(&outgoing))
}

pub(crate) fn outgoing(outgoing: &Outgoing) -> JsValue {
    Plain::new()
        .with("hash", outgoing.hash().to_string())
        .with("bytes", Uint8Array::from(&*outgoing.to_bytes()))
        .with("operation", operation(&outgoing.signed().operation))
        .with("leaves", leaves(outgoing.leaves()))
        .into()
}

pub(crate) const fn settled(settled: &Settled) -> &'static str {
    match settled {
        Settled::Nothing => "nothing",
        Settled::Vacant => "vacant",
        Settled::Spent(_) => "spent",
        Settled::Taken(_) => "taken",
        Settled::Rekeyed(_) => "rekeyed",
        Settled::Behind(_) => "behind",
    }
}

fn operation(operation: &Operation) -> Plain {
    let named = |kind: &str| Plain::new().with("kind", kind);
    match operation {
        Operation::Transfer(Transfer {
            from,
            to,
            amount,
            fee,
            nonce,
        }) => named("transfer")
            .with("from", *from)
            .with("to", *to)
            .with("amount", *amount)
            .with("fee", *fee)
            .with("nonce", *nonce),
        Operation::Register(Register {
            index,
            key_id,
            leaf,
        }) => named("register")
            .with("index", *index)
            .with("keyId", key_id.to_string())
            .with("leaf", *leaf),
        Operation::Rekey(Rekey {
            index,
            new_key_id,
            fee,
            nonce,
        }) => named("rekey")
            .with("index", *index)
            .with("newKeyId", new_key_id.to_string())
            .with("fee", *fee)
            .with("nonce", *nonce),
    }
}

fn leaves(leaves: Leaves) -> Plain {
    let (kind, left) = match leaves {
        Leaves::Enough { left } => ("enough", left),
        Leaves::Low { left } => ("low", left),
        Leaves::RekeyOnly { left } => ("rekey-only", left),
    };
    Plain::new().with("kind", kind).with("left", left)
}
