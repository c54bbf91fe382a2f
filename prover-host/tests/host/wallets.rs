//! Two wallets of the SDK that pay each other on a devnet, believe only what they have verified, and are
//! killed at the worst moment.

use std::path::Path;
use std::sync::Arc;

use rpp_devnet::Faucet;
use rpp_light_client::{
    AccountKey, Checkpoint, Config, Cost, Entropy, FileSignerStore, Follow, LightClient,
    MemoryStore, OperationState, Outgoing, Passphrase, Payment, Settled, Signer, SystemClock,
    SystemRandom,
};
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::state::Host;
use rpp_verifier::{
    Header, Operation, Register, SignedOperation, VerifiedAccount, VerifiedInclusion,
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::light_client::Link;
use crate::support::{CONFIG, Opened};

/// A devnet that runs until it is stopped.
struct Running {
    host: Arc<Host>,
    stop: CancellationToken,
    pipeline: JoinHandle<()>,
}

impl Running {
    async fn start(data: &Path) -> Self {
        let opened = Opened::at(data).await.unwrap();
        let (host, stop) = (opened.host.clone(), CancellationToken::new());
        let pipeline = opened.pipeline(Witnesses::Drop);
        let stopping = stop.clone();
        let pipeline = tokio::spawn(async move {
            pipeline.run(opened.devnet, None, stopping).await.unwrap();
        });
        Self {
            host,
            stop,
            pipeline,
        }
    }

    async fn stop(self) {
        self.stop.cancel();
        self.pipeline.await.unwrap();
    }
}

type Client = LightClient<Link, MemoryStore, SystemClock>;

/// A wallet: a key file, and a client that checks what every block did.
struct Wallet {
    signer: Signer<FileSignerStore, SystemRandom>,
    client: Client,
    head: Header,
}

fn passphrase() -> Passphrase {
    Passphrase::new("a passphrase").cost(Cost::new(1024, 1).unwrap())
}

impl Wallet {
    async fn create(file: &Path, seed: u8, running: &Running) -> Self {
        let entropy = Entropy::from_fresh_bytes([seed; 32]);
        let key = AccountKey::generate(entropy, CONFIG.chain_id, 6, &|_| ()).unwrap();
        let store = FileSignerStore::open(file).unwrap();
        let signer = Signer::create(store, SystemRandom, key, &passphrase()).await;
        Self::of(signer.unwrap(), running).await
    }

    /// Opens the key file of a wallet that was killed.
    async fn open(file: &Path, running: &Running) -> Self {
        let store = FileSignerStore::open(file).unwrap();
        let signer = Signer::open(store, SystemRandom, &passphrase()).await;
        Self::of(signer.unwrap(), running).await
    }

    async fn of(signer: Signer<FileSignerStore, SystemRandom>, running: &Running) -> Self {
        let genesis = Checkpoint::of(&running.host.chain().genesis, CONFIG.epoch_length);
        let config = Config::new(genesis)
            .follow(Follow::EveryBlock)
            .transitions(true);
        let (link, store) = (Link::of(&running.host), MemoryStore::default());
        let mut client = LightClient::new(config, link, store, SystemClock::default()).unwrap();
        let head = next(&mut client).await;
        Self {
            signer,
            client,
            head,
        }
    }

    /// Hands in what is under way, and follows the chain until a block has it.
    async fn send(&mut self, outgoing: &Outgoing) -> VerifiedInclusion {
        self.send_signed(outgoing.signed()).await
    }

    async fn send_signed(&mut self, signed: &SignedOperation) -> VerifiedInclusion {
        assert_eq!(self.client.submit(signed).await.unwrap(), signed.hash());
        self.included(signed).await
    }

    async fn included(&mut self, signed: &SignedOperation) -> VerifiedInclusion {
        loop {
            let ledger = self.client.ledger(&self.head).unwrap();
            match ledger.operation(&signed.hash()).await.unwrap() {
                OperationState::Included(included) => return included,
                OperationState::Pending { .. } | OperationState::Ahead { .. } => {}
                other => panic!("{other:?}"),
            }
            self.head = next(&mut self.client).await;
        }
    }

    async fn account(&self, index: u32) -> VerifiedAccount {
        let ledger = self.client.ledger(&self.head).unwrap();
        ledger.account(index).await.unwrap()
    }

    /// Registers an account, and returns its number.
    async fn register(&mut self) -> u32 {
        let outgoing = self.signer.register().await.unwrap();
        let Operation::Register(Register { index, .. }) = outgoing.signed().operation else {
            panic!("it registers")
        };
        let included = self.send(&outgoing).await;
        assert_eq!(*included.operation(), *outgoing.hash());
        let seen = self.account(index).await;
        let settled = self.signer.settle(&seen).await.unwrap();
        assert_eq!(settled.operation(), Some(outgoing.hash()));
        index
    }
}

/// Follows until the next head; every block before it was checked.
async fn next(client: &mut Client) -> Header {
    loop {
        match client.next().await {
            Ok(verdict) => {
                assert_eq!(verdict.transitions_since(), Some(1));
                return verdict.header().clone();
            }
            // A proof of what a block did comes after that of the block.
            Err(away) if away.is_transient() => {}
            Err(refused) => panic!("{refused}"),
        }
    }
}

#[tokio::test]
async fn two_wallets_exchange_value_and_a_kill_between_signing_and_sending_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let [data, file_a, file_b] = ["data", "a.key", "b.key"].map(|name| dir.path().join(name));
    let running = Running::start(&data).await;
    let mut a = Wallet::create(&file_a, 1, &running).await;
    let mut b = Wallet::create(&file_b, 2, &running).await;
    let (of_a, of_b) = (a.register().await, b.register().await);
    assert_eq!(a.account(of_a).await.balance(), Some(0));
    // A takes something from the faucet.
    let faucet = running.host.faucet().unwrap();
    let gift = faucet.give(of_a).await.unwrap();
    let _ = a.send_signed(&gift).await;
    let seen = a.account(of_a).await;
    assert_eq!(seen.balance(), Some(Faucet::AMOUNT));
    // It signs a payment, and dies before that leaves.
    let (to, amount, fee) = (of_b, 1_000, 7);
    let payment = Payment { to, amount, fee };
    let lost = a.signer.transfer(&seen, &payment).await.unwrap();
    drop(a);
    let mut a = Wallet::open(&file_a, &running).await;
    let pending = a.signer.pending().await.unwrap().unwrap();
    assert_eq!(pending.to_bytes(), lost.to_bytes());
    let included = a.send(&pending).await;
    // It dies again before it knows, and sends once more what it finds: nothing is paid twice.
    drop(a);
    let mut a = Wallet::open(&file_a, &running).await;
    let pending = a.signer.pending().await.unwrap().unwrap();
    let again = a.send(&pending).await;
    assert_eq!(
        (again.height(), again.position()),
        (included.height(), included.position())
    );
    let seen = a.account(of_a).await;
    assert_eq!(seen.balance(), Some(Faucet::AMOUNT - 1_007));
    let settled = a.signer.settle(&seen).await.unwrap();
    assert_eq!(settled, Settled::Spent(*lost.hash()));
    assert_eq!(a.signer.pending().await.unwrap(), None);
    // B sees it under its own head, and sends some back.
    let _ = b.included(lost.signed()).await;
    let seen = b.account(of_b).await;
    assert_eq!(seen.balance(), Some(1_000));
    let (to, amount, fee) = (of_a, 400, 5);
    let payment = Payment { to, amount, fee };
    let back = b.signer.transfer(&seen, &payment).await.unwrap();
    let _ = b.send(&back).await;
    assert_eq!(b.account(of_b).await.balance(), Some(595));
    let _ = a.included(back.signed()).await;
    assert_eq!(a.account(of_a).await.balance(), Some(Faucet::AMOUNT - 607));
    running.stop().await;
}
