//! Witnesses of blocks.

use rpp_verifier::{Operation, Rekey, StateWitness, Transfer, TxTree};

use super::super::proven::Proven;
use super::super::{CHAIN, Owners, PAYER, RECEIVER, TRANSFER, VACANT, register, state};
use crate::circuits::{whole, write_changed};
use crate::format::Case;
use crate::parts::{Bytes, Changed, Splice};
use crate::{Result, VectorWriter, digest};

type StateChange = (&'static str, &'static str, fn(&mut StateWitness));

const STATES: [StateChange; 19] = [
    ("stored", "accept", |_| {}),
    ("swapped", "witness-operations", |w| w.operations.swap(1, 2)),
    ("tx-root", "witness-operations", |w| {
        w.statement.tx_root = digest(9)
    }),
    ("one-less", "witness-operations", |w| {
        drop(w.operations.pop())
    }),
    ("before", "witness-opening", |w| {
        w.statement.before = digest(9)
    }),
    ("signer-path", "witness-opening", |w| {
        w.operations[2].payer.path.0[31] = digest(9)
    }),
    ("receiver-path", "witness-opening", |w| {
        let receiver = w.operations[0].receiver.as_mut();
        receiver.expect("a receiver").path.0[31] = digest(9);
    }),
    ("proposer-path", "witness-opening", |w| {
        w.proposer.path.0[31] = digest(9)
    }),
    ("proposer-absent", "witness-opening", |w| {
        w.proposer.account = None
    }),
    ("other-proposer", "witness-opening", |w| {
        w.statement.proposer = PAYER
    }),
    ("chain-id", "operation-chain-id", |w| {
        w.statement.chain_id += 1
    }),
    ("after", "witness-after", |w| w.statement.after = digest(9)),
    ("signature", "signature-root-mismatch", |w| {
        w.operations[1].signed.signature.path[0] = digest(9);
    }),
    ("order-operations-before", "witness-operations", |w| {
        w.statement.tx_root = digest(9);
        w.statement.before = digest(9);
    }),
    ("order-receiver-signature", "witness-opening", |w| {
        let receiver = w.operations[0].receiver.as_mut();
        receiver.expect("a receiver").path.0[31] = digest(9);
        w.operations[0].signed.signature.path[0] = digest(9);
    }),
    ("order-signature-next", "signature-root-mismatch", |w| {
        w.operations[0].signed.signature.path[0] = digest(9);
        w.operations[1].payer.path.0[31] = digest(9);
    }),
    ("order-opening-chain-id", "witness-opening", |w| {
        w.statement.before = digest(9);
        w.statement.chain_id += 1;
    }),
    ("order-signature-proposer", "signature-root-mismatch", |w| {
        w.operations[2].signed.signature.path[0] = digest(9);
        w.proposer.path.0[0] = digest(9);
    }),
    ("order-proposer-after", "witness-opening", |w| {
        w.proposer.path.0[0] = digest(9);
        w.statement.after = digest(9);
    }),
];

pub(super) fn write_states(writer: &mut VectorWriter, proven: &Proven) -> Result<()> {
    let honest = proven.state.to_bytes();
    for (name, expect, change) in STATES {
        let mut witness = proven.state.clone();
        change(&mut witness);
        write_changed(writer, "state", name, expect, &honest, &witness.to_bytes())?;
    }
    Ok(())
}

