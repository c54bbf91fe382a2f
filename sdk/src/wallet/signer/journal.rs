//! The journal: what a signer keeps, and in which order. A signature leaves only from what is stored.
//!
//! [`Stored`] is what the store is known to hold, and can be looked at. A change of it is a [`Draft`], which
//! nobody can look into; the journal saves it, and returns what is then stored. So a signature that was made
//! in a draft cannot be shown before it is saved, and [`Stored::sign`] signs only what is reserved in a
//! record that was saved before.

use rpp_key_file::{Lock, Random, SealError, TAG_BYTES};
use rpp_verifier::{Digest, OperationHash, SignError};

use super::super::before::{Before, Tag};
use super::super::contents::Contents;
use super::super::signer_store::{SignerStore, Swap};
use super::error::SignerError;

/// What the store held when it was last read or written.
pub(super) struct Stored {
    contents: Contents,
    sequence: u64,
    file: Vec<u8>,
}

/// A change that is not saved.
pub(super) struct Draft {
    contents: Contents,
    sequence: u64,
    /// What the change was made to.
    file: Vec<u8>,
}

impl Stored {
    pub(super) const fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Signs what is reserved.
    pub(super) fn sign(self) -> Result<Draft, SignError> {
        let mut draft = self.draft();
        draft.contents.sign()?;
        Ok(draft)
    }

    /// Makes a change; returns what it came to, and what to do next.
    pub(super) fn change<T>(
        mut self,
        change: impl FnOnce(&mut Contents) -> Result<Change<T>, SignerError>,
    ) -> Result<(T, Next), SignerError> {
        // A change that is refused half way is dropped, and the record read again.
        Ok(match change(&mut self.contents)? {
            Change::Made(value) => (value, Next::Save(self.draft())),
            Change::None(value) => (value, Next::Keep(self)),
        })
    }

    fn draft(self) -> Draft {
        let mut contents = self.contents;
        contents.before.push(self.sequence, tag(&self.file));
        Draft {
            contents,
            sequence: self.sequence,
            file: self.file,
        }
    }
}

/// What a change came to.
pub(super) enum Change<T> {
    /// Something was changed, and has to be saved.
    Made(T),
    /// Nothing was.
    None(T),
}

/// What to do after a change.
pub(super) enum Next {
    /// Save it.
    Save(Draft),
    /// Nothing was changed.
    Keep(Stored),
}

/// The store, the lock of its file, and what it held last.
pub(super) struct Journal<S, R> {
    store: S,
    random: R,
    lock: Lock,
    /// Taken out by each call and put back at its end, so that a call that fails or is dropped leaves nothing
    /// behind that might not be what is stored.
    last: Option<Stored>,
    /// What this handle has seen.
    seen: Seen,
}

/// What a handle has seen of its store, by which it notices that the file was set back.
struct Seen {
    /// The number of the newest record.
    sequence: u64,
    /// The tag at the end of its file.
    tag: Tag,
    /// How many keys there were before the present one.
    generation: u32,
    /// The keys, the present one last, each with the first leaf that was given to nothing.
    leaves: Vec<(Digest, u32)>,
    /// What was under way last, or still is.
    operation: Option<OperationHash>,
}

impl Seen {
    fn of(stored: &Stored) -> Self {
        let mut seen = Self {
            sequence: 0,
            tag: Tag::default(),
            generation: 0,
            leaves: Vec::new(),
            operation: None,
        };
        seen.note(stored);
        seen
    }

    /// Takes note of the newest record.
    fn note(&mut self, stored: &Stored) {
        let key_id = stored.contents.key_id();
        let next = stored.contents.next_leaf().max(self.leaf(&key_id));
        self.leaves.retain(|(seen, _)| *seen != key_id);
        self.leaves.push((key_id, next));
        self.sequence = stored.sequence;
        self.tag = tag(&stored.file);
        self.generation = stored.contents.generation;
        self.operation = stored.contents.pending().or(stored.contents.last);
    }

    /// Returns the first leaf of a key that was given to nothing.
    fn leaf(&self, key_id: &Digest) -> u32 {
        let seen = self.leaves.iter().find(|(seen, _)| seen == key_id);
        seen.map_or(0, |(_, next)| *next)
    }

    /// Returns whether a record is older than what was seen, or goes on from one that is.
    fn is_past(&self, stored: &Stored) -> bool {
        let key_id = stored.contents.key_id();
        let before = &stored.contents.before;
        let is_newer = stored.sequence > self.sequence && before.may_have(self.sequence, &self.tag);
        let is_same = stored.sequence == self.sequence && tag(&stored.file) == self.tag;
        // A key that was changed does not come back, and a leaf that was given away neither. The key before the
        // present one may be one that this handle never saw.
        let is_present = self.leaves.last().is_none_or(|(seen, _)| *seen == key_id);
        let is_known = self.leaves.iter().any(|(seen, _)| *seen == key_id);
        let is_later = stored.contents.generation > self.generation && !is_known;
        let is_behind = stored.contents.next_leaf() < self.leaf(&key_id);
        !(is_newer || is_same) || is_behind || !(is_present || is_later)
    }
}

