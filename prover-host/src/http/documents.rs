//! The documents served to clients, built from the ledger.

use rpp_verifier::{
    Ancestor, Block, Blocks, ChainJson, FileDigest, Head, Parent, ProofKey, RangeProof, ServedSpan,
};

use crate::source::ChainInfo;
use crate::state::{self, EpochSpan, Ledger, ProofFile, PrunedRange};

/// Returns the document of a chain.
#[must_use]
pub fn chain_document(chain: &ChainInfo) -> ChainJson {
    ChainJson {
        chain_id: chain.chain_id,
        epoch_length: chain.epoch_length,
        block_time_ms: chain.block_time_ms,
        genesis_hash: chain.genesis.hash().0,
        genesis: chain.genesis.clone(),
    }
}

/// Returns the document of a block.
#[must_use]
pub fn block_document(block: state::StoredBlock) -> Block {
    let proofs = block.proofs.iter();
    Block {
        header: block.header,
        parent: block.parent.map(|parent| Parent {
            header: parent.header,
            history_path: parent.history_path,
        }),
        certificate: block.certificate,
        proofs: proofs.map(|(key, proof)| proof_entry(key, proof)).collect(),
    }
}

/// Returns the document of the newest proven block, or `None` if no block is proven.
pub(super) fn head_document(ledger: &Ledger) -> Option<Head> {
    Some(Head {
        latest_height: ledger.latest_height(),
        block: block_document(ledger.head()?),
    })
}

/// Returns the document of at most `limit` blocks from `from` on.
pub(super) fn page_document(ledger: &Ledger, from: u32, limit: u32) -> Blocks {
    let (blocks, next) = ledger.page(from, limit);
    Blocks {
        blocks: blocks.into_iter().map(block_document).collect(),
        next,
    }
}

/// Returns the document of a header's position in the history of a later one.
pub(super) fn ancestor_document(ledger: &Ledger, height: u32, within: u32) -> Option<Ancestor> {
    let ancestor = ledger.ancestor(height, within)?;
    Some(Ancestor {
        height,
        within,
        header_hash: ancestor.hash,
        history_path: ancestor.history_path,
    })
}

/// Returns the document of a range of headers that this proof is about; `None` if the chain has no header after it.
pub(super) fn range_document(
    ledger: &Ledger,
    range: PrunedRange,
    proof: &ProofFile,
) -> Option<RangeProof> {
    let (first, end) = (range.first, range.last.checked_add(1)?);
    Some(RangeProof {
        start: ledger.header(first)?.clone(),
        end: ledger.header(end)?.clone(),
        fold_before: ledger.fold(first)?,
        fold_after: ledger.fold(end)?,
        proof: proof_entry(&range.key(), proof),
    })
}

/// Returns the document of a span that this proof is about; `None` if its last end is the genesis.
pub(super) fn span_document(
    span: EpochSpan,
    end: state::StoredBlock,
    proof: &ProofFile,
) -> Option<ServedSpan> {
    let parent = end.parent?;
    Some(ServedSpan {
        first: span.first,
        last: span.last,
        header: end.header,
        parent: Parent {
            header: parent.header,
            history_path: parent.history_path,
        },
        set: end.certificate?.set,
        proof: proof_entry(&span.key(), proof),
    })
}

fn proof_entry(key: &ProofKey, proof: &ProofFile) -> rpp_verifier::ListedProof {
    rpp_verifier::ListedProof {
        circuit: key.circuit.into(),
        id: FileDigest(*proof.id.as_bytes()),
        bytes: proof.bytes,
    }
}