/// Other blocks than the stored one.
pub(super) fn write_blocks(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = owners.accounts();
    let full = [
        accounts[0],
        (RECEIVER, owners.receiver.account(u64::MAX - 6)),
    ];
    let transfer = |to, amount, nonce| {
        owners.payer.transfer(Transfer {
            to,
            amount,
            nonce,
            ..TRANSFER
        })
    };
    let registration = owners.newcomer.sign(5, register(&owners.newcomer, 5))?;
    let rekey = Rekey {
        index: PAYER,
        new_key_id: owners.newcomer.key_id(),
        fee: 994,
        nonce: 4,
    };
    let dear = owners.payer.sign(4, Operation::Rekey(rekey))?;
    let first = transfer(RECEIVER, 0, 3)?;
    for (name, note, expect, accounts, operations, proposer) in [
        ("empty", "no operation", "accept", &accounts, vec![], PAYER),
        (
            "own",
            "a transfer to oneself, by the proposer",
            "accept",
            &accounts,
            vec![transfer(PAYER, 993, 2)?],
            PAYER,
        ),
        (
            "newcomer",
            "fees for an account of this block",
            "accept",
            &accounts,
            vec![first.clone(), registration.clone()],
            VACANT,
        ),
        (
            "repeated",
            "an operation twice",
            "operation-nonce-used",
            &accounts,
            vec![first.clone(), first.clone()],
            PAYER,
        ),
        (
            "registered-twice",
            "a number twice",
            "operation-taken",
            &accounts,
            vec![registration.clone(), registration],
            PAYER,
        ),
        (
            "dear",
            "a balance that the operation before took",
            "operation-balance",
            &accounts,
            vec![first.clone(), dear],
            PAYER,
        ),
        (
            "no-receiver",
            "a receiver that is not there yet",
            "operation-unknown-receiver",
            &accounts,
            vec![transfer(VACANT, 1, 2)?],
            PAYER,
        ),
        (
            "receiver-full",
            "a balance of 2^64",
            "operation-receiver-full",
            &full.to_vec(),
            vec![transfer(RECEIVER, 7, 2)?],
            PAYER,
        ),
        (
            "no-proposer",
            "no account for the fees",
            "block-unknown-proposer",
            &accounts,
            vec![first.clone()],
            VACANT,
        ),
        (
            "no-proposer-empty",
            "no account for no fees",
            "block-unknown-proposer",
            &accounts,
            vec![],
            VACANT,
        ),
        (
            "proposer-full",
            "fees that would make 2^64",
            "block-proposer-full",
            &full.to_vec(),
            vec![first],
            RECEIVER,
        ),
    ] {
        let witness = StateWitness::new(&state(accounts), CHAIN, &operations, proposer)?;
        let name = format!("state-witness-{name}");
        writer.write(&name, note, expect, whole("state", &witness.to_bytes()))?;
    }
    Ok(())
}

/// Seventeen registrations; their openings are looked at later.
pub(super) fn write_registrations(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = state(&owners.accounts());
    let registration = owners.newcomer.sign(5, register(&owners.newcomer, 5))?;
    let mut witness =
        StateWitness::new(&accounts, CHAIN, std::slice::from_ref(&registration), PAYER)?;
    let prefix = 8 + 4 + 3 * 32 + 4;
    let bytes = witness.to_bytes();
    let (opening, operation) = {
        let end = bytes.len() - (4 + 48 + 32 * 32);
        (bytes[end..].to_vec(), bytes[prefix + 4..end].to_vec())
    };
    let hashes = [registration.hash(); 17];
    for (name, count, expect) in [
        ("17-registrations", 17, "block-registrations"),
        ("order-registrations", 16, "witness-operations"),
    ] {
        witness.statement.tx_root = TxTree::new(&hashes[..count])?.tx_root();
        let mut head = witness.to_bytes()[..prefix].to_vec();
        head.extend(17u32.to_le_bytes());
        let insert = |at, bytes: &[u8], times| Splice {
            at,
            remove: 0,
            insert: hex::encode(bytes),
            times,
        };
        let behind = head.len() + 17 * operation.len();
        let case = Case::CircuitWitness {
            circuit: "state".into(),
            bytes: Bytes::Changed(Changed {
                file: String::new(),
                splices: vec![
                    insert(0, &head, 1),
                    insert(head.len(), &operation, 17),
                    insert(behind, &opening, 1),
                ],
            }),
        };
        let note = "17 registrations";
        writer.write(&format!("state-witness-{name}"), note, expect, case)?;
    }
    Ok(())
}