/// Returns the tag at the end of a file; every file that was opened has one.
fn tag(file: &[u8]) -> Tag {
    let tag = file.last_chunk::<TAG_BYTES>();
    tag.copied().unwrap_or_default()
}

impl<S: SignerStore, R: Random> Journal<S, R> {
    /// Makes the file of a store that has none.
    pub(super) async fn create(
        store: S,
        random: R,
        lock: Lock,
        mut contents: Contents,
    ) -> Result<Self, SignerError> {
        // Those of the file that it may be a copy of have numbers of their own.
        contents.before = Before::default();
        let file = lock.seal(FIRST, contents.encode(), &random)?;
        match store.swap(None, &file).await? {
            Swap::Changed => return Err(SignerError::Exists),
            Swap::Saved => {}
        }
        let sequence = FIRST;
        let stored = Stored {
            contents,
            sequence,
            file,
        };
        Ok(Self::with(store, random, lock, stored))
    }

    /// Opens the file of a store.
    pub(super) fn open(
        store: S,
        random: R,
        lock: Lock,
        file: Vec<u8>,
    ) -> Result<Self, SignerError> {
        let stored = read(&lock, file)?;
        Ok(Self::with(store, random, lock, stored))
    }

    fn with(store: S, random: R, lock: Lock, stored: Stored) -> Self {
        let seen = Seen::of(&stored);
        Self {
            store,
            random,
            lock,
            last: Some(stored),
            seen,
        }
    }

    pub(super) const fn random(&self) -> &R {
        &self.random
    }

    pub(super) const fn store(&self) -> &S {
        &self.store
    }

    /// Returns what the store holds. If it is older than what it held before, or goes on from what is older,
    /// somebody put a copy there, and whoever used the newer one may have signed anything: the key is a
    /// restored one then.
    pub(super) async fn load(&mut self) -> Result<Stored, SignerError> {
        for _ in 0..TRIES {
            let last = self.last.take();
            let file = self.store.load().await?.ok_or(SignerError::NoKey)?;
            if let Some(last) = last.filter(|last| last.file == file) {
                return Ok(last);
            }
            let stored = read(&self.lock, file)?;
            if !self.seen.is_past(&stored) {
                self.seen.note(&stored);
                return Ok(stored);
            }
            // Saved again after all that was seen, it is the newest.
            let mut draft = stored.draft();
            let contents = &mut draft.contents;
            contents.distrust();
            contents
                .key
                .erase_before(self.seen.leaf(&contents.key_id()));
            // Whatever the newer file had under way may be taken, and is in no file any more.
            let lost = self
                .seen
                .operation
                .filter(|lost| Some(*lost) != contents.pending());
            contents.last = lost.or(contents.last);
            draft.sequence = draft.sequence.max(self.seen.sequence);
            if let Some(stored) = self.save(draft).await? {
                return Ok(stored);
            }
        }
        Err(SignerError::Contended)
    }

    /// Keeps what was loaded, for the next call.
    pub(super) fn keep(&mut self, stored: Stored) {
        self.last = Some(stored);
    }

    /// Saves a draft; when this returns what is stored, it is on disk. `None` is that another handle was
    /// quicker.
    pub(super) async fn save(&mut self, draft: Draft) -> Result<Option<Stored>, SignerError> {
        let Draft {
            contents,
            sequence,
            file: before,
        } = draft;
        let sequence = sequence.saturating_add(1);
        let file = self.lock.seal(sequence, contents.encode(), &self.random)?;
        Ok(match self.store.swap(Some(&before), &file).await? {
            Swap::Changed => None,
            Swap::Saved => {
                let stored = Stored {
                    contents,
                    sequence,
                    file,
                };
                self.seen.note(&stored);
                Some(stored)
            }
        })
    }

    /// Saves what is stored under another lock.
    pub(super) async fn relock(&mut self, lock: Lock) -> Result<(), SignerError> {
        let Draft {
            contents,
            sequence,
            file: before,
        } = self.load().await?.draft();
        let sequence = sequence.saturating_add(1);
        let file = lock.seal(sequence, contents.encode(), &self.random)?;
        match self.store.swap(Some(&before), &file).await? {
            Swap::Changed => return Err(SignerError::Contended),
            Swap::Saved => {}
        }
        self.lock = lock;
        let stored = Stored {
            contents,
            sequence,
            file,
        };
        self.seen.note(&stored);
        self.keep(stored);
        Ok(())
    }

    /// Returns a copy of the file, as it is stored.
    pub(super) async fn copy(&mut self) -> Result<Vec<u8>, SignerError> {
        let stored = self.load().await?;
        let file = stored.file.clone();
        self.keep(stored);
        Ok(file)
    }
}

impl From<SealError> for SignerError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::KeyFile(error) => Self::KeyFile(error),
            SealError::Random(error) => Self::Random(error),
        }
    }
}

/// Opens what is in a file.
fn read(lock: &Lock, file: Vec<u8>) -> Result<Stored, SignerError> {
    let record = lock.unseal(&file)?;
    Ok(Stored {
        contents: Contents::decode(&record.plain)?,
        sequence: record.sequence,
        file,
    })
}

/// The number of the first record.
const FIRST: u64 = 1;
/// How often something is tried again that another handle was quicker with.
pub(super) const TRIES: usize = 8;
