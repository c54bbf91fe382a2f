//! Statements and proofs of single operations.

use rpp_verifier::{Header, Operation, Rekey, SignedOperation, TransactionStatement, Transfer};

use super::super::proven::Proven;
use super::super::{CHAIN, Owners, PAYER, TRANSFER};
use crate::circuits::{OTHER_CHAIN, other_chain, proof, proof_of_height, renamed, values};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter};

fn transaction(
    chain_id: u32,
    header: &Header,
    signed: &SignedOperation,
    proof: Option<Bytes>,
) -> Case {
    let hash = signed.operation.hash(header.chain_id);
    Case::Transaction {
        chain_id,
        header: hex::encode(header.to_bytes()),
        operation: Bytes::Hex(hex::encode(signed.to_bytes())),
        public_values: values(&TransactionStatement::new(header, hash)),
        proof,
    }
}

pub(super) fn write_transactions(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    let transfer = &proven.transaction.signed;
    let rekey = owners.payer.sign(
        3,
        Operation::Rekey(Rekey {
            index: PAYER,
            new_key_id: owners.newcomer.key_id(),
            fee: u64::MAX,
            nonce: 3,
        }),
    )?;
    let other = other_chain(&proven.parent);
    for (name, note, header, signed) in [
        ("transaction", "a transfer", &proven.parent, transfer),
        (
            "transaction-rekey",
            "a change of key, valid or not",
            &proven.header,
            &rekey,
        ),
        (
            "transaction-other-chain",
            "the chain is that of the header, whoever signed for which",
            &other,
            transfer,
        ),
    ] {
        let case = transaction(CHAIN, header, signed, None);
        writer.write(name, note, "accept", case)?;
    }
    let mut bytes = transfer.to_bytes();
    bytes.pop();
    let case = Case::Transaction {
        chain_id: CHAIN,
        header: hex::encode(proven.parent.to_bytes()),
        operation: Bytes::Hex(hex::encode(bytes)),
        public_values: vec![],
        proof: None,
    };
    let note = "an operation with a byte too few";
    writer.write("transaction-cut", note, "truncated", case)
}

pub(super) fn write_proofs(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    let Proven { parent, header, .. } = proven;
    let transfer = &proven.transaction.signed;
    let other = owners.payer.transfer(Transfer {
        amount: 901,
        ..TRANSFER
    })?;
    let of = |circuit| proof(circuit, vec![]);
    let own = || of("transaction");
    let high = |log_rows| proof_of_height("transaction", log_rows);
    let cases = [
        ("proof", "accept", CHAIN, parent, transfer, own()),
        (
            "proof-other-operation",
            "proof-of-work",
            CHAIN,
            parent,
            &other,
            own(),
        ),
        (
            "proof-other-root",
            "proof-of-work",
            CHAIN,
            header,
            transfer,
            own(),
        ),
        (
            "proof-other-chain",
            "opening",
            OTHER_CHAIN,
            &other_chain(parent),
            transfer,
            own(),
        ),
        (
            "proof-wrong-chain",
            "wrong-chain",
            OTHER_CHAIN,
            parent,
            transfer,
            own(),
        ),
        (
            "proof-of-identity",
            "wrong-circuit",
            CHAIN,
            parent,
            transfer,
            of("identity"),
        ),
        (
            "proof-order-v9-v10",
            "wrong-circuit",
            OTHER_CHAIN,
            parent,
            transfer,
            of("identity"),
        ),
        (
            "proof-of-consensus-renamed",
            "proof-shape",
            CHAIN,
            parent,
            transfer,
            renamed("client/documents/proof-3.bin", 2),
        ),
        (
            "proof-of-identity-renamed",
            "proof-of-work",
            CHAIN,
            parent,
            transfer,
            renamed("documents/identity-proof.bin", 2),
        ),
        (
            "proof-height-7",
            "trace-height",
            CHAIN,
            parent,
            transfer,
            high(7)?,
        ),
        (
            "proof-height-8",
            "proof-shape",
            CHAIN,
            parent,
            transfer,
            high(8)?,
        ),
        (
            "proof-height-10",
            "trace-height",
            CHAIN,
            parent,
            transfer,
            high(10)?,
        ),
    ];
    for (name, expect, chain_id, header, signed, proof) in cases {
        let case = transaction(chain_id, header, signed, proof);
        let note = format!("transaction {}", name.replace('-', " "));
        writer.write(&format!("transaction-{name}"), &note, expect, case)?;
    }
    Ok(())
}
