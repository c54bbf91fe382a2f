//! Vectors for blocks of operations.

use rpp_verifier::{
    Account, Digest, Operation, OperationHash, Rekey, SignedOperation, Transfer, TxTree,
    apply_block,
};

use super::{
    CHAIN, Owners, PAYER, RECEIVER, TRANSFER, VACANT, hex_digests, parts, register, state,
};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter, digest};

pub(super) fn write_blocks(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = owners.accounts();
    let Owners {
        payer,
        receiver,
        newcomer,
    } = owners;
    let transfer = |nonce, amount| {
        payer.transfer(Transfer {
            amount,
            nonce,
            ..TRANSFER
        })
    };
    let registration = newcomer.sign(5, register(newcomer, 5))?;
    let back = receiver.transfer(Transfer {
        from: RECEIVER,
        to: VACANT,
        amount: 1 << 32,
        fee: 300,
        nonce: 0,
    })?;
    let all = [
        transfer(2, 300)?,
        registration.clone(),
        back,
        transfer(4, 0)?,
        payer.sign(
            6,
            Operation::Rekey(Rekey {
                index: PAYER,
                new_key_id: newcomer.key_id(),
                fee: 50,
                nonce: 6,
            }),
        )?,
    ];
    let swapped = [transfer(4, 1)?, transfer(2, 1)?];
    let full = [accounts[0], (RECEIVER, receiver.account(u64::MAX - 6))];
    let free = transfer(3, 0)?;
    let mut write = |name: &str, note, expect, operations: &[SignedOperation], more, proposer| {
        let body = Body {
            accounts: &accounts,
            operations,
            more,
            proposer,
        };
        write_block(writer, &format!("block{name}"), note, expect, &body)
    };
    write("-empty", "no operation", "accept", &[], 0, PAYER)?;
    write(
        "",
        "operations that need each other",
        "accept",
        &all,
        0,
        PAYER,
    )?;
    write(
        "-to-newcomer",
        "fees for an account of this block",
        "accept",
        &all[..3],
        0,
        VACANT,
    )?;
    write(
        "-proposer",
        "a proposer who was paid in it",
        "accept",
        &all,
        0,
        RECEIVER,
    )?;
    let (first, second) = (&all[..1], &all[1..2]);
    write(
        "-operations",
        "257 operations",
        "block-operations",
        first,
        256,
        PAYER,
    )?;
    write(
        "-registrations",
        "17 registrations",
        "block-registrations",
        second,
        16,
        PAYER,
    )?;
    write(
        "-registration-twice",
        "a number twice",
        "operation-taken",
        second,
        1,
        PAYER,
    )?;
    write(
        "-order",
        "nonces in another order",
        "operation-nonce-used",
        &swapped,
        0,
        PAYER,
    )?;
    write(
        "-repeated",
        "an operation twice",
        "operation-nonce-used",
        first,
        1,
        PAYER,
    )?;
    write(
        "-no-proposer",
        "no account for the fees",
        "block-unknown-proposer",
        first,
        0,
        VACANT,
    )?;
    let code = "block-proposer-full";
    let body = Body {
        accounts: &full,
        operations: &[free],
        more: 0,
        proposer: RECEIVER,
    };
    write_block(writer, code, "fees that would make 2^64", code, &body)
}

/// A block of operations on some accounts.
struct Body<'a> {
    accounts: &'a [(u32, Account)],
    operations: &'a [SignedOperation],
    /// How many times the last one is repeated.
    more: u32,
    proposer: u32,
}

fn write_block(
    writer: &mut VectorWriter,
    name: &str,
    note: &str,
    expect: &str,
    body: &Body<'_>,
) -> Result<()> {
    let Body {
        accounts,
        operations,
        more,
        proposer,
    } = *body;
    let mut all = operations.to_vec();
    for _ in 0..more {
        all.extend(operations.last().cloned());
    }
    let hashes: Vec<_> = all.iter().map(SignedOperation::hash).collect();
    let after = apply_block(&state(accounts), CHAIN, &all, proposer);
    let bytes = |signed: &SignedOperation| Bytes::Hex(hex::encode(signed.to_bytes()));
    let case = Case::Operations {
        chain_id: CHAIN,
        accounts: parts(accounts),
        operations: operations.iter().map(bytes).collect(),
        more,
        proposer,
        tx_root: TxTree::new(&hashes).map_or_else(|_| String::new(), |t| t.tx_root().to_hex()),
        state_root: after.map_or_else(|_| String::new(), |a| a.root().to_hex()),
    };
    writer.write(name, note, expect, case)
}

pub(super) fn write_inclusions(writer: &mut VectorWriter) -> Result<()> {
    let hashes: Vec<_> = (0..5).map(|i| OperationHash(digest(i))).collect();
    let tree = TxTree::new(&hashes)?;
    for (name, note, hash, position, at, count, expect) in [
        (
            "inclusion",
            "the last operation",
            digest(4),
            4,
            4,
            5,
            "accept",
        ),
        (
            "inclusion-vacant",
            "a vacant place",
            Digest::ZERO,
            5,
            5,
            5,
            "mismatch",
        ),
        (
            "inclusion-count",
            "another count",
            digest(4),
            4,
            4,
            6,
            "mismatch",
        ),
        (
            "inclusion-place",
            "another place",
            digest(4),
            3,
            4,
            5,
            "mismatch",
        ),
        (
            "inclusion-past-tree",
            "a place past the tree",
            digest(4),
            260,
            4,
            5,
            "mismatch",
        ),
    ] {
        let case = Case::Inclusion {
            hash: hash.to_hex(),
            position,
            path: hex_digests(&tree.path(at).0),
            count,
            tx_root: tree.tx_root().to_hex(),
        };
        writer.write(name, note, expect, case)?;
    }
    let full = TxTree::new(&[hashes[0]; 256])?;
    for (name, count, expect) in [
        ("inclusion-full", 256, "accept"),
        ("inclusion-too-many", 257, "mismatch"),
    ] {
        let root = rpp_verifier::tx_root(count, &root_of(&full));
        let case = Case::Inclusion {
            hash: digest(0).to_hex(),
            position: 255,
            path: hex_digests(&full.path(255).0),
            count,
            tx_root: root.to_hex(),
        };
        writer.write(name, "the last place of a full block", expect, case)?;
    }
    Ok(())
}

/// The root of the tree, without the count.
fn root_of(tree: &TxTree) -> Digest {
    tree.path(0).root(digest(0), 0)
}
