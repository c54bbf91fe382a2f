//! The journal: what a signer keeps, and in which order. A signature leaves only from what is stored.
//!
//! [`Stored`] is what the store is known to hold, and can be looked at. A change of it is a [`Draft`], which
//! nobody can look into; the journal saves it, and returns what is then stored. So a signature that was made
//! in a draft cannot be shown before it is saved, and [`Stored::sign`] signs only what is reserved in a
//! record that was saved before.

use rpp_verifier::SignError;

use super::super::contents::Contents;
use super::super::key_file::{Lock, TAG_BYTES};
use super::super::key_file_error::SealError;
use super::super::random::Random;
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
        Draft {
            contents: self.contents,
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
    /// The newest record that was seen, by this handle.
    newest: Seen,
}

/// Which record it was: its number, and the tag at the end of its file, which no other record has.
#[derive(Eq, PartialEq)]
struct Seen {
    sequence: u64,
    tag: Vec<u8>,
}

impl Seen {
    fn new(sequence: u64, file: &[u8]) -> Self {
        let start = file.len().saturating_sub(TAG_BYTES);
        let tag = file.get(start..).unwrap_or_default().to_vec();
        Self { sequence, tag }
    }
}

impl<S: SignerStore, R: Random> Journal<S, R> {
    /// Makes the file of a store that has none.
    pub(super) async fn create(
        store: S,
        random: R,
        lock: Lock,
        contents: Contents,
    ) -> Result<Self, SignerError> {
        let file = lock.seal(FIRST, contents.encode(), &random)?;
        match store.swap(None, &file).await? {
            Swap::Changed => return Err(SignerError::Exists),
            Swap::Saved => {}
        }
        let sequence = FIRST;
        Ok(Self {
            store,
            random,
            lock,
            newest: Seen::new(sequence, &file),
            last: Some(Stored {
                contents,
                sequence,
                file,
            }),
        })
    }

    /// Opens the file of a store.
    pub(super) fn open(
        store: S,
        random: R,
        lock: Lock,
        file: Vec<u8>,
    ) -> Result<Self, SignerError> {
        let record = lock.unseal(&file)?;
        let sequence = record.sequence;
        Ok(Self {
            store,
            random,
            lock,
            newest: Seen::new(sequence, &file),
            last: Some(Stored {
                contents: Contents::decode(&record.plain)?,
                sequence,
                file,
            }),
        })
    }

    pub(super) const fn random(&self) -> &R {
        &self.random
    }

    pub(super) const fn store(&self) -> &S {
        &self.store
    }

    /// Returns what the store holds. If it is older than what it held before, somebody put a copy there, and
    /// whoever used the newer one may have signed anything: the key is a restored one then.
    pub(super) async fn load(&mut self) -> Result<Stored, SignerError> {
        for _ in 0..TRIES {
            let last = self.last.take();
            let file = self.store.load().await?.ok_or(SignerError::NoKey)?;
            if let Some(last) = last.filter(|last| last.file == file) {
                return Ok(last);
            }
            let record = self.lock.unseal(&file)?;
            let stored = Stored {
                contents: Contents::decode(&record.plain)?,
                sequence: record.sequence,
                file,
            };
            let seen = Seen::new(stored.sequence, &stored.file);
            if seen.sequence > self.newest.sequence || seen == self.newest {
                self.newest = seen;
                return Ok(stored);
            }
            // Saved again after all that was seen, it is the newest.
            let mut draft = stored.draft();
            draft.contents.distrust();
            draft.sequence = self.newest.sequence;
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
                self.newest = Seen::new(sequence, &file);
                Some(Stored {
                    contents,
                    sequence,
                    file,
                })
            }
        })
    }

    /// Saves what is stored under another lock.
    pub(super) async fn relock(&mut self, lock: Lock) -> Result<(), SignerError> {
        let stored = self.load().await?;
        let sequence = stored.sequence.saturating_add(1);
        let file = lock.seal(sequence, stored.contents.encode(), &self.random)?;
        match self.store.swap(Some(&stored.file), &file).await? {
            Swap::Changed => return Err(SignerError::Contended),
            Swap::Saved => {}
        }
        self.lock = lock;
        self.newest = Seen::new(sequence, &file);
        self.last = Some(Stored {
            file,
            sequence,
            ..stored
        });
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

/// The number of the first record.
const FIRST: u64 = 1;
/// How often something is tried again that another handle was quicker with.
pub(super) const TRIES: usize = 8;
