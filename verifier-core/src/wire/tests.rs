//! Each document against its encodings.

use alloc::vec;
use alloc::vec::Vec;

use super::*;
use crate::chain::{Certificate, Header, SetOpening, Validator, genesis};
use crate::codec::{DecodeError, Format};
use crate::follow::HeadCircuit;
use crate::hash::{Digest, MerklePath, compress};
use crate::ledger::{Account, Opening, OperationHash, SignedOperation};
use crate::limits::{
    MAX_KEY_ACCOUNTS, MAX_LISTED_PROOFS, MAX_OPERATION_BYTES, MAX_PAGE_BLOCKS,
    MAX_PAGE_TRANSACTIONS,
};
use crate::stark::Key;

fn digest(seed: u32) -> Digest {
    (0..=seed).fold(Digest::ZERO, |digest, _| compress(&digest, &digest))
}

fn header(height: u32) -> Header {
    Header {
        height,
        ..genesis(7, 4, 1 << 41, digest(0), digest(1), digest(2))
    }
}

fn block(height: u32) -> Block {
    Block {
        header: header(height),
        parent: Some(Parent {
            header: header(height - 1),
            history_path: MerklePath([digest(3); 32]),
        }),
        certificate: Some(Certificate {
            signed_power: 9,
            signers: digest(4),
            set: SetOpening {
                root: digest(5),
                n: 3,
                total_power: 10,
            },
        }),
        proofs: vec![proof()],
    }
}

fn proof() -> ListedProof {
    ListedProof {
        circuit: Key::of::<HeadCircuit>(0).circuit().into(),
        id: FileDigest([0xa1; 32]),
        bytes: 217_000,
    }
}

fn at_genesis() -> Block {
    Block {
        header: header(0),
        parent: None,
        certificate: None,
        proofs: Vec::new(),
    }
}

fn head() -> Head {
    Head {
        latest_height: 12,
        block: block(10),
    }
}

fn page(blocks: usize, next: Option<u32>) -> Blocks {
    let blocks = vec![block(3); blocks];
    Blocks { blocks, next }
}

fn ancestor() -> Ancestor {
    Ancestor {
        height: 3,
        within: 10,
        header_hash: header(3).hash(),
        history_path: MerklePath([digest(6); 32]),
    }
}

fn signed() -> SignedOperation {
    let bytes = include_bytes!("../../../vectors/v1/documents/operation.bin");
    SignedOperation::from_bytes(bytes).unwrap()
}

fn served_account(account: Option<Account>) -> ServedAccount {
    ServedAccount {
        height: 7,
        header_hash: header(7).hash(),
        index: u32::MAX,
        opening: Opening {
            account,
            path: MerklePath([digest(7); 32]),
        },
    }
}

fn account() -> Account {
    Account {
        key_id: digest(8),
        balance: u64::MAX,
        nonce: 3,
        key_offset: 1,
    }
}

fn key_accounts(accounts: usize, next: Option<u32>) -> KeyAccounts {
    KeyAccounts {
        height: 7,
        header_hash: header(7).hash(),
        key_id: digest(8),
        accounts: vec![9; accounts],
        next,
    }
}

fn place(height: u32, position: u32) -> TxPlace {
    TxPlace { height, position }
}

fn transactions(count: usize, next: Option<TxPlace>) -> Transactions {
    let listed = ListedTransaction {
        hash: OperationHash(digest(1)),
        place: place(5, 255),
    };
    Transactions {
        account: 9,
        height: 7,
        transactions: vec![listed; count],
        next,
    }
}

fn pending() -> TransactionStatus {
    TransactionStatus::Pending {
        signed: signed(),
        height: 7,
    }
}

fn included() -> TransactionStatus {
    TransactionStatus::Included {
        signed: signed(),
        height: 7,
        position: 255,
        count: 256,
        path: MerklePath([digest(2); 8]),
    }
}

fn dropped(code: &str) -> TransactionStatus {
    TransactionStatus::Dropped {
        hash: signed().hash(),
        height: 7,
        code: code.parse().unwrap(),
    }
}

fn pruned() -> TransactionStatus {
    TransactionStatus::Pruned {
        hash: signed().hash(),
        height: 7,
        position: 255,
        count: 256,
        path: MerklePath([digest(2); 8]),
    }
}

fn range_proof() -> RangeProof {
    RangeProof {
        start: header(4),
        end: header(8),
        fold_before: digest(1),
        fold_after: digest(2),
        proof: proof(),
    }
}

