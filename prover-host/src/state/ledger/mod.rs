//! `Ledger`: the chain as the host serves it.

mod prune;
mod retire;
mod spans;
mod stored;

use std::collections::{BTreeMap, HashMap, HashSet};

use rpp_verifier::{Certificate, Digest, Header, HeaderHash, ProofKey, Subject, fold_block};

use self::prune::Pruned;
use self::spans::Spans;
use super::history_log::HistoryLog;
use super::proof_id::ProofId;
use super::spans::EpochSpan;
use super::sql::ProofFile;

pub use self::prune::PruneReport;
pub(crate) use self::prune::Unserved;
pub use self::spans::SpanReport;
pub(crate) use self::spans::SpanWork;
pub use stored::{StoredAncestor, StoredBlock, StoredParent};

/// The headers, certificates and proofs of a chain, from genesis on: about 700 bytes per block.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    history: HistoryLog,
    /// The folds over the blocks before each height.
    folds: Vec<Digest>,
    proofs: HashMap<ProofKey, DueEntry>,
    /// The proofs that are served; one file may prove two things.
    ids: HashMap<ProofId, Vec<ProofKey>>,
    /// The proofs that were made, and are kept no longer.
    retired: HashSet<ProofId>,
    /// From this height on no proof was retired.
    retained_from: u32,
    /// No height below it has a proof to be retired.
    unretired_from: u32,
    /// The proofs to make, oldest first.
    jobs: BTreeMap<Place, ProofKey>,
    /// The proofs that were asked for and are served, oldest first; those in `kept` are not among them.
    requested: BTreeMap<Place, ProofKey>,
    /// The proofs of the ranges that are pruned, and of the one that is to be; and the spans that the host makes by itself.
    kept: HashSet<ProofKey>,
    pruned: Pruned,
    spans: Spans,
    proven: Option<u32>,
    /// Counts, for each [`CHUNK`] of heights, what was changed about blocks that were finished.
    revisions: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: Header,
    certificate: Option<Certificate>,
    /// The proofs that are due about this height, by the numbers of their circuits. The first one shows
    /// that the block was signed.
    due: Vec<ProofKey>,
}

#[derive(Clone, Copy, Debug)]
struct DueEntry {
    /// Height of the newest block when it became due.
    due: u32,
    status: ProofStatus,
}

/// Which queue a proof waits in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Lane {
    /// The proofs that blocks were signed, which move the head.
    Head,
    /// All others that are due for a block.
    Rest,
    /// Those that somebody asked for, about an operation or a range of headers: they take turns with the rest.
    Requested,
    /// Those of ranges whose blocks are to be pruned: they wait for all others.
    Pruning,
    /// The spans that the host makes by itself: they wait for those as well.
    Span,
}

/// A job's position in the queue: by the height at which it became due, then by circuit and
/// subject.
type Place = (u32, u16, String);

/// The status of a proof.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ProofStatus {
    /// It is not due.
    NotDue,
    /// It is waiting to be made.
    Waiting,
    /// It was lost, and what it was made from no longer exists.
    Lost,
    /// It is made, and served.
    Listed(ProofFile),
    /// It was made, and is kept no longer.
    Retired,
    /// The block that it is about is pruned, and whatever was proven about it is kept no longer.
    Pruned,
}

/// A block that does not follow the newest one.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("block {got} does not follow block {latest}, the newest one")]
pub struct NotNextError {
    /// Height of the newest block.
    pub latest: u32,
    /// Height of the block given.
    pub got: u32,
}

/// Whether a proof that is missing can be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Provable {
    /// Its witness is stored.
    Yes,
    /// Its witness is no longer stored.
    WitnessLost,
}

impl Ledger {
    /// Returns the chain that has only its genesis.
    #[must_use]
    pub fn new(genesis: Header) -> Self {
        let mut ledger = Self {
            entries: Vec::new(),
            history: HistoryLog::default(),
            folds: Vec::new(),
            proofs: HashMap::new(),
            ids: HashMap::new(),
            retired: HashSet::new(),
            retained_from: 0,
            unretired_from: 0,
            jobs: BTreeMap::new(),
            requested: BTreeMap::new(),
            kept: HashSet::new(),
            pruned: Pruned::default(),
            spans: Spans::default(),
            proven: None,
            revisions: Vec::new(),
        };
        let hash = genesis.hash();
        ledger.push(genesis, hash, None);
        ledger
    }

