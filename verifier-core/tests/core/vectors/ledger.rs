//! Vectors of accounts, operations and blocks of them.

use rpp_verifier::{
    Account, Accounts, MerklePath, OperationHash, SignedOperation, TxTree, apply_block,
};

use super::format::Case;
use super::parts::{self, Bytes};
use super::{digest, matches};

/// Returns the code of the first rule that the case breaks.
pub(super) fn check(case: &Case) -> Result<(), &'static str> {
    match case {
        Case::Account { account, leaf } => matches(read(account).1.leaf() == digest(leaf)),
        Case::Accounts {
            accounts,
            state_root,
        } => {
            let accounts = Accounts::genesis(accounts.iter().map(read)).map_err(|e| e.code())?;
            matches(accounts.root() == digest(state_root))
        }
        Case::Operation {
            chain_id,
            accounts,
            operation,
            hash,
            state_root,
        } => {
            let bytes = operation.read();
            let signed = SignedOperation::from_bytes(&bytes).map_err(|e| e.code())?;
            assert_eq!(signed.to_bytes(), bytes);
            assert_eq!(signed.hash().0, digest(hash));
            let applied = state(accounts).apply(*chain_id, &signed);
            let applied = applied.map_err(|e| e.code())?;
            matches(applied.accounts.root() == digest(state_root))
        }
        Case::Operations {
            chain_id,
            accounts,
            operations,
            more,
            proposer,
            tx_root,
            state_root,
        } => {
            let read = |bytes: &Bytes| SignedOperation::from_bytes(&bytes.read()).unwrap();
            let mut operations: Vec<_> = operations.iter().map(read).collect();
            for _ in 0..*more {
                operations.push(operations.last().unwrap().clone());
            }
            let after = apply_block(&state(accounts), *chain_id, &operations, *proposer);
            let hashes: Vec<_> = operations.iter().map(SignedOperation::hash).collect();
            let tree = TxTree::new(&hashes);
            let after = after.map_err(|e| e.code())?;
            matches(tree.unwrap().tx_root() == digest(tx_root))?;
            matches(after.root() == digest(state_root))
        }
        Case::Inclusion {
            hash,
            position,
            path,
            count,
            tx_root,
        } => {
            let path: Vec<_> = path.iter().map(|sibling| digest(sibling)).collect();
            let path = MerklePath(path.try_into().unwrap());
            let hash = OperationHash(digest(hash));
            matches(hash.is_in_block(*position, &path, *count, &digest(tx_root)))
        }
        case => panic!("{case:?}"),
    }
}

fn read(account: &parts::Account) -> (u32, Account) {
    let read = Account {
        key_id: digest(&account.key_id),
        balance: account.balance.parse().unwrap(),
        nonce: account.nonce,
        key_offset: account.key_offset,
    };
    (account.index, read)
}

/// Accounts in any state, which a genesis need not be able to have.
fn state(accounts: &[parts::Account]) -> Accounts {
    let list = accounts.iter().map(read);
    list.fold(Accounts::default(), |accounts, (index, account)| {
        accounts.with(index, account)
    })
}
