//! `Certificate` in JSON.

use serde::{Deserialize, Serialize};

use crate::chain::{Certificate, SetOpening};
use crate::hash::Digest;

/// The JSON of a [`Certificate`], for `#[serde(with)]`.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Certificate", deny_unknown_fields)]
pub(super) struct CertificateWire {
    signed_power: u32,
    #[serde(with = "super::hex_digest")]
    signers: Digest,
    #[serde(with = "SetOpeningWire")]
    set: SetOpening,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SetOpening", deny_unknown_fields)]
pub(super) struct SetOpeningWire {
    #[serde(with = "super::hex_digest")]
    root: Digest,
    n: u32,
    total_power: u32,
}