    /// Appends a signed block, about which no proof is due yet.
    ///
    /// # Errors
    ///
    /// [`NotNextError`] if it is not a child of the newest block.
    pub fn append(&mut self, header: Header, certificate: Certificate) -> Result<(), NotNextError> {
        self.check_next(&header)?;
        let hash = header.hash();
        self.push(header, hash, Some(certificate));
        Ok(())
    }

    /// Checks that `header` is a child of the newest block.
    ///
    /// # Errors
    ///
    /// [`NotNextError`].
    pub fn check_next(&self, header: &Header) -> Result<(), NotNextError> {
        let (latest, got) = (self.latest_height(), header.height);
        if latest.checked_add(1) == Some(got) && header.parent_hash == self.header_hash(latest).0 {
            return Ok(());
        }
        Err(NotNextError { latest, got })
    }

    /// Adds a proof to be made, due since the block at `due` was the newest.
    pub(super) fn add_due(&mut self, key: ProofKey, due: u32) {
        let status = ProofStatus::Waiting;
        self.proofs.insert(key, DueEntry { due, status });
        self.jobs.insert(place(due, &key), key);
        if let Some(height) = height_of(&key)
            && height < self.latest_height()
        {
            self.revise(height);
            self.unretired_from = self.unretired_from.min(height);
        }
        if let Some(entry) = self.entry_of(&key) {
            entry.due.push(key);
            entry.due.sort_by_key(|key| key.circuit.number());
        }
        self.check_head(&key);
    }

    /// Forgets that a proof was due which is kept no longer, or lost: it may be due anew.
    pub(super) fn forget_due(&mut self, key: &ProofKey) {
        if matches!(self.status(key), ProofStatus::Lost | ProofStatus::Retired) {
            self.proofs.remove(key);
        }
    }

    /// Adds a proof that has been made, replacing any earlier one.
    ///
    /// # Panics
    ///
    /// If it is not due.
    pub(super) fn add_proof(&mut self, key: &ProofKey, proof: ProofFile) {
        self.remove_id(key);
        self.ids.entry(proof.id).or_default().push(*key);
        self.set_status(key, ProofStatus::Listed(proof));
        if let Subject::Height(height) = key.subject
            && self.shows_its_proof(height)
        {
            self.proven = self.proven.max(Some(height));
        }
    }

    /// Records that a due proof is missing, and whether it can be made.
    ///
    /// # Panics
    ///
    /// If it is not due.
    pub(super) fn set_missing(&mut self, key: &ProofKey, provable: Provable) {
        if let Some(height) = height_of(key) {
            self.revise(height);
            self.unretired_from = self.unretired_from.min(height);
        }
        self.remove_id(key);
        let status = match provable {
            Provable::Yes => ProofStatus::Waiting,
            Provable::WitnessLost => ProofStatus::Lost,
        };
        self.set_status(key, status);
        self.check_head(key);
    }

    /// Records that a due proof was made and is kept no longer.
    ///
    /// # Panics
    ///
    /// If it is not due.
    pub(super) fn set_retired(&mut self, key: &ProofKey, id: ProofId) {
        if let Some(height) = height_of(key) {
            self.revise(height);
            self.retained_from = self.retained_from.max(height.saturating_add(1));
        }
        self.remove_id(key);
        self.retired.insert(id);
        self.set_status(key, ProofStatus::Retired);
        self.check_head(key);
    }

    fn revise(&mut self, height: u32) {
        let chunk = to_index(height / CHUNK);
        if chunk >= self.revisions.len() {
            self.revisions.resize(chunk + 1, 0);
        }
        self.revisions[chunk] += 1;
    }

    /// Moves the head down if it is no longer proven.
    fn check_head(&mut self, key: &ProofKey) {
        let head = height_of(key).filter(|&height| self.proven == Some(height));
        if let Some(head) = head {
            let mut below = (0..=head).rev();
            self.proven = below.find(|&height| self.shows_its_proof(height));
        }
    }

    fn set_status(&mut self, key: &ProofKey, status: ProofStatus) {
        let entry = self.proofs.get_mut(key);
        let entry = entry.expect("a proof is due before it is made or lost");
        entry.status = status;
        let place = place(entry.due, key);
        self.note_span(key, status);
        self.note_range(key, status);
        if is_requested(key) && !self.kept.contains(key) {
            match status {
                ProofStatus::Listed(_) => self.requested.insert(place.clone(), *key),
                _ => self.requested.remove(&place),
            };
        }
        if status == ProofStatus::Waiting {
            self.jobs.insert(place, *key);
        } else {
            self.jobs.remove(&place);
        }
    }

