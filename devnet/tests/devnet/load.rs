//! The load: accounts that register, take from the faucet, pay each other and change their keys.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rpp_devnet::{Load, LoadTarget, Steps};
use rpp_verifier::{Accounts, Digest, Operation, OperationError, OperationHash, SignedOperation};
use tokio::time::sleep;

use crate::support::{CONFIG, Opened};

/// A chain whose every block has one operation.
struct Chain {
    now: Mutex<Now>,
    full: AtomicBool,
}

struct Now {
    state: Accounts,
    taken: Vec<Operation>,
    /// What each leaf of each key has signed, whether it was taken or not.
    leaves: BTreeMap<([u8; 32], u32), OperationHash>,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("full")]
    Full,
    #[error(transparent)]
    Rule(#[from] OperationError),
}

impl Chain {
    fn new(state: Accounts) -> Self {
        Self {
            now: Mutex::new(Now {
                state,
                taken: Vec::new(),
                leaves: BTreeMap::new(),
            }),
            full: AtomicBool::new(false),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    fn count(&self, is: impl Fn(&Operation) -> bool) -> usize {
        self.now().taken.iter().filter(|taken| is(taken)).count()
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        while !holds(self) {
            sleep(Duration::from_millis(5)).await;
        }
    }
}

impl LoadTarget for Chain {
    type Refusal = Refusal;

    fn accounts(&self) -> Accounts {
        self.now().state.clone()
    }

    async fn submit(&self, operation: SignedOperation) -> Result<(), Refusal> {
        let mut now = self.now();
        let key: Digest = operation.public_key.root;
        let offset = now.state.get(operation.operation.signer());
        let offset = offset.map_or(0, |account| account.key_offset);
        let leaf = operation.operation.nonce() - offset;
        let before = now.leaves.insert((key.to_bytes(), leaf), operation.hash());
        assert!(
            before.is_none_or(|before| before == operation.hash()),
            "a leaf signed twice"
        );
        if self.full.load(Ordering::SeqCst) {
            return Err(Refusal::Full);
        }
        now.state = now.state.apply(CONFIG.chain_id, &operation)?.accounts;
        now.taken.push(operation.operation);
        Ok(())
    }
}

const fn is_transfer_of_one(operation: &Operation) -> bool {
    matches!(operation, Operation::Transfer(transfer) if transfer.amount == 1)
}

const fn is_rekey(operation: &Operation) -> bool {
    matches!(operation, Operation::Rekey(_))
}

#[tokio::test]
async fn accounts_register_pay_each_other_and_change_their_keys() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    let opened = opened.unwrap();
    let chain = Chain::new(opened.state.clone());
    let load = Load::new(opened.devnet.faucet().clone(), 2000).with_key_height(4);
    let enough = chain.until(|chain| {
        chain.count(is_transfer_of_one) >= 300 && chain.count(is_rekey) >= 2 * Load::ACCOUNTS
    });
    tokio::select! {
        error = load.run(&chain) => panic!("{error}"),
        () = enough => {}
    }
    let registered = |operation: &Operation| matches!(operation, Operation::Register(_));
    assert_eq!(chain.count(registered), Load::ACCOUNTS);
    let gifts = Load::ACCOUNTS;
    assert_eq!(
        chain.count(|o| o.signer() == rpp_devnet::FAUCET_ACCOUNT),
        gifts
    );
}

/// What is refused is not sent again and again: each try takes a leaf.
#[tokio::test]
async fn a_full_pool_costs_an_account_one_leaf() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    let opened = opened.unwrap();
    let chain = Chain::new(opened.state.clone());
    chain.full.store(true, Ordering::SeqCst);
    let load = Load::new(opened.devnet.faucet().clone(), 100).with_key_height(4);
    let asked = async {
        chain
            .until(|chain| chain.now().leaves.len() >= Load::ACCOUNTS)
            .await;
        // Some more looks at what is needed.
        sleep(Duration::from_millis(300)).await;
    };
    tokio::select! {
        error = load.run(&chain) => panic!("{error}"),
        () = asked => {}
    }
    assert_eq!(chain.now().leaves.len(), Load::ACCOUNTS);
}
