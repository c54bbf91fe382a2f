//! Vectors for operations: what each does, and each rule.

use rpp_verifier::{
    Account, Digest, KeyPurpose, MAX_NONCE, MAX_TREE_HEIGHT, Operation, Register, Rekey,
    SignedOperation, Transfer,
};

use super::{
    CHAIN, Owner, Owners, PAYER, RECEIVER, TRANSFER, VACANT, parts, register, state, witnesses,
};
use crate::format::Case;
use crate::parts::Bytes;
use crate::{Result, VectorWriter};

pub(super) fn write_operations(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = owners.accounts();
    let Owners {
        payer, newcomer, ..
    } = owners;
    let whole = Transfer {
        amount: 993,
        ..TRANSFER
    };
    let own = Transfer {
        to: PAYER,
        ..TRANSFER
    };
    let nothing = Transfer {
        amount: 0,
        fee: 0,
        nonce: 2,
        ..TRANSFER
    };
    for (name, note, transfer) in [
        ("transfer", "a transfer that skips a nonce", TRANSFER),
        (
            "transfer-whole",
            "amount and fee are all that there is",
            whole,
        ),
        ("transfer-own", "a transfer to oneself", own),
        ("transfer-nothing", "no amount and no fee", nothing),
    ] {
        write_operation(
            writer,
            name,
            note,
            "accept",
            &accounts,
            &payer.transfer(transfer)?,
        )?;
    }
    let register = register(newcomer, 5);
    let signed = newcomer.sign(5, register)?;
    write_operation(
        writer,
        "register",
        "a registration",
        "accept",
        &accounts,
        &signed,
    )?;
    let signed = payer.sign(3, rekey(newcomer, 3))?;
    write_operation(
        writer,
        "rekey",
        "a change of key",
        "accept",
        &accounts,
        &signed,
    )?;
    // Leaf 4 of a key whose leaf 0 signs nonce 11.
    let later = Account {
        nonce: 12,
        key_offset: 11,
        ..payer.account(1000)
    };
    let list = [(PAYER, later), accounts[1]];
    let transfer = Transfer {
        nonce: 15,
        ..TRANSFER
    };
    let signed = payer.sign(4, Operation::Transfer(transfer))?;
    write_operation(
        writer,
        "transfer-offset",
        "a leaf that is not the nonce",
        "accept",
        &list,
        &signed,
    )?;
    let list = [last(payer, MAX_NONCE), accounts[1]];
    let transfer = Transfer {
        nonce: MAX_NONCE,
        ..TRANSFER
    };
    let signed = payer.sign(1, Operation::Transfer(transfer))?;
    write_operation(
        writer,
        "transfer-last-nonce",
        "the last nonce",
        "accept",
        &list,
        &signed,
    )
}

/// The payer, whose key signs `nonce` at leaf 1.
fn last(payer: &Owner, nonce: u32) -> (u32, Account) {
    let account = Account {
        nonce: nonce - 1,
        key_offset: nonce - 1,
        ..payer.account(1000)
    };
    (PAYER, account)
}

fn rekey(newcomer: &Owner, nonce: u32) -> Operation {
    Operation::Rekey(Rekey {
        index: PAYER,
        new_key_id: newcomer.key_id(),
        fee: 1000,
        nonce,
    })
}

