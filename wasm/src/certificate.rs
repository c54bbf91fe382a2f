//! The certificate's bytes.

use rpp_verifier::chain::Certificate;
use rpp_verifier::codec::{DecodeError, Reader};
use rpp_verifier::validator::SetOpening;

/// Decodes the 76-byte form: signed power, signers, then root, size and total power of the set.
pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Certificate, DecodeError> {
    let mut r = Reader::new(bytes);
    let certificate = Certificate {
        signed_power: r.u32("signed_power")?,
        signers: r.digest("signers")?,
        set: SetOpening {
            root: r.digest("set root")?,
            n: r.u32("set size")?,
            total_power: r.u32("total_power")?,
        },
    };
    r.finish()?;
    Ok(certificate)
}
