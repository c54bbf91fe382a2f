//! Prints how long a wallet's key, its passphrase, its signatures and its writes take on this machine.

use std::error::Error;
use std::io::{self, Write};
use std::time::Instant;

use rpp_light_client::{
    AccountKey, Entropy, FileSignerStore, MemorySignerStore, Passphrase, Payment, Signer,
    SignerStore, SystemRandom,
};
use rpp_verifier::{
    Account, Accounts, ChainParams, Digest, TrustedChain, VerifiedAccount, genesis,
};

const CHAIN: u32 = 7;
const OPERATIONS: u32 = 100;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (mut out, random) = (io::stdout(), SystemRandom);
    let start = Instant::now();
    let entropy = Entropy::draw(&random)?;
    let key = AccountKey::generate(entropy, CHAIN, AccountKey::DEFAULT_TREE_HEIGHT, &|_| ())?;
    writeln!(out, "key for 1,024 signatures: {:?}", start.elapsed())?;

    let account = Account {
        key_id: key.key_id(),
        balance: 1 << 30,
        nonce: 0,
        key_offset: 0,
    };
    let (tree, passphrase) = (key, Passphrase::new("a passphrase"));
    let start = Instant::now();
    let mut signer =
        Signer::create(MemorySignerStore::default(), random, tree, &passphrase).await?;
    writeln!(out, "new key file: {:?}", start.elapsed())?;
    writeln!(out, "key file: {} bytes", signer.copy().await?.len())?;
    writeln!(
        out,
        "signature, stored in memory: {:?}",
        sign(&mut signer, account).await?
    )?;

    let file = signer.copy().await?;
    let path = std::env::temp_dir().join(format!("rpp-wallet-speed-{}", std::process::id()));
    std::fs::write(&path, &file)?;
    let start = Instant::now();
    let store = FileSignerStore::open(&path)?;
    let mut signer = Signer::open(store, random, &passphrase).await?;
    writeln!(out, "opened with its passphrase: {:?}", start.elapsed())?;
    let nonce = OPERATIONS;
    let account = Account { nonce, ..account };
    writeln!(
        out,
        "signature, stored in a file: {:?}",
        sign(&mut signer, account).await?
    )?;
    std::fs::remove_file(path)?;
    Ok(())
}

/// Signs transfers, each of them as if it had been taken by a block, and returns what one takes.
async fn sign<S: SignerStore>(
    signer: &mut Signer<S, SystemRandom>,
    account: Account,
) -> Result<std::time::Duration, Box<dyn Error>> {
    let payment = Payment {
        to: 5,
        amount: 1,
        fee: 1,
    };
    let first = account.nonce;
    let seen: Vec<_> = (first..=first + OPERATIONS)
        .map(|nonce| see(Account { nonce, ..account }))
        .collect::<Result<_, _>>()?;
    let mut spent = std::time::Duration::ZERO;
    for pair in seen.windows(2) {
        let start = Instant::now();
        let _ = signer.transfer(&pair[0], &payment).await?;
        spent += start.elapsed();
        signer.settle(&pair[1]).await?;
    }
    Ok(spent / OPERATIONS)
}

fn see(account: Account) -> Result<VerifiedAccount, Box<dyn Error>> {
    let accounts = Accounts::genesis([(5, account)])?;
    let none = Digest::ZERO;
    let header = genesis(CHAIN, 4, 1_700_000_000_000, accounts.root(), none, none);
    let chain = TrustedChain::new(ChainParams::new(CHAIN, 4)?, &header, &header.hash())?;
    Ok(chain.trusted(&header)?.account(5, &accounts.open(5))?)
}
