//! Witnesses of single operations.

use rpp_verifier::{IdentityWitness, Operation, TransactionWitness};

use super::super::proven::{Proven, operations};
use super::super::{Owners, RECEIVER, TRANSFER, register};
use crate::circuits::{whole, write_changed};
use crate::{Result, VectorWriter, digest};

type TransactionChange = (&'static str, &'static str, fn(&mut TransactionWitness));

const TRANSACTIONS: [TransactionChange; 9] = [
    ("stored", "accept", |_| {}),
    ("state-root", "witness-opening", |w| {
        w.statement.state_root = digest(9)
    }),
    ("signer-path", "witness-opening", |w| {
        w.payer.path.0[31] = digest(9)
    }),
    ("signer-richer", "witness-opening", |w| {
        w.payer.account.as_mut().expect("an account").balance += 1;
    }),
    ("signer-absent", "witness-opening", |w| {
        w.payer.account = None
    }),
    ("receiver-path", "witness-opening", |w| {
        w.receiver.as_mut().expect("a receiver").path.0[0] = digest(9);
    }),
    ("receiver-absent", "witness-opening", |w| {
        w.receiver.as_mut().expect("a receiver").account = None;
    }),
    ("order-signer-signature", "witness-opening", |w| {
        w.payer.path.0[0] = digest(9);
        w.signed.signature.path[0] = digest(9);
    }),
    ("order-receiver-signature", "witness-opening", |w| {
        w.receiver.as_mut().expect("a receiver").path.0[0] = digest(9);
        w.signed.signature.path[0] = digest(9);
    }),
];

pub(super) fn write_transactions(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    let honest = proven.transaction.to_bytes();
    for (name, expect, change) in TRANSACTIONS {
        let mut witness = proven.transaction.clone();
        change(&mut witness);
        write_changed(
            writer,
            "transaction",
            name,
            expect,
            &honest,
            &witness.to_bytes(),
        )?;
    }
    // The receiver as it was before the debit.
    let mut early = proven.transaction.clone();
    early.receiver = Some(proven.accounts.open(RECEIVER));
    let name = "receiver-before-debit";
    write_changed(
        writer,
        "transaction",
        name,
        "witness-opening",
        &honest,
        &early.to_bytes(),
    )?;
    let registration = owners.newcomer.sign(5, register(&owners.newcomer, 5))?;
    let mut kind = TransactionWitness::new(&proven.accounts, &registration);
    let note = "a registration, and another root";
    kind.statement.state_root = digest(9);
    writer.write(
        "transaction-witness-kind",
        note,
        "witness-kind",
        whole("transaction", &kind.to_bytes()),
    )?;
    let mut more = TransactionWitness::new(&proven.accounts, &operations(owners)?[2]);
    more.receiver = Some(proven.accounts.open(RECEIVER));
    writer.write(
        "transaction-witness-rekey-receiver",
        "a change of key that opens a receiver",
        "trailing-bytes",
        whole("transaction", &more.to_bytes()),
    )
}

type IdentityChange = (&'static str, &'static str, fn(&mut IdentityWitness));

const IDENTITIES: [IdentityChange; 7] = [
    ("stored", "accept", |_| {}),
    ("before", "witness-opening", |w| {
        w.statement.before = digest(9)
    }),
    ("path", "witness-opening", |w| {
        w.place.path.0[31] = digest(9)
    }),
    ("after", "witness-after", |w| w.statement.after = digest(9)),
    ("other-number", "witness-opening", |w| {
        if let Operation::Register(register) = &mut w.signed.operation {
            register.index ^= 1 << 31;
        }
    }),
    ("order-opening-signature", "witness-opening", |w| {
        w.place.path.0[0] = digest(9);
        w.signed.signature.path[0] = digest(9);
    }),
    ("order-signature-after", "signature-root-mismatch", |w| {
        w.statement.after = digest(9);
        w.signed.signature.path[0] = digest(9);
    }),
];

pub(super) fn write_identities(
    writer: &mut VectorWriter,
    owners: &Owners,
    proven: &Proven,
) -> Result<()> {
    let honest = proven.identity.to_bytes();
    for (name, expect, change) in IDENTITIES {
        let mut witness = proven.identity.clone();
        change(&mut witness);
        write_changed(
            writer,
            "identity",
            name,
            expect,
            &honest,
            &witness.to_bytes(),
        )?;
    }
    let transfer = owners.payer.transfer(TRANSFER)?;
    let mut kind = IdentityWitness::new(&proven.accounts, &transfer);
    kind.statement.before = digest(9);
    writer.write(
        "identity-witness-kind",
        "a transfer, and another root",
        "witness-kind",
        whole("identity", &kind.to_bytes()),
    )
}