    fn remove_id(&mut self, key: &ProofKey) {
        if let ProofStatus::Listed(proof) = self.status(key)
            && let Some(keys) = self.ids.get_mut(&proof.id)
        {
            keys.retain(|listed| listed != key);
            if keys.is_empty() {
                self.ids.remove(&proof.id);
            }
        }
    }

    /// Returns the status of a proof.
    #[must_use]
    pub fn status(&self, key: &ProofKey) -> ProofStatus {
        if let Some(entry) = self.proofs.get(key) {
            return entry.status;
        }
        let pruned = height_of(key).and_then(|height| self.pruned_range(height));
        pruned.map_or(ProofStatus::NotDue, |_| ProofStatus::Pruned)
    }

    /// Returns the next proof to make in a lane.
    #[must_use]
    pub fn next_job(&self, lane: Lane) -> Option<ProofKey> {
        let mut jobs = self.jobs.values();
        jobs.find(|key| self.lane(key) == lane).copied()
    }

    /// Returns how many proofs about blocks are waiting to be made in a lane.
    #[must_use]
    pub fn block_jobs(&self, lane: Lane) -> usize {
        let jobs = self.jobs.values();
        let of_lane = |key: &&ProofKey| height_of(key).is_some() && self.lane(key) == lane;
        jobs.filter(of_lane).count()
    }

