//! `Loaded`: the bytes that are on their way to clients.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use axum::body::Bytes;

use super::connections::Client;
use super::limits::Limits;
use super::problem::{Problem, ProblemKind};
use super::seldom::Seldom;
use super::shares::{Share, Shares};
use crate::state::{Host, ProofId};

/// The proofs and pages that answers hold, within [`Limits::body_bytes`].
///
/// However slowly clients read, a proof is in memory once for all of them, and what they hold together has
/// a bound that they share.
#[derive(Debug)]
pub(super) struct Loaded {
    budget: Arc<Shares>,
    proofs: Mutex<HashMap<ProofId, Weak<Held>>>,
}

/// Bytes with the share that they take of the budget.
#[derive(Debug)]
struct Held {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// One answer's part in held bytes.
struct Part(Arc<Held>);

impl AsRef<[u8]> for Part {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref().as_ref()
    }
}

impl Loaded {
    pub(super) fn new(limits: &Limits) -> Arc<Self> {
        Arc::new(Self {
            budget: Shares::new(limits.body_bytes, limits.body_bytes),
            proofs: Mutex::default(),
        })
    }

    /// Returns the bytes for an answer to this client.
    ///
    /// # Errors
    ///
    /// [`ProblemKind::Busy`] if too much is on its way, in all or to this client.
    pub(super) fn hold(&self, client: Client, bytes: Bytes) -> Result<Bytes, Problem> {
        Ok(Bytes::from_owner(Part(self.held(client, bytes)?)))
    }

    /// Returns the file of a proof for an answer to this client: the bytes of another answer, if there is
    /// one with this proof; the client that came first is the one that holds them. `None` if the file is
    /// damaged.
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold); [`ProblemKind::NotReady`] if the file cannot be read now.
    pub(super) async fn proof(
        &self,
        host: &Host,
        id: ProofId,
        client: Client,
    ) -> Result<Option<Bytes>, Problem> {
        let held = {
            let proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
            proofs.get(&id).and_then(Weak::upgrade)
        };
        if let Some(held) = held {
            return Ok(Some(Bytes::from_owner(Part(held))));
        }
        let read = host.read_proof(id).await.map_err(|cause| {
            static UNREADABLE: Seldom = Seldom::new();
            if let Some(unsaid) = UNREADABLE.occurred() {
                tracing::warn!(%id, %cause, unsaid, "a proof cannot be read now");
            }
            let detail = "the host cannot read its files now";
            Problem::new(ProblemKind::NotReady, detail)
        })?;
        let Some(bytes) = read else {
            return Ok(None);
        };
        let held = self.held(client, bytes.into())?;
        let mut proofs = self.proofs.lock().unwrap_or_else(PoisonError::into_inner);
        proofs.retain(|_, held| held.strong_count() > 0);
        proofs.insert(id, Arc::downgrade(&held));
        Ok(Some(Bytes::from_owner(Part(held))))
    }

    fn held(&self, client: Client, bytes: Bytes) -> Result<Arc<Held>, Problem> {
        let share = self.budget.take(client, bytes.len()).ok_or_else(|| {
            let detail =
                "more proofs and pages are on their way to this client than the host keeps";
            Problem::new(ProblemKind::Busy, detail)
        })?;
        Ok(Arc::new(Held {
            bytes,
            _share: share,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    #[test]
    fn what_is_on_its_way_has_a_bound_that_clients_share() {
        let limits = Limits {
            body_bytes: 100,
            ..Limits::of(4)
        };
        let loaded = Loaded::new(&limits);
        let hold = |last: u8, bytes: usize| {
            let client = Client::at(IpAddr::from([10, 0, 0, last]));
            loaded.hold(client, vec![0; bytes].into())
        };
        let first = hold(1, 50).expect("half of it is for one");
        assert!(hold(1, 1).is_err());
        let second = hold(2, 25).expect("half of the rest");
        // Until the last part is sent.
        let part = first.slice(49..);
        drop((first, second));
        assert!(hold(1, 1).is_err());
        drop(part);
        assert!(hold(1, 50).is_ok());
    }
}
