//! `Ledger`: the chain as the host serves it.

mod retire;

use std::collections::{BTreeMap, HashMap, HashSet};

use rpp_verifier::{Certificate, Header, HeaderHash, HistoryPath, ProofKey, Subject};

use super::history_log::HistoryLog;
use super::proof_id::ProofId;
use super::sql::ProofFile;

/// The headers, certificates and proofs of a chain, from genesis on: about 700 bytes per block.
#[derive(Clone, Debug)]
pub struct Ledger {
    entries: Vec<Entry>,
    history: HistoryLog,
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
    proven: Option<u32>,
    /// Counts, for each [`CHUNK`] of heights, what was changed about blocks that were finished.
    revisions: Vec<u64>,
}

#[derive(Clone, Debug)]
struct Entry {
    header: Header,
    certificate: Option<Certificate>,
    /// The proofs that are due about this height.
    due: Vec<ProofKey>,
}

#[derive(Clone, Copy, Debug)]
struct DueEntry {
    /// Height of the newest block when it became due.
    due: u32,
    status: ProofStatus,
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
}

/// A block as the ledger has it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredBlock {
    /// Hash of the header.
    pub hash: HeaderHash,
    /// The header.
    pub header: Header,
    /// The parent; the genesis has none.
    pub parent: Option<StoredParent>,
    /// Who signed; nobody signs the genesis.
    pub certificate: Option<Certificate>,
    /// The proofs about this height that are made, by the circuits' numbers.
    pub proofs: Vec<(ProofKey, ProofFile)>,
}

/// The parent of a block.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredParent {
    /// Its header.
    pub header: Header,
    /// Its path in the block's history.
    pub history_path: HistoryPath,
}

