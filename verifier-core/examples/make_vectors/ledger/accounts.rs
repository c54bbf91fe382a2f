//! Vectors for accounts and the tree of them.

use rpp_verifier::{Account, Accounts, Digest};

use super::{Owners, PAYER, VACANT, hex_digests, part, parts};
use crate::format::Case;
use crate::{Result, VectorWriter, digest};

pub(super) fn write_accounts(writer: &mut VectorWriter, owners: &Owners) -> Result<()> {
    let largest = Account {
        key_id: digest(3),
        balance: u64::MAX,
        nonce: u32::MAX,
        key_offset: u32::MAX,
    };
    let small = Account {
        nonce: 0x0002_0003,
        key_offset: 1,
        ..owners.payer.account(0x0004_0005_0006_0007)
    };
    for (name, account) in [("account", small), ("account-largest", largest)] {
        let case = Case::Account {
            account: part(9, &account),
            leaf: account.leaf().to_hex(),
        };
        writer.write(name, "the leaf of an account", "accept", case)?;
    }
    let two = owners.accounts();
    let with = |index, account| [two.as_slice(), &[(index, account)]].concat();
    let rest = u64::MAX - 1000 - (1 << 32);
    let newcomer = owners.newcomer.account(rest);
    let early = Account {
        nonce: 1,
        key_offset: 2,
        ..newcomer
    };
    let cases = [
        ("accounts-none", "an empty tree", vec![], "accept"),
        ("accounts", "two accounts", two.clone(), "accept"),
        (
            "accounts-full",
            "balances that sum to 2^64 - 1",
            with(0, newcomer),
            "accept",
        ),
        (
            "accounts-twice",
            "a number twice",
            with(PAYER, newcomer),
            "supply-twice",
        ),
        (
            "accounts-key-offset",
            "a key offset above the nonce",
            with(0, early),
            "supply-key-offset",
        ),
        (
            "accounts-overflow",
            "balances that sum to 2^64",
            with(0, owners.newcomer.account(rest + 1)),
            "supply-overflow",
        ),
    ];
    for (name, note, list, expect) in cases {
        let root = Accounts::genesis(list.iter().copied());
        let case = Case::Accounts {
            accounts: parts(&list),
            state_root: root.map_or_else(|_| String::new(), |a| a.root().to_hex()),
        };
        writer.write(name, note, expect, case)?;
    }
    let accounts = Accounts::genesis(two.iter().copied())?;
    for (name, note, index, leaf) in [
        ("path-account", "an account", PAYER, two[0].1.leaf()),
        ("path-account-vacant", "no account", VACANT, Digest::ZERO),
    ] {
        let case = Case::Path {
            leaf: leaf.to_hex(),
            index,
            siblings: hex_digests(&accounts.path(index).0),
            root: accounts.root().to_hex(),
        };
        writer.write(name, note, "accept", case)?;
    }
    Ok(())
}