/// One for each rule, and some that break two neighbouring ones.
pub(super) fn write_refusals(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let accounts = owners.accounts();
    let Owners {
        payer,
        receiver,
        newcomer,
    } = owners;
    let good = payer.transfer(TRANSFER)?;
    let mut write = |name: &str, note, expect, accounts: &[(u32, Account)], signed: &_| {
        write_operation(writer, name, note, expect, accounts, signed)
    };
    let other = SignedOperation {
        chain_id: 8,
        ..good.clone()
    };
    write(
        "chain-id",
        "another chain, and no account",
        "operation-chain-id",
        &[],
        &other,
    )?;
    write(
        "no-account",
        "no account, and so no key",
        "operation-unknown-account",
        &accounts[1..],
        &good,
    )?;
    let nobody = payer.sign(3, rekey(newcomer, 3))?;
    write(
        "rekey-no-account",
        "a change of key of no account",
        "operation-unknown-account",
        &accounts[1..],
        &nobody,
    )?;
    let taken = receiver.sign(
        5,
        Operation::Register(Register {
            index: PAYER,
            key_id: newcomer.key_id(),
            leaf: 5,
        }),
    )?;
    write(
        "taken",
        "a taken number, and another key",
        "operation-taken",
        &accounts,
        &taken,
    )?;
    let strangers = receiver.transfer(Transfer {
        nonce: 1,
        ..TRANSFER
    })?;
    write(
        "key",
        "a stranger's key, and a used nonce",
        "operation-key",
        &accounts,
        &strangers,
    )?;
    let strangers = receiver.sign(5, register(newcomer, 5))?;
    write(
        "register-key",
        "a registration of somebody else's key",
        "operation-key",
        &accounts,
        &strangers,
    )?;
    let votes = payer.public_key.key_id(KeyPurpose::Vote, CHAIN);
    let operation = Operation::Register(Register {
        index: VACANT,
        key_id: votes,
        leaf: 3,
    });
    write(
        "register-vote-key",
        "a key id for votes",
        "operation-key",
        &accounts,
        &payer.sign(3, operation)?,
    )?;
    let used = payer.transfer(Transfer {
        nonce: 1,
        amount: 5000,
        ..TRANSFER
    })?;
    write(
        "nonce-used",
        "a used nonce, and too much",
        "operation-nonce-used",
        &accounts,
        &used,
    )?;
    let ill_formed = Account {
        nonce: 2,
        key_offset: 4,
        ..payer.account(1000)
    };
    let list = [(PAYER, ill_formed), accounts[1]];
    write(
        "nonce-before-key",
        "a nonce below the key offset of an account that no chain has",
        "operation-nonce-used",
        &list,
        &good,
    )?;
    let past = Transfer {
        nonce: u32::MAX,
        amount: 5000,
        ..TRANSFER
    };
    let signed = payer.sign(1, Operation::Transfer(past))?;
    let list = [last(payer, u32::MAX), accounts[1]];
    write(
        "nonce-past-end",
        "the nonce after the last, and too much",
        "operation-nonce-past-end",
        &list,
        &signed,
    )?;
    for (name, note, leaf, code) in [
        (
            "register-leaf",
            "the last leaf that a tree may have, past this one",
            (1 << MAX_TREE_HEIGHT) - 1,
            "signature-leaf-past-tree",
        ),
        (
            "register-leaf-of-no-tree",
            "a leaf that no tree has",
            1 << MAX_TREE_HEIGHT,
            "out-of-range",
        ),
    ] {
        let signed = newcomer.sign(1, register(newcomer, leaf))?;
        write(name, note, code, &accounts, &signed)?;
    }
    for (name, note, amount, fee) in [
        ("balance", "one more than there is, to nobody", 994, 7),
        ("balance-fee", "a fee alone", 0, 1001),
        (
            "balance-wraps",
            "amount and fee that sum to 2^64",
            u64::MAX,
            1,
        ),
        ("balance-largest", "the largest of both", u64::MAX, u64::MAX),
    ] {
        let signed = payer.transfer(Transfer {
            to: VACANT,
            amount,
            fee,
            ..TRANSFER
        })?;
        write(name, note, "operation-balance", &accounts, &signed)?;
    }
    let poor = [(PAYER, payer.account(999)), accounts[1]];
    let signed = payer.sign(3, rekey(newcomer, 3))?;
    write(
        "rekey-balance",
        "a change of key that is too dear",
        "operation-balance",
        &poor,
        &signed,
    )?;
    let signed = payer.transfer(Transfer {
        to: VACANT,
        ..TRANSFER
    })?;
    write(
        "no-receiver",
        "nobody to receive",
        "operation-unknown-receiver",
        &accounts,
        &signed,
    )?;
    let full = |balance| [accounts[0], (RECEIVER, receiver.account(balance))];
    write(
        "receiver-full",
        "a balance of 2^64",
        "operation-receiver-full",
        &full(u64::MAX - 899),
        &good,
    )?;
    write(
        "receiver-filled",
        "a balance of 2^64 - 1",
        "accept",
        &full(u64::MAX - 900),
        &good,
    )?;
    // A transfer to oneself counts the debit first.
    let all = u64::MAX;
    let rich = [(PAYER, payer.account(all)), accounts[1]];
    let own = payer.transfer(Transfer {
        to: PAYER,
        amount: all,
        fee: 0,
        nonce: 0,
        ..TRANSFER
    })?;
    write(
        "transfer-own-all",
        "all of the largest balance to oneself",
        "accept",
        &rich,
        &own,
    )?;
    let code = "signature-target-sum";
    let late = payer.sign(4, good.operation)?;
    write(
        "signature-leaf",
        "signed at the next leaf",
        code,
        &accounts,
        &late,
    )?;
    let changed = SignedOperation {
        operation: Operation::Transfer(Transfer {
            amount: 901,
            ..TRANSFER
        }),
        ..good.clone()
    };
    write(
        "signature-other",
        "another amount than was signed",
        code,
        &accounts,
        &changed,
    )?;
    let mut broken = good.clone();
    broken.signature.path[0] = Digest::ZERO;
    write(
        "signature-path",
        "a path that leads elsewhere",
        "signature-root-mismatch",
        &accounts,
        &broken,
    )?;
    let far = payer.sign(
        0,
        Operation::Transfer(Transfer {
            nonce: 16,
            ..TRANSFER
        }),
    )?;
    write(
        "signature-past-tree",
        "a nonce past the key's leaves",
        "signature-leaf-past-tree",
        &accounts,
        &far,
    )
}

fn write_operation(
    writer: &mut VectorWriter,
    name: &str,
    note: &str,
    expect: &str,
    accounts: &[(u32, Account)],
    signed: &SignedOperation,
) -> Result<()> {
    let applied = state(accounts).apply(CHAIN, signed);
    let case = Case::Operation {
        chain_id: CHAIN,
        accounts: parts(accounts),
        operation: Bytes::Hex(hex::encode(signed.to_bytes())),
        hash: signed.hash().0.to_hex(),
        state_root: applied.map_or_else(|_| String::new(), |a| a.accounts.root().to_hex()),
    };
    writer.write(&format!("operation-{name}"), note, expect, case)?;
    witnesses::write_operation(writer, name, note, expect, accounts, signed)
}
