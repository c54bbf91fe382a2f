//! The load: accounts that register, take from the faucet, pay each other and change their keys.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use rpp_devnet::{Load, LoadTarget, Steps};
use rpp_verifier::{Accounts, Digest, Operation, OperationError, OperationHash, SignedOperation};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::support::{CONFIG, Opened};

/// A chain whose every block has one operation.
struct Chain {
    now: Mutex<Now>,
    changes: watch::Sender<()>,
}

struct Now {
    state: Accounts,
    /// Whether there is no room for such an operation.
    is_full: fn(&Operation) -> bool,
    /// How often somebody looked at the state.
    looks: usize,
    refused: usize,
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
                is_full: |_| false,
                looks: 0,
                refused: 0,
                taken: Vec::new(),
                leaves: BTreeMap::new(),
            }),
            changes: watch::Sender::new(()),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap()
    }

    fn count(&self, is: impl Fn(&Operation) -> bool) -> usize {
        self.now().taken.iter().filter(|taken| is(taken)).count()
    }

    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        let mut changes = self.changes.subscribe();
        while !holds(self) {
            changes.changed().await.unwrap();
        }
    }

    /// Sends it this load until `done`.
    async fn run(&self, load: Load, done: impl Future<Output = ()>) {
        let run = async {
            tokio::select! {
                error = load.run(self) => panic!("{error}"),
                () = done => {}
            }
        };
        let ran = timeout(Duration::from_secs(120), run).await;
        ran.expect("the load goes on");
    }
}

impl LoadTarget for Chain {
    type Refusal = Refusal;

    fn accounts(&self) -> Accounts {
        self.changes.send_replace(());
        let mut now = self.now();
        now.looks += 1;
        now.state.clone()
    }

    async fn submit(&self, operation: SignedOperation) -> Result<(), Refusal> {
        self.changes.send_replace(());
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
        if (now.is_full)(&operation.operation) {
            now.refused += 1;
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
    chain.run(load, enough).await;
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
    chain.now().is_full = |_| true;
    let load = Load::new(opened.devnet.faucet().clone(), 100).with_key_height(4);
    let asked = async {
        chain
            .until(|chain| chain.now().leaves.len() >= Load::ACCOUNTS)
            .await;
        // Some more looks at what is needed.
        let looks = chain.now().looks;
        chain.until(|chain| chain.now().looks > looks + 4).await;
    };
    chain.run(load, asked).await;
    assert_eq!(chain.now().leaves.len(), Load::ACCOUNTS);
}

/// More than an account lets wait are refused of each, and no block ever has them.
#[tokio::test]
async fn a_load_goes_on_when_there_is_room_again() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    let opened = opened.unwrap();
    let chain = Chain::new(opened.state.clone());
    chain.now().is_full = is_transfer_of_one;
    let load = Load::new(opened.devnet.faucet().clone(), 2000)
        .with_key_height(8)
        .with_patience(Duration::from_millis(1));
    let goes_on = async {
        let of_each = 48 * Load::ACCOUNTS;
        chain.until(|chain| chain.now().refused > 2 * of_each).await;
        chain.now().is_full = |_| false;
        chain
            .until(|chain| chain.count(is_transfer_of_one) >= 100)
            .await;
    };
    chain.run(load, goes_on).await;
}

/// A key that signed with all its leaves for nothing is given up with its account.
#[tokio::test]
async fn a_load_goes_on_when_its_keys_are_used_up() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    let opened = opened.unwrap();
    let chain = Chain::new(opened.state.clone());
    // Their keys have no leaf to spare for the change of key.
    chain.now().is_full = |operation| is_transfer_of_one(operation) || is_rekey(operation);
    let load = Load::new(opened.devnet.faucet().clone(), 2000)
        .with_key_height(4)
        .with_patience(Duration::from_millis(1));
    let goes_on = async {
        let registered =
            |chain: &Chain| chain.count(|operation| matches!(operation, Operation::Register(_)));
        chain
            .until(|chain| registered(chain) >= 2 * Load::ACCOUNTS)
            .await;
    };
    chain.run(load, goes_on).await;
}
