//! `Heads`: the newest head, kept as it is sent.

use std::sync::{Mutex, PoisonError};

use rpp_verifier::{Head, ProofKey};

use super::accept::Encoding;
use super::documents::block_document;
use super::reply::Rendered;
use crate::state::{Host, ProofFile};

/// The newest head in each encoding.
///
/// Every follower asks for it at every block: it is rendered once, so that it costs too little to have to
/// wait behind pages.
#[derive(Debug, Default)]
pub(super) struct Heads(Mutex<Vec<(HeadKey, Rendered)>>);

/// What a head is made of.
#[derive(Clone, Debug, PartialEq)]
struct HeadKey {
    encoding: Encoding,
    latest: u32,
    height: u32,
    /// They may be made, lost or made again while the block is the newest.
    proofs: Vec<(ProofKey, ProofFile)>,
}

impl Heads {
    /// Returns the head of this host; `None` if no block is proven.
    pub(super) fn get(&self, host: &Host, encoding: Encoding) -> Option<Rendered> {
        let (block, latest) = {
            let ledger = host.ledger();
            (ledger.head()?, ledger.latest_height())
        };
        let key = HeadKey {
            encoding,
            latest,
            height: block.header.height,
            proofs: block.proofs.clone(),
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, head)) = kept.iter().find(|(of, _)| *of == key) {
            return Some(head.clone());
        }
        // Under the lock, so that a crowd that comes with a new head renders it once.
        let head = Head {
            latest_height: latest,
            block: block_document(block),
        };
        let head = Rendered::of(&head, encoding);
        kept.retain(|(of, _)| of.encoding != encoding);
        kept.push((key, head.clone()));
        Some(head)
    }
}
