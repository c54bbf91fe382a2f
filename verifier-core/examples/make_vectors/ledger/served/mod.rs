//! Vectors for the documents about accounts and operations, in bytes and in JSON.

mod encodings;
mod texts;

use rpp_verifier::{
    Accounts, Document, FileDigest, Header, HeaderHash, JsonDocument, KeyAccounts, ListedProof,
    ListedTransaction, MerklePath, OperationHash, Parent, Proposer, RangeProof, ServedAccount,
    ServedSpan, ServedUptime, SetOpening, SignedOperation, Submitted, TransactionStatus,
    Transactions, TxPlace, TxTree, Validator, ValidatorSet, genesis,
};

use self::encodings::write_encodings;
use self::texts::write_texts;
use super::{Owners, PAYER, RECEIVER, TRANSFER, VACANT};
use crate::{Result, VectorWriter, digest};

/// Writes all of them.
pub(super) fn write_served(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    write_files(writer, owners)?;
    write_encodings(writer)?;
    write_texts(writer)
}

fn write_files(writer: &VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = Accounts::genesis(owners.accounts())?;
    let account = |index| ServedAccount {
        height: 17,
        header_hash: HeaderHash(digest(1)),
        index,
        opening: accounts.open(index),
    };
    save(writer, "account", &account(PAYER))?;
    save(writer, "account-vacant", &account(VACANT))?;
    let key_accounts = KeyAccounts {
        height: 17,
        header_hash: HeaderHash(digest(1)),
        key_id: owners.payer.key_id(),
        accounts: vec![PAYER, RECEIVER],
        next: Some(u32::MAX),
    };
    save(writer, "key-accounts", &key_accounts)?;
    let listed = |height, position| ListedTransaction {
        hash: OperationHash(digest(position)),
        place: TxPlace { height, position },
    };
    let transactions = Transactions {
        account: PAYER,
        height: 17,
        transactions: vec![listed(9, 255), listed(8, 0)],
        next: Some(TxPlace {
            height: 8,
            position: 0,
        }),
    };
    save(writer, "transactions", &transactions)?;
    let signed = owners.payer.transfer(TRANSFER)?;
    write_transactions(writer, &signed)?;
    let hash = signed.hash();
    save(writer, "range-proof", &range_proof()?)?;
    save(writer, "span", &span()?)?;
    save(writer, "submitted", &Submitted { hash })?;
    save(writer, "proposer", &proposer()?)?;
    save(writer, "uptime", &uptime())
}

fn write_transactions(writer: &VectorWriter, signed: &SignedOperation) -> Result<()> {
    let tree = TxTree::new(&[OperationHash(digest(5)), signed.hash()])?;
    let pending = TransactionStatus::Pending {
        signed: signed.clone(),
        height: 16,
    };
    save(writer, "transaction-pending", &pending)?;
    let included = TransactionStatus::Included {
        signed: signed.clone(),
        height: 17,
        position: 1,
        count: tree.count(),
        path: tree.path(1),
    };
    save(writer, "transaction-included", &included)?;
    let pruned = TransactionStatus::Pruned {
        hash: signed.hash(),
        height: 17,
        position: 1,
        count: tree.count(),
        path: tree.path(1),
    };
    save(writer, "transaction-pruned", &pruned)?;
    let dropped = TransactionStatus::Dropped {
        hash: signed.hash(),
        height: 18,
        code: "operation-expired".parse()?,
    };
    save(writer, "transaction-dropped", &dropped)
}

fn header(height: u32) -> Header {
    Header {
        height,
        slot: height + 1,
        ..genesis(7, 4, 1000, digest(1), digest(2), digest(3))
    }
}

fn span() -> Result<ServedSpan> {
    Ok(ServedSpan {
        first: 1,
        last: 3,
        header: header(15),
        parent: Parent {
            header: header(14),
            history_path: MerklePath([digest(4); 32]),
        },
        set: SetOpening {
            root: digest(5),
            n: 96,
            total_power: 9600,
        },
        proof: ListedProof {
            circuit: "span".parse()?,
            id: FileDigest([0xcd; 32]),
            bytes: 250_000,
        },
    })
}

fn range_proof() -> Result<RangeProof> {
    Ok(RangeProof {
        start: header(8),
        end: header(16),
        fold_before: digest(4),
        fold_after: digest(5),
        proof: ListedProof {
            circuit: "pruning".parse()?,
            id: FileDigest([0xab; 32]),
            bytes: 200_000,
        },
    })
}

fn proposer() -> Result<Proposer> {
    let members = [3, 4].map(|seed| Validator {
        key_id: digest(seed),
        power: 100 + seed,
        account: seed,
        start_slot: 5,
    });
    let set = ValidatorSet::new(members.to_vec())?;
    Ok(Proposer {
        height: 17,
        validator: members[1],
        path: set.path(1),
    })
}

fn uptime() -> ServedUptime {
    ServedUptime {
        validator: 5,
        epoch: 4,
        first: 16,
        last: 19,
        header_hash: HeaderHash(digest(20)),
        validator_set_root: digest(4),
        key_id: digest(3),
        signed: 3,
    }
}

fn save<D: Document + JsonDocument>(writer: &VectorWriter, name: &str, document: &D) -> Result<()> {
    writer.document(&format!("{name}.bin"), &document.to_bytes())?;
    writer.document(&format!("{name}.json"), &document.to_json())
}
