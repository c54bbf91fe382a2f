//! Prints how long a devnet takes for a block with 256 transfers, and for an empty one.
//!
//! ```text
//! cargo run --release -p rpp-devnet --example operations
//! ```
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_macros,
    reason = "it prints figures"
)]

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rpp_devnet::{Database, Devnet, DevnetConfig, Home, Silent, Stage, Steps};
use rpp_verifier::{
    Accounts, Header, KeyPurpose, Operation, Register, SecretKey, SignedOperation, Transfer,
    apply_block,
};

const CONFIG: DevnetConfig = DevnetConfig {
    chain_id: 1,
    epoch_length: 32,
    validators: 16,
    key_height: 10,
    block_time_ms: 1,
    clock: now_ms,
};
const BLOCKS: u32 = 8;
const TRANSFERS: u32 = 256;
const WALLET: u32 = 5000;

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// A devnet, and the block that was taken last.
struct Taken {
    devnet: Devnet,
    header: Header,
    state: Accounts,
}

impl Taken {
    /// Returns how long the next block took, and how long it took to apply it once more.
    async fn next(&mut self, pool: Vec<SignedOperation>) -> (Duration, Duration) {
        let pool: Vec<_> = pool.into_iter().map(Arc::new).collect();
        let take = || pool.clone();
        let before = Instant::now();
        let block = self.devnet.child_of(&self.header, &self.state, &take);
        let block = block.await.unwrap();
        let made = before.elapsed();
        assert_eq!(block.operations.len(), pool.len());
        let (chain_id, account) = (CONFIG.chain_id, block.proposer().account);
        let before = Instant::now();
        let after = apply_block(&self.state, chain_id, &block.operations, account);
        let applied = before.elapsed();
        self.state = after.unwrap();
        self.header = block.header;
        (made, applied)
    }
}

fn sign(key: &mut SecretKey, operation: Operation) -> SignedOperation {
    let message = operation.hash(CONFIG.chain_id).0;
    SignedOperation {
        chain_id: CONFIG.chain_id,
        operation,
        public_key: *key.public_key(),
        signature: key.sign(operation.nonce(), &message).unwrap(),
    }
}

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().unwrap();
    let home = Home {
        number: 1,
        stage: Stage::New,
    };
    let keys = Database::open(data.path(), home).await.unwrap();
    let before = Instant::now();
    let devnet = Devnet::start(CONFIG, keys, Arc::new(Silent), Steps::default());
    let devnet = devnet.await.unwrap();
    println!(
        "the keys of 16 validators and of the faucet: {:?}",
        before.elapsed()
    );
    let mut taken = Taken {
        header: devnet.genesis().clone(),
        state: devnet.genesis_accounts().clone(),
        devnet,
    };
    let (purpose, chain_id) = (KeyPurpose::Account, CONFIG.chain_id);
    let mut key = SecretKey::generate([7; 32], purpose, chain_id, 12, &|_| {}).unwrap();
    let register = Operation::Register(Register {
        index: WALLET,
        key_id: key.key_id(),
        leaf: 0,
    });
    let register = sign(&mut key, register);
    taken.next(vec![register]).await;
    let before = Instant::now();
    let gift = taken.devnet.faucet().give(WALLET).await.unwrap();
    println!("a gift: {:?}", before.elapsed());
    taken.next(vec![gift]).await;
    for transfers in [0, TRANSFERS] {
        let (mut made, mut applied, mut signed) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
        for _ in 0..BLOCKS {
            let before = Instant::now();
            let mut pool = Vec::new();
            for i in 0..transfers {
                let transfer = Operation::Transfer(Transfer {
                    from: WALLET,
                    to: i % CONFIG.validators,
                    amount: 1,
                    fee: 1,
                    nonce: key.next_leaf(),
                });
                pool.push(sign(&mut key, transfer));
            }
            signed += before.elapsed();
            let (block, once) = taken.next(pool).await;
            made += block;
            applied += once;
        }
        println!(
            "{transfers} transfers: signed in {:?}, a block in {:?}; applied once in {:?}",
            signed / BLOCKS,
            made / BLOCKS,
            applied / BLOCKS
        );
    }
}