    /// Returns how many proofs that were asked for are waiting to be made.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.unmade_requests().count()
    }

    /// Returns the proofs that were asked for and are waiting to be made, oldest first.
    pub(crate) fn unmade_requests(&self) -> impl Iterator<Item = &ProofKey> {
        let jobs = self.jobs.values();
        jobs.filter(|key| self.lane(key) == Lane::Requested)
    }

    /// Returns the oldest of the proofs that were asked for and made, all but `kept`.
    pub(super) fn requested_beyond(&self, kept: usize) -> Vec<(ProofKey, ProofId)> {
        let beyond = self.requested.len().saturating_sub(kept);
        let oldest = self.requested.values().take(beyond);
        let listed = oldest.filter_map(|key| match self.status(key) {
            ProofStatus::Listed(proof) => Some((*key, proof.id)),
            _ => None,
        });
        listed.collect()
    }

    /// Returns the height since which a proof is due.
    #[must_use]
    pub fn due_height(&self, key: &ProofKey) -> Option<u32> {
        self.proofs.get(key).map(|entry| entry.due)
    }

    /// Returns the lane that a proof is made in.
    #[must_use]
    pub fn lane(&self, key: &ProofKey) -> Lane {
        if self.kept.contains(key) {
            return match EpochSpan::of(key) {
                Some(_) => Lane::Span,
                None => Lane::Pruning,
            };
        }
        if is_requested(key) {
            return Lane::Requested;
        }
        let entry = height_of(key).and_then(|height| self.entries.get(to_index(height)));
        match entry.and_then(|entry| entry.due.first()) {
            Some(first) if first == key => Lane::Head,
            _ => Lane::Rest,
        }
    }

    /// Returns how many proofs are waiting to be made.
    #[must_use]
    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// Returns how many blocks are waiting for their proofs.
    #[must_use]
    pub fn unproven(&self) -> usize {
        let mut heights: Vec<u32> = self.jobs.values().filter_map(height_of).collect();
        heights.sort_unstable();
        heights.dedup();
        heights.len()
    }

    /// Returns whether any proofs are due for this height and all of them have been made, whether they
    /// are kept or not; or the block is pruned.
    #[must_use]
    pub fn is_proven(&self, height: u32) -> bool {
        let made = |status| matches!(status, ProofStatus::Listed(_) | ProofStatus::Retired);
        self.is_due_and_all(height, made)
            || self.pruned_range(height).is_some() && !self.is_due(height)
    }

    /// Returns whether the block at this height can be the head: whoever asks gets the proof that it was
    /// signed, whatever else is still to be proven about it.
    fn shows_its_proof(&self, height: u32) -> bool {
        let entry = self.entries.get(to_index(height));
        let first = entry.and_then(|entry| entry.due.first());
        first.is_some_and(|key| matches!(self.status(key), ProofStatus::Listed(_)))
    }

    fn is_due(&self, height: u32) -> bool {
        let entry = self.entries.get(to_index(height));
        entry.is_some_and(|entry| !entry.due.is_empty())
    }

    fn is_due_and_all(&self, height: u32, is: impl Fn(ProofStatus) -> bool) -> bool {
        let entry = self.entries.get(to_index(height));
        entry.is_some_and(|entry| {
            !entry.due.is_empty() && entry.due.iter().all(|key| is(self.status(key)))
        })
    }

    /// Returns the height of the newest block.
    #[must_use]
    pub fn latest_height(&self) -> u32 {
        self.latest_header().height
    }

    /// Returns the newest header.
    #[must_use]
    pub fn latest_header(&self) -> &Header {
        // A ledger always has a genesis.
        &self.entries[self.entries.len() - 1].header
    }

    /// Returns a number that changes whenever one of at most `limit` blocks from `from` on loses a
    /// proof, or one becomes due about a block among them that has others after it: what was finished
    /// may then be so no longer.
    #[must_use]
    pub fn revision(&self, from: u32, limit: u32) -> u64 {
        let last = from.saturating_add(limit.saturating_sub(1));
        let chunks = from / CHUNK..=last / CHUNK;
        let revisions = chunks.map(|chunk| self.revisions.get(to_index(chunk)));
        revisions.flatten().sum()
    }

    /// Returns the header at `height`.
    #[must_use]
    pub fn header(&self, height: u32) -> Option<&Header> {
        Some(&self.entries.get(to_index(height))?.header)
    }

    /// Returns the headers from one height to before another; `None` if the chain does not have them all.
    #[must_use]
    pub fn headers(&self, from: u32, before: u32) -> Option<Vec<Header>> {
        let entries = self.entries.get(to_index(from)..to_index(before))?;
        Some(entries.iter().map(|entry| entry.header.clone()).collect())
    }

    /// Returns the fold over the blocks before a height, as `docs/PROTOCOL.md` has it in section 29.
    #[must_use]
    pub fn fold(&self, height: u32) -> Option<Digest> {
        self.folds.get(to_index(height)).copied()
    }

    /// Returns the fold over all blocks that there are.
    fn next_fold(&self) -> Digest {
        let (Some(fold), Some(newest)) = (self.folds.last(), self.entries.last()) else {
            return Digest::ZERO;
        };
        let header = &newest.header;
        fold_block(fold, header.height, &header.tx_root)
    }

    /// Returns the height of the newest proven block.
    #[must_use]
    pub const fn proven_height(&self) -> Option<u32> {
        self.proven
    }

    /// Returns the height from which on no proof was retired; below it those of the last block of each
    /// epoch are kept.
    #[must_use]
    pub const fn retained_from(&self) -> u32 {
        self.retained_from
    }

    /// Returns whether a proof of this id was made and is kept no longer.
    #[must_use]
    pub fn is_retired(&self, id: ProofId) -> bool {
        self.retired.contains(&id)
    }

    /// Returns which proofs that are served have this id.
    #[must_use]
    pub fn keys_of(&self, id: ProofId) -> &[ProofKey] {
        self.ids.get(&id).map_or(&[], Vec::as_slice)
    }

    fn push(&mut self, header: Header, hash: HeaderHash, certificate: Option<Certificate>) {
        self.history.append(hash);
        self.folds.push(self.next_fold());
        self.entries.push(Entry {
            header,
            certificate,
            due: Vec::new(),
        });
    }

    fn entry_of(&mut self, key: &ProofKey) -> Option<&mut Entry> {
        self.entries.get_mut(to_index(height_of(key)?))
    }

    /// Returns the hash of the header at `height`.
    ///
    /// # Panics
    ///
    /// If there is no such header.
    #[must_use]
    pub fn header_hash(&self, height: u32) -> HeaderHash {
        self.history.header_hash(height)
    }
}

/// Whether a proof is made when somebody asks for it, and not for each block.
const fn is_requested(key: &ProofKey) -> bool {
    height_of(key).is_none()
}

const fn height_of(key: &ProofKey) -> Option<u32> {
    match key.subject {
        Subject::Height(height) => Some(height),
        _ => None,
    }
}

fn place(due: u32, key: &ProofKey) -> Place {
    (due, key.circuit.number(), key.subject.to_string())
}

fn to_index(height: u32) -> usize {
    usize::try_from(height).expect("a u32 fits a usize")
}

/// Heights that share a revision: as many as there are blocks on the longest page.
const CHUNK: u32 = 64;

#[cfg(test)]
pub(in crate::state) mod tests;
