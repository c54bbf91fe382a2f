//! What the signing database says of the past, checked against itself at each start.
//!
//! A header's hash covers its parent, who voted for that parent, and its validator set, and the file
//! beside the database covers the newest header. So a bit that changed in a header, in a list of
//! voters or in a set of keys in use is found, and with it one in the table of leaves: what each leaf
//! was asked to sign follows from the rest.

use std::collections::BTreeSet;

use rpp_verifier::{HeaderHash, HistoryFrontier, ValidatorSet, vote_message};

use crate::DevnetError;
use crate::database::{Asked, Database, Proposal, Serial};
use crate::epochs::Epochs;

/// The keys that may still sign.
#[derive(Debug)]
pub(crate) struct InUse {
    pub(crate) keys: BTreeSet<Serial>,
    /// The first slot that any of them has a leaf for.
    pub(crate) first_slot: u32,
}

/// A set of an earlier epoch, or of the present one.
struct PastSet {
    epoch: u32,
    set: ValidatorSet,
    keys: Vec<Serial>,
}

/// Checks every header, and what the keys in use were asked to sign; returns the history up to the
/// header at `tip`.
///
/// # Errors
///
/// [`DevnetError::Inconsistent`] or [`DevnetError::Database`].
pub(crate) async fn check(
    database: &Database,
    epochs: Epochs,
    in_use: &InUse,
    tip: u32,
) -> Result<HistoryFrontier, DevnetError> {
    let mut history = HistoryFrontier::default();
    let mut parent: Option<(Proposal, HeaderHash)> = None;
    let mut set: Option<PastSet> = None;
    let mut expected = Vec::new();
    loop {
        let from = parent.as_ref().map_or(0, |(p, _)| p.header.height + 1);
        let page = database.proposals(from, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for proposal in page {
            let (height, slot) = (proposal.header.height, proposal.header.slot);
            let hash = proposal.header.hash();
            check_link(parent.as_ref(), &proposal)?;
            if height <= tip {
                history.append(&hash);
            }
            if height > 0 && slot >= in_use.first_slot {
                let epoch = epochs.epoch_of(height);
                let known = set.take_if(|set| set.epoch == epoch);
                let now = match known {
                    Some(set) => set,
                    None => past_set(database, epoch).await?,
                };
                expected.push(asked(&proposal, &hash, &now, in_use)?);
                set = Some(now);
            }
            parent = Some((proposal, hash));
        }
    }
    check_leaves(database, &expected).await?;
    Ok(history)
}

/// Checks that a header is the child of the one before it, and names those who voted for that.
fn check_link(
    parent: Option<&(Proposal, HeaderHash)>,
    child: &Proposal,
) -> Result<(), DevnetError> {
    let header = &child.header;
    let Some((parent, hash)) = parent else {
        let first = DevnetError::Inconsistent("it has no genesis");
        return (header.height == 0).then_some(()).ok_or(first);
    };
    let follows = header.height == parent.header.height + 1
        && header.parent_hash == hash.0
        && header.slot > parent.header.slot
        && header.participation_root == parent.voters.participation_root();
    let broken = DevnetError::Inconsistent("a header does not follow the one before it");
    follows.then_some(()).ok_or(broken)
}

async fn past_set(database: &Database, epoch: u32) -> Result<PastSet, DevnetError> {
    let members = database.members(epoch).await?;
    let seats = database.seats(epoch).await?;
    Ok(PastSet {
        epoch,
        set: ValidatorSet::new(members)?,
        keys: seats.iter().map(|seat| seat.serial).collect(),
    })
}

/// Returns what the leaves of the keys in use were asked to sign for a header.
fn asked(
    proposal: &Proposal,
    hash: &HeaderHash,
    set: &PastSet,
    in_use: &InUse,
) -> Result<Asked, DevnetError> {
    let header = &proposal.header;
    let other = DevnetError::Inconsistent("a header names another validator set than was saved");
    if header.validator_set_root != set.set.set_root() {
        return Err(other);
    }
    let key = |index| set.keys.get(usize::try_from(index).ok()?).copied();
    let keys: Option<Vec<Serial>> = proposal.voters.indices().map(key).collect();
    let mut keys = keys.ok_or(other)?;
    keys.retain(|key| in_use.keys.contains(key));
    keys.sort_unstable();
    Ok(Asked {
        slot: header.slot,
        message: vote_message(header.chain_id, header.height, header.slot, hash),
        keys,
    })
}

/// Checks that the table of leaves says what was expected, no more and no less.
async fn check_leaves(database: &Database, expected: &[Asked]) -> Result<(), DevnetError> {
    let saved = database.signed().await?;
    let mut expected = expected.iter().filter(|asked| !asked.keys.is_empty());
    let mut saved = saved.iter();
    loop {
        match (expected.next(), saved.next()) {
            (None, None) => return Ok(()),
            (expected, saved) if expected == saved => {}
            (expected, saved) => {
                let slots = expected.into_iter().chain(saved).map(|asked| asked.slot);
                let slot = slots.min().unwrap_or(0);
                return Err(database.other_leaves(slot).into());
            }
        }
    }
}

/// Headers read at a time.
const PAGE: u32 = 4096;
