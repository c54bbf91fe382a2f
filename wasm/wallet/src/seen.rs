//! Accounts that a light client has verified, as they come to the wallet.

use rpp_verifier::{Checkpoint, ClaimError, Document as _, Header, ServedAccount, VerifiedAccount};

use crate::refusal::Refusal;

/// Returns what `document` shows under `header`, which a light client trusts: the package passes the bytes that one has
/// verified, and nothing else. That the account is the header's is checked again.
pub(crate) fn seen(header: &[u8], document: &[u8]) -> Result<VerifiedAccount, Refusal> {
    let header = Header::from_bytes(header)?;
    if header.height == 0 {
        return Err(Refusal::genesis());
    }
    let served = ServedAccount::from_bytes(document)?;
    // The length of the chain's epochs is known to its client, and matters to a genesis alone: this one ends here.
    let epoch_length = header.height.saturating_add(1);
    let chain = Checkpoint::of(&header, epoch_length).start(&header)?;
    let trusted = chain.trusted(&header)?;
    if served.height != header.height || served.header_hash != *trusted.hash() {
        return Err(ClaimError::NotHead.into());
    }
    Ok(trusted.account(served.index, &served.opening)?)
}
