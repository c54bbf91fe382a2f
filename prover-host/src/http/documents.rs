//! The documents of the wire, from what the ledger has.

use rpp_verifier::{
    AncestorJson, BlockJson, BlocksJson, CertificateJson, ChainJson, HeadJson, ParentJson,
    ProofJson, ProofKey,
};

use crate::source::ChainInfo;
use crate::state::{Block, Ledger, ListedProof};

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
pub fn block_document(block: Block) -> BlockJson {
    let proofs = block.proofs.iter();
    BlockJson {
        height: block.header.height,
        hash: block.hash.0,
        header: block.header,
        parent: block.parent.map(|parent| ParentJson {
            header: parent.header,
            history_path: parent.history_path,
        }),
        certificate: block.certificate.map(|certificate| CertificateJson {
            signed_power: certificate.signed_power,
            signers: certificate.signers,
            set: certificate.set,
        }),
        proofs: proofs.map(|(key, proof)| proof_entry(key, proof)).collect(),
    }
}

/// Returns the document of the newest proven block, none if no block is proven.
pub(super) fn head_document(ledger: &Ledger) -> Option<HeadJson> {
    Some(HeadJson {
        latest_height: ledger.latest_height(),
        block: block_document(ledger.head()?),
    })
}

/// Returns the document of at most `limit` blocks from `from` on.
pub(super) fn page_document(ledger: &Ledger, from: u32, limit: u32) -> BlocksJson {
    let (blocks, next) = ledger.page(from, limit);
    BlocksJson {
        blocks: blocks.into_iter().map(block_document).collect(),
        next,
    }
}

/// Returns the document of a header's place in the history of a later one.
pub(super) fn ancestor_document(ledger: &Ledger, height: u32, within: u32) -> Option<AncestorJson> {
    let ancestor = ledger.ancestor(height, within)?;
    Some(AncestorJson {
        height,
        r#in: within,
        header_hash: ancestor.hash.0,
        history_path: ancestor.history_path,
    })
}

fn proof_entry(key: &ProofKey, proof: &ListedProof) -> ProofJson {
    ProofJson {
        kind: key.circuit.name().to_owned(),
        id: proof.id.to_string(),
        bytes: proof.bytes,
        circuit: key.circuit.name().to_owned(),
    }
}