/// A header's position in the history of a later one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StoredAncestor {
    /// Hash of the ancestor.
    pub hash: HeaderHash,
    /// Its path in the later header's history.
    pub history_path: HistoryPath,
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
            proofs: HashMap::new(),
            ids: HashMap::new(),
            retired: HashSet::new(),
            retained_from: 0,
            unretired_from: 0,
            jobs: BTreeMap::new(),
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
        if latest.checked_add(1) == Some(got) && header.parent_hash == self.hash(latest).0 {
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
            && self.shows_its_proofs(height)
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

    fn listed(&self, height: u32) -> Vec<(ProofKey, ProofFile)> {
        let due = self.entries.get(to_index(height)).map(|entry| &entry.due);
        let listed = |&key: &ProofKey| match self.status(&key) {
            ProofStatus::Listed(proof) => Some((key, proof)),
            _ => None,
        };
        due.into_iter().flatten().filter_map(listed).collect()
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
            self.proven = below.find(|&height| self.shows_its_proofs(height));
        }
    }

    fn set_status(&mut self, key: &ProofKey, status: ProofStatus) {
        let entry = self.proofs.get_mut(key);
        let entry = entry.expect("a proof is due before it is made or lost");
        entry.status = status;
        let place = place(entry.due, key);
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
        let entry = self.proofs.get(key);
        entry.map_or(ProofStatus::NotDue, |entry| entry.status)
    }

    /// Returns the next proof to make.
    #[must_use]
    pub fn next_job(&self) -> Option<ProofKey> {
        self.jobs.values().next().copied()
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
    /// are kept or not.
    #[must_use]
    pub fn is_proven(&self, height: u32) -> bool {
        let made = |status| matches!(status, ProofStatus::Listed(_) | ProofStatus::Retired);
        self.is_due_and_all(height, made)
    }

    /// Returns whether the block at this height can be the head: it is proven, and whoever asks gets
    /// the proofs.
    fn shows_its_proofs(&self, height: u32) -> bool {
        self.is_due_and_all(height, |status| matches!(status, ProofStatus::Listed(_)))
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

    /// Returns the block at `height`.
    #[must_use]
    pub fn block(&self, height: u32) -> Option<StoredBlock> {
        let entry = self.entries.get(to_index(height))?;
        let parent = height.checked_sub(1).map(|below| StoredParent {
            header: self.entries[to_index(below)].header.clone(),
            history_path: self.history.path(below, height),
        });
        Some(StoredBlock {
            hash: self.hash(height),
            header: entry.header.clone(),
            parent,
            certificate: entry.certificate,
            proofs: self.listed(height),
        })
    }

    /// Returns at most `limit` blocks from `from` on, and the height of the block after the last of
    /// them, if there is one.
    #[must_use]
    pub fn page(&self, from: u32, limit: u32) -> (Vec<StoredBlock>, Option<u32>) {
        let end = from.saturating_add(limit);
        let blocks = (from..end).map_while(|height| self.block(height));
        let next = (end <= self.latest_height()).then_some(end);
        (blocks.collect(), next)
    }

    /// Returns the newest proven block.
    #[must_use]
    pub fn head(&self) -> Option<StoredBlock> {
        self.block(self.proven?)
    }

    /// Returns the position of the header at `height` in the history of the header at `within`.
    #[must_use]
    pub fn ancestor(&self, height: u32, within: u32) -> Option<StoredAncestor> {
        if height >= within || within > self.latest_height() {
            return None;
        }
        Some(StoredAncestor {
            hash: self.hash(height),
            history_path: self.history.path(height, within),
        })
    }

    fn push(&mut self, header: Header, hash: HeaderHash, certificate: Option<Certificate>) {
        self.history.append(hash);
        self.entries.push(Entry {
            header,
            certificate,
            due: Vec::new(),
        });
    }

    fn entry_of(&mut self, key: &ProofKey) -> Option<&mut Entry> {
        self.entries.get_mut(to_index(height_of(key)?))
    }

    fn hash(&self, height: u32) -> HeaderHash {
        self.history.header_hash(height)
    }
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
pub(in crate::state) mod tests {
    use rpp_verifier::{CircuitId, Digest, SetOpening, genesis};

    use super::*;

    pub(in crate::state) fn ledger(blocks: u32) -> Ledger {
        let mut ledger = Ledger::new(genesis(7, 4, 0, Digest::ZERO, Digest::ZERO, Digest::ZERO));
        let (root, n, total_power) = (Digest::ZERO, 1, 1);
        let certificate = Certificate {
            signed_power: 1,
            signers: Digest::ZERO,
            set: SetOpening {
                root,
                n,
                total_power,
            },
        };
        for _ in 0..blocks {
            let mut header = ledger.latest_header().clone();
            header.parent_hash = header.hash().0;
            header.height += 1;
            ledger.append(header, certificate).unwrap();
            ledger.add_due(key(ledger.latest_height()), ledger.latest_height());
        }
        ledger
    }

    const SIGNED: CircuitId = CircuitId::new(1, "signed");
    const STATE: CircuitId = CircuitId::new(2, "state");

    pub(in crate::state) fn key(height: u32) -> ProofKey {
        ProofKey {
            circuit: SIGNED,
            subject: Subject::Height(height),
        }
    }

    pub(in crate::state) fn proof(height: u32) -> ProofFile {
        let id = ProofId::of(&height.to_le_bytes());
        ProofFile { id, bytes: 4 }
    }

    #[test]
    fn rejects_a_block_that_does_not_follow() {
        let mut ledger = ledger(2);
        let certificate = ledger.block(2).unwrap().certificate.unwrap();
        let (latest, got) = (2, 2);
        let again = ledger.append(ledger.latest_header().clone(), certificate);
        assert_eq!(again, Err(NotNextError { latest, got }));
        let mut stranger = ledger.latest_header().clone();
        stranger.height = 3;
        let got = 3;
        let stranger = ledger.append(stranger, certificate);
        assert_eq!(stranger, Err(NotNextError { latest, got }));
    }

    #[test]
    fn a_missing_proof_is_to_be_made_again_and_the_head_is_the_one_before() {
        let mut ledger = ledger(3);
        (1..=3).for_each(|height| ledger.add_proof(&key(height), proof(height)));
        assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
        ledger.set_missing(&key(2), Provable::WitnessLost);
        assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
        ledger.set_missing(&key(3), Provable::Yes);
        assert_eq!((ledger.proven_height(), ledger.unproven()), (Some(1), 1));
        assert_eq!(ledger.keys_of(proof(3).id), []);
        assert!(ledger.block(3).unwrap().proofs.is_empty());
        assert_eq!(ledger.status(&key(2)), ProofStatus::Lost);
        assert_eq!(ledger.next_job(), Some(key(3)));
        ledger.add_proof(&key(3), proof(4));
        assert_eq!(ledger.keys_of(proof(4).id), [key(3)]);
        assert_eq!((ledger.proven_height(), ledger.jobs()), (Some(3), 0));
    }

    #[test]
    fn a_block_is_proven_when_all_that_is_due_about_it_is_made() {
        let mut ledger = ledger(2);
        let about = |circuit, subject| ProofKey { circuit, subject };
        let state = about(STATE, Subject::Height(1));
        ledger.add_proof(&key(1), proof(1));
        assert_eq!(ledger.proven_height(), Some(1));
        ledger.add_due(state, 1);
        assert_eq!((ledger.is_proven(1), ledger.proven_height()), (false, None));
        ledger.add_proof(&state, proof(9));
        assert_eq!(
            (ledger.is_proven(1), ledger.proven_height()),
            (true, Some(1))
        );
        let kinds: Vec<_> = ledger
            .block(1)
            .unwrap()
            .proofs
            .iter()
            .map(|(key, _)| key.circuit)
            .collect();
        assert_eq!(kinds, [SIGNED, STATE]);
        assert!(!ledger.is_proven(0) && !ledger.is_proven(7));
    }

    #[test]
    fn jobs_come_by_the_height_at_which_they_were_due_whatever_they_are_about() {
        let mut ledger = ledger(2);
        let of = |subject| ProofKey {
            circuit: STATE,
            subject,
        };
        let range = of(Subject::Range { first: 0, last: 1 });
        let operation = of(Subject::Operation(Digest::ZERO));
        ledger.add_due(operation, 1);
        ledger.add_due(range, 1);
        let mut order = Vec::new();
        while let Some(job) = ledger.next_job() {
            order.push(job);
            ledger.add_proof(&job, proof(order.len().try_into().unwrap()));
        }
        assert_eq!(order, [key(1), range, operation, key(2)]);
        assert_eq!(ledger.status(&of(Subject::Height(1))), ProofStatus::NotDue);
    }

    #[test]
    fn pages_follow_each_other_to_the_newest_block() {
        let ledger = ledger(6);
        let heights = |(blocks, next): (Vec<StoredBlock>, Option<u32>)| {
            let heights: Vec<u32> = blocks.iter().map(|b| b.header.height).collect();
            (heights, next)
        };
        assert_eq!(heights(ledger.page(0, 3)), (vec![0, 1, 2], Some(3)));
        assert_eq!(heights(ledger.page(3, 4)), (vec![3, 4, 5, 6], None));
        assert_eq!(heights(ledger.page(6, 64)), (vec![6], None));
        assert_eq!(heights(ledger.page(u32::MAX, 64)), (vec![], None));
    }
}