fn span() -> ServedSpan {
    let Block { parent, .. } = block(7);
    ServedSpan {
        first: 0,
        last: 1,
        header: header(7),
        parent: parent.unwrap(),
        set: block(7).certificate.unwrap().set,
        proof: proof(),
    }
}

fn submitted() -> Submitted {
    let hash = signed().hash();
    Submitted { hash }
}

fn proposer() -> Proposer {
    Proposer {
        height: 7,
        validator: Validator {
            key_id: digest(8),
            power: 1,
            account: 2,
            start_slot: 3,
        },
        path: MerklePath([digest(3); 10]),
    }
}

fn uptime() -> ServedUptime {
    ServedUptime {
        validator: 1023,
        epoch: 2,
        first: 8,
        last: 11,
        header_hash: header(12).hash(),
        validator_set_root: digest(4),
        key_id: digest(8),
        signed: 3,
    }
}

fn code<D: Document>(bytes: &[u8]) -> &'static str {
    D::from_bytes(bytes).map_or_else(|e| e.code(), |_| "accept")
}

/// A document is what its encoding decodes to, with any byte missing, added or before it refused.
fn is_canonical<D: Document + core::fmt::Debug + PartialEq>(document: &D) {
    let bytes = document.to_bytes();
    assert_eq!(D::from_bytes(&bytes).as_ref(), Ok(document));
    for len in 0..bytes.len() {
        assert_eq!(code::<D>(&bytes[..len]), "truncated", "{len}");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    let full = bytes.len() == D::FORMAT.max_bytes;
    let refused = if full { "too-long" } else { "trailing-bytes" };
    assert_eq!(code::<D>(&longer), refused);
    assert_eq!(code::<D>(&vec![0; D::FORMAT.max_bytes + 1]), "too-long");
}

#[test]
fn accepts_each_document_and_nothing_shorter_or_longer() {
    is_canonical(&block(1));
    is_canonical(&at_genesis());
    is_canonical(&head());
    is_canonical(&page(0, None));
    is_canonical(&page(3, Some(u32::MAX)));
    is_canonical(&ancestor());
    is_canonical(&served_account(None));
    is_canonical(&served_account(Some(account())));
    is_canonical(&key_accounts(0, None));
    is_canonical(&key_accounts(3, Some(u32::MAX)));
    is_canonical(&transactions(0, None));
    is_canonical(&transactions(3, Some(place(4, 3))));
    is_canonical(&dropped("operation-expired"));
    is_canonical(&pruned());
    is_canonical(&range_proof());
    is_canonical(&span());
    is_canonical(&submitted());
    is_canonical(&proposer());
    is_canonical(&uptime());
}

/// A signed operation cut inside is truncated, wherever the operation's own length says it ends.
#[test]
fn accepts_a_transaction_and_nothing_shorter_or_longer() {
    for transaction in [pending(), included()] {
        let bytes = transaction.to_bytes();
        assert_eq!(TransactionStatus::from_bytes(&bytes), Ok(transaction));
        for len in 0..bytes.len() {
            assert_eq!(
                code::<TransactionStatus>(&bytes[..len]),
                "truncated",
                "{len}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(code::<TransactionStatus>(&longer), "trailing-bytes");
    }
    assert_eq!(changed(&pending(), 0, 4), "out-of-range");
    // A place that no block has.
    assert_eq!(changed(&pruned(), 8 + 32 + 1, 1), "out-of-range");
    assert_eq!(changed(&pending(), 8 + 2, 1), "out-of-range");
    assert_eq!(changed(&transactions(1, None), 12 + 37, 1), "out-of-range");
}

#[test]
fn caps_are_those_of_the_longest_documents() {
    let name = "a".repeat(crate::limits::MAX_CIRCUIT_NAME_BYTES);
    let proof = ListedProof {
        circuit: name.parse().unwrap(),
        ..proof()
    };
    let longest = Block {
        proofs: vec![proof; MAX_LISTED_PROOFS],
        ..block(1)
    };
    assert_eq!(longest.to_bytes().len(), Block::FORMAT.max_bytes);
    let range = RangeProof {
        proof: longest.proofs[0].clone(),
        ..range_proof()
    };
    assert_eq!(range.to_bytes().len(), RangeProof::FORMAT.max_bytes);
    let span = ServedSpan {
        proof: longest.proofs[0].clone(),
        ..span()
    };
    assert_eq!(span.to_bytes().len(), ServedSpan::FORMAT.max_bytes);
    let head = Head {
        latest_height: 1,
        block: longest.clone(),
    };
    assert_eq!(head.to_bytes().len(), Head::FORMAT.max_bytes);
    let page = Blocks {
        blocks: vec![longest; MAX_PAGE_BLOCKS],
        next: Some(1),
    };
    let bytes = page.to_bytes();
    assert_eq!(bytes.len(), Blocks::FORMAT.max_bytes);
    assert_eq!(Blocks::from_bytes(&bytes), Ok(page));
    assert_eq!(ancestor().to_bytes().len(), Ancestor::FORMAT.max_bytes);
    let len = |document: Vec<u8>| document.len();
    let account = served_account(Some(account()));
    assert_eq!(len(account.to_bytes()), ServedAccount::FORMAT.max_bytes);
    let keys = key_accounts(MAX_KEY_ACCOUNTS, Some(1));
    assert_eq!(len(keys.to_bytes()), KeyAccounts::FORMAT.max_bytes);
    let page = transactions(MAX_PAGE_TRANSACTIONS, Some(place(1, 1)));
    assert_eq!(len(page.to_bytes()), Transactions::FORMAT.max_bytes);
    let shorter = MAX_OPERATION_BYTES - len(signed().to_bytes());
    let longest = len(included().to_bytes()) + shorter;
    assert_eq!(longest, TransactionStatus::FORMAT.max_bytes);
    assert_eq!(len(submitted().to_bytes()), Submitted::FORMAT.max_bytes);
    assert_eq!(len(proposer().to_bytes()), Proposer::FORMAT.max_bytes);
    assert_eq!(len(uptime().to_bytes()), ServedUptime::FORMAT.max_bytes);
}

#[test]
fn rejects_other_magic_version_and_encoding() {
    let bytes = block(1).to_bytes();
    assert_eq!(code::<Head>(&bytes), "bad-magic");
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert_eq!(code::<Block>(&newer), "unsupported-version");
    for json in ["{}", "  {\"height\":1}", "\n{"] {
        assert_eq!(code::<Block>(json.as_bytes()), "answered-json");
    }
    assert_eq!(code::<Block>(b"<!doctype html>"), "bad-magic");
}

/// Changes the byte at `at` behind the prefix and returns the code.
fn changed<D: Document>(document: &D, at: usize, byte: u8) -> &'static str {
    let mut bytes = document.to_bytes();
    bytes[Format::PREFIX_BYTES + at] = byte;
    code::<D>(&bytes)
}

#[test]
fn rejects_a_presence_that_is_neither_0_nor_1() {
    let parent = Header::BYTES;
    assert_eq!(changed(&block(1), parent, 2), "out-of-range");
    let certificate = parent + 4 + Parent::BYTES;
    assert_eq!(changed(&block(1), certificate, 2), "out-of-range");
    assert_eq!(changed(&page(0, None), 4, 2), "out-of-range");
}

#[test]
fn rejects_lists_that_are_too_long_before_they_are_read() {
    let proofs = Header::BYTES + 4 + 4;
    assert_eq!(changed(&at_genesis(), proofs, 17), "out-of-range");
    assert_eq!(changed(&at_genesis(), proofs, 16), "truncated");
    assert_eq!(changed(&page(0, None), 0, 65), "out-of-range");
    assert_eq!(changed(&page(0, None), 0, 64), "truncated");
    assert_eq!(changed(&page(0, None), 3, 0xff), "out-of-range");
}

#[test]
fn rejects_an_element_that_is_not_canonical() {
    let digest = 28 + 3;
    assert_eq!(changed(&block(1), digest, 0xff), "non-canonical-element");
    assert_eq!(changed(&ancestor(), 8 + 3, 0xff), "non-canonical-element");
}

#[test]
fn rejects_what_is_not_the_name_of_a_circuit() {
    let at = Block::MAX_FIELD_BYTES - MAX_LISTED_PROOFS * ListedProof::MAX_BYTES;
    for length in [0, 33, 0xff] {
        assert_eq!(changed(&block(1), at, length), "out-of-range");
    }
    for byte in [b'A', b' ', 0x80, 0] {
        assert_eq!(changed(&block(1), at + 4, byte), "not-a-name");
    }
    for text in ["", "Head", "a_b", &"a".repeat(33)] {
        assert_eq!(text.parse::<CircuitName>(), Err(CircuitNameError));
    }
}

#[test]
fn a_block_without_parent_or_certificate_is_not_a_candidate() {
    let refused = |block: Block| block.into_candidate(None).unwrap_err();
    assert_eq!(refused(at_genesis()), BlockError::Genesis);
    let (height, what) = (1, "parent");
    let parent = None;
    let orphan = Block { parent, ..block(1) };
    assert_eq!(refused(orphan), BlockError::Incomplete { height, what });
    let (certificate, what) = (None, "certificate");
    let unsigned = Block {
        certificate,
        ..block(1)
    };
    assert_eq!(refused(unsigned), BlockError::Incomplete { height, what });
}

#[test]
fn says_what_is_wrong_in_numbers() {
    let bytes = vec![0; Ancestor::FORMAT.max_bytes + 1];
    let refused = DecodeError::TooLong {
        what: "ancestor",
        max: 1072,
        got: 1073,
    };
    assert_eq!(Ancestor::from_bytes(&bytes), Err(refused.into()));
}

#[cfg(feature = "json")]
mod json {
    use alloc::string::String;

    use super::*;

    /// Both encodings of a document decode to it, so neither says what the other does not.
    fn agrees<D: Document + JsonDocument + core::fmt::Debug + PartialEq>(document: &D) {
        let read = D::from_json(&document.to_json()).unwrap();
        assert_eq!(&read, document);
        assert_eq!(read.to_bytes(), document.to_bytes());
        assert!(D::FORMAT.max_bytes < D::MAX_JSON_BYTES);
    }

    #[test]
    fn json_and_binary_say_the_same() {
        agrees(&block(1));
        agrees(&at_genesis());
        agrees(&head());
        agrees(&page(64, Some(4)));
        agrees(&page(0, None));
        agrees(&ancestor());
        agrees(&served_account(None));
        agrees(&served_account(Some(account())));
        agrees(&key_accounts(MAX_KEY_ACCOUNTS, Some(4)));
        agrees(&transactions(MAX_PAGE_TRANSACTIONS, Some(place(4, 3))));
        agrees(&transactions(0, None));
        agrees(&pending());
        agrees(&included());
        agrees(&pruned());
        agrees(&range_proof());
        agrees(&span());
        agrees(&dropped("signature-leaf-past-tree"));
        agrees(&submitted());
        agrees(&proposer());
    }

    #[test]
    fn the_longest_documents_fit_their_caps_in_json() {
        let TransactionStatus::Included { path, .. } = included() else {
            panic!("it is included");
        };
        let digits = 2 * MAX_OPERATION_BYTES + 67 * path.0.len();
        assert!(digits + 512 < TransactionStatus::MAX_JSON_BYTES);
        let page = transactions(MAX_PAGE_TRANSACTIONS, Some(place(u32::MAX, 255)));
        assert!(page.to_json().len() + 1024 < Transactions::MAX_JSON_BYTES);
        let name = "a".repeat(crate::limits::MAX_CIRCUIT_NAME_BYTES);
        let circuit = name.parse().unwrap();
        let proof = ListedProof { circuit, ..proof() };
        let longest = Block {
            proofs: vec![proof; MAX_LISTED_PROOFS],
            ..block(1)
        };
        assert!(longest.to_json().len() < Block::MAX_JSON_BYTES);
    }

    fn edited<D: JsonDocument>(document: &D, from: &str, to: &str) -> &'static str {
        let text = String::from_utf8(document.to_json()).unwrap();
        assert!(text.contains(from), "{from}");
        let edited = text.replacen(from, to, 1);
        D::from_json(edited.as_bytes()).map_or_else(|e| e.code(), |_| "accept")
    }

    #[test]
    fn rejects_labels_that_are_not_those_of_the_contents() {
        assert_eq!(
            edited(&head(), "\"height\":10", "\"height\":11"),
            "block-label"
        );
        let hash = header(10).hash().0.to_hex();
        assert_eq!(edited(&head(), &hash, &digest(9).to_hex()), "block-label");
        let name = Key::of::<HeadCircuit>(0).circuit().name();
        assert_eq!(edited(&block(1), name, "another"), "block-label");
        for (from, to) in [("\"first\":4", "\"first\":3"), ("\"last\":7", "\"last\":8")] {
            assert_eq!(edited(&range_proof(), from, to), "block-label");
        }
    }

    #[test]
    fn rejects_what_the_binary_encoding_cannot_say() {
        let name = Key::of::<HeadCircuit>(0).circuit().name();
        assert_eq!(edited(&block(1), name, "A B"), "bad-json");
        assert_eq!(edited(&block(1), &"a1".repeat(32), "a1"), "bad-json");
        let many = Block {
            proofs: vec![proof(); MAX_LISTED_PROOFS + 1],
            ..block(1)
        };
        assert_eq!(edited(&many, "", ""), "bad-json");
        assert_eq!(edited(&page(MAX_PAGE_BLOCKS + 1, None), "", ""), "bad-json");
    }
}
