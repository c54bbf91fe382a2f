//! The header rules that look at nothing but the header, and what comes with it.

use core::num::NonZeroU32;

use super::error::HeaderError;
use crate::chain::{
    Certificate, ChainParams, Header, HeaderHash, HistoryPath, SetOpening, is_ancestor,
};
use crate::limits::{MAX_CLOCK_DRIFT_MS, MAX_VALIDATORS};

/// H1 and H2.
pub(super) const fn check_chain(params: &ChainParams, header: &Header) -> Result<(), HeaderError> {
    let (expected, got) = (Header::VERSION, header.version);
    if got != expected {
        return Err(HeaderError::Version { expected, got });
    }
    let (expected, got) = (params.chain_id(), header.chain_id);
    if got != expected {
        return Err(HeaderError::ChainId { expected, got });
    }
    Ok(())
}

/// H6 and H7; returns the number of members.
pub(super) fn check_opening(header: &Header, set: &SetOpening) -> Result<NonZeroU32, HeaderError> {
    if set.set_root() != header.validator_set_root {
        return Err(HeaderError::SetOpening);
    }
    let is_small = usize::try_from(set.n).is_ok_and(|n| n <= MAX_VALIDATORS);
    let n = NonZeroU32::new(set.n).filter(|_| is_small);
    n.ok_or(HeaderError::SetSize { got: set.n })
}

/// H6 to H8.
pub(super) fn check_members(header: &Header, set: &SetOpening) -> Result<(), HeaderError> {
    let n = check_opening(header, set)?;
    let (expected, got) = (header.slot % n, header.proposer);
    if expected != got {
        return Err(HeaderError::Proposer { expected, got });
    }
    Ok(())
}

/// H9.
pub(super) fn check_next_set(params: &ChainParams, header: &Header) -> Result<(), HeaderError> {
    let repeats = header.next_validator_set_root == header.validator_set_root;
    if repeats || params.ends_epoch(header.height) {
        return Ok(());
    }
    Err(HeaderError::NextSet)
}

/// H10 to H13.
pub(super) fn check_parent(header: &Header, parent: &Header) -> Result<(), HeaderError> {
    if parent.hash().0 != header.parent_hash {
        return Err(HeaderError::ParentHash);
    }
    let (parent_height, got) = (parent.height, header.height);
    if parent_height.checked_add(1) != Some(got) {
        return Err(HeaderError::ParentHeight {
            parent: parent_height,
            got,
        });
    }
    if parent.slot >= header.slot {
        let (parent, got) = (parent.slot, header.slot);
        return Err(HeaderError::ParentSlot { parent, got });
    }
    if parent.timestamp_ms >= header.timestamp_ms {
        let (parent, got) = (parent.timestamp_ms, header.timestamp_ms);
        return Err(HeaderError::ParentTimestamp { parent, got });
    }
    Ok(())
}

/// H14.
pub(super) const fn check_clock(header: &Header, now_ms: u64) -> Result<(), HeaderError> {
    let (max, got) = (
        now_ms.saturating_add(MAX_CLOCK_DRIFT_MS),
        header.timestamp_ms,
    );
    if got > max {
        return Err(HeaderError::Future { max, got });
    }
    Ok(())
}

/// H15.
pub(super) fn check_parent_path(
    header: &Header,
    parent: &Header,
    path: &HistoryPath,
) -> Result<(), HeaderError> {
    if is_in_history(&parent.hash(), parent.height, path, header) {
        return Ok(());
    }
    Err(HeaderError::ParentNotInHistory)
}

pub(super) fn is_in_history(
    hash: &HeaderHash,
    height: u32,
    path: &HistoryPath,
    header: &Header,
) -> bool {
    is_ancestor(hash, height, path, header.height, &header.history_root)
}

/// H17. Products of a `u32` by three fit a `u64`.
pub(super) fn check_power(certificate: &Certificate) -> Result<(), HeaderError> {
    let (signed, total) = (certificate.signed_power, certificate.set.total_power);
    let signed_thirds = u64::from(signed).saturating_mul(3);
    if signed_thirds > u64::from(total).saturating_mul(2) {
        return Ok(());
    }
    Err(HeaderError::SignedPower { signed, total })
}
