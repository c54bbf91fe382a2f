//! Vectors for the documents between host and client, in bytes.

use rpp_verifier::{
    Ancestor, Block, Blocks, ChainJson, Document, Head, JsonDocument, KeyAccounts,
    MAX_LISTED_PROOFS, MAX_PAGE_BLOCKS, Proposer, RangeProof, ServedAccount, ServedSpan,
    ServedUptime, Submitted, TransactionStatus, Transactions,
};
use serde_json::Value;

use crate::checkpoints::{write_checkpoints, write_routes};
use crate::format::Case;
use crate::json::{self, GENESIS};
use crate::parts::{Bytes, Changed, Splice, folder};
use crate::{Result, VectorWriter};

/// Writes all of them.
pub(crate) fn write_documents(writer: &mut VectorWriter) -> Result<()> {
    let head = Head::from_bytes(&std::fs::read(folder().join(HEAD_BYTES))?)?;
    write_files(writer, &head)?;
    write_encodings(writer, &head)?;
    write_checkpoints(writer, &head)?;
    write_routes(writer)?;
    json::write_texts(writer)
}

const HEAD_BYTES: &str = "client/documents/head-3.bin";

/// Writes the documents that the client's cases do not have.
fn write_files(writer: &VectorWriter, head: &Head) -> Result<()> {
    let genesis = Block::from_json(&std::fs::read(folder().join(GENESIS))?)?.header;
    let chain = ChainJson {
        chain_id: genesis.chain_id,
        epoch_length: 4,
        block_time_ms: 4000,
        genesis_hash: genesis.hash().0,
        genesis,
    };
    writer.document("chain.json", &chain.to_json())?;
    let page = Blocks {
        blocks: vec![head.block.clone()],
        next: Some(4),
    };
    writer.document("page.json", &page.to_json())?;
    writer.document("page.bin", &page.to_bytes())?;
    writer.document("block.bin", &head.block.to_bytes())?;
    writer.document("fields.bin", &largest(&head.block)[8..])
}

/// Returns the longest encoding of a block.
fn largest(block: &Block) -> Vec<u8> {
    let mut proof = block.proofs[0].clone();
    proof.circuit = "a-name-of-32-bytes-0123456789-xy".parse().expect("a name");
    let proofs = vec![proof; MAX_LISTED_PROOFS];
    Block {
        proofs,
        ..block.clone()
    }
    .to_bytes()
}

pub(crate) fn splice(at: usize, remove: usize, insert: &[u8], times: usize) -> Splice {
    Splice {
        at,
        remove,
        insert: hex::encode(insert),
        times,
    }
}

/// Returns what the bytes encode, in JSON.
pub(crate) fn value(of: &str, bytes: &[u8]) -> std::result::Result<Vec<u8>, &'static str> {
    fn json<D: Document + JsonDocument>(
        bytes: &[u8],
    ) -> std::result::Result<Vec<u8>, &'static str> {
        D::from_bytes(bytes)
            .map(|d| d.to_json())
            .map_err(|e| e.code())
    }
    match of {
        "block" => json::<Block>(bytes),
        "head" => json::<Head>(bytes),
        "page" => json::<Blocks>(bytes),
        "ancestor" => json::<Ancestor>(bytes),
        "account" => json::<ServedAccount>(bytes),
        "key-accounts" => json::<KeyAccounts>(bytes),
        "transactions" => json::<Transactions>(bytes),
        "transaction" => json::<TransactionStatus>(bytes),
        "range-proof" => json::<RangeProof>(bytes),
        "span" => json::<ServedSpan>(bytes),
        "submitted" => json::<Submitted>(bytes),
        "proposer" => json::<Proposer>(bytes),
        "uptime" => json::<ServedUptime>(bytes),
        other => panic!("{other} is not a document"),
    }
}

