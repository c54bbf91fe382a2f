//! What is asked and answered under a trusted header, as plain objects: `pkg/index.d.ts` has their types.

use js_sys::Array;
use rpp_light_client::{OperationState, Request};
use rpp_verifier::{
    Account, Header, OperationHash, TrustedHeader, VerifiedAccount, VerifiedTransition,
    VerifiedUptime,
};
use wasm_bindgen::prelude::JsValue;

use crate::plain::{Plain, or_null};
use crate::verdict;

/// Returns a request.
pub(crate) fn request(request: Request) -> Plain {
    let asked = Plain::new()
        .with("path", request.path)
        .with("accept", request.accept)
        .with("maxBytes", request.max_bytes);
    let Some(body) = request.body else {
        return asked;
    };
    asked
        .with("contentType", body.media_type)
        .with("body", bytes(&body.bytes))
}

/// Returns a header, with its bytes.
pub(crate) fn header(trusted: &TrustedHeader) -> Plain {
    let header = trusted.header();
    Plain::new()
        .with("chainId", header.chain_id)
        .with("height", header.height)
        .with("hash", trusted.hash().to_string())
        .with("slot", header.slot)
        .with("proposer", header.proposer)
        .with("timestampMs", verdict::time(header.timestamp_ms))
        .with("parentHash", header.parent_hash.to_hex())
        .with("stateRoot", header.state_root.to_hex())
        .with("txRoot", header.tx_root.to_hex())
        .with("validatorSetRoot", header.validator_set_root.to_hex())
        .with(
            "nextValidatorSetRoot",
            header.next_validator_set_root.to_hex(),
        )
        .with("participationRoot", header.participation_root.to_hex())
        .with("historyRoot", header.history_root.to_hex())
        .with("randomness", header.randomness.to_hex())
        .with("bytes", bytes(&header.to_bytes()))
}

/// Returns headers that follow each other.
pub(crate) fn history(headers: &[TrustedHeader]) -> Array {
    let headers = headers.iter().map(header);
    headers.map(JsValue::from).collect()
}

/// Returns an account, with the bytes of the header that shows it and of the document under it.
pub(crate) fn account(account: &VerifiedAccount, header: &Header, document: &[u8]) -> Plain {
    let fields = Plain::new()
        .with("index", account.index())
        .with("account", or_null(account.account().map(fields)))
        .with("chainId", account.chain_id())
        .with("height", account.height())
        .with("headerHash", account.header_hash().to_string())
        .with("timestampMs", verdict::time(account.timestamp_ms()));
    Plain::new()
        .with("fields", fields)
        .with("header", bytes(&header.to_bytes()))
        .with("document", bytes(document))
}

fn fields(account: &Account) -> Plain {
    Plain::new()
        .with("keyId", account.key_id.to_string())
        .with("balance", account.balance)
        .with("nonce", account.nonce)
        .with("keyOffset", account.key_offset)
}

/// Returns the accounts of a key.
pub(crate) fn key_ledger(accounts: impl Iterator<Item = Plain>, is_whole: bool) -> Plain {
    let accounts = accounts.map(JsValue::from).collect::<Array>();
    Plain::new()
        .with("accounts", accounts)
        .with("isWhole", is_whole)
}

/// Returns what became of an operation.
pub(crate) fn operation(hash: &OperationHash, state: &OperationState) -> Plain {
    let named = Plain::new()
        .with("state", state.name())
        .with("hash", hash.to_string());
    match state {
        OperationState::Included(included) => named
            .with("height", included.height())
            .with("headerHash", included.header_hash().to_string())
            .with("position", included.position()),
        OperationState::Ahead { height } | OperationState::Pending { height } => {
            named.with("height", *height)
        }
        OperationState::Dropped { height, code } => {
            named.with("height", *height).with("code", code.to_string())
        }
        OperationState::Unknown => named,
    }
}

/// Returns the verdict on what a block did.
pub(crate) fn transition(transition: &VerifiedTransition) -> Plain {
    let verified = transition.verified();
    Plain::new()
        .with("height", transition.height())
        .with("headerHash", transition.header_hash().to_string())
        .with("circuit", verified.circuit().name())
        .with("keyDigest", verified.key_digest().to_string())
        .with("starkBits", verified.stark_bits())
        .with("hashBits", verified.hash_bits())
}

/// Returns the verdict on how often a validator has voted.
pub(crate) fn uptime(uptime: &VerifiedUptime) -> Plain {
    let verified = uptime.verified();
    Plain::new()
        .with("validator", uptime.validator())
        .with("epoch", uptime.epoch())
        .with("keyId", uptime.key_id().to_string())
        .with("first", uptime.first())
        .with("last", uptime.last())
        .with("signed", uptime.signed())
        .with("headerHash", uptime.header_hash().to_string())
        .with("circuit", verified.circuit().name())
        .with("keyDigest", verified.key_digest().to_string())
        .with("starkBits", verified.stark_bits())
        .with("hashBits", verified.hash_bits())
}

fn bytes(bytes: &[u8]) -> JsValue {
    js_sys::Uint8Array::from(bytes).into()
}