fn write_encodings(writer: &mut VectorWriter, head: &Head) -> Result<()> {
    let block = head.block.to_bytes();
    let (parent, certificate, proofs) = (292, 292 + 1312, 292 + 1312 + 80);
    let name = proofs + 4;
    let over = |at, insert: &[u8]| vec![splice(at, insert.len(), insert, 1)];
    let word = |at, x: u32| over(at, &x.to_le_bytes());
    let file = |file: &str, splices| Changed {
        file: file.into(),
        splices,
    };
    let of_block = |splices| file("documents/block.bin", splices);
    let listed = [&block[name..], &[]].concat();
    let fields = std::fs::read(folder().join("documents/fields.bin"))?;
    let prefix = |magic: &[u8; 4]| [&magic[..], &1u32.to_le_bytes()].concat();
    let whole = |magic, rest| vec![splice(0, 0, &prefix(magic), 1), rest];
    let page_of = |count: u32, times| {
        let start = [prefix(b"RPPS"), count.to_le_bytes().to_vec()].concat();
        let end = 12 + times * fields.len();
        let next = [1u32.to_le_bytes(), 9u32.to_le_bytes()].concat();
        file(
            "",
            vec![
                splice(0, 0, &start, 1),
                splice(12, 0, &fields, times),
                splice(end, 0, &next, 1),
            ],
        )
    };
    let most = || whole(b"RPPB", splice(8, 0, &fields, 1));
    let and = |mut splices: Vec<Splice>, more| {
        splices.push(more);
        splices
    };
    let cases = [
        ("block", "block", of_block(vec![]), "accept"),
        (
            "block-genesis",
            "block",
            file("client/documents/block-0.bin", vec![]),
            "accept",
        ),
        ("block-largest", "block", file("", most()), "accept"),
        (
            "block-extended",
            "block",
            of_block(vec![splice(block.len(), 0, &[0], 1)]),
            "trailing-bytes",
        ),
        (
            "block-too-long",
            "block",
            file("", and(most(), splice(2840, 0, &[0], 1))),
            "too-long",
        ),
        (
            "block-other-version",
            "block",
            of_block(word(8, 9)),
            "accept",
        ),
        ("block-magic", "block", of_block(word(0, 9)), "bad-magic"),
        (
            "block-version",
            "block",
            of_block(word(4, 0)),
            "unsupported-version",
        ),
        (
            "order-magic-version",
            "block",
            of_block(and(word(0, 9), splice(4, 1, &[2], 1))),
            "bad-magic",
        ),
        (
            "order-too-long-magic",
            "block",
            of_block(and(word(0, 9), splice(block.len(), 0, &[0], 2000))),
            "too-long",
        ),
        (
            "block-parent",
            "block",
            of_block(word(parent, 2)),
            "out-of-range",
        ),
        (
            "block-certificate",
            "block",
            of_block(word(certificate, 2)),
            "out-of-range",
        ),
        (
            "block-without-parent",
            "block",
            of_block(vec![splice(parent, 1312, &[0; 4], 1)]),
            "accept",
        ),
        (
            "block-16-proofs",
            "block",
            of_block(vec![
                splice(proofs, 4, &16u32.to_le_bytes(), 1),
                splice(name, 0, &listed, 15),
            ]),
            "accept",
        ),
        (
            "block-17-proofs",
            "block",
            of_block(vec![
                splice(proofs, 4, &17u32.to_le_bytes(), 1),
                splice(name, 0, &listed, 16),
            ]),
            "out-of-range",
        ),
        (
            "block-name-of-0",
            "block",
            of_block(word(name, 0)),
            "out-of-range",
        ),
        (
            "block-name-of-1",
            "block",
            of_block(vec![splice(name, 13, &[1, 0, 0, 0, b'a'], 1)]),
            "accept",
        ),
        (
            "block-name-of-33",
            "block",
            of_block(word(name, 33)),
            "out-of-range",
        ),
        (
            "block-name-space",
            "block",
            of_block(over(name + 4, b" ")),
            "not-a-name",
        ),
        (
            "block-name-not-utf-8",
            "block",
            of_block(over(name + 4, &[0xff])),
            "not-a-name",
        ),
        (
            "block-in-json",
            "block",
            file("", vec![splice(0, 0, b"{}", 1)]),
            "answered-json",
        ),
        (
            "block-in-spaced-json",
            "block",
            file("", vec![splice(0, 0, b"\t\n\x0c\r {", 1)]),
            "answered-json",
        ),
        (
            "block-in-long-json",
            "block",
            file("", vec![splice(0, 0, b"{", 3000)]),
            "answered-json",
        ),
        (
            "block-in-text",
            "block",
            file("", vec![splice(0, 0, b"[]", 1)]),
            "truncated",
        ),
        ("head", "head", file(HEAD_BYTES, vec![]), "accept"),
        (
            "head-latest-below",
            "head",
            file(HEAD_BYTES, word(8, 0)),
            "accept",
        ),
        (
            "head-cut",
            "head",
            file(HEAD_BYTES, vec![splice(8, 1733, &[], 1)]),
            "truncated",
        ),
        ("page", "page", file("documents/page.bin", vec![]), "accept"),
        (
            "page-of-none",
            "page",
            file("", whole(b"RPPS", splice(8, 0, &[0; 8], 1))),
            "accept",
        ),
        (
            "page-largest",
            "page",
            page_of(64, MAX_PAGE_BLOCKS),
            "accept",
        ),
        (
            "page-of-65",
            "page",
            page_of(65, MAX_PAGE_BLOCKS),
            "out-of-range",
        ),
        (
            "page-too-long",
            "page",
            page_of(65, MAX_PAGE_BLOCKS + 1),
            "too-long",
        ),
        (
            "page-next",
            "page",
            file(
                "",
                whole(b"RPPS", splice(8, 0, &[0, 0, 0, 0, 2, 0, 0, 0], 1)),
            ),
            "out-of-range",
        ),
        (
            "ancestor",
            "ancestor",
            file("client/documents/ancestor-0-3.bin", vec![]),
            "accept",
        ),
        (
            "ancestor-extended",
            "ancestor",
            file(
                "client/documents/ancestor-0-3.bin",
                vec![splice(1072, 0, &[0], 1)],
            ),
            "too-long",
        ),
        (
            "ancestor-above",
            "ancestor",
            file("client/documents/ancestor-0-3.bin", word(8, 9)),
            "accept",
        ),
    ];
    for (name, of, bytes, expect) in cases {
        let bytes = Bytes::Changed(bytes);
        let decoded = value(of, &bytes.read());
        assert_eq!(
            decoded.as_ref().err().copied().unwrap_or("accept"),
            expect,
            "{name}"
        );
        let case = Case::Encoding {
            of: of.into(),
            value: match decoded {
                // What 64 blocks are is long, and says nothing more than one.
                Ok(json) if json.len() < 10_000 => serde_json::from_slice(&json)?,
                _ => Value::Null,
            },
            bytes,
        };
        let note = name.replace('-', " ");
        writer.write(&format!("bytes-{name}"), &note, expect, case)?;
    }
    Ok(())
}
